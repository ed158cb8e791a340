"""Profiles at hand: those read from the store, those changed since, and how many are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

from data.profiles import Profile
from data.schemas import GONE

Load = Callable[[str], bytes | None]


class Visitors:
    """Hold profiles by visitor, the least recently used let go of; unsaved ones are never lost."""

    def __init__(self, load: Load | None = None, keep: int | None = None) -> None:
        """Start empty; profiles not in memory come from `load`.

        `keep` bounds the clean profiles held in memory (None: all are kept).
        """
        self._at_hand: OrderedDict[str, Profile] = OrderedDict()
        self._load, self._keep = load, keep
        self._changed: dict[str, Profile] = {}
        self._saving: dict[str, Profile] = {}  # set apart, not yet `saved`

    def __len__(self) -> int:
        """Count the profiles at hand, changed ones that were let go of left out."""
        return len(self._at_hand)

    def profile(self, visitor: str) -> Profile:
        """Return a visitor's profile; an empty one that is not kept when she is unknown."""
        if not visitor:
            return Profile()
        profile = self._at_hand.get(visitor)
        if profile is not None:
            self._at_hand.move_to_end(visitor)
            return profile
        profile = self._changed.get(visitor) or self._saving.get(visitor)
        if profile is None:
            data = self._load(visitor) if self._load is not None else None
            if data is None:
                return Profile()
            profile = Profile.from_bytes(data)
        self._keep_at_hand(visitor, profile)
        return profile

    def writable(self, visitor: str) -> Profile | None:
        """Return the profile an event may change: none without a visitor or without consent."""
        if not visitor:
            return None
        profile = self._at_hand.get(visitor)
        if profile is None:
            profile = self._kept(visitor)
        else:
            self._at_hand.move_to_end(visitor)
        if not profile.personalization:
            return None
        self._changed[visitor] = profile
        return profile

    def consent(self, visitor: str, *, personalization: bool) -> None:
        """Take down whether a visitor is to be followed."""
        profile = self._kept(visitor)
        profile.personalization = personalization
        self._changed[visitor] = profile

    def forget(self, visitor: str, key: int) -> None:
        """Forget a visitor's weights of one facet, whether she is followed or not."""
        profile = self._kept(visitor)
        profile.forget(key)
        self._changed[visitor] = profile

    def erase(self, visitor: str, led: Iterable[str]) -> None:
        """Forget what was learned of a visitor, and in `led` who led there; a refusal stays."""
        blank = Profile()
        blank.personalization = self.profile(visitor).personalization
        self._changed[visitor] = blank
        self._keep_at_hand(visitor, blank)
        for other in led:
            profile = self._kept(other)
            if profile.sharer == visitor:
                profile.sharer = GONE
                self._changed[other] = profile

    def unsaved(self) -> dict[str, bytes]:
        """Return what was set apart, as the store keeps it: nothing of an empty profile."""
        return {
            visitor: b"" if profile.blank else profile.to_bytes()
            for visitor, profile in self._saving.items()
        }

    def set_apart(self) -> None:
        """Tell what has changed so far from what changes later: `saved` lets go of the former."""
        self._saving |= self._changed
        self._changed = {}

    def saved(self) -> None:
        """Take note that what was set apart is on disk."""
        self._saving = {}

    def read_from(self, load: Load | None, keep: int | None) -> None:
        """Read profiles not in memory with `load` from now on, and let go of all but `keep`."""
        self._load, self._keep = load, keep
        self._let_go()

    def _kept(self, visitor: str) -> Profile:
        profile = self.profile(visitor)
        if visitor not in self._at_hand:
            self._keep_at_hand(visitor, profile)
        return profile

    def _keep_at_hand(self, visitor: str, profile: Profile) -> None:
        self._at_hand[visitor] = profile
        self._let_go()

    def _let_go(self) -> None:
        while self._keep is not None and len(self._at_hand) > self._keep:
            self._at_hand.popitem(last=False)

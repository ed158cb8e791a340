"""Who sent a visitor here: links name her by a code that proves nothing, older ones by her id."""

from __future__ import annotations

from data.identity import REFERRAL
from service.live import Live


def sharer(live: Live, seller_id: str, name: str | None) -> str | None:
    """Return the keyed hash of who shared; None for nobody.

    A code of whom nothing is known, since she was erased, or who asked not to be followed, names
    nobody; so does a forged one, or another seller's.
    """
    if not name:
        return None
    if not name.startswith(REFERRAL):
        return live.pseudonym(name)
    visitor = live.referrer(seller_id, name)
    profile = live.state.profile(visitor)
    return visitor if profile.personalization and not profile.blank else None


def named(live: Live, seller_id: str, name: str | None) -> set[str]:
    """Return whose profile `sharer` looks at: that of a referral code's visitor, if it is one."""
    return {live.referrer(seller_id, name or "")} - {""}

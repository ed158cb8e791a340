"""Rebuild what logged recommendations saw, and compare to the byte."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from data.errors import Refused
from data.schemas import Recommendation
from data.state import State
from models.candidates import Candidates
from models.cards import Replayed
from models.recommender import UNTRAINED, Recommender
from models.registry import Registry
from training.scanned import Shown
from training.targets import Split


class Verifier:
    """Rebuild features at the state that served, with the version that served; count agreement."""

    def __init__(self, load: Callable[[str], Recommender]) -> None:
        """Take what opens a version and raises Refused when it cannot."""
        self._load = load
        self._models: dict[str, Recommender | None] = {UNTRAINED: Recommender.fallback()}
        self.checked, self.agreed, self.unknown = 0, 0, 0

    @classmethod
    def of(cls, registry: Registry) -> Verifier:
        """Open versions from a registry."""
        return cls(registry.load)

    def rebuilt(
        self, record: Recommendation, state: State
    ) -> tuple[Recommender, Candidates | None] | None:
        """Compare a list's digest with that of its features rebuilt; `state` as it was then.

        Returns what made the list, and its candidates (None without a shelf); None unless equal.
        """
        model = self._model(record.model_version)
        if model is None:
            self.unknown += 1
            return None
        candidates = model.candidates(record.query, state)
        rebuilt = "" if candidates is None else candidates.digest()
        same = state.seq == record.state_seq and rebuilt == record.digest
        self.checked += 1
        self.agreed += same
        return (model, candidates) if same else None

    @property
    def found(self) -> Replayed:
        """Return the counts."""
        return Replayed(self.checked, self.agreed, self.unknown)

    def _model(self, version: str) -> Recommender | None:
        if version not in self._models:
            try:
                self._models[version] = self._load(version)
            except Refused:
                self._models[version] = None
        return self._models[version]


def sample(shown: Sequence[Shown], cuts: Split, most: int, judged: int, seed: int) -> list[Shown]:
    """Return the lists to rebuild, in their order.

    Of those before the judged window up to `most`: first what may be learned from, then others,
    drawn. Of those in it up to `judged`, drawn whatever came of them.
    """
    first = cuts.starts[0] if cuts.starts else cuts.judge
    useful = [bool(one.outcomes) and first <= one.at < cuts.judge for one in shown]
    drawn = np.random.default_rng([seed, 3]).permutation(len(shown))
    order = sorted(drawn.tolist(), key=lambda place: not useful[place])
    late = [place for place in order if shown[place].at >= cuts.judge]
    early = [place for place in order if shown[place].at < cuts.judge]
    return [shown[place] for place in sorted(early[:most] + late[:judged])]

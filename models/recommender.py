"""Retrieve, build features, rank, apply the policy, cut, explain: one request, top to bottom.

`Recommender.recommend` is a pure function of the query, the state and the model: nothing here
reads a clock, draws without a seed or writes anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from data import features
from data.catalogue import Listings
from data.schemas import Query, Recommendation, Slot
from data.state import State
from models import explain, fallback, slate
from models import folder as folders
from models.base import NEW_TO_MODEL, History, Retriever, Rows, Scores
from models.candidates import Candidates, Nomination, Positions, cut, eligible
from models.context import context_keys, moment_of, with_context
from models.expressions import compile_boost
from models.guest import Guest, guest_of
from models.history import gather, rows_of
from models.links import LinkRetriever
from models.scored import scored
from models.settings import Settings
from models.shelf import Pending, ShelfView, content_scores
from models.vectors import CONTENT_COLUMNS, Encoder, Vectors

UNTRAINED: Final = "untrained"
Order = NDArray[np.int32]


class Scorer(Protocol):
    """Order rows of features: what `models.ranker.Ranker` does."""

    def score(self, matrix: Scores) -> Scores:
        """Return float32[n], higher is better."""


class Picks(NamedTuple):
    """Give what is shown, as it is to be logged, and what was ranked for it."""

    record: Recommendation
    candidates: Candidates | None


@dataclass
class Recommender:
    """Join what is learned; `ranker` None orders by what is popular on the shelf.

    For one thread: retrievers fill scratch arrays, and shelves are followed as they change.
    """

    version: str = UNTRAINED
    retrievers: Sequence[Retriever] = ()
    ranker: Scorer | None = None
    encoder: Encoder | None = None
    item_keys: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        """Sort the item keys for look-up and name the columns."""
        order = np.argsort(self.item_keys, kind="stable")
        self._known = np.ascontiguousarray(self.item_keys[order])
        self._rows = order.astype(np.int32)
        self._nomination = Nomination(self.retrievers, self.settings.nominate)
        self._strengths = self.settings.signals.strengths()
        self._views: dict[str, ShelfView] = {}
        self._vectors = Vectors(self.encoder) if self.encoder is not None else None
        self.feature_names: tuple[str, ...] = (
            *features.FEATURES,
            *(column for retriever in self.retrievers for column in retriever.columns),
            *(CONTENT_COLUMNS if self.encoder is not None else ()),
            NEW_TO_MODEL,
        )
        self._spoken = len(features.FEATURES) + sum(len(one.columns) for one in self.retrievers)
        self.groups = explain.groups(self.feature_names)
        self.group_columns = explain.table(self.groups)
        self._linked = {code: self._behind(code) for code in explain.LINKED}

    def _behind(self, code: str) -> list[LinkRetriever]:
        """Return the retrievers of links between products that stand behind a reason's code."""
        found, column = [], len(features.FEATURES)
        for retriever in self.retrievers:
            if isinstance(retriever, LinkRetriever) and column in self.groups.get(code, ()):
                found.append(retriever)
            column += len(retriever.columns)
        return found

    @classmethod
    def fallback(cls) -> Recommender:
        """Return what serves before any model is trained."""
        return cls()

    @classmethod
    def from_folder(cls, folder: Path) -> Recommender:
        """Open what `save` wrote; the folder's name is the version."""
        return cls(**folders.load(folder))  # type: ignore[arg-type]  # typed by its parts

    def save(self, folder: Path) -> None:
        """Write the model into an empty folder; equal models write equal bytes."""
        folders.save(self, folder)

    def recommend(self, query: Query, state: State) -> Picks:
        """Return the picks for a query, as they are to be logged; never raises for a cold visitor.

        Raises ExpressionError for a filter or boost that does not parse.
        """
        candidates = self.candidates(query, state)
        if candidates is None or not len(candidates.positions):
            return Picks(self._record(query, state, (), candidates), candidates)
        learned = scores = self.score(candidates)
        boosted = candidates.boosted
        if boosted is not None:
            factors = boosted.factors[candidates.positions]
            lift = np.log(factors) * max(float(scores.std()), 1e-6)
            scores = scores + lift.astype(np.float32)
        order, propensity = slate.fill(query, candidates, scores, self.settings.epsilon)
        reasons = explain.reasons(self, query, candidates, learned, order)
        if query.explain:
            rows = candidates.positions[order]
            if boosted is not None:
                reasons = explain.with_boosts(reasons, boosted, rows)
            reasons = explain.with_offers(reasons, query, candidates.listings, rows)
        source, ids = fallback.SOURCES[candidates.level], candidates.listings.item_ids
        slots = tuple(
            Slot(ids[position], round(score, 6), round(chance, 6), source, why)
            for position, score, chance, why in zip(
                candidates.positions[order].tolist(),
                scores[order].tolist(),
                propensity.tolist(),
                reasons,
                strict=True,
            )
        )
        return Picks(self._record(query, state, slots, candidates), candidates)

    def ahead(self, served: Recommender) -> Iterator[Callable[[], None]]:
        """Yield what looks up each shelf that another model serves, before this one does.

        To be gone through on the thread that changes shelves; each piece of work is for any thread.
        """
        for view in list(served._views.values()):
            fresh = self._new_view(view.listings)
            pending = fresh.pending()
            if pending is not None:
                yield partial(self._look_up, fresh, pending)

    def _look_up(self, view: ShelfView, pending: Pending) -> None:
        view.catch_up(pending, self._find, self.encoder.encode if self.encoder else None)
        if len(pending.items) <= self.settings.scan:
            view.kin_of(np.arange(len(pending.items), dtype=np.int32))
        self._views[view.listings.seller_id] = view

    def candidates(self, query: Query, state: State) -> Candidates | None:
        """Return what is to be ranked for a query, with its features; None without a shelf."""
        listings = state.catalogue.shelf(query.seller_id)
        if listings is None:
            return None
        guest = guest_of(query, state)
        profile, off = guest.profile, guest.off  # to open what is off speaks for nothing like it
        sharer = fallback.sharer_of(query, profile, state)
        view, limits = self._view(listings), self.settings
        dwell = limits.signals.dwell
        history, visited = gather(
            profile.touches, off, self._strengths, dwell, query.at, self._known, self._rows
        )
        if query.context_items:
            context = context_keys(query)
            history, visited = with_context(context, self._find(context), history, visited)
        offered = eligible(query, listings)
        boosted = compile_boost(query.boost)(listings, query.at) if query.boost else None
        chosen, said = cut(
            self._nomination,
            limits,
            view,
            offered,
            history,
            visited,
            guest,
            state,
            query,
            boosted,
        )
        moment = moment_of(query, visited, guest, sharer, state)
        matrix = self._matrix(chosen, said, view, moment, guest, history, visited, state)
        level = fallback.level_of(query, profile, sharer, listings, state)
        if self.ranker is None:  # without a learned order no list is personal
            level = max(level, fallback.POPULAR)
        return Candidates(listings, chosen, matrix, history, visited, level, guest, boosted)

    def score(self, candidates: Candidates) -> Scores:
        """Return float32[n]: the learned order, or what is popular here, or the seller's order."""
        if self.ranker is not None:
            scores = self.ranker.score(candidates.matrix)
            if math.isnan(scores.min(initial=0)):
                scores = np.where(np.isnan(scores), np.float32(0), scores)
            return scores
        placed = slate.seller_order(candidates)
        if candidates.level == fallback.CATALOGUE:
            return placed
        names = features.FEATURES
        here = candidates.matrix[:, names.index("listing_acts_30d")]
        anywhere = candidates.matrix[:, names.index("item_acts_30d")]
        popular: Scores = here + np.float32(0.3) * anywhere + np.float32(1e-4) * placed
        return popular

    def likeness(
        self, candidates: Candidates, order: Order, code: str, visits: Sequence[int]
    ) -> Scores:
        """Return how strongly each of some visits speaks for each pick: float32[visits, picks].

        It is the sum of the links from the visit to the pick that the retrievers behind a
        reason's code know; `visits` count from the newest.
        """
        rows = self._view(candidates.listings).rows[candidates.positions[order]]
        visited = candidates.history.rows[np.asarray(visits, np.intp)]
        found = np.zeros((len(visited), len(rows)), np.float32)
        for retriever in self._linked[code]:
            retriever.speak(visited, rows, found)
        return found

    def _matrix(
        self,
        positions: Positions,
        said: Scores | None,
        view: ShelfView,
        moment: features.Moment,
        guest: Guest,
        history: History,
        visited: NDArray[np.uint64],
        state: State,
    ) -> Scores:
        listings = view.listings
        matrix = np.zeros((len(positions), len(self.feature_names)), dtype=np.float32)
        features.build(
            moment, guest.profile, listings, positions, state.items, state.listings, matrix
        )
        built = len(features.FEATURES)
        rows, kin, by = view.rows[positions], view.kin_of(positions), self._nomination.by
        scored(self.retrievers, history, rows, kin, matrix[:, built : self._spoken], by, said)
        if self._vectors is not None:
            seen, weights = self._vectors.of(visited, state), history.weights
            out = matrix[:, self._spoken : -1]
            content_scores(view.vectors, positions, seen, weights, self.settings.recency, out)
        matrix[:, -1] = view.untouched(positions)
        return matrix

    def _record(
        self,
        query: Query,
        state: State,
        slots: tuple[Slot, ...],
        candidates: Candidates | None,
    ) -> Recommendation:
        level = fallback.CATALOGUE if candidates is None else candidates.level
        return Recommendation(
            query=query,
            slots=slots,
            candidates=0 if candidates is None else len(candidates.positions),
            state_seq=state.seq,
            model_version=self.version,
            digest="" if candidates is None else candidates.digest(),
            fallback_level=level,
            personalized=query.personalization and level < fallback.POPULAR,
        )

    def _find(self, keys: NDArray[np.uint64]) -> Rows:
        """Return the model's rows of item keys, -1 for those it does not know."""
        return rows_of(keys, self._known, self._rows)

    def _view(self, listings: Listings) -> ShelfView:
        view = self._views.get(listings.seller_id)
        if view is None or view.listings is not listings:
            view = self._new_view(listings)
            self._views[listings.seller_id] = view
        pending = view.pending()
        if pending is not None:
            view.catch_up(pending, self._find, self.encoder.encode if self.encoder else None)
        return view

    def _new_view(self, listings: Listings) -> ShelfView:
        encoder, known = self.encoder, len(self.item_keys)
        if encoder is None:
            return ShelfView(listings, known)
        return ShelfView(listings, known, encoder.width, encoder.kin)

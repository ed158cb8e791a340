"""Replay the log; build each question's features as serving would have, strictly before the act.

Two kinds of groups: next interactions (the whole shelf, and what the visitor turned to next) and
impressions (what a logged recommendation showed, and what was made of it).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from data.profile_rows import VISIT_GAP_MS
from data.ranking_metrics import rank_fairly
from data.schemas import Event, Kind, Logged, Query, key64
from data.state import State
from data.statistics import TOTAL
from models.candidates import Candidates
from models.recommender import Recommender
from training.baselines import Baseline
from training.config import Examples
from training.groups import Group
from training.lists import Offered, offered
from training.parity import Verifier
from training.scanned import NONE, Scanned, Shown
from training.targets import Split, Targets

HOUR_MS: Final = 3_600_000


@dataclass(slots=True)
class Built:
    """Hold the groups a replay built, and count the targets it could not use."""

    learn: list[Group] = field(default_factory=list)
    judge: list[Group] = field(default_factory=list)
    impressions: list[Group] = field(default_factory=list)
    offered: list[Offered] = field(default_factory=list)
    not_on_shelf: int = 0
    not_a_candidate: int = 0


@dataclass(frozen=True, slots=True)
class Asker:
    """Turn targets and logged recommendations into groups; `models` by window, see `Split`.

    `baselines` rank the judged groups' shelves, `watch` is told each event after it is folded.
    """

    scanned: Scanned
    cuts: Split
    models: Mapping[int, Recommender]
    baselines: Mapping[str, Baseline]
    config: Examples
    seed: int
    verifier: Verifier | None = None
    watch: Callable[[Event], object] = id

    def next_interaction(
        self, place: int, judges: bool, event: Event, state: State, built: Built
    ) -> None:
        """Ask for the whole shelf just before an interaction; what came next is right."""
        query = self._query(place, event)
        listings = state.catalogue.shelf(event.seller_id)
        row = NONE if listings is None else listings.places.get(event.item_id or "", NONE)
        candidates = self.models[self.cuts.window(event.at)].candidates(query, state)
        if listings is None or candidates is None or row == NONE or not listings.on_offer()[row]:
            built.not_on_shelf += 1
            return
        right = candidates.positions == row
        if not right.any():
            built.not_a_candidate += 1
            if not judges:
                return
        barred = self._last(place, listings)
        luck = luck_of(self.seed, event.event_id)
        group = _group(
            query,
            candidates,
            right.astype(np.float32),
            state,
            seq=int(self.scanned.seq[place]),
            barred=_place(candidates.positions, barred),
            luck=luck,
            answer=int(listings.item_keys[row]),
            answer_acts=int(state.listings.values[listings.listing_rows[row], TOTAL]),
            ranks=self._ranks(query, listings, state, row, barred, luck) if judges else {},
        )
        (built.judge if judges else built.learn).append(group)

    def impression(self, shown: Shown, state: State, built: Built) -> None:
        """Ask a logged query again; of what was seen, what was acted on is right.

        Only lists whose features are rebuilt to the byte are learned from. Those of the judged
        window are kept for what another order would have brought.
        """
        made = None
        if self.verifier is not None:
            made = self.verifier.rebuilt(shown.record, state)
            if made is None:
                return
        model = self.models.get(self.cuts.window(shown.at))
        until, judges = shown.at + int(self.config.joined_hours * HOUR_MS), self.cuts.judge
        if model is not None and shown.at < judges and self.config.impressions:
            group = self._seen(shown, shown.chosen(min(until, judges)), model, state)
            built.impressions += [] if group is None else [group]
        elif model is not None and shown.at >= judges and made is not None:
            one = offered(shown, shown.chosen(until), made, model, state)
            built.offered += [] if one is None else [one]

    def _seen(
        self, shown: Shown, chosen: set[str], model: Recommender, state: State
    ) -> Group | None:
        """Set what was acted on against the rest of what was seen; None where either is missing."""
        query, seen = shown.record.query, shown.seen(chosen)
        candidates = model.candidates(query, state)
        if candidates is None or not chosen:
            return None
        listings = candidates.listings
        rows = {listings.item_ids[p]: i for i, p in enumerate(candidates.positions.tolist())}
        kept = [item for item in shown.ids if item in seen and item in rows]
        labels = np.array([item in chosen for item in kept], np.float32)
        if not labels.any() or labels.all():
            return None
        places = np.array([rows[item] for item in kept], np.int64)
        cut = Candidates(
            listings,
            candidates.positions[places],
            candidates.matrix[places],
            candidates.history,
            candidates.visited,
            candidates.level,
            candidates.guest,
        )
        weight = self.config.impression_weight
        return _group(query, cut, labels, state, seq=shown.seq, weight=weight)

    def _query(self, place: int, event: Event) -> Query:
        """Ask as the page of the item she came from would, or as the card's first page."""
        before = int(self.scanned.before[place])
        there = luck_of(self.seed + 1, event.event_id) < self.config.context_share
        context = (self.scanned.items[before],) if before != NONE and there else ()
        return Query(
            recommendation_id=f"replay-{event.event_id}",
            seller_id=event.seller_id,
            visitor=event.visitor,
            at=event.at,
            session_id=event.session_id,
            placement="product_page" if context else "card_home",
            context_items=context,
        )

    def _last(self, place: int, listings: Listings) -> int:
        last = int(self.scanned.last[place])
        return NONE if last == NONE else listings.places.get(self.scanned.items[last], NONE)

    def _ranks(
        self, query: Query, listings: Listings, state: State, row: int, barred: int, luck: float
    ) -> dict[str, int]:
        """Return where each baseline puts the answer among all on offer but the barred item."""
        offered = listings.on_offer()
        if barred != NONE:
            offered[barred] = False
        target = int(np.count_nonzero(offered[:row]))
        return {
            name: rank_fairly(baseline(query, listings, state)[offered], target, luck)
            for name, baseline in self.baselines.items()
        }


def replay(
    log: Iterable[Logged],
    asker: Asker,
    targets: Targets,
    shown: Iterable[Shown] = (),
    without: Collection[Kind] = (),
) -> Built:
    """Fold the log once and build a group before each target and where each list was made.

    Events of the kinds `without` are left out, as if they had never been measured.
    """
    state, built = State(), Built()
    seqs = asker.scanned.seq[targets.places].tolist()
    asked = deque(zip(seqs, targets.places.tolist(), targets.judges.tolist(), strict=True))
    lists = deque(sorted(shown, key=lambda one: (one.record.state_seq, one.seq)))
    for logged in log:
        while lists and lists[0].record.state_seq < logged.seq:
            asker.impression(lists.popleft(), state, built)
        if asked and asked[0][0] == logged.seq:
            _, place, judges = asked.popleft()
            asker.next_interaction(place, judges, logged.event, state, built)
        if not asked and not lists:
            break
        if logged.event.kind not in without:
            state.apply(logged)
            asker.watch(logged.event)
    for late in lists:
        asker.impression(late, state, built)
    return built


def luck_of(seed: int, name: str) -> float:
    """Return a number in [0, 1) that hangs on nothing but a seed and a name."""
    return key64(f"luck{seed}", name) / 2.0**64


def _place(positions: NDArray[np.int32], position: int) -> int:
    places = np.flatnonzero(positions == position)
    return int(places[0]) if position != NONE and len(places) else NONE


def _group(
    query: Query,
    candidates: Candidates,
    labels: NDArray[np.float32],
    state: State,
    *,
    seq: int,
    barred: int = NONE,
    weight: float = 1.0,
    luck: float = 0.0,
    answer: int = 0,
    answer_acts: int = 0,
    ranks: dict[str, int] | None = None,
) -> Group:
    listings = candidates.listings
    touches = state.profile(query.visitor).touches
    acts = state.listings.values[listings.listing_rows[candidates.positions], TOTAL]
    return Group(
        features=candidates.matrix,
        labels=labels,
        keys=candidates.keys,
        acts=acts.astype(np.float32),
        visitor=query.visitor,
        seller=query.seller_id,
        at=query.at,
        seq=seq,
        shelf=int(np.count_nonzero(listings.on_offer())),
        known=len(touches),
        fresh=_of_one_visit(touches["at"], query.at),
        touched=tuple(dict.fromkeys(touches["item"][::-1].tolist())),
        barred=barred,
        weight=weight,
        luck=luck,
        answer=answer,
        answer_acts=answer_acts,
        query=query,
        ranks=ranks or {},
    )


def _of_one_visit(times: NDArray[np.int64], now: int) -> bool:
    """Say whether something is known, and no gap up to now is longer than a visit's pause."""
    gaps = np.diff(np.append(np.sort(times), now))
    return len(times) > 0 and bool(gaps.max() <= VISIT_GAP_MS)

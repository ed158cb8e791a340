"""The next basket of people who buy again and again: all items ranked, those bought before too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.ranking_metrics import MISSED, Interval, Ranks, bootstrap
from data.schemas import DAY_MS, Item, Kind
from models.candidates import Candidates
from models.ranker import Ranker
from models.recommender import Recommender
from training.benchmarks import baskets, readers, shoppers
from training.benchmarks.result import Result
from training.benchmarks.sessions import staged
from training.benchmarks.stage import START, Act, Question, Stage, interactions
from training.benchmarks.trial import Progress, fit
from training.config import Config
from training.fit import trees_of

AT: Final = (10, 20)
METRICS = (
    *(f"{name}@{at}" for at in AT for name in ("recall", "ndcg", "phr")),
    *(f"recall_{part}@{at}" for at in AT for part in ("repeat", "new")),
)
PROTOCOL = {
    "split": "as given: a history of baskets and the next basket of each user; users are dealt to "
    "five folds by a hash of their names, and each fold is tested once; of more than 8,000 users, "
    "those first by the hash are asked",
    "target": "every item of the next basket; an item in nobody's history misses",
    "ranking": "full: all items of all histories, those the user bought before too; what is no "
    "candidate ranks below every candidate",
    "masking": "none",
    "ties": "against us; the baselines' go by popularity",
    "metrics": "means over users; NDCG against an ideal list of the whole basket, which is not cut "
    "at K; PHR: the share of users with a hit; repeat and new: recall of what the user had bought "
    "before and had not, over users whose next basket holds any",
    "order": "retrievers and statistics know all histories and no next basket; the ranker of a "
    "fold is fitted on next baskets of the users of the other folds (at most 4,000 drawn)",
    "times": "baskets have none: each user's last one counts as a day ago, the one before as two",
}
FOLDS: Final = 5
MOST_ASKED: Final = 8_000
MOST_LESSONS: Final = 4_000


Users = NDArray[np.int64]
Targets = NDArray[np.int64]
WIDE: Final = (900, 0.9, 0.6, 0.2, 3)
"""TIFUKNN with more neighbours and less of her own, which does better on Ta-Feng."""


@dataclass(frozen=True, slots=True)
class Data:
    """Hold users by rows: items; baskets of item rows, oldest first; and the next basket's.

    `targets` are of the users that are asked, the first ones; a target below 0 is an item that
    stands in no history.
    """

    items: list[Item]
    baskets: list[list[list[int]]]
    targets: list[Targets]


@dataclass(slots=True)
class Asked:
    """Gather what was to be ranked for each user, and where her targets stand in it.

    `places` int64[targets]: -1 for what is no candidate; `micros`: what answering took.
    """

    candidates: list[Candidates] = field(default_factory=list)
    places: list[Targets] = field(default_factory=list)
    micros: list[float] = field(default_factory=list)

    def found(self) -> float:
        """Return the share of targets that are candidates."""
        every = np.concatenate(self.places)
        return float((every >= 0).mean()) if len(every) else 0.0

    def add(self, stage: Stage, question: Question, targets: Targets, model: Recommender) -> None:
        """Keep the candidates for a question."""
        begun = perf_counter()
        candidates = stage.ask(question, model)
        self.micros.append((perf_counter() - begun) * 1e6)
        place_of = {key: place for place, key in enumerate(candidates.keys.tolist())}
        places = [place_of.get(stage.key(target), -1) for target in targets.tolist()]
        self.candidates.append(candidates)
        self.places.append(np.array(places, np.int64))

    def learn(self, users: Users, names: tuple[str, ...], config: Config) -> Ranker | None:
        """Learn the order from users with a target among several candidates; None without any."""
        some = [
            user
            for user in users.tolist()
            if (self.places[user] >= 0).any() and len(self.candidates[user].positions) > 1
        ]
        if not some:
            return None
        matrices = [self.candidates[user].matrix for user in some]
        labels = [np.zeros(len(matrix), np.float32) for matrix in matrices]
        for user, label in zip(some, labels, strict=True):
            label[self.places[user][self.places[user] >= 0]] = 1.0
        sizes = np.array([len(label) for label in labels], np.int32)
        matrix, settings = np.concatenate(matrices), trees_of(config)
        return Ranker.fit(matrix, np.concatenate(labels), sizes, names, config.seed, settings)

    def rank(self, user: int, model: Recommender) -> Ranks:
        """Rank a user's targets, ties against them."""
        begun = perf_counter()
        scores = model.score(self.candidates[user])
        self.micros[user] += (perf_counter() - begun) * 1e6
        places = self.places[user]
        above = [np.count_nonzero(scores >= scores[place]) for place in places.tolist()]
        return np.where(places >= 0, above, MISSED).astype(np.int32)


def run(folder: Path, config: Config, progress: Progress) -> Result:
    """Run the protocol; return metrics, baselines and cost."""
    data = read(folder)
    result = Result("nextbasket", folder.name, PROTOCOL, METRICS)
    acts = [history(one) for one in data.baskets]
    with result.training():
        model = fit(interactions(acts, data.items), data.items, config)
        stage = staged(data.items, acts)
        progress("retrievers", 1)
    asked = Asked()
    for user, targets in enumerate(data.targets):
        with result.training():  # asked once, to be learned from by four folds and tested by one
            asked.add(stage, Question(tuple(acts[user]), -1, START, user), targets, model)
        progress("asked", 1)
    found: dict[str, dict[int, Ranks]] = {}
    for tests, rest in folds(len(data.targets)):
        with result.training():
            ranker = asked.learn(few(rest, config.seed), model.feature_names, config)
            served = replace(model, ranker=ranker)
            progress("ranker", 1)
        ours = found.setdefault("test", {})
        ours.update((user, asked.rank(user, served)) for user in tests.tolist())
        for name, ranks in rivals(data, tests):
            found.setdefault(name, {}).update(zip(tests.tolist(), ranks, strict=True))
            progress("baselines", 1)
    judged = {name: measure(data, ranks) for name, ranks in found.items()}
    result.ranks["test"] = np.concatenate(
        [found["test"][user] for user in range(len(data.targets))]
    )
    result.metrics["test"] = judged.pop("test")
    result.baselines.update(judged)
    result.tell("test", served, asked.micros, asked.found())
    return result


def read(folder: Path) -> Data:
    """Read a folder into rows; users stand in the order of their hash."""
    people = {one.user: one for one in baskets.read(folder)}
    names = readers.in_no_order(
        item for one in people.values() for basket in one.baskets for item in basket
    )
    rows = {name: row for row, name in enumerate(names)}
    kept = [people[user] for user in readers.in_no_order(people)]
    return Data(
        [Item(item_id=name, title="") for name in names],
        [[[rows[item] for item in basket] for basket in one.baskets] for one in kept],
        [
            np.array([rows.get(item, -1) for item in one.future], np.int64)
            for one in kept[:MOST_ASKED]
        ],
    )


def history(known: Sequence[Sequence[int]]) -> list[Act]:
    """Turn baskets into purchases, a day from one basket to the next and from the last to now."""
    return [
        Act(item, START - age * DAY_MS, Kind.PURCHASE)
        for age, basket in zip(range(len(known), 0, -1), known, strict=True)
        for item in basket
    ]


def folds(count: int) -> Iterator[tuple[Users, Users]]:
    """Deal users to folds; yield those of each and all others."""
    users = np.arange(count)
    for fold in range(min(FOLDS, count)):
        yield users[users % FOLDS == fold], users[users % FOLDS != fold]


def few(users: Users, seed: int) -> Users:
    """Draw at most `MOST_LESSONS` users, in their own order."""
    if len(users) <= MOST_LESSONS:
        return users
    return np.sort(np.random.default_rng(seed).choice(users, MOST_LESSONS, replace=False))


def rivals(data: Data, tests: Users) -> Iterator[tuple[str, list[Ranks]]]:
    """Yield each baseline by name with its ranks of the test users' targets."""
    count, rest = len(data.items), np.setdiff1d(np.arange(len(data.baskets)), tests)
    counts = shoppers.bought(data.baskets, count)
    popular = np.asarray(counts.sum(axis=0), np.float64).ravel()
    for name, scorer in (
        ("popularity", shoppers.popularity(counts)),
        ("p_topfreq", shoppers.personal(counts)),
        ("gp_topfreq", shoppers.personal_then_popular(counts)),
        ("tifuknn", shoppers.tifuknn(data.baskets, count, rest)),
        ("tifuknn_wide", shoppers.tifuknn(data.baskets, count, rest, *WIDE)),
        ("upcf", shoppers.upcf(data.baskets, count)),
    ):
        yield name, shoppers.ranks_of(scorer, tests, data.targets, popular)


def measure(data: Data, ranks: Mapping[int, Ranks]) -> dict[str, Interval]:
    """Return every metric with its interval over users; `ranks` are of each user's targets."""
    users = np.repeat(np.arange(len(ranks)), [len(one) for one in data.targets])
    every = np.concatenate([ranks[user] for user in range(len(ranks))])
    known = [{item for basket in one for item in basket} for one in data.baskets[: len(ranks)]]
    again = np.array(
        [row in known[user] for user, one in enumerate(data.targets) for row in one.tolist()]
    )
    sizes = np.bincount(users, minlength=len(ranks))
    ideal = np.cumsum(1.0 / np.log2(np.arange(2, sizes.max() + 2)))[sizes - 1]
    whole: dict[str, NDArray[np.float64]] = {}
    found: dict[str, Interval] = {}
    for at in AT:
        hit = every <= at
        gains = np.where(hit, 1.0 / np.log2(1.0 + every.astype(np.float64)), 0.0)
        whole[f"recall@{at}"] = np.bincount(users, hit) / sizes
        whole[f"ndcg@{at}"] = np.bincount(users, gains) / ideal
        whole[f"phr@{at}"] = (np.bincount(users, hit) > 0).astype(np.float64)
        for part, of_it in (("repeat", again), ("new", ~again)):
            counts = np.bincount(users, of_it)
            some = counts > 0
            share = np.bincount(users, hit & of_it)[some] / counts[some]
            owners = np.arange(len(share), dtype=np.int32)
            (found[f"recall_{part}@{at}"],) = bootstrap(share[:, None], owners)
    owners = np.arange(len(ranks), dtype=np.int32)
    spread = bootstrap(np.stack([*whole.values()], axis=1), owners)
    found |= dict(zip(whole, spread, strict=True))
    return {name: found[name] for name in METRICS}

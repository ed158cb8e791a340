"""Small shelves: categories as sellers, visitors known by none, one, three or all of their acts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from data.dataset import Interactions
from data.errors import Invalid
from data.schemas import Item
from models.recommender import Recommender
from training.benchmarks import sequence
from training.benchmarks.result import Result
from training.benchmarks.rivals import shelf_popularity
from training.benchmarks.stage import Act, Question, Stage, interactions
from training.benchmarks.trial import MOST_LEARNED, Answers, Learnt, Progress, drawn, fit
from training.config import Config

METRICS = ("ndcg@5", "ndcg@10", "hr@5", "hr@10")
PROTOCOL = {
    "sellers": "an item belongs to the rarest of its attributes that 50 to 500 items have; items "
    "without one are on no shelf",
    "split": "leave one out by user as in the sequence task; targets on no shelf are left out",
    "ranking": "all items of the target's shelf; ties against us",
    "masking": "items of the user's whole history are masked, however few acts are known; a "
    "target that is among them misses",
    "known": "known_k: the visitor's last k acts anywhere on the platform before the target",
    "strict": "retrievers and statistics from training items only; the ranker on validation "
    "targets, each asked with a random number of known acts",
    "cold_items": "a tenth of the items is new at the test: without acts in retrievers, statistics "
    "and the known acts of any question, and not on the shelves that the ranker learns from. It "
    "learns what is new from another tenth, new in the same way while its questions are asked and "
    "nothing special at the test. cold_items are the test targets among the first, warm_items the "
    "rest, both with one known act; masking as ever",
}
SMALLEST, LARGEST = 50, 500
KNOWN: Final = (0, 1, 3, 64)
COLD_SHARE: Final = 0.1
NONE: Final[frozenset[int]] = frozenset()


def run(folder: Path, config: Config, progress: Progress) -> Result:
    """Run the protocol; return metrics, baselines and cost."""
    data = sequence.untimed(sequence.read(folder))
    shelves = shelves_of(data.items)
    if not shelves:
        raise Invalid(f"{folder} has no attribute that {SMALLEST} to {LARGEST} items share")
    result = Result("shelf", folder.name, PROTOCOL, METRICS)
    result.notes["shelves"] = {
        "count": len(shelves),
        "median_items": float(np.median([len(rows) for rows in shelves.values()])),
    }
    luck = np.random.default_rng(config.seed).random(len(data.items))
    cold = frozenset(np.flatnonzero(luck < COLD_SHARE).tolist())
    rehearsed = frozenset(np.flatnonzero((luck >= COLD_SHARE) & (luck < 2 * COLD_SHARE)).tolist())
    tests = ask(data.acts, 1, shelves)
    trial = learnt(data, shelves, NONE, NONE, config, result, progress)
    for count in KNOWN:
        name = f"known_{'all' if count == max(KNOWN) else count}"
        answer(trial, name, [last(one, count) for one in tests], shelves, result, progress)
    trial = learnt(data, shelves, cold, rehearsed, config, result, progress)
    for name, new in (("cold_items", True), ("warm_items", False)):
        chosen = [last(without(one, cold), 1) for one in tests if (one.target in cold) == new]
        answer(trial, name, chosen, shelves, result, progress)
    return result


@dataclass(frozen=True, slots=True)
class Trial:
    """Hold what a fitted platform knows."""

    known: Interactions
    stage: Stage
    model: Recommender


def learnt(
    data: sequence.Sequences,
    shelves: dict[str, list[int]],
    cold: frozenset[int],
    rehearsed: frozenset[int],
    config: Config,
    result: Result,
    progress: Progress,
) -> Trial:
    """Fit on training acts and learn the order from validation, the `cold` items not there yet.

    While the order is learned the `rehearsed` items are new to the platform, and after it no more.
    """
    rng = np.random.default_rng([config.seed, len(cold)])
    with result.training():
        trial = fitted(data, shelves, cold | rehearsed, config)
        groups = Learnt()
        for question in drawn(lessons(data, shelves, cold), MOST_LEARNED, config.seed):
            asked = last(without(question, cold | rehearsed), int(rng.choice(KNOWN)))
            groups.add(trial.stage, asked, trial.model)
            progress("learn", 1)
        ranker = groups.rank(trial.model.feature_names, config)
        if rehearsed:
            trial = fitted(data, shelves, cold, config)
    return replace(trial, model=replace(trial.model, ranker=ranker))


def fitted(
    data: sequence.Sequences, shelves: dict[str, list[int]], gone: frozenset[int], config: Config
) -> Trial:
    """Fit retrievers and count statistics on training acts but those on the items `gone`."""
    acts = [[act for act in row[:-2] if act.item not in gone] for row in data.acts]
    known = interactions(acts, data.items)
    stage, names = Stage(data.items, shelves), _names(shelves)
    for act in (act for row in acts for act in row):
        stage.count(act, names.get(act.item, ""))
    return Trial(known, stage, fit(known, data.items, config))


def lessons(
    data: sequence.Sequences, shelves: dict[str, list[int]], cold: frozenset[int]
) -> list[Question]:
    """Ask for the validation items on shelves that do not hold the `cold` ones yet."""
    absent = {name: cold.intersection(rows) for name, rows in shelves.items()}
    return [
        replace(question, barred=question.barred | absent[question.shelf])
        for question in ask(data.acts, 2, shelves)
        if question.target not in cold
    ]


def answer(
    trial: Trial,
    variant: str,
    questions: list[Question],
    shelves: dict[str, list[int]],
    result: Result,
    progress: Progress,
) -> None:
    """Answer questions; popularity answers the same ones."""
    answers = Answers()
    for question in questions:
        answers.add(trial.stage, question, trial.model)
        progress("test", 1)
    result.add(variant, answers, trial.model)
    popular = shelf_popularity(trial.known, questions, shelves)
    result.rival(f"popularity_{variant}", popular)


def shelves_of(items: list[Item]) -> dict[str, list[int]]:
    """Put each item on the shelf of its rarest attribute that enough, but not too many, share."""
    spread = Counter(tag for item in items for tag in set(item.tags))
    shelves: dict[str, list[int]] = {}
    for row, item in enumerate(items):
        fit_for = [tag for tag in set(item.tags) if SMALLEST <= spread[tag] <= LARGEST]
        if fit_for:
            shelves.setdefault(min(fit_for, key=lambda tag: (spread[tag], tag)), []).append(row)
    return shelves


def ask(acts: list[list[Act]], cut: int, shelves: dict[str, list[int]]) -> list[Question]:
    """Ask for the `cut`-to-last item of each user on the item's own shelf."""
    names, questions = _names(shelves), []
    for owner, row in enumerate(acts):
        known, target = tuple(row[:-cut]), row[-cut]
        if target.item in names:
            shelf = names[target.item]
            barred = frozenset(a.item for a in known if names.get(a.item) == shelf)
            questions.append(Question(known, target.item, target.at, owner, barred, shelf))
    return questions


def without(question: Question, gone: frozenset[int]) -> Question:
    """Forget the acts on some items; what is masked stays masked."""
    return replace(question, acts=tuple(act for act in question.acts if act.item not in gone))


def last(question: Question, count: int) -> Question:
    """Forget all but the last acts; what is masked stays masked."""
    return replace(question, acts=question.acts[-count:] if count else ())


def _names(shelves: dict[str, list[int]]) -> dict[int, str]:
    return {row: name for name, rows in shelves.items() for row in rows}

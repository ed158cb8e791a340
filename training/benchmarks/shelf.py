"""Small shelves: categories as sellers, visitors known by none, one, three or all of their acts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from data.dataset import Interactions
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
    "ranking": "all items of the target's shelf; history masked; ties against us",
    "known": "known_k: the visitor's last k acts anywhere on the platform before the target",
    "strict": "retrievers and statistics from training items only; the ranker on validation "
    "targets, each asked with a random number of known acts",
    "cold_items": "a tenth of the items lose all their training acts, in retrievers, statistics "
    "and the ranker's questions; cold_items are the test targets among them, warm_items the rest, "
    "both with one known act",
}
SMALLEST, LARGEST = 50, 500
KNOWN: Final = (0, 1, 3, 64)
COLD_SHARE: Final = 0.1


def run(folder: Path, config: Config, progress: Progress) -> Result:
    """Run the protocol; return metrics, baselines and cost."""
    data = sequence.untimed(sequence.read(folder))
    shelves = shelves_of(data.items)
    result = Result("shelf", folder.name, PROTOCOL, METRICS)
    result.notes["shelves"] = {
        "count": len(shelves),
        "median_items": float(np.median([len(rows) for rows in shelves.values()] or [0])),
    }
    rng = np.random.default_rng(config.seed)
    cold = frozenset(np.flatnonzero(rng.random(len(data.items)) < COLD_SHARE).tolist())
    names = {row: name for name, rows in shelves.items() for row in rows}
    tests = ask(data.acts, 1, names)
    trial = learnt(data, shelves, frozenset(), config, result, progress)
    for count in KNOWN:
        name = f"known_{'all' if count == max(KNOWN) else count}"
        answer(trial, name, [last(one, count) for one in tests], shelves, result, progress)
    trial = learnt(data, shelves, cold, config, result, progress)
    for name, gone in (("cold_items", True), ("warm_items", False)):
        chosen = [last(one, 1) for one in tests if (one.target in cold) == gone]
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
    gone: frozenset[int],
    config: Config,
    result: Result,
    progress: Progress,
) -> Trial:
    """Fit on training acts but those on the items `gone`; learn the order from validation."""
    names = {row: name for name, rows in shelves.items() for row in rows}
    acts = [[act for act in row[:-2] if act.item not in gone] for row in data.acts]
    rng = np.random.default_rng([config.seed, len(gone)])
    with result.training():
        known = interactions(acts, data.items)
        model = fit(known, data.items, config)
        stage = Stage(data.items, shelves)
        for act in (act for row in acts for act in row):
            stage.count(act, names.get(act.item, ""))
        groups = Learnt()
        for question in drawn(ask(data.acts, 2, names), MOST_LEARNED, config.seed):
            groups.add(stage, last(question, int(rng.choice(KNOWN))), model)
            progress("learn", 1)
        served = replace(model, ranker=groups.rank(model.feature_names, config))
    return Trial(known, stage, served)


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


def ask(acts: list[list[Act]], cut: int, names: dict[int, str]) -> list[Question]:
    """Ask for the `cut`-to-last item of each user on the item's own shelf."""
    questions = []
    for owner, row in enumerate(acts):
        known, target = tuple(row[:-cut]), row[-cut]
        if target.item in names:
            shelf = names[target.item]
            barred = frozenset(a.item for a in known if names.get(a.item) == shelf)
            barred -= {target.item}
            questions.append(Question(known, target.item, target.at, owner, barred, shelf))
    return questions


def last(question: Question, count: int) -> Question:
    """Forget all but the last acts; what is masked stays masked."""
    return replace(question, acts=question.acts[-count:] if count else ())

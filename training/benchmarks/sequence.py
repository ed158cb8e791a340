"""Next-item ranking on user sequences: leave one out, the whole catalogue ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.errors import Invalid
from data.schemas import Item
from models.recommender import Recommender
from training.benchmarks import readers
from training.benchmarks.result import Result
from training.benchmarks.rivals import ease, item_knn, popularity
from training.benchmarks.stage import SHELF, START, Act, Question, Stage, interactions
from training.benchmarks.trial import MOST_LEARNED, Answers, Learnt, Progress, drawn, fit
from training.config import Config
from training.fit import trees_of

METRICS = ("ndcg@5", "ndcg@10", "ndcg@20", "hr@5", "hr@10", "hr@20", "mrr")
PROTOCOL = {
    "split": "leave one out by user: last item test, last but one validation, the rest training",
    "ranking": "full: the target among all items; what is no candidate ranks below every candidate",
    "masking": "items of the user's own history are masked",
    "ties": "against us",
    "strict": "retrievers and item statistics from training items only",
    "refit": "the validation item also counted into retrievers and statistics before the test",
    "order": "the ranker is fitted on validation targets, asked as the test asks: for strict the "
    "item before the target is in the history, but in no statistics; where that gives fewer groups "
    "than [ranker] few_groups, on the item before it as well; never on the test",
    "times": "with _times: statistics as of the moment of the question, from acts before it",
    "settings": "as shipped; none chosen on this set's test",
}


@dataclass(frozen=True, slots=True)
class Sequences:
    """Hold a set: items and each user's acts, oldest first."""

    items: list[Item]
    acts: list[list[Act]]
    timed: bool


def read(folder: Path) -> Sequences:
    """Read sequences of three items and more."""
    users, named = readers.sequences(folder)
    names = readers.in_no_order(name for row in named for name in row)
    rows = {name: row for row, name in enumerate(names)}
    at = readers.times(folder, users, named)
    acts = [
        [
            Act(rows[name], at[user][place] if at is not None else START)
            for place, name in enumerate(row)
        ]
        for user, row in enumerate(named)
        if len(row) >= 3
    ]
    if not acts:
        raise Invalid(f"{folder} has no user with three items")
    return Sequences(readers.items(folder, names), acts, at is not None)


def run(folder: Path, config: Config, progress: Progress) -> Result:
    """Run the protocol; return metrics, baselines and cost."""
    data = read(folder)
    result = Result("sequence", folder.name, PROTOCOL, METRICS)
    variants = [("", untimed(data))] + ([("_times", data)] if data.timed else [])
    for suffix, one in variants:
        fitted: dict[int, Recommender] = {}  # by how many of each user's newest items are left out
        tests = held_out(one, 1)
        for name, unseen in (("strict", 1), ("refit", 0)):
            learnt = lessons(one, unseen, fitted, result, config, progress)
            served = without(one, 1 + unseen, fitted, result, config, progress)
            with result.training():
                ranker = learnt.rank(served.feature_names, config)
                del learnt
            served = replace(served, ranker=ranker)
            result.add(f"{name}{suffix}", answer(one, 1 + unseen, tests, served, progress), served)
        if not suffix:
            known = interactions([row[:-2] for row in one.acts], one.items)
            for rival in (popularity, item_knn, ease):
                result.rival(rival.__name__, rival(known, tests))
    return result


def untimed(data: Sequences) -> Sequences:
    """Forget the times; the order stays."""
    acts = [[replace(act, at=START) for act in row] for row in data.acts]
    return Sequences(data.items, acts, timed=False)


def without(
    data: Sequences,
    cut: int,
    fitted: dict[int, Recommender],
    result: Result,
    config: Config,
    progress: Progress,
) -> Recommender:
    """Return the retrievers fitted without each user's `cut` newest items; fit them once."""
    if cut not in fitted:
        with result.training():
            acts = interactions([row[:-cut] for row in data.acts], data.items)
            fitted[cut] = fit(acts, data.items, config)
        progress("retrievers", 1)
    return fitted[cut]


def lessons(
    data: Sequences,
    unseen: int,
    fitted: dict[int, Recommender],
    result: Result,
    config: Config,
    progress: Progress,
) -> Learnt:
    """Ask for the last item but one of each user, with `unseen` items before it in no statistics.

    Where this gives few groups, the item before that is asked for as well, in the same way.
    """
    learnt, few = Learnt(), trees_of(config).few_groups
    for back in (2, 3):
        if back > 2 and len(learnt.labels) >= few:
            break
        recommender = without(data, back + unseen, fitted, result, config, progress)
        questions = drawn(held_out(data, back), MOST_LEARNED, config.seed)
        for stage, question in asked(data, back + unseen, questions):
            with result.training():
                learnt.add(stage, question, recommender)
            progress("learn", 1)
    return learnt


def held_out(data: Sequences, last: int) -> list[Question]:
    """Ask for the `last`-to-last item of each user by what came before it, where anything did."""
    questions = []
    for owner, row in enumerate(data.acts):
        if len(row) <= last:
            continue
        known, target = tuple(row[:-last]), row[-last]
        barred = frozenset(act.item for act in known)
        questions.append(Question(known, target.item, target.at, owner, barred))
    return questions


def asked(
    data: Sequences, cut: int, questions: Sequence[Question]
) -> Iterator[tuple[Stage, Question]]:
    """Pass questions in time order beside the statistics as of their moment.

    Statistics count each user's items up to the `cut` last ones, and of those what happened before
    the question; in a set without times, all of them.
    """
    stage = Stage(data.items, {SHELF: range(len(data.items))})
    counted = sorted((act for row in data.acts for act in row[:-cut]), key=lambda act: act.at)
    place = 0
    for question in sorted(questions, key=lambda one: one.at) if data.timed else questions:
        while place < len(counted) and (counted[place].at < question.at or not data.timed):
            stage.count(counted[place])
            place += 1
        yield stage, question


def answer(
    data: Sequences,
    cut: int,
    questions: Sequence[Question],
    recommender: Recommender,
    progress: Progress,
) -> Answers:
    """Answer all questions."""
    answers = Answers()
    for stage, question in asked(data, cut, questions):
        answers.add(stage, question, recommender)
        progress("test", 1)
    return answers

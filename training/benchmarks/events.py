"""Next purchase from a log of many kinds of acts, against the best that one kind alone gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from data.dataset import Interactions
from data.ranking_metrics import Ranks, bootstrap, metric
from data.schemas import CODES, DAY_MS, Item, Kind
from training.benchmarks import logs, readers
from training.benchmarks.result import Result
from training.benchmarks.rivals import ease, item_knn, popularity, vmis_knn
from training.benchmarks.sessions import staged
from training.benchmarks.stage import Act, Question, interactions
from training.benchmarks.trial import MOST_LEARNED, Answers, Learnt, Progress, drawn, fit
from training.config import Config

METRICS = ("ndcg@5", "ndcg@10", "ndcg@20", "hr@5", "hr@10", "hr@20", "mrr")
PROTOCOL = {
    "split": "as given: events_train to learn from, the purchase held out of each user to test",
    "target": "one purchase of each user; a product that nobody acted on in training misses",
    "ranking": "full: among all items of the training log; what is no candidate ranks below every "
    "candidate",
    "masking": "a set asks for new products when nine in ten of its held-out pairs have no other "
    "act in the training log (the split took them away): what a user has acted on is then masked, "
    "for every method alike; else nothing is masked; this is all that is taken from the test",
    "ties": "against us",
    "order": "the ranker is fitted on the last purchases of each user in the training log, each "
    "asked of a log without it and without later ones; where new products are asked for, without "
    "all acts on the pair, as in the split; nothing on the test",
    "moment": "asked at the user's newest act known; statistics count the whole training log",
    "baselines": "each kind of act alone, in what is learned from and in what is known of the "
    "user: popularity, item-kNN, session kNN, EASE up to 9,000 items; all_: every kind as one",
}
LESSONS: Final = 3
"""How many purchases of a user are learned from, the last ones first."""
KINDS: Final = tuple(kind for kind in Kind if kind in set(logs.MEANINGS.values()))
AIM: Final = 1.1
NEW: Final = 0.9
"""Share of test pairs without another act from which on a set asks for new products."""
PLAIN: Final = (popularity, item_knn, vmis_knn, ease)


@dataclass(frozen=True, slots=True)
class Data:
    """Hold a log by rows: items, each user's acts, oldest first, and what was held out of them.

    `tests` are (user, item row or -1); `new`: they are products new to the user, and masked is
    what is not.
    """

    items: list[Item]
    acts: list[list[Act]]
    tests: list[tuple[int, int]]
    new: bool


def run(folder: Path, config: Config, progress: Progress) -> Result:
    """Run the protocol; return metrics, baselines and cost."""
    data = read(folder)
    result = Result("events", folder.name, PROTOCOL, METRICS)
    known = interactions(data.acts, data.items)
    with result.training():
        learnt = lessons(data, config, progress)
        served = fit(known, data.items, config)
        served = replace(served, ranker=learnt.rank(served.feature_names, config))
        stage = staged(data.items, data.acts)
    tests = [asked(user, data.acts[user], item, new=data.new) for user, item in data.tests]
    answers = Answers()
    for question in tests:
        answers.add(stage, question, served)
        progress("test", 1)
    result.add("test", answers, served)
    result.notes["lessons"] = len(learnt.labels)
    result.notes["asks_for"] = "new products" if data.new else "products new or known"
    result.rival("popularity", popularity(known, tests))
    single = dict(singles(known, tests))
    for name, ranks in single.items():
        result.rival(name, ranks)
    for plain in (item_knn, vmis_knn):
        result.rival(f"all_{plain.__name__}", plain(known, tests))
    against(result, answers, single)
    return result


def lessons(data: Data, config: Config, progress: Progress) -> Learnt:
    """Ask for the last purchases of each user, each of a log without it and what came later."""
    learnt, rest = Learnt(), data.acts
    for _ in range(LESSONS):
        rest, questions = held_out(rest, new=data.new)
        if not questions:
            break
        model = fit(interactions(rest, data.items), data.items, config)
        stage = staged(data.items, rest)
        progress("retrievers", 1)
        for question in drawn(questions, MOST_LEARNED // LESSONS, config.seed):
            learnt.add(stage, question, model)
            progress("learn", 1)
    return learnt


def singles(known: Interactions, tests: Sequence[Question]) -> Iterator[tuple[str, Ranks]]:
    """Yield by name what each plain method reaches with each kind of acts alone."""
    for kind in (kind for kind in KINDS if (known.kind == CODES[kind]).any()):
        one, questions = alone(known, tests, kind)
        for plain in PLAIN:
            ranks = plain(one, questions)
            if ranks is not None:
                yield f"{kind.value}_{plain.__name__}", ranks


def read(folder: Path) -> Data:
    """Read a folder into rows."""
    log = logs.read(folder)
    names = readers.in_no_order(item for acts in log.acts.values() for _, item, _ in acts)
    rows = {name: row for row, name in enumerate(names)}
    users = {user: place for place, user in enumerate(log.acts)}
    earliest = min(acts[0][0] for acts in log.acts.values())
    shift = max(DAY_MS - earliest, 0)  # moments of statistics are above 0
    acts = [
        [Act(rows[item], at + shift, kind) for at, item, kind in acts] for acts in log.acts.values()
    ]
    tests, kept = [], 0
    for user, item in log.tests:
        if user not in users:
            users[user] = len(acts)
            acts.append([])
        row = rows.get(item, -1)
        tests.append((users[user], row))
        kept += any(act.item == row for act in acts[users[user]])
    items = [Item(item_id=name, title="") for name in names]
    return Data(items, acts, tests, new=kept <= (1 - NEW) * len(tests))


def held_out(acts: Sequence[Sequence[Act]], *, new: bool) -> tuple[list[list[Act]], list[Question]]:
    """Hold the last purchase out of each user; return what is left and the questions.

    With it goes what came after it on the same product, and, to make it `new`, what came before.
    """
    left, questions = [], []
    for user, row in enumerate(acts):
        bought = [place for place, act in enumerate(row) if act.kind is Kind.PURCHASE]
        if not bought:
            left.append(list(row))
            continue
        last = row[bought[-1]]
        rest = [
            act
            for place, act in enumerate(row)
            if act.item != last.item or (not new and place < bought[-1])
        ]
        left.append(rest)
        questions.append(asked(user, rest, last.item, new=new))
    return left, questions


def asked(user: int, acts: Sequence[Act], target: int, *, new: bool) -> Question:
    """Ask for a purchase at the newest act known."""
    now = acts[-1].at if acts else DAY_MS
    barred = frozenset(act.item for act in acts) if new else frozenset[int]()
    return Question(tuple(acts), target, now, user, barred)


def alone(
    known: Interactions, questions: Sequence[Question], kind: Kind
) -> tuple[Interactions, list[Question]]:
    """Leave one kind of acts, and number the items it touches anew; other targets miss."""
    kept = known.where(known.kind == CODES[kind])
    touched, rows = np.unique(kept.item, return_inverse=True)
    number = np.full(known.n_items + 1, -1)  # the last entry is for the row -1
    number[touched] = np.arange(len(touched))
    one = replace(kept, item=rows.astype(np.int32), item_keys=known.item_keys[touched])
    asked_of_it = [
        replace(
            question,
            acts=tuple(
                replace(act, item=int(number[act.item]))
                for act in question.acts
                if act.kind is kind and number[act.item] >= 0
            ),
            target=int(number[question.target]),
            barred=frozenset(number[sorted(question.barred)].tolist()) - {-1},
        )
        for question in questions
    ]
    return one, asked_of_it


def against(result: Result, answers: Answers, single: dict[str, Ranks]) -> None:
    """Note how many times the best of the single kinds is reached.

    The interval is of our metric less `AIM` x theirs, users drawn for both at once.
    """
    owners = np.unique(answers.owners, return_inverse=True)[1].astype(np.int32)
    ours, told = answers.as_ranks(), {}
    for name in ("ndcg@10", "hr@10"):
        best = max(single, key=lambda one: float(metric(name, single[one]).mean()))
        mine, theirs = metric(name, ours), metric(name, single[best])
        (lead,) = bootstrap((mine - AIM * theirs)[:, None], owners)
        ratio = mine.mean() / max(theirs.mean(), 1e-12)
        told[name] = (
            f"{ratio:.3f} x {best}; less {AIM} x it {lead.value:+.4f} "
            f"({lead.low:+.4f} to {lead.high:+.4f})"
        )
    result.notes["against_the_best_single_kind"] = told

"""Next click in anonymous sessions: the whole catalogue ranked, nothing masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from data.errors import Invalid
from data.schemas import DAY_MS, Item
from training.benchmarks import readers
from training.benchmarks.result import Result
from training.benchmarks.rivals import item_knn, popularity, vmis_knn
from training.benchmarks.stage import SHELF, START, Act, Question, Stage, interactions
from training.benchmarks.trial import MOST_LEARNED, Answers, Learnt, Progress, drawn, fit
from training.config import Config

METRICS = ("p@10", "p@20", "mrr@10", "mrr@20")
PROTOCOL = {
    "split": "as given: train_sessions to learn from, test_pairs (prefix, next item) to test",
    "ranking": "full: the target among all items of the training sessions; an unknown one misses",
    "masking": "none: items of the prefix may come again",
    "ties": "against us",
    "intervals": "bootstrap over test sessions: pairs in a row whose prefixes grow, or shrink, by "
    "their own answers are of one session",
    "order": "the ranker is fitted on prefixes of the last tenth of the training sessions, with "
    "retrievers and statistics from the first nine tenths; for the test both are fitted on all",
    "times": "sessions count as evenly spread over four weeks, in file order",
}
SPAN_MS: Final = 28 * DAY_MS
HELD: Final = 0.1
MOST_PREFIX: Final = 40


def run(folder: Path, config: Config, progress: Progress) -> Result:
    """Run the protocol; return metrics, baselines and cost."""
    named, pairs = readers.sessions(folder), readers.pairs(folder)
    if not named or not pairs:
        raise Invalid(f"{folder} has no {'test pair' if named else 'training session'}")
    names = readers.in_no_order(name for row in named for name in row)
    rows = {name: row for row, name in enumerate(names)}
    items = [Item(item_id=name, title="") for name in names]
    step = SPAN_MS // max(len(named), 1)
    acts = [
        [Act(rows[name], START + n * step) for name in session] for n, session in enumerate(named)
    ]
    result = Result("sessions", folder.name, PROTOCOL, METRICS)
    cut = int(len(acts) * (1 - HELD))
    learnt = Learnt()
    with result.training():
        first = fit(interactions(acts[:cut], items), items, config)
        stage = staged(items, acts[:cut])
        progress("retrievers", 1)
    for question in drawn(prefixes(acts[cut:]), MOST_LEARNED, config.seed):
        with result.training():
            learnt.add(stage, question, first)
        progress("learn", 1)
    with result.training():
        ranker = learnt.rank(first.feature_names, config)
        del learnt, first
        known = interactions(acts, items)
        served = replace(fit(known, items, config), ranker=ranker)
        stage = staged(items, acts)
    tests = questions(pairs, rows, START + len(acts) * step)
    answers = Answers()
    for question in tests:
        answers.add(stage, question, served)
        progress("test", 1)
    result.add("test", answers, served)
    for rival in (popularity, item_knn, vmis_knn):
        result.rival(rival.__name__, rival(known, tests))
    return result


def staged(items: list[Item], acts: Sequence[Sequence[Act]]) -> Stage:
    """Return the statistics of what happened."""
    stage = Stage(items, {SHELF: range(len(items))})
    for session in acts:
        for act in session:
            stage.count(act)
    return stage


def prefixes(sessions: Sequence[Sequence[Act]]) -> list[Question]:
    """Ask after every prefix of every session, at the moment the first of them began."""
    now = sessions[0][0].at if sessions else START
    return [
        Question(
            tuple(replace(act, at=now) for act in session[max(0, end - MOST_PREFIX) : end]),
            session[end].item,
            now,
            owner,
        )
        for owner, session in enumerate(sessions)
        for end in range(1, len(session))
    ]


def questions(
    pairs: Sequence[tuple[list[str], str]], rows: dict[str, int], now: int
) -> list[Question]:
    """Turn test pairs into questions; a target never seen in training stays one that misses."""
    return [
        Question(
            tuple(Act(rows[name], now) for name in prefix[-MOST_PREFIX:] if name in rows),
            rows.get(target, -1),
            now,
            owner,
        )
        for owner, (prefix, target) in zip(owners(pairs), pairs, strict=True)
    ]


def owners(pairs: Sequence[tuple[list[str], str]]) -> list[int]:
    """Number the sessions that test pairs were cut from.

    A pair is of the session before it when one of the two prefixes goes on with the other's
    answer, in the direction, longer or shorter, that the session has taken so far.

    >>> owners([(["a"], "b"), (["a", "b"], "c"), (["a"], "c"), (["d", "a"], "c"), (["d"], "a")])
    [0, 0, 1, 2, 2]
    """
    found: list[int] = []
    before: tuple[list[str], str] = [], ""
    way = 0
    for prefix, target in pairs:
        longer, shorter = _goes_on(prefix, *before), _goes_on(before[0], prefix, target)
        turn = 1 if found and longer else -1 if found and shorter else 0
        same = turn != 0 and way in (0, turn)
        found.append((found[-1] if found else -1) + (not same))
        way, before = turn if same else 0, (prefix, target)
    return found


def _goes_on(prefix: list[str], before: list[str], answer: str) -> bool:
    return prefix[: len(before) + 1] == [*before, answer]

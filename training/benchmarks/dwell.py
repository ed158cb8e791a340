"""Next different item in sessions with dwell times and detail acts; what dwell is worth."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from data.errors import Invalid
from data.schemas import DAY_MS, Item, Kind
from training.benchmarks import readers
from training.benchmarks.result import Result
from training.benchmarks.rivals import item_knn, popularity, recency
from training.benchmarks.sessions import staged
from training.benchmarks.stage import START, Act, Question, interactions
from training.benchmarks.trial import Answers, Learnt, Progress, fit
from training.config import Config

METRICS = ("hr@5", "hr@10", "hr@20", "ndcg@10", "mrr@20")
PROTOCOL = {
    "split": "within each file by session id: first 80 % training, 10 % validation, 10 % test; "
    "sessions that stand in two files count once, in the part that comes first",
    "target": "the next different item, at each change of item within a test session",
    "ranking": "full: among all items of the training and validation sessions; others miss",
    "masking": "the item on screen is no answer; items seen before it may be",
    "ties": "against us",
    "order": "the ranker is fitted on out-of-fold questions of the training sessions (the folds' "
    "own retrievers have not seen them) and on validation sessions; nothing on the test",
    "without_dwell": "the same pipeline, fitted and tested with the dwell times left out",
}
FOLDS: Final = 4
BEHAVIOURS: Final = {6: Kind.CLICK, 7: Kind.CLICK, 8: Kind.CLICK, 9: Kind.CART, 10: Kind.PURCHASE}
Session = list[Act]


def run(folder: Path, config: Config, progress: Progress) -> Result:
    """Run the protocol with and without dwell; return metrics, baselines and cost."""
    items, parts = read(folder)
    result = Result("dwell", folder.name, PROTOCOL, METRICS)
    for variant in ("test", "without_dwell"):
        kept = parts if variant == "test" else [[undwelt(s) for s in part] for part in parts]
        train, valid, test = kept
        learnt = Learnt()
        for fold in range(FOLDS):
            with result.training():
                rest = [one for n, one in enumerate(train) if n % FOLDS != fold]
                model = fit(interactions(rest, items), items, config)
                stage = staged(items, rest)
                for question in changes(train[fold::FOLDS]):
                    learnt.add(stage, question, model)
                    progress("learn", 1)
        with result.training():
            model = fit(interactions(train, items), items, config)
            stage = staged(items, train)
            for question in changes(valid):
                learnt.add(stage, question, model)
                progress("learn", 1)
            ranker = learnt.rank(model.feature_names, config)
            known = interactions([*train, *valid], items)
            served = replace(fit(known, items, config), ranker=ranker)
            stage = staged(items, [*train, *valid])
        answers, tests = Answers(), changes(test)
        for question in tests:
            answers.add(stage, question, served)
            progress("test", 1)
        result.add(variant, answers, served)
        if variant == "test":
            for rival in (popularity, recency, item_knn):
                result.rival(rival.__name__, rival(known, tests))
    return result


def read(folder: Path) -> tuple[list[Item], list[list[Session]]]:
    """Return the items known before the test and the sessions of the three parts."""
    files = sorted(folder.glob("micro_behaviors_*.csv*"))
    if not files:
        raise Invalid(f"{folder} has no micro_behaviors_*.csv (plain or .gz)")
    parts: list[list[list[tuple[str, int, int]]]] = [[], [], []]
    categories: dict[str, str] = {}
    seen: set[tuple[tuple[str, int, int], ...]] = set()
    for path in files:
        sessions = _by_session(path, categories)
        for place, session in enumerate(sessions):
            key = tuple(session)
            share = place / max(len(sessions), 1)
            if key not in seen:
                seen.add(key)
                parts[0 if share < 0.8 else 1 if share < 0.9 else 2].append(session)
    known = {sku for part in parts[:2] for session in part for sku, _, _ in session}
    names = readers.in_no_order(known)
    rows = {name: row for row, name in enumerate(names)}
    items = [Item(item_id=name, title="", category=categories[name]) for name in names]
    count = sum(len(part) for part in parts)
    step, number = 28 * DAY_MS // max(count, 1), 0
    acts: list[list[Session]] = []
    for part in parts:
        acts.append([])
        for session in part:
            acts[-1].append(_acts(session, rows, START + number * step))
            number += 1
    return items, acts


def changes(sessions: Sequence[Session]) -> list[Question]:
    """Ask at each change of item: by all acts before it, what comes next."""
    questions = []
    for owner, session in enumerate(sessions):
        for place in range(1, len(session)):
            act, before = session[place], session[place - 1]
            if act.item != before.item:
                known = tuple(one for one in session[:place] if one.item >= 0)
                barred = frozenset({before.item} - {-1})
                questions.append(Question(known, act.item, act.at, owner, barred))
    return questions


def undwelt(session: Session) -> Session:
    """Leave the dwell reports out."""
    return [act for act in session if act.kind is not Kind.DWELL]


def _by_session(path: Path, categories: dict[str, str]) -> list[list[tuple[str, int, int]]]:
    """Return (sku, behaviour, dwell seconds) by session, in order of the session's number."""
    sessions: dict[int, list[tuple[int, tuple[str, int, int]]]] = {}
    for row in csv.DictReader(readers.lines(path)):
        categories.setdefault(row["sku"], row["category"])
        act = (row["sku"], int(row["behavior_type"]), int(float(row["dwell_time_s"] or 0)))
        sessions.setdefault(int(row["session_id"]), []).append((int(row["step"]), act))
    return [[act for _, act in sorted(sessions[number])] for number in sorted(sessions)]


def _acts(session: list[tuple[str, int, int]], rows: dict[str, int], at: int) -> Session:
    """Turn behaviours into acts; a visit's dwell is told once, when the visit ends."""
    acts: Session = []
    for place, (sku, behaviour, dwell) in enumerate(session):
        row, moment = rows.get(sku, -1), at + place * 1000
        acts.append(Act(row, moment, BEHAVIOURS.get(behaviour, Kind.VIEW)))
        last = place + 1 == len(session) or session[place + 1][0] != sku
        if last and dwell > 0:
            acts.append(Act(row, moment, Kind.DWELL, dwell * 1000))
    return acts

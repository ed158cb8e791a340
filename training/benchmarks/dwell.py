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
from training.benchmarks.trial import Answers, Learnt, Progress, drawn, fit
from training.config import Config

METRICS = ("hr@5", "hr@10", "hr@20", "ndcg@10", "mrr@20")
PROTOCOL = {
    "split": "within each file by session id: first 80 % training, 10 % validation, 10 % test; "
    "a session that stands in two files counts once, where it is in the earlier part (in the first "
    "file, when both are the same part); sessions equal within one file all count",
    "target": "the next different item, at each change of item within a test session",
    "ranking": "full: among all items of the training and validation sessions; others miss, and "
    "are no part of what is known of the visitor",
    "masking": "the item on screen is no answer; items seen before it may be",
    "ties": "against us",
    "order": "the ranker is fitted on out-of-fold questions of training sessions (at most 3,000 "
    "drawn a fold, whose own retrievers have not seen them) and on validation sessions; nothing on "
    "the test",
    "without_dwell": "the same pipeline, fitted and tested with the dwell times left out",
}
FOLDS: Final = 4
LEARNED_A_FOLD: Final = 3_000
"""Questions drawn from a fold, so that a set of long sessions is learned in minutes."""
BEHAVIOURS: Final = {6: Kind.CLICK, 7: Kind.CLICK, 8: Kind.CLICK, 9: Kind.CART, 10: Kind.PURCHASE}
COLUMNS: Final = ("session_id", "step", "sku", "behavior_type", "category", "dwell_time_s")
Session = list[Act]
Behaviour = tuple[str, int, int]
"""An item's number, what was done (1 to 10), and the dwell of the visit in seconds."""


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
                for question in drawn(changes(train[fold::FOLDS]), LEARNED_A_FOLD, config.seed):
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
    """Return the items known before the test and the sessions of the three parts.

    Items of the test alone are no items: each has a row of its own below 0.
    """
    paths = sorted(folder.glob("micro_behaviors_*.csv*"))
    if not paths:
        raise Invalid(f"{folder} has no micro_behaviors_*.csv (plain or .gz)")
    categories: dict[str, str] = {}
    parts = split([_by_session(path, categories) for path in paths])
    if not parts[0]:
        raise Invalid(f"{folder} has no session to learn from")
    known = {sku for part in parts[:2] for session in part for sku, _, _ in session}
    names = readers.in_no_order(known)
    rows = {name: row for row, name in enumerate(names)}
    for sku in (sku for session in parts[2] for sku, _, _ in session):
        rows.setdefault(sku, len(names) - len(rows) - 1)
    items = [Item(item_id=name, title="", category=categories[name]) for name in names]
    step, number = 28 * DAY_MS // max(sum(len(part) for part in parts), 1), 0
    acts: list[list[Session]] = []
    for part in parts:
        acts.append([])
        for session in part:
            acts[-1].append(_acts(session, rows, START + number * step))
            number += 1
    return items, acts


def split(files: Sequence[list[list[Behaviour]]]) -> list[list[list[Behaviour]]]:
    """Cut each file into training, validation and test; leave out what another file has earlier."""
    home: dict[tuple[Behaviour, ...], tuple[int, int]] = {}
    for file, sessions in enumerate(files):
        for place, session in enumerate(sessions):
            here = (_part(place, len(sessions)), file)
            home[tuple(session)] = min(here, home.get(tuple(session), here))
    parts: list[list[list[Behaviour]]] = [[], [], []]
    for file, sessions in enumerate(files):
        for place, session in enumerate(sessions):
            if home[tuple(session)][1] == file:
                parts[_part(place, len(sessions))].append(session)
    return parts


def changes(sessions: Sequence[Session]) -> list[Question]:
    """Ask at each change of item: by all acts on known items before it, what comes next."""
    questions = []
    for owner, session in enumerate(sessions):
        for place in range(1, len(session)):
            act, before = session[place], session[place - 1]
            if act.item != before.item:
                known = tuple(one for one in session[:place] if one.item >= 0)
                barred = frozenset({before.item} if before.item >= 0 else ())
                questions.append(Question(known, act.item, act.at, owner, barred))
    return questions


def undwelt(session: Session) -> Session:
    """Leave the dwell reports out."""
    return [act for act in session if act.kind is not Kind.DWELL]


def _part(place: int, count: int) -> int:
    """Return 0 for the first 80 % of a file's sessions, 1 for the next 10 %, 2 for the rest."""
    return 0 if 10 * place < 8 * count else 1 if 10 * place < 9 * count else 2


def _by_session(path: Path, categories: dict[str, str]) -> list[list[Behaviour]]:
    """Return a file's sessions in order of their number; note each item's category."""
    sessions: dict[int, list[tuple[int, Behaviour]]] = {}
    reader = csv.DictReader(readers.lines(path))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise readers.wrong(path, 1, f"no column {', '.join(missing)}")
    for row in reader:
        try:
            act = (row["sku"], int(row["behavior_type"]), _seconds(row["dwell_time_s"]))
            number, step = int(row["session_id"]), int(row["step"])
        except (TypeError, ValueError, OverflowError) as error:
            why = "needs whole numbers in session_id, step, behavior_type, and a dwell in seconds"
            raise readers.wrong(path, reader.line_num, why) from error
        categories.setdefault(row["sku"], row["category"])
        sessions.setdefault(number, []).append((step, act))
    return [[act for _, act in sorted(sessions[number])] for number in sorted(sessions)]


def _seconds(text: str | None) -> int:
    """Return a dwell; 0 for one that is left empty, not for a column that is not there."""
    if text is None:
        raise ValueError
    return int(float(text or 0))


def _acts(session: list[Behaviour], rows: dict[str, int], at: int) -> Session:
    """Turn behaviours into acts; a visit's dwell is told once, when the visit ends."""
    acts: Session = []
    for place, (sku, behaviour, dwell) in enumerate(session):
        row, moment = rows[sku], at + place * 1000
        acts.append(Act(row, moment, BEHAVIOURS.get(behaviour, Kind.VIEW)))
        last = place + 1 == len(session) or session[place + 1][0] != sku
        if last and dwell > 0:
            acts.append(Act(row, moment, Kind.DWELL, dwell * 1000))
    return acts

"""Read a folder of FAQ entries by seller and the questions that are asked of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from data.errors import Invalid
from models.answers.library import Entry
from models.answers.wording import title_of
from training.benchmarks import readers

ASKED: Final = frozenset(("text", "entry", "kind", "split"))
Shops = dict[str, list[Entry]]


def read(folder: Path) -> tuple[Shops, list[dict[str, Any]]]:
    """Return entries by seller and questions, each with its `line`.

    Raises Invalid naming a line that cannot be read, and for a seller of whom nothing can be asked.
    """
    shops = _shops(readers.need(folder, "entries.jsonl"))
    return shops, _questions(readers.need(folder, "queries.jsonl"), shops)


def _shops(file: Path) -> Shops:
    shops: Shops = {}
    for number, line in readers.rows(file):
        row = _row(file, number, line)
        try:
            if not isinstance(row["phrasings"], list):
                raise TypeError
            phrasings = tuple(str(one) for one in row["phrasings"])
            name, answer = str(row["id"]), str(row.get("answer") or "")
            entry = Entry("faq", name, phrasings, answer, title=title_of(name))
        except (LookupError, TypeError) as error:
            raise readers.wrong(file, number, "needs id and phrasings, a list") from error
        shops.setdefault(str(row.get("seller", "")), []).append(entry)
    for seller, entries in shops.items():
        if not any(entry.phrasings for entry in entries):
            raise Invalid(f"{file.name}: no entry of {seller or 'the shop'} has a phrasing")
    return shops


def _questions(file: Path, sellers: Mapping[str, Sequence[Entry]]) -> list[dict[str, Any]]:
    questions = [_row(file, number, line) | {"line": number} for number, line in readers.rows(file)]
    for row in questions:
        if not row.keys() >= ASKED or str(row.get("seller", "")) not in sellers:
            raise readers.wrong(file, row["line"], "needs text, entry, kind, split, known seller")
    if not any(row["split"] == "test" for row in questions):
        raise Invalid(f"{file} has no question of the test split")
    return questions


def _row(file: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise readers.wrong(file, number, f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise readers.wrong(file, number, "needs an object")
    return row

"""Sets of phrasings to learn judges from: our own, and folders laid out as benchmarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from models.answers.library import Entry
from training.benchmarks import readers

OWN: Final = {
    "own": Path(__file__).with_name("phrasings.txt"),
    "shops": Path(__file__).with_name("shops.txt"),
}
"""Of services of all kinds, and of small shops by another hand."""
MOST_PHRASINGS: Final = 40


def own() -> dict[str, list[Entry]]:
    """Return the sets that are part of this package: a line is `phrasing | phrasing = answer`."""
    return {name: _own(path) for name, path in OWN.items()}


def _own(path: Path) -> list[Entry]:
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        phrasings, _, answer = line.partition(" = ")
        each = tuple(part.strip() for part in phrasings.split("|"))
        found.append(Entry("faq", str(number), each, answer))
    return found


def folder(path: Path) -> list[Entry]:
    """Return the entries of a set (`entries.jsonl`); its questions are not read."""
    found = []
    file = readers.need(path, "entries.jsonl")
    for number, line in enumerate(readers.lines(file), 1):
        try:
            row = json.loads(line)
            phrasings = tuple(map(str, row["phrasings"]))[:MOST_PHRASINGS]
            found.append(Entry("faq", str(row["id"]), phrasings, str(row.get("answer") or "")))
        except (ValueError, LookupError, TypeError) as error:
            raise readers.wrong(file, number, f"no entry: {error}") from error
    return found

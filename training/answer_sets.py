"""Sets of phrasings to learn judges from: our own, and folders laid out as benchmarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from models.answers.library import Entry
from training.benchmarks import readers

OWN: Final = Path(__file__).with_name("phrasings.txt")
MOST_PHRASINGS: Final = 40


def own() -> list[Entry]:
    """Return the set that is part of this package: one entry a line, its phrasings set apart."""
    lines = [line for line in OWN.read_text("utf-8").splitlines() if line.strip()]
    return [
        Entry("faq", str(number), tuple(part.strip() for part in line.split("|")))
        for number, line in enumerate(lines)
    ]


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

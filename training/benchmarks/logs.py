"""Read logs with kinds of acts: who did what with which product when, and what was held out."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.errors import Invalid
from data.schemas import Kind
from training.benchmarks import readers

TRAIN: Final = "events_train.csv"
TEST: Final = "test_purchase.csv"
MEANINGS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("view", "pv", "pageview", "browse", "detail"), Kind.VIEW),
    **dict.fromkeys(("click", "clk", "tap"), Kind.CLICK),
    **dict.fromkeys(("favorite", "favourite", "fav", "collect", "like", "wishlist"), Kind.FAVORITE),
    **dict.fromkeys(("cart", "addtocart", "tocart", "basket"), Kind.CART),
    **dict.fromkeys(("purchase", "buy", "transaction", "order", "pay"), Kind.PURCHASE),
    **dict.fromkeys(("share", "forward"), Kind.SHARE),
    **dict.fromkeys(("consult", "ask", "chat"), Kind.CONSULT),
}
"""What the names of events mean; case, blanks, dashes and underscores do not count."""


@dataclass(frozen=True, slots=True)
class Log:
    """Hold a log as it was cut: acts by user as (ms, item, kind), oldest first, and the test pairs.

    `acts` are in order of each user's first line; `tests` are (user, item) in file order.
    """

    acts: dict[str, list[tuple[int, str, Kind]]]
    tests: list[tuple[str, str]]


def read(folder: Path) -> Log:
    """Read the log and the purchases held out of it. Raises Invalid for what cannot be read."""
    acts: dict[str, list[tuple[int, str, Kind]]] = {}
    path = readers.need(folder, TRAIN)
    for line, row in _rows(path, ("timestamp", "user_id", "item_id", "event")):
        kind = MEANINGS.get(_plain(row["event"]))
        if kind is None:
            raise readers.wrong(path, line, f"event {row['event']!r} has no known meaning")
        try:
            at = int(float(row["timestamp"]) * 1000)
        except (ValueError, OverflowError) as error:
            raise readers.wrong(path, line, f"not a time: {row['timestamp']!r}") from error
        acts.setdefault(row["user_id"], []).append((at, row["item_id"], kind))
    for rows in acts.values():
        rows.sort(key=lambda act: act[0])
    path = readers.need(folder, TEST)
    tests = [(row["user_id"], row["item_id"]) for _, row in _rows(path, ("user_id", "item_id"))]
    if not any(kind is Kind.PURCHASE for rows in acts.values() for _, _, kind in rows):
        raise Invalid(f"{TRAIN} has no purchase to learn from")
    if not tests:
        raise Invalid(f"{TEST} has no purchase to ask for")
    return Log(acts, tests)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield rows with their line; each has the columns, filled."""
    reader = csv.DictReader(readers.lines(path))
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise readers.wrong(path, 1, f"no column {', '.join(missing)}")
    for row in reader:
        empty = [name for name in columns if not (row[name] or "").strip()]
        if empty:
            raise readers.wrong(path, reader.line_num, f"nothing in {', '.join(empty)}")
        yield reader.line_num, {name: row[name].strip() for name in columns}


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())

"""Read public data sets laid out as files of one task; what is there decides what is used."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from data.errors import Invalid
from data.schemas import Item, key64


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file, plain or gzipped, without their ends."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for line in file:
            yield line.decode("utf-8").rstrip("\r\n")


def find(folder: Path, name: str) -> Path | None:
    """Return a file of the folder by name, plain or gzipped; None without it."""
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    return None


def need(folder: Path, name: str) -> Path:
    """Return a file that the task cannot do without."""
    path = find(folder, name)
    if path is None:
        raise Invalid(f"{folder} has no {name} (plain or .gz)")
    return path


def in_no_order(names: Iterable[str]) -> list[str]:
    """Return each name once, in the order of its hash.

    Sets number their items by first appearance, held-out acts included: as rows, which break ties
    and stand for places on a shelf, such numbers would tell of the future.

    >>> in_no_order(["1", "2", "10", "1"]) == in_no_order(["10", "2", "1"])
    True
    """
    return sorted(set(names), key=lambda name: (key64("row", name), name))


def sequences(folder: Path) -> tuple[list[str], list[list[str]]]:
    """Return users and their items, oldest first (`sequences.txt`: user item item …)."""
    rows = [line.split() for line in lines(need(folder, "sequences.txt")) if line.strip()]
    return [row[0] for row in rows], [row[1:] for row in rows]


def times(folder: Path, users: list[str], wanted: list[list[str]]) -> list[list[int]] | None:
    """Return the times (epoch ms) of the sequences' items; None without `times.txt`."""
    path = find(folder, "times.txt")
    if path is None:
        return None
    by_user = {row[0]: row[1:] for line in lines(path) if (row := line.split())}
    found = [[int(float(at) * 1000) for at in by_user.get(user, ())] for user in users]
    for user, at, items in zip(users, found, wanted, strict=True):
        if len(at) != len(items):
            raise Invalid(f"times.txt: user {user} has {len(at)} times for {len(items)} items")
    return found


def items(folder: Path, names: list[str]) -> list[Item]:
    """Describe items by what the folder knows: attributes as tags, words as title."""
    tags: dict[str, list[object]] = {}
    titles: dict[str, str] = {}
    path = find(folder, "attributes.json")
    if path is not None:
        tags = json.loads("".join(lines(path)))
    path = find(folder, "items.jsonl")
    if path is not None:
        for line in lines(path):
            row = json.loads(line)
            titles[str(row["item"])] = str(row.get("title") or "")
    return [
        Item(
            item_id=name,
            title=titles.get(name, ""),
            tags=tuple(str(tag) for tag in tags.get(name, ())),
        )
        for name in names
    ]


def sessions(folder: Path) -> list[list[str]]:
    """Return training sessions in file order (`train_sessions.txt`: item item …)."""
    return [line.split() for line in lines(need(folder, "train_sessions.txt")) if line.strip()]


def pairs(folder: Path) -> list[tuple[list[str], str]]:
    """Return test prefixes with what came next (`test_pairs.tsv`: items, tab, item)."""
    found = []
    for line in lines(need(folder, "test_pairs.tsv")):
        prefix, tab, target = line.partition("\t")
        if tab and prefix.strip() and target.strip():
            found.append((prefix.split(), target.strip()))
    return found

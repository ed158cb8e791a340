"""Read public data sets laid out as files of one task; what is there decides what is used."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from data.errors import Invalid
from data.schemas import Item, key64


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file, plain or gzipped, without their ends and a byte order mark.

    Raises Invalid, like everything here, with the file and the line that cannot be read.
    """
    number = 0
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        try:
            for line in file:
                number += 1
                text = line.decode("utf-8").rstrip("\r\n")
                yield text.removeprefix("\ufeff") if number == 1 else text
        except UnicodeDecodeError as error:
            raise wrong(path, number, "no UTF-8 text") from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise wrong(path, number + 1, f"broken gzip: {error}") from error


def rows(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that are not blank, each with its number (from 1)."""
    return ((n, line) for n, line in enumerate(lines(path), 1) if line.strip())


def wrong(path: Path, line: int, why: object) -> Invalid:
    """Return the error that points at a line (from 1) of a file."""
    return Invalid(f"{path.name}:{line}: {why}")


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
    path = need(folder, "sequences.txt")
    users: dict[str, list[str]] = {}
    for number, line in enumerate(lines(path), 1):
        row = line.split()
        if len(row) == 1:
            raise wrong(path, number, f"user {row[0]} has no items")
        if row and row[0] in users:
            raise wrong(path, number, f"user {row[0]} stands here a second time")
        if row:
            users[row[0]] = row[1:]
    return list(users), list(users.values())


def times(folder: Path, users: list[str], wanted: list[list[str]]) -> list[list[int]] | None:
    """Return the times (epoch ms) of the sequences' items; None without `times.txt`."""
    path = find(folder, "times.txt")
    if path is None:
        return None
    by_user: dict[str, list[int]] = {}
    lengths = {user: len(items) for user, items in zip(users, wanted, strict=True)}
    for number, line in enumerate(lines(path), 1):
        row = line.split()
        try:
            at = [int(float(one) * 1000) for one in row[1:]]
        except (ValueError, OverflowError) as error:
            raise wrong(path, number, f"not a time: {error}") from error
        if row and len(at) != lengths.get(row[0], len(at)):
            why = f"user {row[0]} has {len(at)} times for {lengths[row[0]]} items"
            raise wrong(path, number, why)
        if row:
            by_user[row[0]] = at
    for user in users:
        if user not in by_user:
            raise Invalid(f"{path.name} has no times of user {user}")
    return [by_user[user] for user in users]


def items(folder: Path, names: list[str]) -> list[Item]:
    """Describe items by what the folder knows: attributes as tags, words as title."""
    tags: dict[str, list[object]] = {}
    titles: dict[str, str] = {}
    path = find(folder, "attributes.json")
    if path is not None:
        tags = _attributes(path)
    path = find(folder, "items.jsonl")
    if path is not None:
        for number, line in rows(path):
            try:
                row = json.loads(line)
                titles[str(row["item"])] = str(row.get("title") or "")
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                why = 'needs one object with "item" and perhaps "title"'
                raise wrong(path, number, why) from error
    return [
        Item(
            item_id=name,
            title=titles.get(name, ""),
            tags=tuple(str(tag) for tag in tags.get(name, ())),
        )
        for name in names
    ]


def _attributes(path: Path) -> dict[str, list[object]]:
    try:
        found = json.loads("\n".join(lines(path)))
    except json.JSONDecodeError as error:
        raise wrong(path, error.lineno, error.msg) from error
    if not isinstance(found, dict) or not all(isinstance(one, list) for one in found.values()):
        raise wrong(path, 1, "needs one object: a list of attributes by item")
    return found


def sessions(folder: Path) -> list[list[str]]:
    """Return training sessions in file order (`train_sessions.txt`: item item …)."""
    return [line.split() for line in lines(need(folder, "train_sessions.txt")) if line.strip()]


def pairs(folder: Path) -> list[tuple[list[str], str]]:
    """Return test prefixes with what came next (`test_pairs.tsv`: items, tab, item)."""
    path, found = need(folder, "test_pairs.tsv"), []
    for number, line in enumerate(lines(path), 1):
        prefix, _, target = line.partition("\t")
        if not line.strip():
            continue
        if not prefix.split() or len(target.split()) != 1:
            raise wrong(path, number, "needs items, a tab, and one item")
        found.append((prefix.split(), target.strip()))
    return found

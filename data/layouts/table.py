"""Read lines as the rows of a table with named columns, one bad row at a time."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from data.errors import Misconfigured
from data.layouts.fields import Unusable
from data.layouts.layout import Rejected
from data.layouts.source import Source

T = TypeVar("T")

MAX_LINES: Final = 50
"""How many lines one quoted field may span; an unclosed quote costs its own line, no more."""


class Row(dict[str, str]):
    """Hold a row's fields by column name, with its line number and its bytes."""

    __slots__ = ("line", "raw")

    def __init__(
        self, columns: Sequence[str], fields: Sequence[str], line: int, raw: bytes
    ) -> None:
        """Pair columns with fields; both have the same length."""
        super().__init__(zip(columns, fields, strict=True))
        self.line, self.raw = line, raw


def rows(
    source: Source,
    parse: Callable[[Row], T],
    needed: Sequence[str],
    *,
    header: Sequence[str] = (),
    delimiter: str = ",",
    quoted: bool = True,
    encoding: str = "utf-8",
) -> Iterator[T | Rejected]:
    """Yield what `parse` makes of each row, and a `Rejected` for each that it cannot use.

    The first line names the columns; where it does not and `header` is given, `header` does. Raise
    Misconfigured when `needed` are not among them.
    """
    columns: Sequence[str] = ()
    for line, raw, fields in _records(source, delimiter, quoted, encoding):
        if isinstance(fields, Unusable):
            yield Rejected(str(fields), source.name, line)
            continue
        if not columns:
            columns = _columns(source, fields, needed, header)
            if columns is not header:
                continue
        try:
            if len(fields) != len(columns):
                raise Unusable(
                    "too many columns" if len(fields) > len(columns) else "missing column"
                )
            yield parse(Row(columns, fields, line, raw))
        except Unusable as reason:
            yield Rejected(str(reason), source.name, line)
    if source.trouble:
        yield Rejected(source.trouble, source.name, source.line)


def _columns(
    source: Source, first: Sequence[str], needed: Sequence[str], header: Sequence[str]
) -> Sequence[str]:
    columns = [name.strip() for name in first]
    missing = [name for name in needed if name not in columns]
    if not missing:
        return columns
    if len(first) == len(header) and set(needed) <= set(header):
        return header
    raise Misconfigured(
        f"{source.name}: has no column {', '.join(missing)}; its first line is"
        f" {','.join(columns)[:200]!r}"
    )


def _records(
    source: Source, delimiter: str, quoted: bool, encoding: str
) -> Iterator[tuple[int, bytes, list[str] | Unusable]]:
    lines = _Lines(source)
    for line, first in lines:
        raw = first.removeprefix(b"\xef\xbb\xbf") if line == 1 else first
        if not raw.strip():
            continue
        try:
            if quoted and b'"' in raw:
                raw = lines.until_closed(raw, delimiter.encode())
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            yield line, raw, Unusable(f"not {encoding.upper()}")
        except Unusable as reason:
            yield line, raw, reason
        else:
            yield line, raw, _fields(text, delimiter) if quoted else text.split(delimiter)


def _fields(text: str, delimiter: str) -> list[str] | Unusable:
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=False))
    except csv.Error:
        return Unusable("not CSV")


class _Lines:
    """Hand out lines, and take back those that an unclosed quote had no right to."""

    def __init__(self, source: Source) -> None:
        self._source = iter(source)
        self._waiting: deque[tuple[int, bytes]] = deque()

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        while (numbered := self._next()) is not None:
            yield numbered

    def _next(self) -> tuple[int, bytes] | None:
        return self._waiting.popleft() if self._waiting else next(self._source, None)

    def until_closed(self, raw: bytes, delimiter: bytes) -> bytes:
        """Join lines until the quotes of a record are closed."""
        if raw.count(b'"') % 2 == 0 or not (raw.startswith(b'"') or delimiter + b'"' in raw):
            return raw
        taken: list[tuple[int, bytes]] = []
        while len(taken) < MAX_LINES and (numbered := self._next()) is not None:
            taken.append(numbered)
            if numbered[1].count(b'"') % 2:
                return b"\n".join([raw, *(line for _, line in taken)])
        self._waiting.extendleft(reversed(taken))
        raise Unusable("quote not closed")

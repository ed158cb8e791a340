"""Rows of a batch: decoded together when all are good, one by one when some are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec

from data.errors import BadField, Malformed, TooLarge
from service.decoding import decoder_of
from service.schemas import Rejected
from service.validation import bad_fields, complaint, decode, lenient

T = TypeVar("T", bound=msgspec.Struct)


class _Envelope(msgspec.Struct):
    """Look into a body for the rows that it may wrap."""

    items: msgspec.Raw


class Rows(Generic[T]):
    """Decode JSON arrays of one wire type, so that a bad row never costs a good one."""

    def __init__(self, kind: type[T], most: int) -> None:
        """Prepare the decoders; more than `most` rows are refused."""
        self.kind, self.most = kind, most
        self._typed = decoder_of(kind)
        self._raw = msgspec.json.Decoder(list[msgspec.Raw])

    def decode(self, body: bytes | msgspec.Raw) -> list[T | Rejected]:
        """Decode an array; raise Malformed when it is none, TooLarge when it is too long."""
        try:
            rows: Sequence[T] = self._typed.decode_all(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self.one_by_one(body)
        return list(self._counted(rows))

    def decode_one(self, row: bytes | msgspec.Raw, index: int) -> T | Rejected:
        """Decode one row, or say what is wrong with it."""
        try:
            return self._typed.decode(row)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _rejected(self._bad(row, error), index)

    def problems(self, row: bytes | msgspec.Raw) -> list[BadField]:
        """Name every field for which a row cannot be decoded; empty when it can."""
        try:
            self._typed.decode(row)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return self._bad(row, error)
        return []

    def _bad(self, row: bytes | msgspec.Raw, error: Exception) -> list[BadField]:
        return bad_fields(lenient(bytes(row)), self.kind) or [complaint(error)]

    def decode_line(self, line: bytes, index: int) -> T | Rejected:
        """Decode one line of a feed; a line that is no JSON costs no other line."""
        try:
            return self.decode_one(line, index)
        except Malformed as error:
            return Rejected(index=index, code=error.code, detail=error.detail)

    def of_body(self, body: bytes) -> list[T | Rejected]:
        """Decode an array one by one, as it stands or as the `items` of an object."""
        if body.lstrip()[:1] == b"[":
            return self.one_by_one(body)
        return self.one_by_one(decode(body, _Envelope).items)

    def one_by_one(self, body: bytes | msgspec.Raw) -> list[T | Rejected]:
        """Decode an array as `decode` does; in a thread it lets others run between its rows."""
        try:
            raws = self._counted(self._raw.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            data = lenient(bytes(body))
            if not isinstance(data, list):
                raise Malformed("expected an array of objects") from None
            rows = self._counted(data)
            return [self._converted(row, index) for index, row in enumerate(rows)]
        return [self.decode_one(raw, index) for index, raw in enumerate(raws)]

    def _converted(self, data: Any, index: int) -> T | Rejected:
        if bad := bad_fields(data, self.kind):
            return _rejected(bad, index)
        return msgspec.convert(data, self.kind)

    def _counted(self, rows: Any) -> Any:
        if len(rows) > self.most:
            detail = f"{len(rows)} rows in one batch; at most {self.most} are taken"
            raise TooLarge(detail)
        return rows


def _rejected(bad: Sequence[BadField], index: int) -> Rejected:
    detail = "; ".join(f"{one.where}: {one.detail}" for one in bad)
    return Rejected(index=index, code=bad[0].code, detail=detail, field=bad[0].where)

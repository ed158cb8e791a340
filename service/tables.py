"""Tables for spreadsheets: the same rows that the API gives, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.responses import Response

PRIVATE: Final = {"cache-control": "private, no-store"}
DECIMALS: Final = 6
"""Of a share that is a ten-thousandth of a percent; what follows is how numbers are kept."""


def table(
    rows: Sequence[msgspec.Struct],
    name: str,
    without: tuple[str, ...] = (),
) -> Response:
    """Write rows as a CSV file for a spreadsheet; structs within rows become columns of theirs."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    for place, row in enumerate(rows):
        flat = _flat(row, without)
        if not place:
            lines.writerow(flat)
        lines.writerow([_cell(value) for value in flat.values()])
    headers = {**PRIVATE, "content-disposition": f'attachment; filename="{name}.csv"'}
    # the mark at the start tells spreadsheets that it is UTF-8
    return Response(
        "\ufeff" + out.getvalue(), headers=headers, media_type="text/csv; charset=utf-8"
    )


def _flat(row: msgspec.Struct, without: tuple[str, ...]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in msgspec.structs.asdict(row).items():
        if name in without:
            continue
        if isinstance(value, msgspec.Struct):
            flat |= msgspec.structs.asdict(value)
        else:
            flat[name] = " ".join(value) if isinstance(value, list) else value
    return flat


def _cell(value: object) -> object:
    """Return a cell as the API has it, without an exponent, and never taken for a formula."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")
        case str() if value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
            return f"'{value}"
    return value

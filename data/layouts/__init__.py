"""Real logs of many makes, one file for each layout, and how an import goes into the log."""

from __future__ import annotations

from typing import Final

from data.layouts import (
    jd_micro,
    mapped_csv,
    movielens,
    ndjson,
    rees46,
    retailrocket,
    taobao,
    tmall_shelf,
)
from data.layouts.layout import Layout

LAYOUTS: Final[dict[str, Layout]] = {
    layout.name: layout
    for layout in (
        ndjson.LAYOUT,
        mapped_csv.LAYOUT,
        taobao.LAYOUT,
        retailrocket.LAYOUT,
        rees46.LAYOUT,
        jd_micro.LAYOUT,
        movielens.LAYOUT,
        tmall_shelf.LAYOUT,
    )
}

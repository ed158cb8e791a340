"""GET /cards/{seller_id}: the smart-card page; all it shows it fetches through the public API."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from data.errors import NotFound
from service import web
from service.deps import guard_of, live_of, pictures_of
from service.openapi import problems
from service.web.assets import VERSION, preloads
from service.web.headers import headers

PAGE: Final = Template((Path(web.__file__).parent / "card.html").read_text(encoding="utf-8"))
PRELOADED: Final = preloads("card/", "sdk")

router = APIRouter(tags=["pages"])


@router.head("/cards/{seller_id}", include_in_schema=False)  # as apps look before a preview
@router.get(
    "/cards/{seller_id}",
    summary="Show a seller's smart card",
    response_class=HTMLResponse,
    responses=problems(404, 429, 503),
)
async def get_card(request: Request, seller_id: str) -> HTMLResponse:
    """Return the page of a known seller. Raises NotFound (404) for an unknown one."""
    live = live_of(request)
    live.need_ready()
    catalogue = live.state.catalogue
    if seller_id not in catalogue.sellers and catalogue.shelf(seller_id) is None:
        raise NotFound("no such seller")
    key = guard_of(request).page_key(seller_id)
    origins = pictures_of(request)
    return HTMLResponse(page(seller_id, key, origins), headers=headers(origins))


def page(seller_id: str, key: str, pictures: Sequence[str] = ()) -> str:
    """Write the page's shell for one seller; `key` is what its script shows to the API.

    `pictures` are the origins that its pictures may come from.
    """
    return PAGE.substitute(
        seller=escape(seller_id),
        key=escape(key),
        pictures=escape(" ".join(pictures)),
        version=VERSION,
        preloaded=PRELOADED,
    )

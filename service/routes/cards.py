"""GET /cards/{seller_id}: the smart-card page; all it shows it fetches through the public API."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from data.errors import NotFound
from service import web
from service.deps import guard_of, live_of
from service.openapi import problems
from service.web.assets import VERSION, preloads

PAGE: Final = Template((Path(web.__file__).parent / "card.html").read_text(encoding="utf-8"))
HEADERS: Final = {
    "cache-control": "private, no-cache",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
}
"""Nothing runs but our own files, nothing is loaded from elsewhere, no text becomes markup."""

PRELOADED: Final = preloads("card/", "sdk")

router = APIRouter(tags=["pages"])


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
    return HTMLResponse(page(seller_id, key), headers=HEADERS)


def page(seller_id: str, key: str) -> str:
    """Write the page's shell for one seller; `key` is what its script shows to the API."""
    return PAGE.substitute(
        seller=escape(seller_id), key=escape(key), version=VERSION, preloaded=PRELOADED
    )

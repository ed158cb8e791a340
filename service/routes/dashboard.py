"""GET /sellers/{seller_id}/dashboard: the seller's page, a client of the JSON API."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service import web
from service.deps import pictures_of
from service.openapi import problems
from service.web.assets import FILES, VERSION, preloads
from service.web.headers import headers

PAGE: Final = Template((Path(web.__file__).parent / "dashboard.html").read_text(encoding="utf-8"))
STYLES: Final = "\n".join(
    f'    <link rel="stylesheet" href="/static/{VERSION}/{name}" />'
    for name in ("card/css/tokens.css", *(n for n in FILES if n.startswith("dashboard/css/")))
)
PRELOADED: Final = preloads("dashboard/", "card/dom.js", "card/art/", "sdk/storage.js")

router = APIRouter(tags=["pages"])


@router.get(
    "/sellers/{seller_id}/dashboard",
    summary="Show a seller's dashboard",
    response_class=HTMLResponse,
    responses=problems(429),
)
async def get_dashboard(request: Request, seller_id: str) -> HTMLResponse:
    """Return the page's shell, the same for every seller: it holds nothing but the id asked for.

    The page signs in with `POST /sellers/{id}/session` and reads the same API as everybody else.
    """
    origins = pictures_of(request)
    shell = PAGE.substitute(
        seller=escape(seller_id),
        pictures=escape(" ".join(origins)),
        version=VERSION,
        styles=STYLES,
        preloaded=PRELOADED,
    )
    return HTMLResponse(shell, headers=headers(origins))

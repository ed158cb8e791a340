"""Health, metrics, the OpenAPI document and its page: what operators and integrators read."""

from __future__ import annotations

from pathlib import Path

import fastapi_offline
import msgspec
from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import PlainTextResponse, Response

from service.deps import guard_of, live_of, metrics_of
from service.keys import Scope
from service.openapi import describes, problems
from service.schemas import Health

DOCS_FILES = Path(fastapi_offline.__file__).parent / "static"
"""The script and style of the documentation page, as an installed package carries them."""

router = APIRouter(tags=["operations"])


@router.head("/health/live", include_in_schema=False)  # watchdogs ask for no body
@router.get("/health/live", summary="Is the process up?", **describes(Health, keyed=False))
async def get_live() -> Response:
    """Answer as long as the process runs."""
    return Response(msgspec.json.encode(Health(status="live")), media_type="application/json")


@router.head("/health/ready", include_in_schema=False)
@router.get(
    "/health/ready",
    summary="May requests be sent here?",
    **describes(Health, keyed=False, errors=(503,)),
)
async def get_ready(request: Request) -> Response:
    """Answer 200 once the state is restored and the model is warm, 503 before."""
    live = live_of(request)
    live.need_ready()
    health = Health(status="ready", model_version=live.recommender.version, log_seq=live.state.seq)
    return Response(msgspec.json.encode(health), media_type="application/json")


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=PlainTextResponse,
    responses=problems(401, 403, 429),
)
async def get_metrics(request: Request) -> Response:
    """Return counters and times in the Prometheus text format."""
    guard_of(request).check(request, Scope.ADMIN)
    metrics = metrics_of(request)
    metrics.tell(live_of(request).state.seq, live_of(request).waiting)
    return Response(
        metrics.exposition(),
        media_type="text/plain; version=0.0.4",
        headers={"cache-control": "no-store"},
    )


@router.get("/docs", include_in_schema=False)
async def get_docs(request: Request) -> Response:
    """Show the OpenAPI document as a page that loads nothing from elsewhere."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=f"{request.app.title}: API",
        swagger_js_url="/docs/files/swagger-ui-bundle.js",
        swagger_css_url="/docs/files/swagger-ui.css",
        swagger_favicon_url="/docs/files/favicon.png",
    )

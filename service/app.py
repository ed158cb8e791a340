"""The composition root: settings in, an ASGI app out; the lifespan builds, serves and closes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.staticfiles import StaticFiles

from data.identity import Pseudonymiser, open_key
from data.stores import Stores, open_stores, open_warehouse
from models.registry import Registry
from service import errors, openapi
from service.abreast import Abreast
from service.analytics import Analytics
from service.audit import Audit, Audited
from service.board import Board
from service.champion import Champion
from service.cors import VisitorCors
from service.deps import Parts, now_ms
from service.fastpath import Api
from service.keys import Keyring
from service.live import Live
from service.logs import log_line
from service.metrics import Metrics
from service.observed import Observed
from service.rates import Limited, Rates
from service.routes import (
    answer,
    cards,
    catalogue,
    consent,
    dashboard,
    events,
    keys,
    knowledge,
    metrics,
    models,
    ops,
    questions,
    recommend,
    sellers,
    sessions,
    transparency,
    visitors,
)
from service.security import Guard
from service.settings import ServiceSettings
from service.web.assets import Assets

ROUTERS = (
    events,
    recommend,
    answer,
    catalogue,
    sellers,
    metrics,
    sessions,
    knowledge,
    questions,
    keys,
    models,
    cards,
    dashboard,
    visitors,
    consent,
    transparency,
    ops,
)
DESCRIPTION = (
    "Personal picks on AI smart business cards. Errors are problem JSON (RFC 9457) with a stable "
    "`code`; batches take their good rows and name the bad ones; every retry is safe."
)


def create_app(
    settings: ServiceSettings,
    *,
    clock: Callable[[], int] = now_ms,
    stores: Stores | None = None,
    on_ready: Callable[[Live], None] | None = None,
    on_failure: Callable[[], None] | None = None,
    warm_first: bool = False,
) -> Api:
    """Build the app over the stores that the settings name, or over those that are given.

    Requests but for health are answered with 503 until the state is restored and the model warm;
    `on_ready` is called then, `on_failure` if that does not come about. With `warm_first` no
    request is taken before: for one process of several on a port.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        live: Live = app.state.live

        def look_round() -> None:
            app.state.guard.keyring.reload()
            counted.tell(live.state.seq, live.waiting)

        starting = asyncio.create_task(_start(live, on_ready, on_failure))
        if warm_first:
            await starting
        task = asyncio.create_task(_look_after(live, starting, look_round))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await live.close()
            counted.add_up()

    app = Api(
        title="Smart card",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    key = open_key(settings)
    app.state.metrics = counted = Metrics()
    app.state.guard = guard = Guard(Keyring(settings.home / "keys.json"), key, clock)
    app.state.rates = rates = Rates(settings, guard, clock)
    app.state.pictures = settings.picture_origins
    app.state.audit = audit = Audit(settings.home / "audit.jsonl")
    stores = stores or open_stores(settings.store_url)
    board = Board(settings.board if stores.durable else None)
    app.state.live = live = Live(
        settings,
        stores,
        Pseudonymiser(key),
        Champion(Registry(settings.artifacts), counted),
        clock,
        Analytics(stores.log, open_warehouse(settings.store_url), board),
        board,
    )
    guard.origins = live.origins_of
    app.parts = Parts(live, guard, counted, rates)
    for module in ROUTERS:
        app.include_router(module.router)
    app.mount("/static", Assets(), name="static")
    app.mount("/docs/files", StaticFiles(directory=ops.DOCS_FILES), name="docs")
    app.hot = {"/events": events.take, "/recommend": recommend.recommend}
    app.access_log = settings.access_log
    errors.install(app)
    openapi.install(app)
    app.add_middleware(Abreast, live=live)
    app.add_middleware(Audited, audit=audit, clock=clock)
    app.add_middleware(Limited, rates=rates)
    app.add_middleware(VisitorCors)
    app.add_middleware(Observed, metrics=counted, access_log=settings.access_log)
    return app


async def _start(
    live: Live,
    on_ready: Callable[[Live], None] | None,
    on_failure: Callable[[], None] | None,
) -> bool:
    """Warm up; say whether requests can be answered now."""
    try:
        await live.start()
    except Exception as error:
        told = f"{type(error).__name__}: {error}"[:1000]
        log_line(logging.CRITICAL, "not_started", error=told)
        if on_failure is None:
            raise
        on_failure()
        return False
    if on_ready is not None:
        on_ready(live)
    return True


async def _look_after(
    live: Live, starting: asyncio.Task[bool], look_round: Callable[[], None]
) -> None:
    """Look after the house, once it is warm, until cancelled."""
    if await starting:
        await live.run(look_round)


def _operation(route: APIRoute) -> str:
    """Name an operation after its function, so that generated clients read well."""
    return route.name

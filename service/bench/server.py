"""The measured server: the product's app, with what it is compared with behind further paths.

`python -m service.bench.server HOME [CORE]` prints its port and serves until its input ends. The
constant goes the fast path like the hot calls and differs in what it answers with; the stock route
is FastAPI as its tutorial writes it, in the same process on the same loop.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time

import msgspec
import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from data.schemas import Query
from service import interpreter
from service.app import create_app
from service.bench import home
from service.bench.steps import Sampler, Steps
from service.deps import guard_of, live_of
from service.fastpath import Api
from service.keys import Scope as KeyScope
from service.replies import PRIVATE, Reply, json_reply
from service.routes.recommend import MAX_BYTES
from service.schemas import PickOut, ReasonOut, RecommendIn, RecommendOut
from service.validation import decode, need_json, read_body

REASON = ("similar_to_viewed", "与你看过的「商品 7 号 367」相近", "i367")
CONSTANT = RecommendOut(
    recommendation_id="rec_0123456789abcdef0123456789abcdef",
    items=[
        PickOut(
            item_id=f"i{rank * 37}",
            rank=rank,
            score=round(1 / rank, 6),
            propensity=0.980198,
            source="personal",
            reasons=[ReasonOut(code=REASON[0], text=REASON[1], evidence=REASON[2])] * 2,
        )
        for rank in range(1, 11)
    ],
    fallback_level=0,
    personalized=True,
    model_version="20260921-0123456789ab",
    experiment=None,
    referral_code="ref_" + "0123456789abcdef" * 4,
    took_ms=1.234,
)


class Cost(msgspec.Struct):
    """Tell what the process has used: processor seconds, and megabytes resident now."""

    cpu_s: float
    resident_mb: float
    done: int = 0
    process: int = 0


class Scored(msgspec.Struct):
    """Ask for `times` lists of a shelf in a row, without HTTP, logging or reply.

    They are for the visitors that calls from number `begin` on are from.
    """

    shelf: int
    times: int
    visitors: int
    begin: int = 0
    explain: bool = True


async def constant(request: Request) -> Reply:
    """Check a call like a recommendation's, decode its body, answer what was prepared."""
    live_of(request).need_ready()
    need_json(request)
    caller = guard_of(request).check(request, KeyScope.VISITOR, KeyScope.SELLER)
    caller.seller(decode(await read_body(request, MAX_BYTES), RecommendIn).seller_id)
    return Reply(200, HEADERS, BODY)


BODY = msgspec.json.encode(CONSTANT)
HEADERS = json_reply(CONSTANT, 200, PRIVATE).headers
SAMPLER = Sampler()


def resident_mb() -> float:
    """Return the process's resident memory, its peak where the system does not tell more."""
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def cost(_: Request) -> Reply:
    """Tell the process's processor time so far."""
    return json_reply(Cost(process_time(), resident_mb(), process=os.getpid()))


async def steps(request: Request) -> Reply:
    """Begin to sample steps, or end and tell, as the body says."""
    if await read_body(request, MAX_BYTES) == b"start":
        SAMPLER.start()
        return json_reply(Steps(0.0, {}))
    return json_reply(SAMPLER.stop())


async def score(request: Request) -> Reply:
    """Make lists as `/recommend` does, with nothing round it; tell the processor seconds."""
    live = live_of(request)
    ask = msgspec.json.decode(await read_body(request, MAX_BYTES), type=Scored)
    turns = count()
    begun = process_time()
    for turn in range(ask.times):
        number = home.visitor(ask.begin + turn, ask.visitors)
        query = Query(
            recommendation_id=f"rec_{turn}-{next(turns)}",
            seller_id=home.shelf_name(ask.shelf),
            visitor=live.pseudonym(home.visitor_name(number)),
            at=live.now(),
            explain=ask.explain,
        )
        live.recommend(query)
    return json_reply(Cost(process_time() - begun, resident_mb(), ask.times))


class Reason(BaseModel):
    """A reason as the tutorial would write it."""

    code: str
    text: str
    evidence: str


class Pick(BaseModel):
    """A pick as the tutorial would write it."""

    item_id: str
    rank: int
    score: float
    propensity: float
    source: str
    reasons: list[Reason]


class Context(BaseModel):
    """Where picks stand."""

    item_ids: list[str] = []
    share_id: str | None = None
    locale: str = "zh"


class Ask(BaseModel):
    """A question as the tutorial would write it."""

    visitor_id: str | None = None
    seller_id: str | None = None
    session_id: str | None = None
    placement: str = "card_home"
    count: int = 10
    context: Context = Context()
    exclude_ids: list[str] = []
    reshow: str = "allow"
    personalization: str = "on"
    explain: bool = True


class Picks(BaseModel):
    """The reply as the tutorial would write it."""

    recommendation_id: str
    items: list[Pick]
    fallback_level: int
    personalized: bool
    model_version: str
    experiment: str | None
    referral_code: str
    took_ms: float


def stock() -> FastAPI:
    """Return an app whose one route takes and gives models and does nothing."""
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    prepared = Picks.model_validate_json(BODY)

    @app.post("/stock")
    async def recommend(ask: Ask) -> Picks:  # noqa: ARG001  it is taken, checked and not used
        return prepared

    return app


class Side:
    """Hand one path to another app."""

    def __init__(self, app: ASGIApp, path: str, other: ASGIApp) -> None:
        """Take the app, the path and whose it is."""
        self._app, self._path, self._other = app, path, other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request."""
        aside = scope["type"] == "http" and scope["path"] == self._path
        await (self._other if aside else self._app)(scope, receive, send)


def measured(folder: Path, ready: asyncio.Event) -> Api:
    """Return the product's app over a home, with the paths of the benchmark."""

    def settled(_: object) -> None:
        interpreter.settle()
        ready.set()

    interpreter.hold()
    app = create_app(home.settings_for(folder), on_ready=settled)
    app.hot = {
        **app.hot,
        "/bench/constant": constant,
        "/bench/cost": cost,
        "/bench/score": score,
        "/bench/steps": steps,
    }
    return app


def run(folder: Path, tell: Callable[[int], object], wait: Callable[[], object]) -> None:
    """Tell the port when ready, and serve until `wait` returns."""
    loop = uvicorn.Config(app=lambda: None, loop="uvloop").get_loop_factory()
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_serve(folder, tell, wait))


def run_forked(folder: Path, wire: Connection) -> None:
    """Do the same as a child that hears of its end, if at all, when the parent's end closes."""

    def wait() -> None:
        with suppress(EOFError):
            wire.recv()

    run(folder, wire.send, wait)


async def _serve(folder: Path, tell: Callable[[int], object], wait: Callable[[], object]) -> None:
    ready = asyncio.Event()
    app = Side(measured(folder, ready), "/stock", stock())
    config = uvicorn.Config(
        app,
        port=0,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="error",
        server_header=False,
        timeout_keep_alive=3_600,  # a client may be busy with another server meanwhile
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await ready.wait()
    while not server.started:
        await asyncio.sleep(0.01)
    tell(server.servers[0].sockets[0].getsockname()[1])
    await asyncio.to_thread(wait)
    server.should_exit = True
    await serving


def main() -> None:
    """Serve the home and on the core that the arguments name, until the input ends."""
    if len(sys.argv) > 2 and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(0, {int(sys.argv[2])})
    run(Path(sys.argv[1]), lambda port: print(port, flush=True), sys.stdin.read)  # noqa: T201


if __name__ == "__main__":
    main()

"""A fake of the public API: a real HTTP server over an in-memory shelf, whose moods a test can set.

It serves the real page (the product's own router and files) and keeps what arrives, so that tests
can say what the SDK sent. Its picks follow one plain rule: kinds looked at longer come first.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from threading import Condition
from types import SimpleNamespace
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from service import errors
from service.routes import cards
from service.web.assets import Assets
from tests.browser.shelf import CARD, SELLER, SHELF
from tests.browser.told import TOLD

LIKING = {"view": 1.0, "favorite": 5.0, "cart": 8.0, "purchase": 10.0, "share": 4.0}
REFERRAL = "ref_0123"


class FakeApi:
    """Hold the shelf, what arrived, and how the service is to behave."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []  # each accepted event once, in order of arrival
        self.bodies: list[dict[str, Any]] = []  # every body of POST /events that was taken
        self.sizes: list[int] = []  # bytes of each
        self.asked: list[dict[str, Any]] = []  # bodies of POST /recommend
        self.questions: list[dict[str, Any]] = []  # bodies of POST /answer
        self.told_to: list[str] = []  # sellers of GET /transparency
        self.replies: dict[str, str] = {}  # what the seller replied, by answer
        self.attempts = 0  # calls of POST /events, taken or not
        self.rejects: set[str] = set()  # kinds that are refused row by row
        self.at_once = 1_000  # rows that are taken of a batch: the others are too much
        self.unreadable = b""  # a body with these bytes is refused whole
        self.failing: dict[str, Callable[[], Response]] = {}  # path: what it answers instead
        self.shelf = [dict(item) for item in SHELF]
        self.key = ""
        self.pictures: tuple[str, ...] = ()
        self._news = Condition()

    def until(self, happened: Callable[[], object]) -> None:
        """Wait for something to arrive; fail when it does not within ten seconds."""
        with self._news:
            arrived = self._news.wait_for(happened, timeout=10)
        assert arrived, f"only {[event['kind'] for event in self.events]} arrived"

    def tell(self) -> None:
        """Wake up whoever waits."""
        with self._news:
            self._news.notify_all()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the accepted events of one kind."""
        return [event for event in self.events if event["kind"] == kind]

    def sent(self, event_id: str) -> int:
        """Count the bodies in which an event came."""
        return sum(
            any(row["event_id"] == event_id for row in body["events"]) for body in self.bodies
        )

    def accept(self, text: bytes) -> dict[str, Any]:
        """Take a batch as the service does: once by id, bad rows by index."""
        body = json.loads(text)
        rows = body["events"]
        self.bodies.append(body)
        self.sizes.append(len(text))
        known = {event["event_id"] for event in self.events}
        latest = time.time() * 1_000 + 5 * 60_000
        rejected = [
            {"index": index, "code": code, "detail": "no"}
            for index, row in enumerate(rows)
            for code, bad in (
                ("refused", row["kind"] in self.rejects),
                ("rate_limited", index >= self.at_once),
                ("from_future", row["at"] > latest),
            )
            if bad
        ]
        refused = {row["index"] for row in rejected}
        good = [row for index, row in enumerate(rows) if index not in refused]
        fresh = [row for row in good if row["event_id"] not in known]
        self.events += fresh
        return {
            "accepted": len(fresh),
            "duplicates": len(good) - len(fresh),
            "rejected": rejected,
        }

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Know one answer, ask back about delivery, and hand over the rest."""
        self.questions.append(question)
        name = f"ans_{len(self.questions)}"
        told: dict[str, Any] = {**UNANSWERED, "answer_id": name}
        if "色号" in question["question"]:
            item = self.shelf[0]["item_id"]
            reason = {"code": "meets_wish", "text": "黄皮", "evidence": "黄皮"}
            pick = {"item_id": item, "rank": 1, "score": 1.0, "propensity": 1.0}
            told |= {"status": "answered", "answer": "可以看看这一支。", "origin": "generated"}
            told["sources"] = [{"kind": "product", "id": item, "quote": "黄皮"}]
            told["picks"] = [{**pick, "source": "advice", "reasons": [reason]}]
        elif "快递" in question["question"]:
            told |= {"status": "clarify", "answer": "你想问的是不是："}
            told["suggested_questions"] = ["发什么快递？", "快递几天到？"]
        else:
            told["handoff"] = self.handoff(name)
        return told

    def handoff(self, name: str) -> dict[str, Any]:
        """Tell what has become of a question that was handed over."""
        reply = self.replies.get(name, "")
        state = "replied" if reply else "waiting"
        return {"state": state, "urgent": False, "reply": reply, "replied_at": ""}

    def recommend(self, query: dict[str, Any]) -> dict[str, Any]:
        """Put the kinds first that this visitor liked; a product she opened goes back a little."""
        self.asked.append(query)
        kind_of = {item["item_id"]: item["category"] for item in self.shelf}
        liking: defaultdict[str, float] = defaultdict(float)
        seen: set[str] = set()
        for event in self.events if query["personalization"] == "on" else ():
            if event["visitor_id"] == query["visitor_id"] and event.get("item_id") in kind_of:
                weight = LIKING.get(event["kind"], event.get("duration_ms", 0) / 2_000)
                liking[kind_of[event["item_id"]]] += weight
                seen.add(event["item_id"])
        ranked = sorted(
            (item for item in self.shelf if item["item_id"] not in query["exclude_ids"]),
            key=lambda i: (3 * (i["item_id"] in seen) - liking[i["category"]], i["position"]),
        )
        english = query["context"]["locale"] == "en"
        items = [
            {
                "item_id": item["item_id"],
                "rank": rank,
                "score": 1.0 / rank,
                "propensity": 1.0,
                "source": "fake",
                "reasons": _reasons(item["category"], liking[item["category"]] > 0, english),
            }
            for rank, item in enumerate(ranked[: query["count"]], 1)
        ]
        return {
            "recommendation_id": f"rec_{len(self.asked)}",
            "items": items,
            "fallback_level": 0 if seen else 3,
            "personalized": bool(seen),
            "model_version": "fake",
            "experiment": None,
            "referral_code": REFERRAL if query["personalization"] == "on" else "",
            "took_ms": 1.0,
        }


UNANSWERED: dict[str, Any] = {
    "status": "handed_off",
    "answer": "已经转给店主。",
    "origin": None,
    "confidence": 0.0,
    "sources": [],
    "suggested_questions": [],
    "picks": [],
    "recommendation_id": None,
    "handoff": None,
    "conversation_id": "",
    "took_ms": 1.0,
}


def _reasons(category: str, liked: bool, english: bool) -> list[dict[str, str]]:
    popular = {"code": "popular_here", "text": "店里很多人在看", "evidence": ""}
    if english:
        popular["text"] = "Popular in this shop"
    if not liked:
        return [popular]
    zh, en = category.split(" / ")
    text = f"You have been looking at {en.lower()}" if english else f"你最近在看{zh}"
    return [{"code": "category_affinity", "text": text, "evidence": category}, popular]


def make_app(fake: FakeApi) -> FastAPI:
    """Put the fake behind the paths of the public API, with the product's own page before it."""
    app = FastAPI()
    errors.install(app)
    catalogue = SimpleNamespace(sellers={SELLER: CARD}, shelf=lambda _seller_id: None)
    state = SimpleNamespace(catalogue=catalogue)
    app.state.live = SimpleNamespace(state=state, need_ready=lambda: None)
    app.state.guard = SimpleNamespace(page_key=lambda _seller_id: fake.key)
    app.state.pictures = fake.pictures
    app.include_router(cards.router)
    app.mount("/static", Assets())

    @app.middleware("http")
    async def moods(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        fake.attempts += request.url.path == "/events"
        mood = fake.failing.get(request.url.path)
        answer = mood() if mood is not None else await go_on(request)
        fake.tell()
        return answer

    @app.get("/sellers/{seller_id}/card")
    async def card(seller_id: str) -> JSONResponse:
        return JSONResponse({**CARD, "seller_id": seller_id})

    @app.get("/sellers/{seller_id}/shelf")
    async def shelf(seller_id: str) -> JSONResponse:
        return JSONResponse({"seller_id": seller_id, "items": fake.shelf})

    @app.post("/recommend")
    async def recommend(request: Request) -> JSONResponse:
        return JSONResponse(fake.recommend(await request.json()))

    @app.get("/transparency")
    async def transparency(seller_id: str) -> Response:
        fake.told_to.append(seller_id)
        return Response(msgspec.json.encode(TOLD), media_type="application/json")

    @app.post("/events")
    async def events(request: Request) -> JSONResponse:
        assert request.headers["content-type"].startswith("text/plain")
        text = await request.body()
        if fake.unreadable and fake.unreadable in text:
            return JSONResponse({"code": "invalid"}, 422)
        return JSONResponse(fake.accept(text), 202)

    _add_answers(app, fake)
    _add_pages(app)
    return app


def _add_answers(app: FastAPI, fake: FakeApi) -> None:
    """Add the assistant's calls."""

    @app.get(f"/sellers/{SELLER}/suggestions")
    async def suggestions() -> JSONResponse:
        return JSONResponse({"suggested_questions": ["哪个色号适合黄皮？", "多久发货？"]})

    @app.post("/answer")
    async def answer(request: Request) -> JSONResponse:
        return JSONResponse(fake.answer(await request.json()))

    @app.get("/answers/{name}")
    async def answered(name: str) -> JSONResponse:
        told = {**UNANSWERED, "answer_id": name, "handoff": fake.handoff(name)}
        return JSONResponse(told)


def _add_pages(app: FastAPI) -> None:
    """Add pages that are not ours."""

    @app.get("/elsewhere")
    async def elsewhere() -> HTMLResponse:
        """Show a page of somebody else's, which only loads the SDK."""
        return HTMLResponse(ELSEWHERE)

    @app.get("/empty")
    async def empty() -> HTMLResponse:
        """Show a page that loads nothing."""
        return HTMLResponse("<!doctype html><link rel=icon href=data:,><title>empty</title>")


ELSEWHERE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Blog</title>
<link rel="icon" href="data:,">
<script type="module" src="/static/sdk.js" data-smartcard="auto" data-seller="lin"
  data-key="pk_test"></script>
<style>#cover { position: fixed; inset: 0; background: #fff } .far { margin-top: 3000px }</style>
</head><body>
<article data-smartcard-item="p01">The page's own product</article>
<button id="near" data-smartcard-pick="p02" data-recommendation="rec_9" data-position="1">
near</button>
<p class="far"><button id="far" data-smartcard-pick="p03" data-position="2">far</button></p>
<div id="cover" hidden>a banner</div>
</body></html>"""

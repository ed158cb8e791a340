"""The fast path says what the declared routes say: status, headers, body, and what it leaves."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.fastpath import Api
from service.keys import Keyring, Scope
from tests.api.shop import NOW, Shop, fill, opened, settings_for

Headers = list[tuple[str, str]]
TOOK = re.compile(rb'"took_ms":[0-9.e-]+')
RATES = {"rate_key": "40/minute", "rate_address": "30/minute", "rate_visitor": "25/minute"}


class Call(NamedTuple):
    """Hold one request as it comes in."""

    path: str
    headers: Headers
    body: Sequence[bytes]
    method: str = "POST"
    host: str = "127.0.0.1"


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes


async def exchange(app: Api, call: Call) -> Answer:
    """Run one request through an app, as a server does."""
    parts = list(call.body) or [b""]
    coming = [
        {"type": "http.request", "body": part, "more_body": place < len(parts)}
        for place, part in enumerate(parts, 1)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": call.path,
        "raw_path": call.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in call.headers],
        "client": (call.host, 1),
        "server": ("test", 80),
    }
    await app(scope, receive, send)
    start, body = sent[0], b"".join(part.get("body", b"") for part in sent[1:])
    headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
    length = ("content-length", str(len(body)))
    assert length in headers
    headers[headers.index(length)] = ("content-length", "its own")  # took_ms may be a digit longer
    return Answer(start["status"], sorted(headers), TOOK.sub(b'"took_ms":0', body))


def app_of(shop: Shop) -> Api:
    app = shop.client.app
    assert isinstance(app, Api)
    return app


class Pair:
    """Hold two apps in the same state: one with the fast path, one without."""

    def __init__(self, fast: Shop, slow: Shop, keys: dict[str, str]) -> None:
        self.fast, self.slow, self.keys = fast, slow, keys
        assert set(app_of(fast).hot) == {"/events", "/recommend"}
        app_of(slow).hot = {}
        for shop in (fast, slow):  # lists are explored by their ids
            ids = count()
            shop.live.names.recommendation_id = lambda _, ids=ids: f"rec_{next(ids):032x}"  # type: ignore[method-assign,misc]

    def both(self, call: Call) -> Answer:
        """Make a call at both apps and return what both say."""
        if not any(name == "x-request-id" for name, _ in call.headers):
            call = call._replace(headers=[*call.headers, ("x-request-id", "req-1")])
        fast, slow = (shop.call(exchange, app_of(shop), call) for shop in (self.fast, self.slow))
        assert fast == slow
        assert isinstance(fast, Answer)
        return fast


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    homes = [tmp_path_factory.mktemp(name) for name in ("fast", "slow")]
    keyring = Keyring(homes[0] / "keys.json")
    owners = {"visitor": "s", "seller": "s", "supplier": "sup", "admin": ""}
    keys = {scope: keyring.create(Scope(scope), owner, "2026") for scope, owner in owners.items()}
    keys["foreign"] = keyring.create(Scope.VISITOR, "five", "2026")
    shutil.copy(homes[0] / "keys.json", homes[1] / "keys.json")
    with ExitStack() as stack:
        fast, slow = (stack.enter_context(running(home, keys["admin"])) for home in homes)
        keys["page"] = app_of(fast).state.guard.page_key("s")
        yield Pair(fast, slow, keys)


def running(home: Path, admin: str) -> Any:
    values = settings_for(home, secret="sixteen byte key", **RATES)
    return _filled(values, {"authorization": f"Bearer {admin}"})


class _filled:  # noqa: N801 - a context manager named as what it gives
    def __init__(self, values: Any, headers: dict[str, str]) -> None:
        self._opened = opened(values, headers)

    def __enter__(self) -> Shop:
        shop = self._opened.__enter__()
        fill(shop)
        origins = {"origins": ["https://mine.example"]}
        assert shop.client.put("/sellers/five/settings", json=origins).status_code == 200
        return shop

    def __exit__(self, *error: Any) -> None:
        self._opened.__exit__(*error)


ids = st.sampled_from(
    ["s", "five", "nobody", "v1", "v2", "i1", "i2", "", "x" * 129, "a\x00b", None]
)
odd = st.one_of(
    ids,
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    st.floats(allow_nan=True),
    st.lists(ids, max_size=2),
    st.dictionaries(st.sampled_from(["item_ids", "locale", "share_id", "x"]), ids, max_size=2),
    st.sampled_from(["on", "off", "hide", "en", "中文", "price < ", 'brand == "Lumi" => 2']),
)
ASK = {"seller_id": "s", "visitor_id": "v1", "session_id": "w", "count": 3, "reshow": "hide"}
ask_fields = st.sampled_from(
    [
        *("seller_id", "visitor_id", "placement", "count", "context", "exclude_ids", "filter"),
        *("boost", "diversity", "reshow", "personalization", "explain", "dry_run", "unknown"),
    ]
)
EVENT = {"kind": "view", "visitor_id": "v1", "seller_id": "s", "item_id": "i1", "at": NOW}
event_fields = st.sampled_from(
    ["event_id", "kind", "visitor_id", "seller_id", "item_id", "at", "duration_ms", "share", "zz"]
)


@st.composite
def asks(draw: st.DrawFn) -> Any:
    return {**ASK, **draw(st.dictionaries(ask_fields, odd, max_size=2))}


@st.composite
def batches(draw: st.DrawFn) -> Any:
    rows: list[Any] = []
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(["e1", "e2", "e3", "e4", "rec_9"]))
        rows.append(
            {"event_id": name, **EVENT, **draw(st.dictionaries(event_fields, odd, max_size=1))}
        )
    if draw(st.booleans()):
        rows.append(draw(odd))
    shape = draw(st.sampled_from(["rows", "events", "one"]))
    if shape == "events":
        return {"events": rows, **draw(st.sampled_from([{}, {"key": "pk_"}, {"key": 7}]))}
    return rows if shape == "rows" else rows[0] if rows else {}


@st.composite
def payloads(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> list[bytes]:
    whole = json.dumps(draw(values), ensure_ascii=False).encode("utf-8", "surrogatepass")
    match draw(st.sampled_from(["whole"] * 9 + ["cut", "bytes", "large", "deep"])):
        case "cut":
            whole = whole[: draw(st.integers(0, len(whole)))]
        case "bytes":
            whole = draw(st.binary(max_size=40))
        case "large":
            whole = b"[" + b" " * draw(st.sampled_from([64_000, 1_000_001])) + b"]"
        case "deep":
            whole = b"[" * 3_000
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=3)))
    return [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


media = st.sampled_from(
    [
        *("application/json",) * 8,
        *("", "text/plain", "text/plain;charset=UTF-8", "application/json; charset=gbk"),
        *("application/xml", "APPLICATION/JSON ; Charset=utf-8", "multipart/form-data"),
    ]
)
keyed = st.sampled_from(
    [
        *("page", "visitor", "seller", "admin") * 3,
        *("foreign", "supplier", "none", "forged", "basic", "x-api-key", "cookie"),
    ]
)


def auth(keys: dict[str, str], kind: str) -> Headers:
    match kind:
        case "none":
            return []
        case "forged":
            return [("authorization", f"Bearer {keys['visitor'][:-1]}x")]
        case "basic":
            return [("authorization", "Basic dTpw")]
        case "x-api-key":
            return [("x-api-key", keys["visitor"])]
        case "cookie":
            return [("cookie", "smartcard_session=forged; other=1")]
    return [("authorization", f"bearer {keys[kind]}")]


@settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    called=st.one_of(
        st.tuples(st.just("/recommend"), payloads(asks())),
        st.tuples(st.just("/events"), payloads(batches())),
        st.tuples(
            st.sampled_from(["/recommend", "/events", "/recommend/", "/event", "//events"]),
            payloads(st.one_of(asks(), batches(), odd)),
        ),
    ),
    method=st.sampled_from(["POST"] * 12 + ["GET", "PUT", "OPTIONS", "BREW"]),
    kind=media,
    key=keyed,
    origin=st.sampled_from([None, None, "https://mine.example", "https://else.example", "null"]),
    extra=st.lists(
        st.sampled_from(
            [
                ("x-request-id", "mine"),
                ("x-request-id", "not ours!"),
                ("content-length", "2000000"),
                ("content-length", "abc"),
                ("content-type", "application/json"),
                ("host", "mine.example"),
                ("access-control-request-method", "POST"),
            ]
        ),
        max_size=2,
        unique=True,
    ),
    host=st.sampled_from(["127.0.0.1", "10.0.0.9"]),
    passed=st.sampled_from([0, 0, 1_000, 61_000]),
)
def test_both_ways_answer_alike(
    pair: Pair,
    called: tuple[str, list[bytes]],
    method: str,
    kind: str,
    key: str,
    origin: str | None,
    extra: Headers,
    host: str,
    passed: int,
) -> None:
    for shop in (pair.fast, pair.slow):
        shop.clock.ms += passed
    headers = [*auth(pair.keys, key), *extra]
    headers += [("content-type", kind)] if kind else []
    headers += [("origin", origin)] if origin else []
    if ("x-request-id", "not ours!") in extra:  # it is given one of its own, which is not alike
        headers = [one for one in headers if one[1] != "not ours!"]
    path, body = called
    pair.both(Call(path, headers, body, method, host))


def test_a_referral_code_is_given_and_taken_alike(pair: Pair) -> None:
    for shop in (pair.fast, pair.slow):
        shop.clock.ms += 120_000
    viewed = json.dumps({"event_id": "referrer", **EVENT}).encode()
    pair.both(Call("/events", auth(pair.keys, "page"), [viewed]))
    told = pair.both(Call("/recommend", auth(pair.keys, "page"), [json.dumps(ASK).encode()]))
    code = json.loads(told.body)["referral_code"]
    share = {"share_id": "x", "from_visitor_id": code}
    came = {**EVENT, "event_id": "led", "kind": "open", "visitor_id": "friend", "share": share}
    asks = {**ASK, "visitor_id": "friend", "context": {"from_visitor_id": code}}
    for path, body in (("/events", came), ("/recommend", asks)):
        pair.both(Call(path, auth(pair.keys, "page"), [json.dumps(body).encode()]))
    for shop in (pair.fast, pair.slow):
        led = [row.event.from_visitor for row in shop.log()][-2:]
        assert led == [shop.live.pseudonym(EVENT["visitor_id"])] * 2


def test_what_both_ways_leave_is_alike(pair: Pair) -> None:
    """Runs last: the logs, the counters and the trail of changes after all calls above."""
    calls = [
        Call("/recommend", auth(pair.keys, "visitor"), [json.dumps(ASK).encode()]),
        Call("/events", auth(pair.keys, "page"), [json.dumps({"event_id": "z", **EVENT}).encode()]),
    ]
    for shop in (pair.fast, pair.slow):
        shop.clock.ms += 120_000
    statuses = [pair.both(call).status for call in calls]
    assert statuses == [200, 202]

    def told(shop: Shop) -> tuple[Any, ...]:
        log = [(row.event.event_id, row.event.kind, row.event.visitor) for row in shop.log()]
        counted = app_of(shop).state.metrics.exposition().decode()
        lines = [line for line in counted.splitlines() if "seconds_" not in line]
        audit = (shop.live._settings.home / "audit.jsonl").read_text().count("\n")
        return log, lines, audit

    assert told(pair.fast) == told(pair.slow)


def test_calls_over_the_rate_are_refused_alike(pair: Pair) -> None:
    call = Call("/recommend", auth(pair.keys, "seller"), [json.dumps(ASK).encode()])
    answers = [pair.both(call) for _ in range(45)]
    assert answers[-1].status == 429
    assert "retry-after" in dict(answers[-1].headers)
    assert ("vary", "Origin") in answers[-1].headers


def test_a_failure_of_ours_is_a_500_that_tells_nothing(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    for shop in (pair.fast, pair.slow):
        shop.clock.ms += 120_000
        shop.live.recommend = lambda _: 1 // 0  # type: ignore[method-assign,assignment,return-value]
    try:
        answer = pair.both(Call("/recommend", auth(pair.keys, "admin"), [json.dumps(ASK).encode()]))
    finally:
        for shop in (pair.fast, pair.slow):
            del shop.live.recommend
    assert answer.status == 500
    assert b"ZeroDivision" not in answer.body
    told = [json.loads(record.message) for record in caplog.records]
    logged = [(one["error"], one["request_id"], one["route"]) for one in told]
    assert logged == [("ZeroDivisionError", "req-1", "/recommend")] * 2

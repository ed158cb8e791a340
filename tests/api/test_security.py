"""Who may call what: every route with every scope, tenants apart, keys unreadable on disk."""

from __future__ import annotations

import itertools
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.keys import Keyring, Scope
from service.security import PAGE_KEY_MS
from tests.api.shop import Shop, fill, opened, settings_for

SCOPES = ("visitor", "seller", "supplier", "admin", "none")
VISITORS = {"visitor", "seller", "admin"}
SELLERS = {"seller", "admin"}
ANYONE = set(SCOPES)

ALLOWED: dict[tuple[str, str], set[str]] = {
    ("post", "/events"): VISITORS,
    ("post", "/recommend"): VISITORS,
    ("get", "/recommendations/{recommendation_id}"): SELLERS,
    ("put", "/suppliers/{supplier_id}/items"): {"supplier", "admin"},
    ("get", "/sellers/{seller_id}/card"): VISITORS,
    ("put", "/sellers/{seller_id}/card"): SELLERS,
    ("get", "/sellers/{seller_id}/shelf"): VISITORS,
    ("put", "/sellers/{seller_id}/shelf"): SELLERS,
    ("get", "/suppliers/{supplier_id}/items/{item_id}/facts"): {"supplier", "admin"},
    ("get", "/sellers/{seller_id}/metrics"): SELLERS,
    ("get", "/sellers/{seller_id}/metrics/{slug}"): SELLERS,
    ("get", "/sellers/{seller_id}/products"): SELLERS,
    ("get", "/sellers/{seller_id}/visitors"): SELLERS,
    ("get", "/sellers/{seller_id}/settings"): SELLERS,
    ("put", "/sellers/{seller_id}/settings"): SELLERS,
    ("get", "/sellers/{seller_id}/audit"): SELLERS,
    ("get", "/sellers/{seller_id}/session"): SELLERS,
    ("post", "/sellers/{seller_id}/session"): ANYONE,  # her key stands in the body
    ("delete", "/sellers/{seller_id}/session"): SELLERS,
    ("get", "/sellers/{seller_id}/keys"): SELLERS,
    ("post", "/sellers/{seller_id}/keys"): SELLERS,
    ("post", "/sellers/{seller_id}/keys/{key_id}/rotate"): SELLERS,
    ("delete", "/sellers/{seller_id}/keys/{key_id}"): SELLERS,
    ("get", "/keys"): {"admin"},
    ("post", "/keys"): {"admin"},
    ("post", "/keys/{key_id}/rotate"): {"admin"},
    ("delete", "/keys/{key_id}"): {"admin"},
    ("get", "/audit"): {"admin"},
    ("post", "/answer"): VISITORS,
    ("get", "/answers/{answer_id}"): VISITORS,
    ("get", "/sellers/{seller_id}/suggestions"): VISITORS,
    ("get", "/sellers/{seller_id}/faqs"): SELLERS,
    ("put", "/sellers/{seller_id}/faqs"): SELLERS,
    ("get", "/sellers/{seller_id}/consultations"): SELLERS,
    ("put", "/sellers/{seller_id}/consultations"): SELLERS,
    ("get", "/sellers/{seller_id}/questions"): SELLERS,
    ("post", "/sellers/{seller_id}/questions/{question_id}/reply"): SELLERS,
    ("delete", "/visitors/{visitor_id}"): SELLERS,
    ("get", "/visitors/{visitor_id}/export"): SELLERS,
    ("get", "/visitors/{visitor_id}/tags"): SELLERS,
    ("delete", "/visitors/{visitor_id}/tags/{tag}"): SELLERS,
    ("put", "/visitors/{visitor_id}/consent"): VISITORS,
    ("get", "/transparency"): VISITORS,
    ("get", "/models"): {"admin"},
    ("post", "/models/{version}/promote"): {"admin"},
    ("post", "/models/rollback"): {"admin"},
    ("get", "/cards/{seller_id}"): ANYONE,
    ("get", "/sellers/{seller_id}/dashboard"): ANYONE,  # an empty shell until she signs in
    ("get", "/health/live"): ANYONE,
    ("get", "/health/ready"): ANYONE,
    ("get", "/metrics"): {"admin"},
}
"""Every operation of the API with the scopes that may call it: a new one has to be put here."""

NAMED_BY_NOBODY = ("{key_id}", "{answer_id}", "{question_id}", "{visitor_id}")
"""What the walk below asks for by a name that nothing has: 404 for whoever may ask."""

TENANT_ROUTES = [
    ("get", "/sellers/{}/card", None),
    ("put", "/sellers/{}/card", {"name": "taken over"}),
    ("get", "/sellers/{}/shelf", None),
    ("put", "/sellers/{}/shelf", [{"item_id": "i1"}]),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("locked")


@pytest.fixture(scope="module")
def keys(home: Path) -> dict[str, str]:
    keyring = Keyring(home / "keys.json")
    owners = {"visitor": "s", "seller": "s", "supplier": "sup", "admin": ""}
    made = {
        scope: keyring.create(Scope(scope), owner, "2026-01-01T00:00:00Z")
        for scope, owner in owners.items()
    }
    return {**made, "none": "", "other": keyring.create(Scope.SELLER, "five", "2026-01-01")}


@pytest.fixture(scope="module")
def locked(home: Path, keys: dict[str, str]) -> Iterator[Shop]:
    with opened(settings_for(home), {"authorization": f"Bearer {keys['admin']}"}) as shop:
        fill(shop)
        yield shop


def call(shop: Shop, key: str, method: str, path: str, body: Any = None) -> int:
    headers = {"authorization": f"Bearer {key}"} if key else {"authorization": ""}
    return int(shop.client.request(method, path, json=body, headers=headers).status_code)


def bodies(shop: Shop, template: str, keys: dict[str, str]) -> Any:
    return {
        "/sellers/{seller_id}/settings": {},
        "/sellers/{seller_id}/session": {"key": keys["seller"]},
        "/sellers/{seller_id}/keys": {"scope": "visitor"},
        "/keys": {"scope": "supplier", "owner": "sup"},
        "/events": [shop.event()],
        "/recommend": {"seller_id": "s", "visitor_id": "v"},
        "/suppliers/{supplier_id}/items": [],
        "/sellers/{seller_id}/card": {"name": "店 s"},
        "/sellers/{seller_id}/shelf": [],
        "/sellers/{seller_id}/faqs": [],
        "/sellers/{seller_id}/consultations": [],
        "/sellers/{seller_id}/questions/{question_id}/reply": {"text": "是的"},
        "/visitors/{visitor_id}/consent": {"seller_id": "s", "personalization": "on"},
        "/answer": {"seller_id": "s", "visitor_id": "v", "question": "几天发货？"},
    }.get(template, {})


@pytest.mark.parametrize(("operation", "scope"), list(itertools.product(ALLOWED, SCOPES)))
def test_a_route_serves_the_scopes_it_is_for_and_no_others(
    locked: Shop, keys: dict[str, str], operation: tuple[str, str], scope: str
) -> None:
    method, template = operation
    shown = locked.recommend()["recommendation_id"]
    names = {
        "seller_id": "s",
        "supplier_id": "sup",
        "recommendation_id": shown,
        "version": "v",
        "key_id": "none",
        "item_id": "i1",
        "slug": "opens",
        "answer_id": "none",
        "question_id": "none",
        "visitor_id": "none",
        "tag": "none",
    }
    body = bodies(locked, template, keys) if method in {"post", "put"} else None
    status = call(locked, keys[scope], method, template.format(**names), body)
    if scope in ALLOWED[operation]:
        assert (
            status < 300
            or (status, template)
            in {
                (404, "/models/{version}/promote"),
                (409, "/models/rollback"),
            }
            or (status == 404 and set(NAMED_BY_NOBODY) & set(template.split("/")))
        )
    else:
        assert status == (401 if scope == "none" else 403)


def test_the_walk_above_covers_the_whole_api(locked: Shop) -> None:
    paths = locked.client.get("/openapi.json").json()["paths"]
    assert {(method, path) for path, methods in paths.items() for method in methods} == set(ALLOWED)


@pytest.mark.parametrize(("method", "path", "body"), TENANT_ROUTES)
@pytest.mark.parametrize("victim", ["s", "nobody"])
def test_another_tenant_s_objects_read_like_absent_ones(
    locked: Shop, keys: dict[str, str], method: str, path: str, body: Any, victim: str
) -> None:
    """A wrong seller's key gets 404 whether the victim exists or not, and nothing changes."""
    before = locked.client.get("/sellers/s/card").text, locked.client.get("/sellers/s/shelf").text
    assert call(locked, keys["other"], method, path.format(victim), body) == 404
    after = locked.client.get("/sellers/s/card").text, locked.client.get("/sellers/s/shelf").text
    assert after == before


def test_another_seller_in_the_body_is_forbidden(locked: Shop, keys: dict[str, str]) -> None:
    for scope in ("visitor", "seller"):
        ask = {"seller_id": "five", "visitor_id": "v"}
        assert call(locked, keys[scope], "post", "/recommend", ask) == 403
        event = locked.event(seller_id="five")
        assert call(locked, keys[scope], "post", "/events", [locked.event(), event]) == 403
        assert locked.live._stores.log.find("five", event["event_id"]) is None


def test_a_key_fixes_its_seller(locked: Shop, keys: dict[str, str]) -> None:
    event = {name: value for name, value in locked.event().items() if name != "seller_id"}
    assert call(locked, keys["visitor"], "post", "/events", event) == 202
    assert locked.log()[-1].event.seller_id == "s"
    ask = {"visitor_id": "v"}
    assert call(locked, keys["visitor"], "post", "/recommend", ask) == 200


def test_another_seller_s_list_and_supplier_s_feed_are_not_found(
    locked: Shop, keys: dict[str, str]
) -> None:
    shown = locked.recommend()["recommendation_id"]
    assert call(locked, keys["seller"], "get", f"/recommendations/{shown}") == 200
    assert call(locked, keys["other"], "get", f"/recommendations/{shown}") == 404
    assert call(locked, keys["supplier"], "put", "/suppliers/rival/items", []) == 404


@pytest.mark.parametrize(
    "text", ["x", "pk_", "pk_00000000_x", "Bearer", "sk_é", "pt_x.y.z", "ad_" + "0" * 500]
)
def test_a_wrong_key_is_no_key(locked: Shop, text: str) -> None:
    for headers in ({"authorization": f"Bearer {text}"}, {"authorization": "", "x-api-key": text}):
        encoded = {name: value.encode() for name, value in headers.items()}
        reply = locked.client.get("/models", headers=encoded)  # type: ignore[arg-type]
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"
        assert text not in reply.text or text in {"x", "Bearer"}


def test_a_key_may_come_in_either_header_or_in_a_beacon_s_body(
    locked: Shop, keys: dict[str, str]
) -> None:
    key = keys["visitor"]
    nobody = {"authorization": ""}
    body = {"visitor_id": "v"}
    assert locked.client.post(
        "/recommend", json=body, headers={**nobody, "x-api-key": key}
    ).is_success
    beacon = {"key": key, "events": [locked.event()]}
    assert locked.client.post("/events", json=beacon, headers=nobody).status_code == 202
    beacon = {"key": key[:-1] + "?", "events": [locked.event()]}
    assert locked.client.post("/events", json=beacon, headers=nobody).status_code == 401


def test_a_changed_secret_with_a_known_id_is_refused(locked: Shop, keys: dict[str, str]) -> None:
    key = keys["admin"]
    assert call(locked, key[:-1] + ("a" if key[-1] != "a" else "b"), "get", "/models") == 401
    assert call(locked, key.replace("ad_", "sk_", 1), "get", "/models") == 401


def test_the_card_page_carries_a_key_that_serves_its_own_seller_only(locked: Shop) -> None:
    page = locked.client.get("/cards/s", headers={"authorization": ""}).text
    found = re.search(r"pt_[\w.-]+", page)
    assert found is not None
    key = found[0]
    assert call(locked, key, "post", "/recommend", {"visitor_id": "v"}) == 200
    assert call(locked, key, "get", "/sellers/s/shelf") == 200
    assert call(locked, key, "get", "/sellers/five/shelf") == 404
    assert call(locked, key, "put", "/sellers/s/shelf", []) == 403
    assert call(locked, key[:-2] + "xx", "get", "/sellers/s/shelf") == 401


def test_a_page_s_key_expires(locked: Shop) -> None:
    guard = locked.client.app.state.guard  # type: ignore[attr-defined]
    key = guard.page_key("s")
    locked.clock.ms += PAGE_KEY_MS
    assert call(locked, key, "get", "/sellers/s/shelf") == 200
    locked.clock.ms += 1
    assert call(locked, key, "get", "/sellers/s/shelf") == 401
    locked.clock.ms -= PAGE_KEY_MS + 1


def test_keys_lie_on_disk_as_hashes_for_their_owner_s_eyes(
    home: Path, keys: dict[str, str]
) -> None:
    path = home / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert not any(key.split("_", 2)[2] in text for key in keys.values() if key)


def test_a_revoked_key_ends_and_a_new_one_begins_without_a_restart(
    locked: Shop, home: Path
) -> None:
    keyring = Keyring(home / "keys.json")
    key = keyring.create(Scope.ADMIN, "", "2026-01-01")
    assert call(locked, key, "get", "/models") == 401
    locked.tick()
    assert call(locked, key, "get", "/models") == 200
    assert keyring.revoke(key.split("_")[1])
    locked.tick()
    assert call(locked, key, "get", "/models") == 401


def test_without_keys_only_this_machine_is_served(shop: Shop) -> None:
    app = shop.client.app
    for host, status in (("127.0.0.1", 200), ("::1", 200), ("10.0.0.9", 401), ("odd", 401)):
        stranger = TestClient(app, "http://127.0.0.1", client=(host, 1))
        assert stranger.get("/models").status_code == status
        assert stranger.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("shop.example", 401),
        ("127.0.0.1.shop.example:8000", 401),
        ("[", 401),
        ("", 401),
    ],
)
def test_without_keys_this_machine_is_served_under_its_own_names(
    shop: Shop, name: str, status: int
) -> None:
    """A page whose own name was made to lead here reads nothing."""
    origin = {"host": name, "origin": f"http://{name}"}
    for headers in ({"host": name}, origin):
        reply = shop.client.get("/sellers/s/questions", headers=headers)
        assert reply.status_code == status
        body = {"seller_id": "s", "visitor_id": "v"}
        assert shop.client.post("/recommend", json=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:3000", "null", "", "http://["]
)
def test_without_keys_pages_of_other_origins_make_visitors_calls_only(
    shop: Shop, origin: str
) -> None:
    headers = {"origin": origin}
    made = shop.client.post("/keys", content=b'{"scope": "admin"}', headers=headers)
    assert made.status_code == 403
    assert shop.client.post("/models/rollback", headers=headers).status_code == 403
    assert shop.client.delete("/visitors/v1", headers=headers).status_code == 403
    assert shop.client.get("/sellers/s/shelf", headers=headers).status_code == 200
    beacon = json.dumps({"events": [shop.event()]})
    plain = {**headers, "content-type": "text/plain"}
    assert shop.client.post("/events", content=beacon, headers=plain).status_code == 202
    assert shop.client.post("/recommend", json={"seller_id": "s", "visitor_id": "v"}).is_success


def test_without_keys_the_service_s_own_pages_and_programs_may_do_all(shop: Shop) -> None:
    for headers in ({}, {"origin": "http://127.0.0.1"}):
        reply = shop.client.put("/sellers/s/card", json={"name": "店"}, headers=headers)
        assert reply.status_code == 200


@pytest.mark.parametrize("operation", sorted(ALLOWED))
def test_pages_of_other_origins_may_make_all_of_a_visitor_s_calls_and_no_others(
    locked: Shop, operation: tuple[str, str]
) -> None:
    """What a page's key may ask for is of use to a page: its browser has to be told so."""
    method, template = operation
    path = re.sub(r"{\w+}", "x", template)
    headers = {
        "origin": "https://elsewhere.example",
        "access-control-request-method": method.upper(),
        "access-control-request-headers": "content-type,authorization",
    }
    visitors_call = ALLOWED[operation] == VISITORS
    asked = locked.client.options(path, headers=headers)
    assert (asked.status_code == 200) is visitors_call
    assert "access-control-allow-credentials" not in asked.headers
    if visitors_call:
        assert asked.headers["access-control-allow-origin"] == "*"
        reply = locked.client.request(method, path, headers={"origin": "https://elsewhere.example"})
        assert reply.headers["access-control-allow-origin"] == "*", "a refusal can be read, too"
        assert "retry-after" in reply.headers["access-control-expose-headers"]
    assert locked.client.options(f"{path}/more", headers=headers).status_code != 200


def test_a_page_of_another_origin_asks_and_reads_the_seller_s_reply(shop: Shop) -> None:
    headers = {"origin": "https://elsewhere.example"}
    body = {"seller_id": "s", "visitor_id": "v", "question": "能开发票吗？"}
    told = shop.client.post("/answer", json=body, headers=headers)
    assert told.status_code == 200
    name = told.json()["answer_id"]
    seen = shop.client.get(f"/answers/{name}?visitor_id=v", headers=headers)
    assert (seen.status_code, seen.json()["answer_id"]) == (200, name)
    rated = shop.event("answer_rated", None, answer_id=name, value=1)
    assert shop.client.post("/events", json=[rated], headers=headers).json()["accepted"] == 1
    reply = shop.client.post(
        f"/sellers/s/questions/{name}/reply", json={"text": "可以"}, headers=headers
    )
    assert (reply.status_code, "access-control-allow-origin" in reply.headers) == (403, False)

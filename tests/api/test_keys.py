"""Keys by API, dashboard sittings, rates, origins and the trail of changes."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from data.errors import Unauthenticated
from data.schemas import Event
from service.__main__ import main
from service.folding import Seqs
from service.keys import Keyring, Scope, key_id_of
from service.security import Guard
from service.sessions import COOKIE, SITTING_MS
from service.settings import ServiceSettings
from tests.api.shop import Shop, fill, opened, settings_for

MADE = "2026-01-01T00:00:00Z"
NOBODY = {"authorization": ""}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def admin(home: Path) -> str:
    return Keyring(home / "keys.json").create(Scope.ADMIN, "", MADE)


@pytest.fixture
def shop(home: Path, admin: str) -> Iterator[Shop]:
    with opened(settings_for(home), {"authorization": f"Bearer {admin}"}) as running:
        fill(running)
        yield running


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def made(shop: Shop, scope: str, owner: str | None) -> dict[str, Any]:
    reply = shop.client.post("/keys", json={"scope": scope, "owner": owner})
    assert reply.status_code == 201, reply.text
    assert reply.headers["cache-control"] == "no-store"
    return dict(reply.json())


def status(shop: Shop, key: str, path: str = "/sellers/s/settings") -> int:
    return int(shop.client.get(path, headers=bearer(key)).status_code)


def test_a_key_made_by_api_works_at_once_and_is_never_told_again(shop: Shop, home: Path) -> None:
    key = made(shop, "seller", "s")
    assert status(shop, key["key"]) == 200
    listed = shop.client.get("/keys").text
    assert key["key_id"] in listed
    assert key["key"] not in listed
    assert key["key"].split("_", 2)[2] not in (home / "keys.json").read_text()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scope": "seller"}, "owner"),
        ({"scope": "admin", "owner": "s"}, "owner"),
        ({"scope": "god"}, "scope"),
        ({}, "scope"),
    ],
)
def test_a_key_without_the_right_owner_is_not_made(shop: Shop, body: Any, field: str) -> None:
    reply = shop.client.post("/keys", json=body)
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["field"] == field


def test_a_rotated_key_works_beside_its_successor_until_the_grace_is_over(shop: Shop) -> None:
    old = made(shop, "seller", "s")
    path = f"/keys/{old['key_id']}/rotate"
    new = shop.client.post(path, json={"grace_seconds": 60}).json()
    assert (new["scope"], new["owner"]) == ("seller", "s")
    assert new["key"] != old["key"]
    assert status(shop, old["key"]) == status(shop, new["key"]) == 200
    shop.clock.ms += 60_000
    assert (status(shop, old["key"]), status(shop, new["key"])) == (401, 200)


def test_a_key_that_was_rotated_ends_no_later_when_it_is_rotated_again(shop: Shop) -> None:
    old = made(shop, "seller", "s")
    path = f"/keys/{old['key_id']}/rotate"
    assert shop.client.post(path, json={"grace_seconds": 60}).status_code == 201
    assert shop.client.post(path, json={"grace_seconds": 3600}).status_code == 201
    assert status(shop, old["key"]) == 200
    shop.clock.ms += 60_000
    assert status(shop, old["key"]) == 401
    again = shop.client.post(path, json={})
    assert (again.status_code, again.json()["code"]) == (404, "not_found")
    assert status(shop, old["key"]) == 401, "a key that is over stays so"


def test_a_revoked_key_ends_at_once(shop: Shop) -> None:
    key = made(shop, "seller", "s")
    assert shop.client.delete(f"/keys/{key['key_id']}").json() == {"key_id": key["key_id"]}
    assert status(shop, key["key"]) == 401
    assert shop.client.delete(f"/keys/{key['key_id']}").status_code == 404


def test_a_key_that_is_revoked_while_its_call_comes_in_opens_nothing(home: Path) -> None:
    keyring = Keyring(home / "keys.json")
    text = keyring.create(Scope.SELLER, "s", MADE)
    guard = Guard(keyring, b"sixteen byte key", lambda: 0)
    request = Request(
        {"type": "http", "headers": [(b"authorization", f"Bearer {text}".encode())], "client": None}
    )
    assert guard.bucket(request) == f"key {key_id_of(text)}"
    assert guard.check(request, Scope.SELLER).owner == "s"
    keyring.revoke(key_id_of(text))
    keyring.create(Scope.SELLER, "five", MADE)
    with pytest.raises(Unauthenticated):
        guard.check(request, Scope.SELLER)


def test_a_seller_looks_after_her_own_keys_only(shop: Shop) -> None:
    own, other = made(shop, "seller", "s"), made(shop, "seller", "five")
    headers = bearer(own["key"])
    body = {"scope": "visitor"}
    page = shop.client.post("/sellers/s/keys", json=body, headers=headers).json()
    assert page["key"].startswith("pk_")
    listed = shop.client.get("/sellers/s/keys", headers=headers).json()["keys"]
    assert {key["owner"] for key in listed} == {"s"}
    for method, path in (("post", f"{other['key_id']}/rotate"), ("delete", other["key_id"])):
        reply = shop.client.request(method, f"/sellers/s/keys/{path}", headers=headers)
        assert reply.status_code == 404
    assert status(shop, other["key"], "/sellers/five/settings") == 200
    admin_key = shop.client.post("/sellers/s/keys", json={"scope": "admin"}, headers=headers)
    assert admin_key.status_code == 422


def signed_in(shop: Shop, key: str, seller: str = "s") -> str:
    """Sign in; the client keeps the cookie, the token comes back."""
    reply = shop.client.post(f"/sellers/{seller}/session", json={"key": key}, headers=NOBODY)
    assert reply.status_code == 201, reply.text
    told = reply.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=strict" in told
    assert f"path=/sellers/{seller}" in told
    return str(reply.json()["csrf"])


def test_a_sitting_reads_by_its_cookie_and_changes_with_its_token(shop: Shop) -> None:
    csrf = signed_in(shop, made(shop, "seller", "s")["key"])
    client = shop.client
    assert client.get("/sellers/s/settings", headers=NOBODY).status_code == 200
    body = {"name": "新名"}
    assert client.put("/sellers/s/card", json=body, headers=NOBODY).status_code == 403
    forged = {**NOBODY, "x-csrf-token": csrf[:-1] + "?"}
    assert client.put("/sellers/s/card", json=body, headers=forged).status_code == 403
    right = {**NOBODY, "x-csrf-token": csrf}
    assert client.put("/sellers/s/card", json=body, headers=right).status_code == 200
    assert client.get("/sellers/s/session", headers=NOBODY).json()["csrf"] == csrf
    cookie = client.cookies.get(COOKIE)
    elsewhere = {**NOBODY, "cookie": f"{COOKIE}={cookie}"}
    assert client.get("/sellers/five/settings", headers=elsewhere).status_code == 404


def test_a_sitting_ends_with_its_time_with_its_key_and_by_signing_out(shop: Shop) -> None:
    key = made(shop, "seller", "s")
    csrf = signed_in(shop, key["key"])
    asked = "/sellers/s/settings"
    shop.clock.ms += SITTING_MS
    assert shop.client.get(asked, headers=NOBODY).status_code == 401
    shop.clock.ms -= SITTING_MS
    assert shop.client.get(asked, headers=NOBODY).status_code == 200
    signed_out = {**NOBODY, "x-csrf-token": csrf}
    assert shop.client.delete("/sellers/s/session", headers=signed_out).status_code == 200
    assert shop.client.get(asked, headers=NOBODY).status_code == 401
    signed_in(shop, key["key"])
    shop.client.delete(f"/keys/{key['key_id']}")
    assert shop.client.get(asked, headers=NOBODY).status_code == 401


def test_wrong_keys_do_not_sign_in_and_all_read_alike(shop: Shop, admin: str) -> None:
    texts = [
        made(shop, "seller", "five")["key"],
        made(shop, "visitor", "s")["key"],
        made(shop, "supplier", "s")["key"],
        "sk_00000000_x",
    ]
    told = set()
    for text in texts:
        reply = shop.client.post("/sellers/s/session", json={"key": text}, headers=NOBODY)
        assert "set-cookie" not in reply.headers
        told.add((reply.status_code, reply.json()["detail"]))
    assert len(told) == 1
    assert shop.client.post("/sellers/s/session", json={"key": admin}).status_code == 201


def test_a_dashboard_of_nobody_is_not_counted(home: Path, admin: str) -> None:
    with opened(settings_for(home, rate_login="1/minute"), bearer(admin)) as shop:
        for name in ("x" * 200, "a%0Ab") * 2:
            reply = shop.client.post(f"/sellers/{name}/session", json={"key": "x"})
            assert reply.status_code == 422


@pytest.mark.parametrize("cookie", ["x", "W10.x", "é", "a.b.c"])
def test_a_forged_cookie_is_no_sitting(shop: Shop, cookie: str) -> None:
    headers = {**NOBODY, "cookie": f"{COOKIE}={cookie}".encode()}
    reply = shop.client.get("/sellers/s/settings", headers=headers)  # type: ignore[arg-type]
    assert reply.status_code == 401


def test_calls_beyond_the_rate_are_told_when_to_come_back(home: Path, admin: str) -> None:
    rates = {"rate_key": "5/minute", "rate_address": "3/minute", "rate_login": "2/minute"}
    with opened(settings_for(home, **rates)) as shop:
        for known in (200, 200, 200, 200, 200, 429):
            reply = shop.client.get("/keys", headers=bearer(admin))
            assert reply.status_code == known
        assert reply.json()["code"] == "rate_limited"
        assert 1 <= int(reply.headers["retry-after"]) <= 60
        wrong = [status(shop, f"sk_{number:08x}_x", "/keys") for number in range(4)]
        assert wrong == [401, 401, 401, 429], "unknown keys count for their address"
        assert shop.client.get("/health/ready").status_code == 200


def test_one_visitor_and_one_address_at_a_sign_in_have_rates_of_their_own(
    home: Path, admin: str
) -> None:
    page = Keyring(home / "keys.json").create(Scope.VISITOR, "s", MADE)
    settings = settings_for(home, rate_visitor="2/minute", rate_login="2/minute")
    with opened(settings, bearer(admin)) as shop:
        fill(shop)
        for visitor, known in (("a", 200), ("a", 200), ("a", 429), ("b", 200)):
            ask = {"visitor_id": visitor}
            assert (
                shop.client.post("/recommend", json=ask, headers=bearer(page)).status_code == known
            )
        before = len(shop.log())
        events = [shop.event(visitor_id="a")]
        assert shop.client.post("/events", json=events, headers=bearer(page)).status_code == 429
        assert len(shop.log()) == before, "nothing of a refused batch is kept"
        for known in (401, 401, 429):
            reply = shop.client.post("/sellers/s/session", json={"key": "x"}, headers=NOBODY)
            assert reply.status_code == known


def test_a_page_names_no_product_that_nobody_has(home: Path, admin: str) -> None:
    page = Keyring(home / "keys.json").create(Scope.VISITOR, "s", MADE)
    with opened(settings_for(home), bearer(admin)) as shop:
        fill(shop)

        def room() -> tuple[int, ...]:
            state = shop.live.state
            entries = state.catalogue.entries
            return len(entries), len(state.items.rows), len(state.listings.rows), state.seq

        def send(*names: str) -> Any:
            rows = [shop.event("view", name) for name in names]
            sent = rows if len(rows) > 1 else rows[0]
            return shop.client.post("/events", json=sent, headers=bearer(page))

        before = room()
        told = send(*(f"no {number}" for number in range(45))).json()
        assert {(row["code"], row["field"]) for row in told["rejected"]} == {
            ("unknown_item", "item_id")
        }
        assert (told["accepted"], len(told["rejected"])) == (0, 45)
        problem = send("no such")
        assert (problem.status_code, problem.json()["errors"][0]["code"]) == (422, "unknown_item")
        assert room() == before
        assert send("i1").status_code == 202
        assert shop.send(shop.event("view", "to come"))["accepted"] == 1, "an operator's own may"


def test_questions_of_nobody_count_for_their_address(home: Path, admin: str) -> None:
    page = Keyring(home / "keys.json").create(Scope.VISITOR, "s", MADE)
    with opened(settings_for(home, rate_visitor="2/minute", encoders=()), bearer(admin)) as shop:
        fill(shop)

        def asked(**fields: str) -> int:
            body = {"question": "转人工", **fields}
            return shop.client.post("/answer", json=body, headers=bearer(page)).status_code

        assert [asked(personalization="off") for _ in range(3)] == [200, 200, 429]
        assert asked(visitor_id="a") == 200


def test_a_visitor_s_events_are_counted_one_by_one_and_only_hers_wait(
    home: Path, admin: str
) -> None:
    page = Keyring(home / "keys.json").create(Scope.VISITOR, "s", MADE)
    with opened(settings_for(home, rate_visitor="5/minute"), bearer(admin)) as shop:
        fill(shop)

        def send(*visitors: str) -> Any:
            rows = [shop.event(visitor_id=visitor) for visitor in visitors]
            return shop.client.post("/events", json=rows, headers=bearer(page))

        told = send("a", "b", *"aaaaaa", "b").json()
        assert (told["accepted"], [row["index"] for row in told["rejected"]]) == (7, [6, 7])
        assert {(row["code"], row["field"]) for row in told["rejected"]} == {
            ("rate_limited", "visitor_id")
        }
        assert send("a", "b", "b", "b").json()["accepted"] == 3, "b's were not counted for a's"
        before = len(shop.log())
        reply = send("a", "b", "a")
        assert (reply.status_code, reply.json()["code"]) == (429, "rate_limited")
        assert 1 <= int(reply.headers["retry-after"]) <= 60
        assert len(shop.log()) == before
        assert shop.send(*(shop.event(visitor_id="a") for _ in range(9)))["accepted"] == 9, (
            "the operator's own import is not counted by visitor"
        )
        shop.clock.ms += 120_000
        assert send(*"aaaaa").json()["accepted"] == 5


def test_settings_hold_at_once_and_outlive_a_change_of_the_card(shop: Shop) -> None:
    wanted = {"timezone": "America/New_York", "origins": ["https://Shop.example/"], "holdout": 0.1}
    told = shop.client.put("/sellers/s/settings", json=wanted).json()
    assert told["origins"] == ["https://shop.example"]
    assert told["timezone_now"] == "America/New_York"
    shop.client.put("/sellers/s/card", json={"name": "改名"})
    assert shop.client.get("/sellers/s/settings").json() == told
    assert "origins" not in shop.client.get("/sellers/s/card").text
    bad = shop.client.put("/sellers/s/settings", json={"timezone": "Mars/Olympus"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "timezone")
    assert shop.client.put("/sellers/s/settings", json={"holdout": 0.9}).status_code == 422
    assert shop.client.get("/sellers/nobody/settings").status_code == 404


def test_a_seller_s_publishable_key_serves_pages_of_the_origins_she_named(shop: Shop) -> None:
    key = made(shop, "visitor", "s")["key"]

    def ask(origin: str) -> set[int]:
        headers = {**bearer(key), "origin": origin}
        body = {"visitor_id": "v", "question": "多久发货？"}
        calls = [("POST", "/recommend", body), ("POST", "/answer", body)]
        calls += [
            ("GET", f"/answers/{answer}?visitor_id=v", {}),
            ("GET", "/sellers/s/suggestions", {}),
        ]
        return {
            shop.client.request(method, path, json=sent or None, headers=headers).status_code
            for method, path, sent in calls
        }

    body = {"visitor_id": "v", "question": "能开发票吗？"}
    answer = shop.client.post("/answer", json=body, headers=bearer(key)).json()["answer_id"]
    assert ask("https://anywhere.example") == {200}
    shop.client.put("/sellers/s/settings", json={"origins": ["https://shop.example"]})
    assert ask("https://shop.example") == {200}
    assert ask("http://127.0.0.1") == {200}, "our own card page stays open"
    assert ask("https://anywhere.example") == {403}
    assert ask("https://shop.example.evil") == {403}
    assert ask("null") == {403}


def test_every_change_leaves_a_line_that_names_who_and_holds_no_secret(
    shop: Shop, home: Path
) -> None:
    key = made(shop, "seller", "s")
    headers = bearer(key["key"])
    shop.client.put("/sellers/s/shelf", json=[{"item_id": "i1", "pinned": True}], headers=headers)
    shop.client.put("/sellers/five/card", json={"name": "x"}, headers=headers)
    shop.send(shop.event())
    lines = shop.client.get("/audit").json()["lines"]
    assert [(line["action"], line["status"]) for line in lines[:3]] == [
        ("PUT /sellers/{seller_id}/card", 404),
        ("PUT /sellers/{seller_id}/shelf", 200),
        ("POST /keys", 201),
    ]
    assert {line["key_id"] for line in lines[:2]} == {key["key_id"]}
    assert lines[1]["targets"] == {"seller_id": "s"}
    text = (home / "audit.jsonl").read_text()
    assert "/events" not in text
    assert key["key"].split("_", 2)[2] not in text
    assert stat.S_IMODE((home / "audit.jsonl").stat().st_mode) == 0o600
    own = shop.client.get("/sellers/five/audit").json()["lines"]
    assert all("five" in json.dumps(line) for line in own)


def test_calls_without_a_secret_leave_no_line(shop: Shop) -> None:
    page = made(shop, "visitor", "s")["key"]
    before = shop.client.get("/audit").json()
    for headers in (NOBODY, bearer("sk_00000000_x"), bearer(page)):
        assert shop.client.put("/sellers/s/shelf", json=[], headers=headers).is_client_error
        assert shop.client.put("/sellers/s/card", content="x", headers=headers).is_client_error
    body = {"key": "sk_00000000_x"}
    assert shop.client.post("/sellers/s/session", json=body, headers=NOBODY).status_code == 401
    assert shop.client.get("/audit").json() == before


def test_a_change_that_is_made_and_then_fails_leaves_a_line(shop: Shop) -> None:
    append = shop.live.append

    async def failing(events: Sequence[Event]) -> Seqs:
        await append(events)
        raise RuntimeError

    shop.live.append = failing  # type: ignore[method-assign]
    assert shop.client.put("/sellers/s/card", json={"name": "新名"}).status_code == 500
    assert shop.client.get("/sellers/s/card").json()["name"] == "新名"
    line = shop.client.get("/audit").json()["lines"][0]
    assert (line["action"], line["status"]) == ("PUT /sellers/{seller_id}/card", 500)


def test_the_command_line_makes_rotates_lists_and_revokes_keys_and_tells_who_did(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMARTCARD_HOME", str(home))

    def run(*arguments: str) -> str:
        assert main(list(arguments)) == 0
        return capsys.readouterr().out

    key = run("keys", "create", "--scope", "seller", "--seller", "s").strip()
    key_id = key.split("_")[1]
    new = run("keys", "rotate", key_id, "--grace", "60").strip()
    assert new.startswith("sk_")
    listed = run("keys", "list").splitlines()
    assert len(listed) == 2
    assert "until" in listed[0]
    assert run("keys", "revoke", key_id).strip() == f"revoked {key_id}"
    assert run("keys", "rotate", new.split("_")[1], "--grace", "0").startswith("sk_")
    assert main(["keys", "rotate", new.split("_")[1]]) == 2, "it is over"
    assert main(["keys", "revoke", key_id]) == 2
    assert re.findall(r"keys (\w+)", run("audit")) == ["rotate", "revoke", "rotate", "create"]


def test_a_rate_or_a_zone_that_means_nothing_is_refused_at_the_start() -> None:
    for wrong in ({"rate_key": "often"}, {"timezone": "Mars/Olympus"}, {"holdout": 2}):
        with pytest.raises(ValueError, match="validation error"):
            ServiceSettings(**wrong)

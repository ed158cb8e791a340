"""The leak test: every operation of the OpenAPI document, asked with every wrong key.

One tenant's things are all named by a marker; whatever a wrong key brings back, the marker is not
in it, nothing changes, and an absent tenant reads the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.keys import Keyring, Scope
from service.sessions import COOKIE
from tests.api.shop import NOW, Shop, fill, opened, settings_for

MARK = "ZQXJ"
VICTIM, SUPPLIER = "victim", "maker"
MADE = "2026-01-01T00:00:00Z"
PUBLIC = {"/cards/{seller_id}", "/health/live", "/health/ready", "/sellers/{seller_id}/dashboard"}
"""What anyone may ask: whoever has a link sees a card, an empty dashboard, whether all is up."""
WRONG = (
    "nobody",
    "garbage",
    "changed",
    "revoked",
    "ended",
    "other_seller",
    "other_visitor",
    "other_page",
    "other_supplier",
    "other_sitting",
)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, dict[str, Any]]]:
    home = tmp_path_factory.mktemp("sealed")
    keyring = Keyring(home / "keys.json")
    admin = keyring.create(Scope.ADMIN, "", MADE)
    with opened(settings_for(home), {"authorization": f"Bearer {admin}"}) as shop:
        fill(shop)
        wrong = _wrong_keys(shop, home)
        shown = _fill_victim(shop)
        key_id = shop.client.post(f"/sellers/{VICTIM}/keys", json={"scope": "seller"}).json()
        ask = {"seller_id": VICTIM, "visitor_id": MARK, "question": MARK}
        asked = shop.client.post("/answer", json=ask).json()["answer_id"]
        yield (
            shop,
            {"wrong": wrong, "shown": shown, "key_id": key_id["key_id"], "asked": asked},
        )


def _wrong_keys(shop: Shop, home: Path) -> dict[str, dict[str, str]]:
    keyring = Keyring(home / "keys.json")
    own = keyring.create(Scope.SELLER, VICTIM, MADE)
    revoked = keyring.create(Scope.SELLER, VICTIM, MADE)
    keyring.revoke(revoked.split("_")[1])
    ended = keyring.create(Scope.SELLER, VICTIM, MADE)
    keyring.rotate(ended.split("_")[1], MADE, NOW - 1, NOW - 1)
    other = keyring.create(Scope.SELLER, "five", MADE)
    texts = {
        "nobody": "",
        "garbage": "sk_00000000_" + "x" * 43,
        "changed": own[:-1] + ("a" if own[-1] != "a" else "b"),
        "revoked": revoked,
        "ended": ended,
        "other_seller": other,
        "other_visitor": keyring.create(Scope.VISITOR, "five", MADE),
        "other_supplier": keyring.create(Scope.SUPPLIER, "rival", MADE),
    }
    shop.tick()
    guard = shop.client.app.state.guard  # type: ignore[attr-defined]
    texts["other_page"] = guard.page_key("five")
    wrong = {
        name: {"authorization": f"Bearer {text}" if text else ""} for name, text in texts.items()
    }
    cookie, sitting = guard.sessions.begin("five", other.split("_")[1])
    wrong["other_sitting"] = {
        "authorization": "",
        "cookie": f"{COOKIE}={cookie}",
        "x-csrf-token": guard.sessions.csrf(sitting),
    }
    return wrong


def _fill_victim(shop: Shop) -> str:
    put = shop.client.put
    item = {"item_id": MARK, "title": MARK, "category": MARK, "brand": MARK, "price": 9.0}
    assert put(f"/suppliers/{SUPPLIER}/items", json=[item]).status_code == 200
    assert put(f"/sellers/{VICTIM}/card", json={"name": MARK, "story": MARK}).status_code == 200
    assert (
        put(f"/sellers/{VICTIM}/shelf", json=[{"item_id": MARK, "price": 8.0}]).status_code == 200
    )
    shop.send(shop.event("view", MARK, seller_id=VICTIM, visitor_id=MARK))
    return str(shop.recommend(seller_id=VICTIM, visitor_id=MARK)["recommendation_id"])


def _operations(shop: Shop) -> list[tuple[str, str]]:
    paths = shop.client.get("/openapi.json").json()["paths"]
    return [
        (method, path)
        for path, methods in paths.items()
        for method in methods
        if path not in PUBLIC
    ]


def _body(path: str) -> Any:
    """Write a body that would be taken with the right key, about the victim where it says whom."""
    event = {"event_id": "x", "kind": "open", "visitor_id": "v", "at": NOW, "seller_id": VICTIM}
    return {
        "/events": [event],
        "/recommend": {"seller_id": VICTIM, "visitor_id": MARK},
        "/answer": {"seller_id": VICTIM, "visitor_id": MARK, "question": MARK},
        "/visitors/{visitor_id}/consent": {"seller_id": VICTIM, "personalization": "off"},
        "/suppliers/{supplier_id}/items": [{"item_id": "new", "title": "taken over"}],
        "/sellers/{seller_id}/shelf": [{"item_id": MARK, "price": 1.0}],
        "/sellers/{seller_id}/card": {"name": "taken over"},
        "/sellers/{seller_id}/session": {"key": "sk_00000000_x"},
        "/sellers/{seller_id}/keys": {"scope": "seller"},
        "/keys": {"scope": "seller", "owner": VICTIM},
        "/sellers/{seller_id}/faqs": [{"faq_id": "f", "question": MARK, "answer": "taken over"}],
        "/sellers/{seller_id}/questions/{question_id}/reply": {"text": "taken over"},
    }.get(path, {})


def _asked(shop: Shop, operation: tuple[str, str], names: dict[str, str], headers: Any) -> Any:
    method, path = operation
    body = _body(path) if method in {"post", "put", "patch"} else None
    whose = {"seller_id": names["seller_id"]} if path == "/transparency" else None
    path = path.format(**names)
    return shop.client.request(method, path, params=whose, json=body, headers=headers)


def _names(found: dict[str, Any], seller: str, supplier: str) -> dict[str, str]:
    known = {
        "seller_id": seller,
        "supplier_id": supplier,
        "recommendation_id": found["shown"] if seller == VICTIM else "rec_0",
        "version": "v",
        "key_id": found["key_id"] if seller == VICTIM else "00000000",
        "item_id": MARK if seller == VICTIM else "none",
        "slug": "opens",
        "answer_id": found["asked"] if seller == VICTIM else "ans_0",
        "question_id": found["asked"] if seller == VICTIM else "ans_0",
        "visitor_id": MARK,
    }
    return known | {"id": seller, "faq_id": "f1", "consultation_id": "c1", "tag": "t"}


@pytest.mark.parametrize("wrong", WRONG)
def test_no_wrong_key_reads_or_changes_anything_of_another_tenant(
    sealed: tuple[Shop, dict[str, Any]], wrong: str
) -> None:
    shop, found = sealed
    headers = found["wrong"][wrong]
    before = _everything(shop)
    for operation in _operations(shop):
        told = _asked(shop, operation, _names(found, VICTIM, SUPPLIER), headers)
        assert told.status_code in {401, 403, 404}, (operation, told.status_code, told.text)
        assert MARK not in told.text.replace(f"/{MARK}", ""), operation
        absent = _asked(shop, operation, _names(found, "absent", "absent"), headers)
        assert absent.status_code == told.status_code, (operation, "tells who exists")
    assert _everything(shop) == before


def test_the_dashboard_s_shell_is_the_same_for_every_seller_and_for_none(
    sealed: tuple[Shop, dict[str, Any]],
) -> None:
    shop, _ = sealed
    shells = [
        shop.client.get(f"/sellers/{name}/dashboard").text.replace(name, "X")
        for name in (VICTIM, "absent")
    ]
    assert shells[0] == shells[1]
    assert MARK not in shells[0]


def test_the_right_keys_do_reach_what_the_wrong_ones_did_not(
    sealed: tuple[Shop, dict[str, Any]],
) -> None:
    """The walk above would pass on a service that refuses everybody: this one does not."""
    shop, found = sealed
    names = _names(found, VICTIM, SUPPLIER)
    reached = [
        _asked(shop, operation, names, {}).status_code
        for operation in _operations(shop)
        if operation[0] == "get"
    ]
    assert reached.count(200) >= len(reached) - 1  # /metrics and all of the victim's own


def _everything(shop: Shop) -> tuple[Any, ...]:
    """Return the log's length and the keys: what a change of any kind would move."""
    guard = shop.client.app.state.guard  # type: ignore[attr-defined]
    keys = tuple((key.key_id, key.ends_at) for key in guard.keyring)
    return len(shop.log()), keys, shop.client.get(f"/sellers/{VICTIM}/card").text


def test_every_pair_of_scope_and_route_is_walked(sealed: tuple[Shop, dict[str, Any]]) -> None:
    shop, found = sealed
    assert set(found["wrong"]) == set(WRONG)
    assert len(list(itertools.product(_operations(shop), WRONG))) >= 250

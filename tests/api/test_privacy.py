"""What is held of a visitor: a copy for her, nothing of anybody else, and her tastes by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from data.features import FEATURES
from data.schemas import Kind
from models.explain import groups
from models.registry import Registry
from service.audit import Audit
from service.keys import Keyring, Scope
from service.moments import rfc3339
from service.transparency import OTHER, SIGNALS, told_of
from tests.api.shop import NOW, Shop, fill, opened, settings_for
from tests.api.trained import registered

HER, FRIEND, LED = "openid-of-hers", "openid-of-a-friend", "openid-of-one-she-led"
WORDS = "孕妇可以用这个吗"
ON_DISK: dict[str, Any] = {"encoders": ()}
MADE = "2026-01-01T00:00:00Z"


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, dict[str, str]]:
    keyring = Keyring(tmp_path / "keys.json")
    owners = {
        "admin": (Scope.ADMIN, ""),
        "s": (Scope.SELLER, "s"),
        "five": (Scope.SELLER, "five"),
        "page": (Scope.VISITOR, "s"),
        "supplier": (Scope.SUPPLIER, "sup"),
    }
    return {
        name: {"authorization": f"Bearer {keyring.create(scope, owner, MADE)}"}
        for name, (scope, owner) in owners.items()
    }


@pytest.fixture
def kept(tmp_path: Path, keys: dict[str, dict[str, str]]) -> Iterator[Shop]:
    """Run a shop where keys are needed and one visitor left something at each of two sellers."""
    with opened(settings_for(tmp_path, **ON_DISK), keys["admin"]) as shop:
        fill(shop)
        for seller in ("s", "five"):
            share = {"share_id": "x", "from_visitor_id": FRIEND, "channel": "link"}
            shop.send(shop.event("open", None, seller_id=seller, visitor_id=HER, share=share))
        shop.send(
            shop.event("view", "i2", visitor_id=HER),
            shop.event("purchase", "i2", visitor_id=HER, price=60.0),
            shop.event("view", "i4", seller_id="five", visitor_id=HER),
            shop.event("not_interested", "i5", seller_id="five", visitor_id=HER),
            shop.event("view", "i7", visitor_id=FRIEND),
        )
        back = {"share_id": "y", "from_visitor_id": HER, "channel": "link"}
        shop.send(shop.event("open", None, visitor_id=LED, share=back))
        yield shop


def copy(shop: Shop, key: dict[str, str], visitor: str = HER, **query: str) -> Any:
    reply = shop.client.get(f"/visitors/{visitor}/export", params=query, headers=key)
    return reply.json() if reply.status_code == 200 else reply.status_code


def test_a_copy_has_all_she_left_and_of_others_no_name(
    kept: Shop, keys: dict[str, dict[str, str]]
) -> None:
    shown = kept.recommend(visitor_id=HER, explain=True)
    ask = {"seller_id": "s", "visitor_id": HER, "question": WORDS, "item_id": "i2"}
    asked = kept.client.post("/answer", json=ask).json()["answer_id"]
    reply = {"text": "亲，孕期请先问医生"}
    kept.client.post(f"/sellers/s/questions/{asked}/reply", json=reply).raise_for_status()
    turns = [{"role": "visitor", "text": "我对酒精过敏"}, {"role": "agent", "text": "这款不含"}]
    talk = {"consultation_id": "c", "visitor_id": HER, "turns": turns}
    kept.client.put("/sellers/s/consultations", json=[talk]).raise_for_status()
    refusal = kept.event("consent", None, visitor_id=HER, personalization="off")
    kept.send(refusal)

    reply_ = kept.client.get(f"/visitors/{HER}/export", headers=keys["admin"])
    assert reply_.headers["cache-control"] == "private, no-store"
    told = reply_.json()
    assert (told["seller_id"], told["personalization"], told["led"]) == ("", "off", 1)
    acts = [(act["seller_id"], act["kind"], act.get("item_id")) for act in told["acts"]]
    assert acts == [
        ("s", "open", None),
        ("five", "open", None),
        ("s", "view", "i2"),
        ("s", "purchase", "i2"),
        ("five", "view", "i4"),
        ("five", "not_interested", "i5"),
        ("s", "consult", "i2"),
    ]
    assert told["acts"][3]["price"] == 60.0
    (listed,) = [one for one in told["lists"] if one["placement"] != "chat"]
    assert listed["items"] == shown["items"]
    (question,) = told["questions"]
    assert (question["text"], question["reply"]) == (WORDS, reply["text"])
    (consultation,) = told["consultations"]
    assert consultation["turns"] == turns
    assert [one["personalization"] for one in told["consents"]] == ["off"]
    assert told["erasures"] == []
    for name in (HER, FRIEND, LED):
        assert name not in reply_.text
        assert kept.live.pseudonym(name) not in reply_.text


def test_a_seller_has_a_copy_of_what_was_left_at_her_shop_alone(
    kept: Shop, keys: dict[str, dict[str, str]]
) -> None:
    hers, theirs = copy(kept, keys["s"]), copy(kept, keys["five"])
    assert (hers["seller_id"], theirs["seller_id"]) == ("s", "five")
    assert {act["seller_id"] for act in hers["acts"]} == {"s"}
    assert {act["seller_id"] for act in theirs["acts"]} == {"five"}
    assert [act.get("item_id") for act in theirs["acts"]] == [None, "i4", "i5"]
    assert (hers["led"], theirs["led"]) == (1, 0)
    assert copy(kept, keys["admin"], seller_id="five")["acts"] == theirs["acts"]
    assert copy(kept, keys["s"], visitor="never-here") == 404
    assert copy(kept, keys["five"], visitor=LED) == 404, "she was at another seller's alone"
    for key, status in (("page", 403), ("supplier", 403)):
        assert copy(kept, keys[key]) == status
    assert copy(kept, keys["s"], seller_id="five") == 403
    assert copy(kept, {"authorization": ""}) == 401
    for query in ({"seler_id": "s"}, {"seller_id": ""}):
        assert copy(kept, keys["admin"], **query) == 422


def test_tastes_are_told_by_name_and_to_a_seller_those_of_her_own_card(
    kept: Shop, keys: dict[str, dict[str, str]]
) -> None:
    """i2 is a cream of Lumi's that she bought at one; i4, of both as well, she saw at another."""
    kept.send(kept.event("view", "i7", seller_id="s", visitor_id=HER))
    everywhere = {one["tag"]: one for one in copy(kept, keys["admin"])["tags"]}
    here = {one["tag"]: one for one in copy(kept, keys["s"])["tags"]}
    there = {one["tag"]: one for one in copy(kept, keys["five"])["tags"]}
    assert set(everywhere) == {"category:cream", "category:serum", "brand:Lumi", "brand:Ora"}
    assert everywhere["category:cream"]["weight"] == pytest.approx(3)
    assert everywhere["category:serum"] == {"tag": "category:serum", "weight": 1, "disliked": 1}
    assert here["category:cream"]["weight"] == pytest.approx(2)
    assert set(there) == {"category:cream", "brand:Lumi"}
    assert there["category:cream"]["weight"] == pytest.approx(1)


def tags(shop: Shop, key: dict[str, str], visitor: str = HER, **query: str) -> Any:
    reply = shop.client.get(f"/visitors/{visitor}/tags", params=query, headers=key)
    return {one["tag"] for one in reply.json()["tags"]} if reply.is_success else reply.status_code


def remove(shop: Shop, key: dict[str, str], tag: str, visitor: str = HER) -> int:
    path = f"/visitors/{visitor}/tags/{quote(tag, safe='')}"
    return int(shop.client.delete(path, headers=key).status_code)


def test_a_tag_is_taken_away_until_she_acts_anew_and_a_restart_keeps_it_so(
    tmp_path: Path, keys: dict[str, dict[str, str]]
) -> None:
    slashed = "category:绿茶 / Green tea"
    settings = settings_for(tmp_path, **ON_DISK)
    with opened(settings, keys["admin"]) as shop:
        fill(shop)
        tea = {"item_id": "tea", "title": "茶", "category": "绿茶 / Green tea", "brand": "Lumi"}
        shop.client.put("/suppliers/sup/items", json=[tea]).raise_for_status()
        shop.client.put("/sellers/s/shelf", json=[{"item_id": "tea"}]).raise_for_status()
        shop.send(shop.event("view", "tea", visitor_id=HER))
        shop.send(shop.event("view", "i2", visitor_id=HER))
        assert tags(shop, keys["s"]) == {slashed, "category:cream", "brand:Lumi"}
        assert remove(shop, keys["s"], slashed) == 200
        assert remove(shop, keys["s"], slashed) == 404, "it is not known of her any more"
        left = {"category:cream", "brand:Lumi"}
        assert tags(shop, keys["s"]) == tags(shop, keys["admin"]) == left
    for name in (*tmp_path.glob("*figures*"),):
        name.unlink()
    with opened(settings, keys["admin"]) as shop:
        assert tags(shop, keys["admin"]) == left
        told = copy(shop, keys["admin"])
        assert [act.get("tag") for act in told["acts"]] == [None, None, slashed]
        trail = Audit(tmp_path / "audit.jsonl").read(50)
        (line, *_) = [one for one in trail if one.action.startswith("DELETE") and one.status == 200]
        assert line.targets == {"seller_id": "s"}
        shop.send(shop.event("view", "tea", visitor_id=HER, event_id="anew"))
        assert tags(shop, keys["s"]) == left | {slashed}
        assert shop.client.delete(f"/visitors/{HER}", headers=keys["admin"]).status_code == 202
        assert tags(shop, keys["admin"]) == 404
        kept = [one.event.payload for one in shop.log() if one.event.kind is Kind.TAG_REMOVED]
        assert kept == [None], "what she had taken away is erased with her"


def test_tags_are_for_who_may_know_them(kept: Shop, keys: dict[str, dict[str, str]]) -> None:
    assert tags(kept, keys["five"]) == {"category:cream", "brand:Lumi"}
    assert tags(kept, keys["five"], visitor=FRIEND) == 404, "she was at another seller's alone"
    assert remove(kept, keys["five"], "brand:Ora", FRIEND) == 404
    assert tags(kept, keys["s"], visitor=FRIEND) == {"category:serum", "brand:Ora"}
    assert remove(kept, keys["s"], "no-such-tag") == 404
    assert tags(kept, keys["s"], seller_id="five") == 403
    assert tags(kept, keys["s"], seler_id="s") == 422
    for key, status in (("page", 403), ("supplier", 403)):
        assert tags(kept, keys[key]) == remove(kept, keys[key], "brand:Lumi") == status
    everything = {"category:cream", "category:serum", "brand:Lumi", "brand:Ora"}
    assert tags(kept, keys["admin"]) == everything


def test_a_page_says_no_tag_is_taken_away(kept: Shop, keys: dict[str, dict[str, str]]) -> None:
    event = kept.event("tag_removed", None, visitor_id=HER)
    kept.client.post("/events", json=event, headers=keys["page"])
    assert "brand:Lumi" in tags(kept, keys["admin"])
    assert Kind.TAG_REMOVED not in {one.event.kind for one in kept.log()}


def test_the_trail_tells_who_made_a_copy_and_not_of_whom(
    kept: Shop, keys: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    copy(kept, keys["s"])
    copy(kept, keys["admin"], visitor="never-here")
    copy(kept, keys["page"])
    action = "GET /visitors/{visitor_id}/export"
    lines = [one for one in Audit(tmp_path / "audit.jsonl").read(50) if one.action == action]
    told = [(one.scope, one.owner, one.targets, one.status) for one in lines]
    assert told == [("admin", "", {}, 404), ("seller", "s", {"seller_id": "s"}, 200)]
    assert HER not in (tmp_path / "audit.jsonl").read_text("utf-8")


def test_of_one_who_was_erased_there_is_that_and_her_consent(
    kept: Shop, keys: dict[str, dict[str, str]]
) -> None:
    kept.send(kept.event("consent", None, visitor_id=HER, personalization="off"))
    receipt = kept.client.delete(f"/visitors/{HER}").json()["receipt_id"]
    told = copy(kept, keys["admin"])
    assert [one["receipt_id"] for one in told["erasures"]] == [receipt]
    assert [one["personalization"] for one in told["consents"]] == ["off"]
    left = ("acts", "lists", "questions", "consultations", "tags", "led")
    assert not any(told[name] for name in left)


def test_copies_are_counted_for_the_key_that_asks(tmp_path: Path) -> None:
    key = Keyring(tmp_path / "keys.json").create(Scope.ADMIN, "", MADE)
    headers = {"authorization": f"Bearer {key}"}
    settings = settings_for(tmp_path, rate_erasure="2/minute", **ON_DISK)
    with opened(settings, headers) as shop:
        assert [copy(shop, headers) for _ in range(3)] == [404, 404, 429]
        assert shop.clock.ms == NOW


def test_how_picks_come_about_is_told_before_anything_was_learned(
    kept: Shop, keys: dict[str, dict[str, str]]
) -> None:
    pin = [{"item_id": "i1", "pinned": True}, {"item_id": "i2", "pinned": True, "stock": 0}]
    kept.client.put("/sellers/s/shelf", json=pin).raise_for_status()
    for key in ("page", "s"):
        told = kept.client.get("/transparency", headers=keys[key]).json()
        assert told["model"]["version"] == "untrained"
        assert told["model"]["trained_at"] == ""
        assert [(one["code"], one["weight"]) for one in told["signals"]] == [
            ("popular_here", None),
            ("sellers_choice", None),
        ]
        assert told["shop"] == {"seller_id": "s", "pinned": 1, "most_pinned": 2, "not_personal": 0}
        assert all(one["text"] and one["text_en"] for one in [*told["held"], *told["rights"]])
    assert kept.client.get("/transparency", headers=keys["admin"]).json()["shop"] is None
    for key, seller, status in (
        ("s", "five", 403),
        ("page", "five", 403),
        ("admin", "nobody", 404),
        ("admin", "", 422),
        ("supplier", "s", 403),
    ):
        query = {"seller_id": seller}
        reply = kept.client.get("/transparency", params=query, headers=keys[key])
        assert reply.status_code == status, (key, seller)


def test_what_a_learned_order_rests_on_is_told_by_share(tmp_path: Path) -> None:
    """Every column counts for one thing; what rests on the visitor's own acts is marked."""
    version = registered(tmp_path, 1)
    registry = Registry(tmp_path / "artifacts")
    registry.promote(version)
    recommender = registry.load(version)
    gains = {"category_browse": 0.5, "brand_intent": 0.1, "item_acts_7d": 0.15, "price": 0.25}
    card = msgspec.structs.replace(registry.card(version), importances=gains)
    told = told_of(recommender, card, None, 0.0)
    shares = {one.code: one.weight for one in told.signals if one.weight}
    assert shares == {
        "category_affinity": 0.5,
        OTHER: 0.25,
        "trending": 0.15,
        "brand_affinity": 0.1,
    }
    assert told.signals[0].personal
    assert {one.code for one in told.signals} == {*recommender.groups, OTHER} <= set(SIGNALS)
    older = msgspec.structs.replace(card, version="another")
    assert told_of(recommender, older, None, 0.0).model.trained_at == ""
    with opened(settings_for(tmp_path, **ON_DISK)) as shop:
        fill(shop)
        model = shop.client.get("/transparency", params={"seller_id": "s"}).json()["model"]
    assert (model["version"], model["trained_at"]) == (version, rfc3339(NOW))


def test_every_reason_s_code_has_words_for_what_it_counts() -> None:
    names = (*FEATURES, "item_knn_sum", "slr_sum", "category_steps_sum", "popularity_30d")
    assert groups(names).keys() <= SIGNALS.keys()


def test_words_of_a_consultation_that_was_taken_out_are_held_and_told(
    kept: Shop, keys: dict[str, dict[str, str]]
) -> None:
    talk = {"consultation_id": "c", "visitor_id": HER, "turns": [{"role": "visitor", "text": "hi"}]}
    for one in (talk, {**talk, "removed": True}):
        kept.client.put("/sellers/s/consultations", json=[one]).raise_for_status()
    (told,) = copy(kept, keys["s"])["consultations"]
    assert told["turns"] == talk["turns"]


def test_one_who_left_nothing_but_led_others_has_a_copy(
    kept: Shop, keys: dict[str, dict[str, str]]
) -> None:
    back = {"share_id": "z", "from_visitor_id": "only-led", "channel": "link"}
    kept.send(kept.event("open", None, visitor_id=LED, share=back))
    told = copy(kept, keys["s"], "only-led")
    assert (told["led"], told["acts"]) == (1, [])
    assert copy(kept, keys["s"], "nobody") == 404


def consent(shop: Shop, key: dict[str, str], body: object, visitor: str = HER) -> Any:
    return shop.client.put(f"/visitors/{visitor}/consent", json=body, headers=key)


@pytest.mark.parametrize("who", ["page", "s"])
def test_who_forbids_personal_picks_is_followed_no_more_until_she_allows_them(
    kept: Shop, keys: dict[str, dict[str, str]], who: str
) -> None:
    told = consent(kept, keys[who], {"personalization": "off"})
    assert (told.status_code, told.headers["cache-control"]) == (200, "private, no-store")
    assert told.json() == {"at": rfc3339(NOW), "seller_id": "s", "personalization": "off"}
    kept.send(kept.event("view", "i3", visitor_id=HER))
    assert (kept.log()[-1].event.item_id, kept.log()[-1].event.visitor) == ("i3", "")
    assert kept.recommend(visitor_id=HER)["referral_code"] == ""
    assert copy(kept, keys["s"])["personalization"] == "off"
    five = {**keys["five"], "accept": "application/json"}
    assert copy(kept, five)["personalization"] == "off", "it holds on all cards"
    consent(kept, keys[who], {"personalization": "on"})
    kept.send(kept.event("view", "i3", visitor_id=HER))
    assert kept.log()[-1].event.visitor
    consents = copy(kept, keys["s"])["consents"]
    assert [one["personalization"] for one in consents] == ["off", "on"]


def test_a_visitor_who_never_came_may_forbid_it_first(
    kept: Shop, keys: dict[str, dict[str, str]]
) -> None:
    assert consent(kept, keys["page"], {"personalization": "off"}, "new").status_code == 200
    kept.send(kept.event("view", "i3", visitor_id="new"))
    assert kept.log()[-1].event.visitor == ""


@pytest.mark.parametrize(
    ("who", "body", "status", "field"),
    [
        ("page", {}, 422, "personalization"),
        ("page", {"personalization": "maybe"}, 422, "personalization"),
        ("page", {"personalization": False}, 422, "personalization"),
        ("page", {"personalization": "off", "seller_id": "five"}, 403, ""),
        ("supplier", {"personalization": "off", "seller_id": "s"}, 403, ""),
        ("admin", {"personalization": "off"}, 422, "seller_id"),
        ("admin", {"personalization": "off", "seller_id": "nobody"}, 404, ""),
    ],
)
def test_a_consent_that_cannot_be_taken_changes_nothing(
    kept: Shop,
    keys: dict[str, dict[str, str]],
    who: str,
    body: dict[str, object],
    status: int,
    field: str,
) -> None:
    before = len(kept.log())
    reply = consent(kept, keys[who], body)
    assert reply.status_code == status
    assert [bad["field"] for bad in reply.json().get("errors", [])] == ([field] if field else [])
    assert len(kept.log()) == before


def test_consents_of_a_seller_s_key_stand_in_the_trail_without_a_name(
    kept: Shop, keys: dict[str, dict[str, str]]
) -> None:
    before = len(kept.client.get("/audit").json()["lines"])
    consent(kept, keys["page"], {"personalization": "off"})
    assert len(kept.client.get("/audit").json()["lines"]) == before
    consent(kept, keys["s"], {"personalization": "off"})
    (line,) = kept.client.get("/audit").json()["lines"][: -before or None]
    assert line["action"] == "PUT /visitors/{visitor_id}/consent"
    assert line["targets"] == {"seller_id": "s"}


def test_without_keys_a_consent_leaves_no_line_as_anyone_could_fill_the_trail(shop: Shop) -> None:
    fill(shop)
    before = len(shop.client.get("/audit").json()["lines"])
    body = {"personalization": "off", "seller_id": "s"}
    assert consent(shop, {}, body).status_code == 200
    assert len(shop.client.get("/audit").json()["lines"]) == before

"""A visitor erased through the API: log, profile, questions and figures forget her, and stay so."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from data.schemas import Event, Kind
from service.audit import Audit
from service.erasing import Receipt, erase
from service.keys import Keyring, Scope
from service.knowing import KnowledgeEdits
from tests.api.shop import NOW, Shop, fill, opened, settings_for

HER, WORDS = "openid-of-hers", "孕妇可以用这个吗"
ON_DISK: dict[str, Any] = {"encoders": ()}


def visit(shop: Shop, seller: str, visitor: str = HER) -> str:
    """Let a visitor look, ask and buy at a seller's; return the id of her question."""
    shop.send(
        shop.event("open", None, seller_id=seller, visitor_id=visitor),
        shop.event("view", "i2", seller_id=seller, visitor_id=visitor),
        shop.event("purchase", "i2", seller_id=seller, visitor_id=visitor, price=60.0),
    )
    told = shop.recommend(seller_id=seller, visitor_id=visitor, explain=True)
    assert told["items"]
    body = {"seller_id": seller, "visitor_id": visitor, "question": WORDS}
    return str(shop.client.post("/answer", json=body).json()["answer_id"])


def figures(shop: Shop, seller: str) -> dict[str, float | None]:
    for _ in range(50):  # a call waits for the roll-up, but not for ever
        told = shop.client.get(f"/sellers/{seller}/metrics").json()
        if told["pending"] == 0:
            break
    assert told["pending"] == 0
    return {one["slug"]: one["value"] for one in told["metrics"]}


def said(shop: Shop, seller: str) -> list[str]:
    found = shop.client.get(f"/sellers/{seller}/questions").json()["items"]
    return [one["text"] for one in found]


def files(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_all_stores_forget_her_and_a_restart_keeps_it_so(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, **ON_DISK)
    with opened(settings) as shop:
        fill(shop)
        hers, _ = visit(shop, "s"), visit(shop, "five", "somebody")
        shop.send(
            shop.event(
                "open",
                None,
                visitor_id="friend",
                share={"share_id": "x", "from_visitor_id": HER, "channel": "link"},
            )
        )
        reply = {"text": "亲，孕期请先问医生"}
        shop.client.post(f"/sellers/s/questions/{hers}/reply", json=reply).raise_for_status()
        talk = {
            "consultation_id": "c",
            "visitor_id": HER,
            "turns": [{"role": "visitor", "text": "我对酒精过敏"}],
        }
        shop.client.put("/sellers/s/consultations", json=[talk]).raise_for_status()
        before, elsewhere = figures(shop, "s"), figures(shop, "five")
        hash_of_hers = shop.live.pseudonym(HER)

        told = shop.client.delete(f"/visitors/{HER}")
        assert told.status_code == 202, told.text
        receipt = told.json()
        assert (receipt["questions"], receipt["consultations"]) == (1, 1)
        assert receipt["entries"] >= 8
        assert HER not in told.text
        kept = files(tmp_path)
        for gone in ("我对酒精过敏", "亲，孕期请先问医生", HER):
            assert gone.encode() not in kept, f"{gone} is on disk after the receipt"

        again = shop.client.delete(f"/visitors/{HER}").json()
        assert again["receipt_id"] == receipt["receipt_id"]
        assert shop.client.delete("/visitors/never-here").status_code == 404

    for _ in range(2):
        with opened(settings) as shop:
            after = figures(shop, "s")
            assert (after["opens"], after["revenue"]) == (before["opens"], before["revenue"])
            assert after["visitors"] == (before["visitors"] or 0) - 1
            assert figures(shop, "five") == elsewhere
            people = shop.client.get("/sellers/s/visitors").json()["visitors"]
            assert [one["from_visitor"] for one in people] == [""]
            assert (said(shop, "s"), said(shop, "five")) == ([], [WORDS])
            assert shop.client.get("/sellers/s/faqs").json()["items"] == []
            assert shop.client.get("/sellers/s/consultations").json()["items"] == []
            assert shop.live.state.profile(hash_of_hers).blank
            assert not shop.recommend(visitor_id=HER, dry_run=True)["personalized"]
        for name in (*tmp_path.glob("*figures*"), tmp_path / "keys.json"):
            name.unlink(missing_ok=True)  # what is derived is made anew from the log
    kept = files(tmp_path)
    for gone in ("我对酒精过敏", "亲，孕期请先问医生", HER):
        assert gone.encode() not in kept, gone
    assert kept.count(WORDS.encode()) > 0, "somebody asked the same of another seller"
    lines = Audit(tmp_path / "audit.jsonl").read(50)
    (line, *_) = [
        one for one in lines if one.action == "DELETE /visitors/{visitor_id}" and one.status == 202
    ][-1:]
    assert line.targets == {"receipt_id": receipt["receipt_id"]}


def test_a_reply_while_she_is_being_erased_goes_and_two_go_at_once(tmp_path: Path) -> None:
    with opened(settings_for(tmp_path, **ON_DISK)) as shop:
        fill(shop)
        hers = visit(shop, "s")
        share = {"share_id": "x", "from_visitor_id": HER, "channel": "link"}
        shop.send(shop.event("open", None, visitor_id="friend", share=share))
        names = [shop.live.pseudonym(name) for name in (HER, "friend")]
        append, late = shop.live.append, "不含酒精"

        async def slowly(events: Sequence[Event]) -> list[int | None]:
            """Let the seller answer between the first look and the entry that tells of it."""
            shop.live.append = append  # type: ignore[method-assign]
            edits = KnowledgeEdits(shop.live.state, "s", NOW)
            edits.reply(hers, late)
            await append(edits.events)
            return await append(events)

        async def both() -> list[Receipt | None]:
            return await asyncio.gather(*(erase(shop.live, name, "") for name in names))

        shop.live.append = slowly  # type: ignore[method-assign]
        assert None not in shop.call(both)
        kept = [one.event for one in shop.log() if one.event.kind is not Kind.ERASURE]
        text = msgspec.json.encode(kept).decode()
        for gone in (*names, WORDS, late):
            assert gone not in text, gone


def test_a_seller_s_key_erases_at_her_shop_alone(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "keys.json")
    keys = {
        name: {"authorization": f"Bearer {keyring.create(scope, owner, '2026-01-01T00:00:00Z')}"}
        for name, scope, owner in (
            ("admin", Scope.ADMIN, ""),
            ("seller", Scope.SELLER, "s"),
            ("page", Scope.VISITOR, "five"),
            ("supplier", Scope.SUPPLIER, "sup"),
        )
    }
    with opened(settings_for(tmp_path, **ON_DISK), keys["admin"]) as shop:
        fill(shop)
        visit(shop, "s")
        visit(shop, "five")
        five = figures(shop, "five")

        def erase(key: str, **query: str) -> Any:
            return shop.client.delete(f"/visitors/{HER}", params=query, headers=keys[key])

        assert erase("supplier").status_code == 403
        assert erase("seller", seller_id="five").status_code == 403
        assert erase("seller").json()["seller_id"] == "s"
        assert (said(shop, "s"), said(shop, "five")) == ([], [WORDS])
        assert (figures(shop, "s")["visitors"], figures(shop, "five")) == (0, five)

        assert erase("page").status_code == 403, "it stands in every card: it proves nothing"
        assert figures(shop, "five") == five
        assert erase("admin", seller_id="five").json()["seller_id"] == "five"
        assert figures(shop, "five")["visitors"] == 0
        assert erase("admin").status_code == 404, "nothing is left, and she was never erased at all"

        shop.clock.ms = NOW + 1_000
        visit(shop, "s")
        assert figures(shop, "s")["visitors_new"] == 1, "who comes back is a new visitor"


def test_a_mistyped_seller_erases_nowhere(tmp_path: Path) -> None:
    with opened(settings_for(tmp_path, **ON_DISK)) as shop:
        fill(shop)
        visit(shop, "s")
        for query, fields in (
            ({"seler_id": "s"}, ["seler_id"]),
            ({"seller_id": "s", "a": "1", "b": "2"}, ["a", "b"]),
            ({"seller_id": ""}, ["seller_id"]),
            ({"seller_id": "x" * 129}, ["seller_id"]),
        ):
            reply = shop.client.delete(f"/visitors/{HER}", params=query)
            assert reply.status_code == 422
            assert [bad["field"] for bad in reply.json()["errors"]] == fields
        assert said(shop, "s") == [WORDS]


def test_nothing_of_hers_is_on_disk_when_the_receipt_is_given(tmp_path: Path) -> None:
    """Also what an earlier checkpoint held of her on pages of its own, and the figures' file."""
    long = "".join(f"我婆婆对第{n}种酒精过敏。" for n in range(250))
    share = {"share_id": "x", "from_visitor_id": HER, "channel": "link"}
    with opened(settings_for(tmp_path, **ON_DISK)) as shop:
        fill(shop)
        visit(shop, "s")
        turns = [{"role": "visitor", "text": long}]
        talk = {"consultation_id": "c", "visitor_id": HER, "turns": turns}
        shop.client.put("/sellers/s/consultations", json=[talk]).raise_for_status()
        shop.send(shop.event("open", None, visitor_id="friend", share=share))
        figures(shop, "s")
        shop.call(shop.live.save)
        assert "种酒精".encode() in files(tmp_path)
        name = shop.live.pseudonym(HER)
        assert shop.client.delete(f"/visitors/{HER}").status_code == 202
        kept = files(tmp_path)
        for gone in ("种酒精", WORDS, HER):
            assert gone.encode() not in kept, gone
        assert kept.count(name.encode()) == 1, "that she was erased, alone"


def test_a_receipt_waits_for_who_reads_the_old_pages(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, store=f"sqlite:///{tmp_path}/log.db?busy_ms=50", **ON_DISK)
    with opened(settings) as shop:
        fill(shop)
        visit(shop, "s")
        with closing(sqlite3.connect(tmp_path / "log.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM log").fetchone()
            assert shop.client.delete(f"/visitors/{HER}").status_code == 503
        assert shop.client.delete(f"/visitors/{HER}").status_code == 202
        assert WORDS.encode() not in files(tmp_path)


def test_erasures_are_counted_for_the_key_that_asks(tmp_path: Path) -> None:
    key = Keyring(tmp_path / "keys.json").create(Scope.ADMIN, "", "2026-01-01T00:00:00Z")
    settings = settings_for(tmp_path, rate_erasure="2/minute", **ON_DISK)
    with opened(settings, {"authorization": f"Bearer {key}"}) as shop:
        told = [shop.client.delete("/visitors/never-here") for _ in range(3)]
        assert [one.status_code for one in told] == [404, 404, 429]
        assert int(told[-1].headers["retry-after"]) > 0

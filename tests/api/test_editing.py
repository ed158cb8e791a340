"""Edits at the same time: each is checked against what the one before it left."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest

from service.siblings import EDITORS
from tests.api.answering import FAQS, put
from tests.api.shop import ITEMS, Shop, fill, opened, settings_for

SHIP = FAQS[0]


@pytest.fixture(params=["memory", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    store = "memory://" if request.param == "memory" else ""
    with opened(settings_for(tmp_path, store=store, encoders=())) as running:
        fill(running)
        put(running, "faqs", FAQS)
        yield running


def at_once(shop: Shop, *calls: tuple[str, Any]) -> list[Any]:
    """Put bodies to paths at the same moment; return what is told of each."""

    async def together() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app=shop.client.app, client=("127.0.0.1", 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await asyncio.gather(*(client.put(path, json=body) for path, body in calls))

    replies = shop.call(together)
    assert [reply.status_code for reply in replies] == [200] * len(calls)
    return [reply.json() for reply in replies]


def test_of_two_edits_of_one_version_one_is_taken(shop: Shop) -> None:
    rows = [{**SHIP, "answer": answer, "if_version": 1} for answer in ("明天。", "后天。")]
    told = at_once(shop, *(("/sellers/s/faqs", [row]) for row in rows))
    assert sorted(one["accepted"] for one in told) == [0, 1]
    (refused,) = [row for one in told for row in one["rejected"]]
    assert refused["code"] == "conflict"
    taken = rows[[one["accepted"] for one in told].index(1)]
    entry = shop.live.state.knowledge.of("s").faqs["ship"]
    assert (entry.version, entry.answer) == (2, taken["answer"])


def test_card_and_settings_written_at_once_both_hold(shop: Shop) -> None:
    at_once(
        shop,
        ("/sellers/s/settings", {"origins": ["https://shop.example"]}),
        ("/sellers/s/card", {"name": "新名"}),
    )
    assert shop.live.origins_of("s") == ("https://shop.example",)
    assert shop.client.get("/sellers/s/card").json()["name"] == "新名"


def test_of_two_suppliers_who_bring_one_product_the_first_has_it(shop: Shop) -> None:
    item = {**ITEMS[0], "item_id": "new"}
    told = at_once(shop, *((f"/suppliers/{name}/items", [item]) for name in ("a", "b")))
    assert sorted(one["accepted"] for one in told) == [0, 1]
    owner = "ab"[[one["accepted"] for one in told].index(1)]
    entry = shop.live.state.catalogue.entries["new"]
    assert entry.item is not None
    assert entry.item.supplier_id == owner


def test_the_same_listing_put_twice_at_once_is_logged_once(shop: Shop) -> None:
    pinned = [{"item_id": "i1", "pinned": True}]
    told = at_once(shop, ("/sellers/s/shelf", pinned), ("/sellers/s/shelf", pinned))
    assert sorted((one["accepted"], one["unchanged"]) for one in told) == [(0, 1), (1, 0)]


def test_of_two_edits_of_one_version_at_two_processes_one_is_taken(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, encoders=())
    with ExitStack() as stack:
        pair = [stack.enter_context(opened(settings)) for _ in range(2)]
        fill(pair[0])
        put(pair[0], "faqs", FAQS)
        for version in range(1, 11):
            accepted: list[int] = []

            def edit(shop: Shop, name: str, version: int, accepted: list[int]) -> None:
                row = {**SHIP, "answer": f"{name} {version}", "if_version": version}
                accepted.append(put(shop, "faqs", [row])["accepted"])

            threads = [
                Thread(target=edit, args=(shop, name, version, accepted))
                for shop, name in zip(pair, "ab", strict=True)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(accepted) == [0, 1]


def test_what_is_kept_of_who_edits_does_not_grow(shop: Shop, tmp_path: Path) -> None:
    for number in range(EDITORS + 50):
        shop.client.put(f"/sellers/new{number}/card", json={"name": "店"})
    assert len(list(tmp_path.glob("board-*/edit-*.turn"))) <= EDITORS

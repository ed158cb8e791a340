"""An app over a small shop, in memory and on disk, with a clock that stands where it is put."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from service.app import create_app
from service.live import Live
from service.settings import ServiceSettings

NOW = 1_790_000_000_000
ITEMS = [
    {
        "item_id": f"i{number}",
        "title": f"精华 {number}",
        "title_en": f"Serum {number}",
        "category": "serum" if number % 2 else "cream",
        "brand": "Lumi" if number < 5 else "Ora",
        "price": 50.0 + 10 * number,
    }
    for number in range(1, 9)
]
SECRET = "the same hashes in every run"
FIVE = ["i1", "i2", "i3", "i4", "i5"]


class Clock:
    """Stand still until moved."""

    def __init__(self) -> None:
        self.ms = NOW

    def __call__(self) -> int:
        return self.ms


class Shop:
    """Talk to one running app as its visitors, sellers and operators do."""

    def __init__(self, client: TestClient, clock: Clock) -> None:
        self.client, self.clock = client, clock
        self._events = 0

    @property
    def live(self) -> Live:
        live: Live = self.client.app.state.live  # type: ignore[attr-defined]
        return live

    def event(
        self, kind: str = "view", item_id: str | None = "i1", **fields: Any
    ) -> dict[str, Any]:
        """Make an event as a page sends it."""
        self._events += 1
        return {
            "event_id": f"e{self._events}",
            "kind": kind,
            "visitor_id": "v1",
            "seller_id": "s",
            "item_id": item_id,
            "at": self.clock.ms,
            **fields,
        }

    def send(self, *events: dict[str, Any], status: int = 202) -> dict[str, Any]:
        reply = self.client.post("/events", json=list(events))
        assert reply.status_code == status, reply.text
        return dict(reply.json())

    def recommend(self, status: int = 200, **ask: Any) -> dict[str, Any]:
        body = {"seller_id": "s", "visitor_id": "v1", **ask}
        reply = self.client.post("/recommend", json=body)
        assert reply.status_code == status, reply.text
        return dict(reply.json())

    def picks(self, **ask: Any) -> list[str]:
        return [item["item_id"] for item in self.recommend(**ask)["items"]]

    def tick(self) -> None:
        """Do what the running service does every second."""
        guard = self.client.app.state.guard  # type: ignore[attr-defined]
        self.call(self.live.tick, guard.keyring.reload)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run something on the app's event loop."""
        assert self.client.portal is not None
        return self.client.portal.call(function, *arguments)

    def log(self) -> list[Any]:
        self.call(self.live.settled)
        return self.live._stores.log.read(0, 100_000)


def settings_for(home: Path, **values: Any) -> ServiceSettings:
    """Set a service that does nothing of itself and draws the same arms for the same visitors."""
    return ServiceSettings(home=home, **{"poll_seconds": 3600, "secret": SECRET, **values})


@contextmanager
def opened(settings: ServiceSettings, headers: dict[str, str] | None = None) -> Iterator[Shop]:
    """Run an app until the block ends: a whole life of the service, shutdown included."""
    clock = Clock()
    app = create_app(settings, clock=clock)
    own = "127.0.0.1"
    with TestClient(app, f"http://{own}", client=(own, 1), headers=headers) as client:
        shop = Shop(client, clock)
        shop.call(asyncio.wait_for, _coroutine(shop.live.warm.wait), 60)
        yield shop


def _coroutine(function: Callable[[], Any]) -> Any:
    return function()


def fill(shop: Shop) -> None:
    """Bring products, and put them on two shelves: `s` has eight of them, `five` has five."""
    put = shop.client.put
    assert put("/suppliers/sup/items", json=ITEMS).status_code == 200
    for seller, ids in (("s", [item["item_id"] for item in ITEMS]), ("five", FIVE)):
        assert put(f"/sellers/{seller}/card", json={"name": f"店 {seller}"}).status_code == 200
        listings = [{"item_id": name, "position": place} for place, name in enumerate(ids)]
        assert put(f"/sellers/{seller}/shelf", json={"items": listings}).status_code == 200

"""A reply in one write is, byte for byte, what the server sends in two."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import pytest
from starlette.types import Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.sending import answer

HEADERS = [(b"content-length", b"5"), (b"x-request-id", b"r1")]


class Wire(asyncio.Transport):
    """Be a connection that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.open = True

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.open = False

    def is_closing(self) -> bool:
        return not self.open

    def resume_reading(self) -> None:
        """Be read from at any time."""


class Exchange:
    """Hold the server's end of one request."""

    def __init__(self, *, keep_alive: bool) -> None:
        self.wire, self.over = Wire(), 0
        self.cycle = RequestResponseCycle(
            scope=cast("Any", {"type": "http", "method": "POST"}),
            transport=self.wire,
            flow=FlowControl(self.wire),
            logger=logging.getLogger("test"),
            access_logger=logging.getLogger("test"),
            access_log=False,
            default_headers=[(b"date", b"today")],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self.ended,
        )

    def ended(self) -> None:
        self.over += 1


async def as_asgi_has_it(cycle: RequestResponseCycle) -> None:
    await cycle.send({"type": "http.response.start", "status": 202, "headers": HEADERS})
    await cycle.send({"type": "http.response.body", "body": b"12345", "more_body": False})


def state(exchange: Exchange) -> tuple[Any, ...]:
    cycle = exchange.cycle
    done = cycle.response_started, cycle.response_complete, cycle.message_event.is_set()
    return b"".join(exchange.wire.written), exchange.wire.open, exchange.over, done


@pytest.mark.parametrize("keep_alive", [True, False])
def test_one_write_leaves_what_two_would(keep_alive: bool) -> None:
    async def both() -> tuple[Exchange, Exchange]:
        one, two = Exchange(keep_alive=keep_alive), Exchange(keep_alive=keep_alive)
        await answer(cast("Send", one.cycle.send), 202, HEADERS, b"12345")
        await as_asgi_has_it(two.cycle)
        return one, two

    one, two = asyncio.run(both())
    assert state(one) == state(two)
    assert [len(exchange.wire.written) for exchange in (one, two)] == [1, 2]
    assert one.wire.open is keep_alive


def test_who_has_hung_up_is_sent_nothing_and_no_other_server_is_reached_into() -> None:
    async def sent() -> tuple[list[bytes], list[Any]]:
        gone, messages = Exchange(keep_alive=True), list[Any]()
        gone.cycle.disconnected = True
        await answer(cast("Send", gone.cycle.send), 202, HEADERS, b"12345")

        async def send(message: Any) -> None:
            messages.append(message)

        await answer(send, 202, HEADERS, b"12345")
        return gone.wire.written, messages

    written, messages = asyncio.run(sent())
    assert written == []
    assert messages == [
        {"type": "http.response.start", "status": 202, "headers": HEADERS},
        {"type": "http.response.body", "body": b"12345"},
    ]

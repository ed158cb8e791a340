"""A whole reply on its way: head and body in one write where the server lets us.

The server's own `send` writes a head as soon as it is told, and the body behind it: two calls of
the system, and two packets. Where its end of a connection is in plain sight, both go together.
Elsewhere, and while a connection takes nothing more for now, the reply goes as ASGI has it.
"""

from __future__ import annotations

from typing import Any

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from service.replies import RawHeaders


async def answer(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    """Send a reply; its headers, of which one is the body's length, are fit to be sent."""
    cycle: Any = getattr(send, "__self__", None)
    if type(cycle) is RequestResponseCycle and _takes_all(cycle):
        _write(cycle, status, headers, body)
    else:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _takes_all(cycle: RequestResponseCycle) -> bool:
    return not (
        cycle.response_started or cycle.disconnected or cycle.flow.write_paused or cycle.access_log
    )


def _write(cycle: RequestResponseCycle, status: int, headers: RawHeaders, body: bytes) -> None:
    """Do what `RequestResponseCycle.send` does for a start and a body, in one write."""
    parts = [STATUS_LINE[status]]
    for name, value in [*cycle.default_headers, *headers]:
        parts += (name, b": ", value, b"\r\n")
    if not cycle.keep_alive:
        parts.append(b"connection: close\r\n")
    parts += (b"\r\n", body)
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = cycle.chunked_encoding = False
    cycle.transport.write(b"".join(parts))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()

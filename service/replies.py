"""What a call is answered with, before any framework: the fast path sends it as it stands."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.responses import Response

RawHeaders = list[tuple[bytes, bytes]]
JSON: Final = (b"content-type", b"application/json")
PRIVATE: Final = (b"cache-control", b"private, no-store")


class Reply(msgspec.Struct, frozen=True):
    """Hold a whole reply; header names are lower case."""

    status: int
    headers: RawHeaders
    body: bytes

    def response(self) -> Response:
        """Return the same as a response of the framework."""
        response = Response(self.body, self.status)
        response.raw_headers = self.headers
        return response


def json_reply(value: msgspec.Struct, status: int = 200, *headers: tuple[bytes, bytes]) -> Reply:
    """Encode a value of the wire."""
    body = msgspec.json.encode(value)
    return Reply(status, [*headers, (b"content-length", b"%d" % len(body)), JSON], body)

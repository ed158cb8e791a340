"""The one handler of the error tree: every refusal becomes problem JSON (RFC 9457)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from math import ceil
from typing import Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from data.errors import BadField, Invalid, SmartcardError, TooLarge, Unauthenticated, Unavailable
from service.logs import log_line
from service.schemas import FieldProblem, ProblemOut

DRAIN_BYTES: Final = 8_000_000
"""How much of a body that is too large is read and thrown away, so that its sender can listen."""
DRAIN_SECONDS: Final = 5
UNREAD: Final = "smartcard.unread"
"""Under this name the scope says whether more of the body is to come."""
PARAMETER_CODES: Final[Mapping[str, str]] = {
    "enum": "unknown_value",
    "extra_forbidden": "unknown_field",
    "greater_than_equal": "out_of_range",
    "int_parsing": "wrong_type",
    "less_than_equal": "out_of_range",
    "literal_error": "unknown_value",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
}
"""What is wrong with a parameter, in the words that bad fields of bodies have."""
INTERNAL: Final = "the service failed; its log has more under this request id"


def install(app: FastAPI) -> None:
    """Answer every refusal with problem JSON, the framework's own included."""

    @app.exception_handler(SmartcardError)
    async def on_error(request: Request, error: SmartcardError) -> Response:
        return refusal(error, request)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        phrase = HTTPStatus(error.status_code).phrase
        return problem(
            status=error.status_code,
            code=phrase.lower().replace(" ", "_"),
            detail=f"{request.method} {request.url.path[:200]}: {phrase.lower()}",
            name=request_id(request),
            headers=dict(error.headers or {}),
        )

    @app.exception_handler(RequestValidationError)
    async def on_parameters(request: Request, error: RequestValidationError) -> Response:
        fields = [
            BadField(
                ".".join(map(str, bad["loc"][1:])) or "$",
                str(bad["msg"]),
                PARAMETER_CODES.get(bad["type"], "invalid"),
            )
            for bad in error.errors()
        ]
        told = "; ".join(f"{bad.where}: {bad.detail}" for bad in fields[:3])
        return answer(Invalid(told, fields), request_id(request))


def refusal(error: SmartcardError, request: Request) -> Response:
    """Return the reply to a request that an error of the tree has ended; log our own failures."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Unavailable):
        log_line(
            logging.ERROR,
            "request_failed",
            request_id=request_id(request),
            error=type(error).__name__,
            detail=error.detail,
        )
    reply = answer(error, request_id(request))
    unread = isinstance(error, TooLarge) and request.scope.get(UNREAD)
    return Draining(reply) if unread else reply


def request_id(request: Request) -> str:
    """Return the id under which this request is logged and answered."""
    return str(request.scope.get("request_id", ""))


def answer(error: SmartcardError, name: str) -> Response:
    """Write an error of the tree as its reply; one that the operator has to mend tells nothing."""
    headers: dict[str, str] = {}
    detail = error.detail
    if isinstance(error, Unavailable):
        headers["retry-after"] = str(max(1, ceil(error.retry_after)))
    elif error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        detail = INTERNAL
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    fields = error.fields if isinstance(error, Invalid) else ()
    return problem(error.status, error.code, detail, name, headers, fields)


def problem(
    status: int,
    code: str,
    detail: str,
    name: str,
    headers: dict[str, str] | None = None,
    fields: tuple[BadField, ...] = (),
) -> Response:
    """Write problem JSON; `name` is the request id."""
    body = ProblemOut(
        type=f"urn:smartcard:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        request_id=name,
        errors=[FieldProblem(field=bad.where, code=bad.code, detail=bad.detail) for bad in fields],
    )
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        headers={"cache-control": "no-store", **(headers or {})},
        media_type="application/problem+json",
    )


class Draining(Response):
    """Answer at once, then read on for a while: who is still sending can take the answer in."""

    def __init__(self, reply: Response) -> None:
        """Wrap the reply to a request whose body has not been read to its end."""
        super().__init__(reply.body, reply.status_code)
        self.raw_headers = [*reply.raw_headers, (b"connection", b"close")]

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the reply, drain, end."""
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await _drain(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: Receive) -> None:
    drained, more = 0, True
    while more and drained < DRAIN_BYTES:
        message = await receive()
        drained += len(message.get("body", b""))
        more = bool(message.get("more_body", False))

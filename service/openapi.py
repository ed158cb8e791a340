"""The OpenAPI document: routes say which wire types they take and give, and all is written here."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service import answer_schemas, catalogue_schemas, privacy_schemas, schemas, seller_schemas

REF: Final = "#/components/schemas/{name}"
PROBLEM: Final = {
    "application/problem+json": {"schema": {"$ref": REF.format(name="ProblemOut")}},
}
KEYS: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"api_key": []}, {}]
EVERY: Final = (401, 403, 429, 503)
"""What any call that needs a key may be answered with."""

MEANINGS: Final[Mapping[int, str]] = {
    400: "The body is not JSON.",
    401: "A valid key is needed.",
    403: "The key may not do this, or belongs to another seller.",
    404: "Not there, or another tenant's.",
    409: "The model's folder is broken; the old one goes on answering.",
    413: "The body or the batch is too large.",
    415: "Another media type is expected.",
    422: "Bad fields, each named.",
    429: "More calls than agreed; try again after Retry-After seconds.",
    503: "Warming up, or the log cannot be written now; try again after Retry-After seconds.",
}


def describes(
    reply: type[msgspec.Struct],
    *bodies: type[msgspec.Struct] | Any,
    status: int = 200,
    errors: tuple[int, ...] = (),
    media: tuple[str, ...] = ("application/json",),
    also: Mapping[str, type[msgspec.Struct] | type[str]] | None = None,
    keyed: bool = True,
    example: Any = None,
) -> dict[str, Any]:
    """Return a route's keyword arguments: its reply, its body (any of several) and its errors.

    `also` are the media types that the reply may have when they are asked for; `example` is a body
    that can be sent as it stands.
    """
    told = {
        status: {"description": HTTPStatus(status).phrase, "content": _content(reply, also or {})},
        **problems(*errors, *(EVERY if keyed else ())),
    }
    extra: dict[str, Any] = {"security": KEYS} if keyed else {}
    if bodies:
        options = [_schema(body) for body in bodies]
        schema = options[0] if len(options) == 1 else {"anyOf": options}
        shown = {"schema": schema} if example is None else {"schema": schema, "example": example}
        extra["requestBody"] = {"required": True, "content": dict.fromkeys(media, shown)}
    return {
        "status_code": status,
        "responses": told,
        "response_model": None,
        "openapi_extra": extra,
    }


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors a route may answer with."""
    return {
        status: {"description": MEANINGS[status], "content": PROBLEM}
        for status in sorted(set(statuses))
    }


def _content(kind: type[msgspec.Struct], also: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {"application/json": kind, **also}
    return {media: {"schema": _schema(one)} for media, one in kinds.items()}


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=REF)
    return schema


def install(app: FastAPI) -> None:
    """Give the app its document, made once, with every wire type among the components."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the way FastAPI documents


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    for methods in document["paths"].values():
        for operation in methods.values():
            _drop_unused(operation["responses"])
    kinds = [
        kind
        for module in (schemas, catalogue_schemas, answer_schemas, seller_schemas, privacy_schemas)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    ]
    _, components = msgspec.json.schema_components(kinds, ref_template=REF)
    own = document.get("components", {}).get("schemas", {})
    components |= {name: schema for name, schema in own.items() if "enum" in schema}  # of queries
    document["components"] = {
        "schemas": dict(sorted(components.items())),
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        },
    }
    return document


def _drop_unused(responses: dict[str, Any]) -> None:
    """Take out the 422 that FastAPI adds to every path with a parameter: ids are never refused."""
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]

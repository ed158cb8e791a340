"""The API describes itself whole, and operators see what they need and nothing personal."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from data.errors import Broken, Refused, SmartcardError, Unavailable
from service import catalogue_schemas, schemas
from service.app import create_app
from service.openapi import MEANINGS
from service.routes import events, recommend
from tests.api.shop import Shop, opened, settings_for

STATUSES = {
    "POST /events": "202 400 401 403 413 415 422 429 503",
    "POST /recommend": "200 400 401 403 404 413 415 422 429 503",
    "GET /recommendations/{recommendation_id}": "200 401 403 404 429 503",
    "PUT /suppliers/{supplier_id}/items": "200 400 401 403 404 413 415 422 429 503",
    "GET /sellers/{seller_id}/card": "200 401 403 404 429 503",
    "PUT /sellers/{seller_id}/card": "200 400 401 403 404 413 415 422 429 503",
    "GET /sellers/{seller_id}/shelf": "200 401 403 404 422 429 503",
    "PUT /sellers/{seller_id}/shelf": "200 400 401 403 404 413 415 422 429 503",
    "GET /sellers/{seller_id}/metrics": "200 401 403 404 422 429 503",
    "GET /sellers/{seller_id}/metrics/{slug}": "200 401 403 404 422 429 503",
    "GET /sellers/{seller_id}/products": "200 401 403 404 422 429 503",
    "GET /sellers/{seller_id}/visitors": "200 401 403 404 422 429 503",
    "GET /suppliers/{supplier_id}/items/{item_id}/facts": "200 401 403 404 422 429 503",
    "POST /sellers/{seller_id}/session": "201 400 401 403 404 413 415 422 429 503",
    "GET /sellers/{seller_id}/session": "200 401 403 404 429 503",
    "DELETE /sellers/{seller_id}/session": "200 401 403 404 429 503",
    "GET /sellers/{seller_id}/settings": "200 401 403 404 429 503",
    "PUT /sellers/{seller_id}/settings": "200 400 401 403 404 413 415 422 429 503",
    "GET /sellers/{seller_id}/audit": "200 401 403 404 422 429 503",
    "GET /audit": "200 401 403 422 429 503",
    "GET /keys": "200 401 403 429 503",
    "POST /keys": "201 400 401 403 413 415 422 429 503",
    "POST /keys/{key_id}/rotate": "201 400 401 403 404 413 415 422 429 503",
    "DELETE /keys/{key_id}": "200 401 403 404 429 503",
    "GET /sellers/{seller_id}/keys": "200 401 403 404 429 503",
    "POST /sellers/{seller_id}/keys": "201 400 401 403 404 413 415 422 429 503",
    "POST /sellers/{seller_id}/keys/{key_id}/rotate": "201 400 401 403 404 413 415 422 429 503",
    "DELETE /sellers/{seller_id}/keys/{key_id}": "200 401 403 404 429 503",
    "POST /answer": "200 400 401 403 404 413 415 422 429 503",
    "GET /answers/{answer_id}": "200 401 403 404 422 429 503",
    "GET /sellers/{seller_id}/suggestions": "200 401 403 404 422 429 503",
    "GET /sellers/{seller_id}/faqs": "200 401 403 404 422 429 503",
    "PUT /sellers/{seller_id}/faqs": "200 400 401 403 404 413 415 422 429 503",
    "GET /sellers/{seller_id}/consultations": "200 401 403 404 422 429 503",
    "PUT /sellers/{seller_id}/consultations": "200 400 401 403 404 413 415 422 429 503",
    "GET /sellers/{seller_id}/questions": "200 401 403 404 422 429 503",
    "POST /sellers/{seller_id}/questions/{question_id}/reply": (
        "200 400 401 403 404 413 415 422 429 503"
    ),
    "DELETE /visitors/{visitor_id}": "202 401 403 404 422 429 503",
    "GET /visitors/{visitor_id}/export": "200 401 403 404 422 429 503",
    "GET /visitors/{visitor_id}/tags": "200 401 403 404 422 429 503",
    "DELETE /visitors/{visitor_id}/tags/{tag}": "200 401 403 404 422 429 503",
    "PUT /visitors/{visitor_id}/consent": "200 400 401 403 404 413 415 422 429 503",
    "GET /transparency": "200 401 403 404 422 429 503",
    "GET /models": "200 401 403 429 503",
    "POST /models/rollback": "200 401 403 409 429 503",
    "POST /models/{version}/promote": "200 401 403 404 409 429 503",
    "GET /cards/{seller_id}": "200 404 429 503",
    "GET /sellers/{seller_id}/dashboard": "200 429",
    "GET /health/live": "200",
    "GET /health/ready": "200 503",
    "GET /metrics": "200 401 403 429",
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    settings = settings_for(tmp_path_factory.mktemp("home"), store="memory://")
    return create_app(settings).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_document_lists_every_operation_with_every_status(document: dict[str, Any]) -> None:
    told = {name: " ".join(sorted(op["responses"])) for name, op in operations(document)}
    assert told == STATUSES


def test_every_error_is_described_as_problem_json(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"], (name, status)


def test_every_call_with_parameters_says_that_they_may_be_refused(
    document: dict[str, Any],
) -> None:
    for name, operation in operations(document):
        if any(one["in"] == "query" for one in operation.get("parameters", [])):
            assert "422" in operation["responses"], name


def test_replies_that_are_tables_or_lines_are_described(document: dict[str, Any]) -> None:
    media = {
        name: set(op["responses"]["200"]["content"])
        for name, op in operations(document)
        if name.startswith("GET")
    }
    tables = {name for name, found in media.items() if "text/csv" in found}
    lines = {name for name, found in media.items() if "application/x-ndjson" in found}
    asks = {
        name
        for name, operation in operations(document)
        if any(one["name"] == "format" for one in operation.get("parameters", []))
    }
    assert tables == asks
    assert len(asks) == 4
    assert lines == {f"GET /sellers/{{seller_id}}/{what}" for what in ("faqs", "consultations")}


def test_every_reference_of_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document)))
    assert names <= set(document["components"]["schemas"])
    assert {"RecommendIn", "RecommendOut", "EventIn", "ProblemOut"} <= names


def test_every_operation_has_a_name_of_its_own_a_summary_and_a_body(
    document: dict[str, Any],
) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for name, operation in operations(document):
        assert operation["summary"], name
        if name.startswith("PUT") or name in {"POST /events", "POST /recommend"}:
            assert operation["requestBody"]["required"], name


def test_the_examples_of_the_document_are_bodies_that_decode() -> None:
    msgspec.convert(recommend.EXAMPLE, schemas.RecommendIn)
    msgspec.convert(events.EXAMPLE, schemas.EventIn)


def test_every_status_of_the_error_tree_that_a_caller_can_meet_is_explained() -> None:
    def leaves(kind: type[SmartcardError]) -> Iterator[type[SmartcardError]]:
        yield kind
        for below in kind.__subclasses__():
            yield from leaves(below)

    met = {kind.status for root in (Refused, Unavailable) for kind in leaves(root)}
    assert met - {429, 500} <= set(MEANINGS)
    assert {kind.status for kind in leaves(Broken)} == {500}


def test_the_documentation_page_loads_nothing_from_elsewhere(shop: Shop) -> None:
    page = shop.client.get("/docs").text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(files) >= 3
    for name in files:
        assert name.startswith("/")
        assert shop.client.get(name).status_code == 200


def test_replies_have_the_shape_that_is_described(shop: Shop) -> None:
    shop.send(shop.event("view", "i2"))
    pairs: list[tuple[Any, type]] = [
        (shop.recommend(), schemas.RecommendOut),
        (shop.client.get("/sellers/s/shelf").json(), catalogue_schemas.ShelfOut),
        (shop.client.get("/sellers/s/card").json(), catalogue_schemas.CardOut),
        (shop.client.get("/models").json(), schemas.ModelsOut),
        (shop.client.get("/health/ready").json(), schemas.Health),
        (shop.client.get("/nowhere").json(), schemas.ProblemOut),
    ]
    for data, kind in pairs:
        assert set(data) <= {field.name for field in msgspec.structs.fields(kind)}
        msgspec.convert(data, kind)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/events/", 404),
        ("GET", "/events", 405),
        ("DELETE", "/recommend", 405),
        ("POST", "/health/live", 405),
        ("GET", "/static/../settings.py", 404),
        ("GET", "/docs/files/nothing.js", 404),
    ],
)
def test_the_framework_s_own_refusals_are_problem_json_too(
    shop: Shop, method: str, path: str, status: int
) -> None:
    reply = shop.client.request(method, path)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["request_id"] == reply.headers["x-request-id"]
    if status == 405:
        assert reply.headers["allow"]


def test_a_caller_s_request_id_is_kept_when_it_is_plain(shop: Shop) -> None:
    for name, kept in (("abc-1.2_3", True), ("a b", False), ("x" * 65, False)):
        reply = shop.client.get("/health/live", headers={"x-request-id": name})
        assert (reply.headers["x-request-id"] == name) is kept


def test_an_unexpected_failure_tells_nothing_but_where_to_look(
    shop: Shop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret of visitor v1")

    monkeypatch.setattr(shop.live.recommender, "recommend", broken)
    with caplog.at_level(logging.ERROR, "smartcard.service"):
        problem = shop.recommend(500)
    assert problem["code"] == "internal"
    assert "secret" not in json.dumps(problem)
    (line,) = [json.loads(record.message) for record in caplog.records]
    assert (line["event"], line["error"]) == ("request_failed", "RuntimeError")
    assert line["request_id"] == problem["request_id"]
    assert line["route"] == "/recommend"
    assert "secret" not in json.dumps(line)


def test_requests_are_logged_by_template_and_name_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(tmp_path, encoders=(), access_log=True)
    with opened(settings) as shop, caplog.at_level(logging.INFO, "smartcard.service"):
        shop.client.get("/answers/a1?visitor_id=raw-ann")
        shop.client.delete("/visitors/raw-ann")
        shop.client.post("/recommend", json={"seller_id": "s", "visitor_id": "raw-ann"})
        shop.client.get("/nothing/raw-ann")
        lines = [json.loads(record.message) for record in caplog.records]
    assert [(line["event"], line["method"], line["route"], line["status"]) for line in lines] == [
        ("request", "GET", "/answers/{answer_id}", 404),
        ("request", "DELETE", "/visitors/{visitor_id}", 404),
        ("request", "POST", "/recommend", 404),
        ("request", "GET", "none", 404),
    ]
    assert all(line["ms"] > 0 and line["request_id"] for line in lines)
    assert "raw-ann" not in caplog.text


def test_no_request_is_logged_unless_it_is_asked_for(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "smartcard.service"):
        shop.recommend()
        shop.client.get("/sellers/s/shelf")
    assert not caplog.records


def test_metrics_count_by_template_and_never_name_anyone(shop: Shop) -> None:
    shop.send(shop.event(visitor_id="somebody"), {"event_id": "bad"})
    shop.recommend(visitor_id="somebody")
    for path in ("/sellers/s/card", "/sellers/five/card", "/what/ever", "/static/sdk.js"):
        shop.client.get(path)
    shop.client.request("BREW", "/recommend")
    text = shop.client.get("/metrics").text
    assert 'route="/sellers/{seller_id}/card",status="200"' in text
    assert 'smartcard_events_total{outcome="accepted"} 1.0' in text
    assert 'smartcard_events_total{outcome="rejected"} 1.0' in text
    assert 'smartcard_recommendations_total{fallback_level="3"} 1.0' in text
    routes = set(re.findall(r'route="([^"]*)"', text))
    paths = {path for _, _, path in (name.partition(" ") for name in STATUSES)}
    assert routes <= {*paths, "none", "/static/", "/docs/files/"}
    assert "BREW" not in text
    assert "somebody" not in text


def test_two_apps_of_one_process_count_apart(tmp_path: Path) -> None:
    first, second = (
        create_app(settings_for(tmp_path / name, store="memory://")) for name in ("a", "b")
    )
    first.state.metrics.events.labels("accepted").inc()
    assert b'outcome="accepted"' not in second.state.metrics.exposition()


@pytest.mark.parametrize(
    ("path", "field", "code"),
    [
        ("/sellers/s/shelf?limit=0", "limit", "out_of_range"),
        ("/sellers/s/shelf?limit=1001", "limit", "out_of_range"),
        ("/sellers/s/shelf?limit=ten", "limit", "wrong_type"),
        ("/sellers/s/shelf?cursor=123456789012345678901", "cursor", "too_long"),
        ("/sellers/s/questions?status=open", "status", "unknown_value"),
        ("/sellers/s/metrics/opens?by=year", "by", "unknown_value"),
        ("/transparency?seller_id=", "seller_id", "too_short"),
        ("/visitors/v/tags?seler_id=s", "seler_id", "unknown_field"),
        ("/sellers/s/suggestions?locale=" + 36 * "z", "locale", "too_long"),
    ],
)
def test_a_bad_parameter_is_named_with_the_codes_of_bad_fields(
    shared_shop: Shop, path: str, field: str, code: str
) -> None:
    """Who acts on a code finds the same one in a query as in a body."""
    reply = shared_shop.client.get(path)
    (bad,) = reply.json()["errors"]
    assert (reply.status_code, bad["field"], bad["code"]) == (422, field, code)
    assert reply.json()["detail"] == f"{field}: {bad['detail']}"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/cards/s", "/cards/nobody"])
def test_who_asks_for_no_body_is_told_the_same(shared_shop: Shop, path: str) -> None:
    """Watchdogs and apps that show a link ask by HEAD first."""
    whole, head = shared_shop.client.get(path), shared_shop.client.head(path)
    assert head.status_code == whole.status_code != 405
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers["content-length"] == whole.headers["content-length"]

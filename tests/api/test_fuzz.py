"""Requests that a machine makes up from the OpenAPI document: none may break the service."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from service.app import create_app
from service.keys import Keyring, Scope
from service.settings import ServiceSettings
from tests.api.shop import FIVE, ITEMS
from tests.browser.servers import serving

EXAMPLES = 20
"""Requests made up for each operation."""
TRUE_TO_NAME = {"seller_id": "s", "supplier_id": "sup", "slug": "opens", "item_id": "i1"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Run a filled service with keys; give its document with the operator's key on every call."""
    home = tmp_path_factory.mktemp("fuzzed")
    admin = Keyring(home / "keys.json").create(Scope.ADMIN, "", "2026-01-01T00:00:00Z")
    headers = {"authorization": f"Bearer {admin}"}
    ready = threading.Event()
    rates = {"rate_key": "1000000/minute", "rate_login": "1000000/minute"}
    rates["rate_erasure"] = "1000000/minute"
    app = create_app(
        ServiceSettings(home=home, poll_seconds=3600, encoders=(), **rates),  # type: ignore[arg-type]
        on_ready=lambda _live: ready.set(),
    )
    with serving(app) as address:
        assert ready.wait(60)
        with httpx2.Client(base_url=address, headers=headers) as api:
            api.put("/suppliers/sup/items", json=ITEMS).raise_for_status()
            api.put("/sellers/s/card", json={"name": "s"}).raise_for_status()
            rows = [{"item_id": name} for name in FIVE]
            api.put("/sellers/s/shelf", json=rows).raise_for_status()
        yield schemathesis.openapi.from_url(f"{address}/openapi.json", headers=headers), headers


def test_no_request_breaks_the_service(document: tuple[Any, dict[str, str]]) -> None:
    schema, headers = document
    walked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        _fuzz(operation, headers)
        walked += 1
    assert walked >= 35


def _fuzz(operation: Any, headers: dict[str, str]) -> None:
    """Send one operation what its document allows, and hold every answer to the house's rules."""

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def answered(case: Any) -> None:
        if operation.path == "/keys/{key_id}":
            case.path_parameters["key_id"] = "00000000"  # the walk goes on with the key it has
        for name, value in TRUE_TO_NAME.items():
            if name in (case.path_parameters or {}) and len(str(case.path_parameters[name])) % 2:
                case.path_parameters[name] = value  # every other time it reaches what is there
        reply = case.call(headers=headers)
        told = (operation.label, reply.status_code, reply.text[:500])
        assert reply.status_code < 500, told
        if reply.status_code >= 400:
            assert reply.headers["content-type"] == ["application/problem+json"], told
            assert set(reply.json()) >= {"code", "detail", "request_id", "status"}, told

    answered()

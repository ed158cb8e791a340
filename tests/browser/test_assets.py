"""How the page's own files are served, and that the page asks for them under their version."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIRequestContext

from service.web.assets import FILES, VERSION
from tests.browser.visitors import Visitor


@pytest.fixture
def ask(visit: Callable[..., Visitor]) -> APIRequestContext:
    """Give a client without a page."""
    return visit().context.request


def test_a_versioned_file_is_kept_for_ever_and_compressed(
    ask: APIRequestContext, fake_address: str
) -> None:
    reply = ask.get(f"{fake_address}/static/{VERSION}/card/main.js")
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers["content-encoding"] == "gzip"
    assert "immutable" in reply.headers["cache-control"]
    assert reply.body() == FILES["card/main.js"].plain


def test_the_sdks_own_address_is_asked_anew_and_answered_with_nothing_when_it_is_the_same(
    ask: APIRequestContext, fake_address: str
) -> None:
    first = ask.get(f"{fake_address}/static/sdk.js", headers={"accept-encoding": "identity"})
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.body() == FILES["sdk.js"].plain
    again = {"if-none-match": first.headers["etag"]}
    assert ask.get(f"{fake_address}/static/sdk.js", headers=again).status == 304


@pytest.mark.parametrize(
    "path", ["nothing.js", "../card.html", "%2e%2e/card.html", "0123456789ab/sdk.js", ""]
)
def test_nothing_else_can_be_read(ask: APIRequestContext, fake_address: str, path: str) -> None:
    assert ask.get(f"{fake_address}/static/{path}").status == 404


def test_the_page_names_every_file_it_needs_under_the_version(
    ask: APIRequestContext, fake_address: str
) -> None:
    page = ask.get(f"{fake_address}/cards/lin").text()
    named = re.findall(r'(?:src|href)="/static/([^"]+)"', page)
    assert {name.partition("/")[0] for name in named} == {VERSION}
    own = {name for name in FILES if not name.startswith("dashboard/")}
    assert {name.partition("/")[2] for name in named} == own

"""Links name who shared by a code that counts for her and proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from data.schemas import Event, Recommendation
from models.registry import Registry
from tests.api.shop import Shop, fill, opened, settings_for
from tests.api.trained import registered

HER = "1b9d6bcd-openid-of-hers"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Run a shop whose picks are personal: a trained model, and no visitor in the holdout."""
    Registry(tmp_path / "artifacts").promote(registered(tmp_path, 1))
    with opened(settings_for(tmp_path, holdout=0.0)) as running:
        fill(running)
        yield running


@pytest.fixture
def code(shop: Shop) -> str:
    """Let her look at two creams; return what her links from then on name her by."""
    shop.send(*(shop.event("favorite", item, visitor_id=HER) for item in ("i2", "i4")))
    return str(shop.recommend(visitor_id=HER)["referral_code"])


def opened_by(shop: Shop, sharer: str, seller: str = "s") -> Event:
    """Let a friend come through a link that names a sharer; return what the log has of it."""
    share = {"share_id": "x", "from_visitor_id": sharer, "channel": "link"}
    shop.send(shop.event("open", None, visitor_id="friend", seller_id=seller, share=share))
    event: Event = shop.log()[-1].event
    return event


def shown_to_friend(shop: Shop, sharer: str, **ask: Any) -> tuple[int, str | None]:
    """Return what a list for a friend rests on, and who shared by the log."""
    context = {"share_id": "x", "from_visitor_id": sharer}
    told = shop.recommend(visitor_id="friend", context=context, **ask)
    record = msgspec.json.decode(shop.log()[-1].event.payload, type=Recommendation)
    return told["fallback_level"], record.query.from_visitor


def test_a_code_counts_for_who_shared_as_her_id_does(shop: Shop, code: str) -> None:
    hers = shop.live.pseudonym(HER)
    assert opened_by(shop, code).from_visitor == hers
    assert opened_by(shop, HER).from_visitor == hers, "links of old go on counting"
    assert shown_to_friend(shop, code) == shown_to_friend(shop, HER) == (2, hers)
    visitors = shop.client.get("/sellers/s/visitors").json()["visitors"]
    assert {one["from_visitor"] for one in visitors} == {"", shop.live.mask("s", hers)}


def test_a_code_holds_nothing_of_her_and_is_the_same_in_all_her_links(
    shop: Shop, code: str
) -> None:
    assert shop.recommend(visitor_id=HER)["referral_code"] == code
    assert HER not in code
    assert shop.live.pseudonym(HER) not in code
    elsewhere = shop.recommend(visitor_id=HER, seller_id="five")["referral_code"]
    assert elsewhere[4:] not in code, "two sellers cannot compare their visitors"


def test_a_code_is_no_visitor_id(shop: Shop, code: str) -> None:
    as_her = shop.recommend(visitor_id=code, dry_run=True)
    stranger = shop.recommend(visitor_id="never-seen", dry_run=True)
    assert not as_her["personalized"]
    assert as_her["fallback_level"] == stranger["fallback_level"]
    assert as_her["referral_code"] != code
    shop.send(shop.event("consent", None, visitor_id=code, personalization="off"))
    assert shop.client.delete(f"/visitors/{code}").status_code == 404
    hers = shop.live.state.profile(shop.live.pseudonym(HER))
    assert hers.personalization
    assert not hers.blank
    assert shop.recommend(visitor_id=HER, dry_run=True)["personalized"]


def test_another_sellers_code_or_a_forged_one_is_nobody_and_no_error(shop: Shop, code: str) -> None:
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    for wrong in (forged, code[:-2], code + "00", "ref_", "ref_漢字", "ref_no hex"):
        assert opened_by(shop, wrong).from_visitor is None, wrong
        assert shown_to_friend(shop, wrong) == (3, None), wrong
    assert opened_by(shop, code, "five").from_visitor is None
    assert shown_to_friend(shop, code, seller_id="five")[1] is None


def test_who_is_not_followed_has_no_code_and_the_one_she_had_is_nobody(
    shop: Shop, code: str
) -> None:
    off = shop.recommend(visitor_id=HER, personalization="off")
    assert off["referral_code"] == ""
    shop.send(shop.event("consent", None, visitor_id=HER, personalization="off"))
    assert shop.recommend(visitor_id=HER)["referral_code"] == ""
    assert opened_by(shop, code).from_visitor is None
    shop.send(shop.event("consent", None, visitor_id=HER, personalization="on"))
    assert opened_by(shop, code).from_visitor == shop.live.pseudonym(HER)


def test_a_code_is_made_once_and_read_once(shop: Shop, code: str) -> None:
    made, read = (one.cache_info().misses for one in (shop.live.referral, shop.live.referrer))
    for _ in range(2):
        shop.recommend(visitor_id=HER)
        opened_by(shop, code)
    assert shop.live.referral.cache_info().misses == made
    assert shop.live.referrer.cache_info().misses == read + 1


def test_the_code_of_an_erased_visitor_is_nobody(shop: Shop, code: str) -> None:
    assert opened_by(shop, code).from_visitor == shop.live.pseudonym(HER)
    assert shop.client.delete(f"/visitors/{HER}").status_code == 202
    assert opened_by(shop, code).from_visitor is None
    assert shown_to_friend(shop, code) == (3, None)

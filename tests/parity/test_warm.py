"""What a model is asked before it serves compiles all that requests go through."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from data.schemas import Kind
from models.warm import warm
from tests.parity.shopfloor import DAY, NOW, Shopfloor, product, trained


def loops() -> dict[str, int]:
    """Count in how many forms each loop of the product is compiled by now."""
    return {
        f"{name}.{attribute}": len(value.overloads)
        for name, module in list(sys.modules.items())
        if name.startswith(("data.", "models."))
        for attribute, value in vars(module).items()
        if hasattr(value, "overloads")
    }


@pytest.mark.parametrize("products", [1, 4, 40])
def test_no_request_waits_for_a_loop_to_be_compiled(products: int, tmp_path: Path) -> None:
    registry, version = trained(tmp_path)
    model = registry.load(version)
    floor = Shopfloor(model)
    for number in range(products):
        floor.tell(Kind.ITEM, item_id=f"i{number}", payload=product(number))
        floor.put("s3", number)
    warm(model)
    before = loops()
    assert any(before.values())
    for visitor in ("v1", "v1", "v2"):
        floor.recommend(visitor, NOW + DAY, "s3", reshow="cooldown")
        floor.tell(Kind.VIEW, NOW + DAY, seller_id="s3", visitor=visitor, item_id="i0")
        floor.tell(Kind.NOT_INTERESTED, NOW + DAY, seller_id="s3", visitor=visitor, item_id="i0")
    after = loops()
    assert {name for name, forms in after.items() if forms > before[name]} == set()

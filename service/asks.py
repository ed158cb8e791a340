"""The body of POST /recommend, its expressions included: every bad field told at once."""

from __future__ import annotations

from data.errors import BadField, Invalid
from models.expressions import ExpressionError, compile_boost, compile_filter
from service.schemas import RecommendIn
from service.validation import decode, lenient, refused


def read_ask(body: bytes) -> RecommendIn:
    """Decode a body; one with bad fields is told of its expressions in the same reply."""
    try:
        return decode(body, RecommendIn)
    except Invalid as error:
        named = {bad.where for bad in error.fields}
        data = lenient(body)
        told = data if isinstance(data, dict) else {}
        left = {one: None if one in named else told.get(one) for one in ("filter", "boost")}
        bad = _bad_expressions(left["filter"], left["boost"])
        raise refused([*error.fields, *bad]) from None


def check_expressions(ask: RecommendIn) -> None:
    """Refuse a filter and a boost that do not parse, both at once."""
    if bad := _bad_expressions(ask.filter, ask.boost):
        raise refused(bad)


def _bad_expressions(wanted: str | None, boosted: str | None) -> list[BadField]:
    """Name a filter and a boost that do not parse."""
    bad: list[BadField] = []
    for field, compiles, text in (
        ("filter", compile_filter, wanted),
        ("boost", compile_boost, boosted),
    ):
        try:
            compiles(text or "")
        except ExpressionError as error:
            bad.append(BadField(field, str(error), "bad_expression"))
    return bad

"""What a seller should know of an entry's texts: what law, masking and her shelf make of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from data.catalogue import Listings
from data.knowledge import Faq
from data.masking import MARKS
from models.answers import facts
from models.answers.adlaw import lint
from service.answer_schemas import LintOut

_FIELDS: Final = re.compile(rf"{facts.FIELD.pattern}|\{{[\w.]+(?::[^{{}}]*)?\}}")
"""Fields of products, and names in braces that look like one."""
_REACH: Final = "请顾客在会话里联系您 / visitors reach you by asking for a person"
_SHELF: Final = "货架上现在没有这一项 / nothing on the shelf tells it now"


def unknown_field(answer: str) -> str:
    """Return the first name in braces that is no field of a product; empty for none.

    >>> [unknown_field(text) for text in ("{price:i1} 元", "{cost} 元", "{^_^}")]
    ['', '{cost}', '']
    """
    named = (match[0] for match in _FIELDS.finditer(answer))
    return next((one for one in named if not facts.FIELD.fullmatch(one)), "")


def of_texts(faq: Faq) -> list[LintOut]:
    """Return what law and masking make of an entry's texts."""
    found = []
    for name, text in (("question", faq.question), ("answer", faq.answer)):
        law = lint(text, faq.allowed)
        told = [LintOut(field=name, **msgspec.structs.asdict(finding)) for finding in law]
        found += sorted([*told, *_masked(name, text)], key=lambda finding: finding.start)
    for place, alias in enumerate(faq.aliases):
        found += _masked(f"aliases[{place}]", alias)
    return found


def unfilled(faq: Faq, shelf: Listings | None, at: int) -> Iterator[LintOut]:
    """Yield the fields of an answer that a shelf does not fill at a moment (epoch ms)."""
    for match in _FIELDS.finditer(faq.answer):
        if not _fills(shelf, match[0], faq, at):
            yield _finding("answer", match, "unfilled", _SHELF)


def _fills(shelf: Listings | None, field: str, faq: Faq, at: int) -> bool:
    """Say whether a shelf fills a field; an empty one may, once something stands on it."""
    if not facts.FIELD.fullmatch(field):
        return False
    try:
        return shelf is None or bool(facts.filled(field, faq.item_ids, shelf, at))
    except facts.Stale:
        return False


def _masked(name: str, text: str) -> list[LintOut]:
    return [_finding(name, match, "personal_data", _REACH) for match in MARKS.finditer(text)]


def _finding(name: str, match: re.Match[str], rule: str, suggestion: str) -> LintOut:
    return LintOut(
        field=name,
        start=match.start(),
        end=match.end(),
        term=match[0],
        rule=rule,
        severity="warn",
        suggestion=suggestion,
    )

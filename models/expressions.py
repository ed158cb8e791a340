"""The language of `filter` and `boost`, run over the columns of a shelf.

A condition joins comparisons with `and`, `or`, `not` and brackets. Text fields are `item_id`,
`category`, `brand`, `attributes.NAME` (or `attributes["名"]`) with `==`, `!=` and `in ["a", "b"]`;
`tags` is asked with `"gift" in tags`; number fields are `price`, `list_price`, `stock`, `rating`,
`reviews`, `sales` with `== != < <= > >=`; `pinned` stands alone. A text that an item lacks is "";
`reviews` and `sales` that it lacks are 0, a `stock` that nobody counts is above every number, and a
comparison with a price or rating that it lacks is false, `!=` too. Of a text in both languages,
`绿茶 / Green tea`, either side is the text, too. `price` is what is paid at the
moment of the query, limited offers included; `list_price` is the supplier's. A boost is a list of
rules, a factor (usually 1.5) after each: `brand == "Lumi" => 2; pinned`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from models import syntax
from models.syntax import FACTORS, ExpressionError, Rule

__all__ = ["Boost", "Boosted", "ExpressionError", "compile_boost", "compile_filter", "fields_of"]

Mask = NDArray[np.bool_]
Filter = Callable[[Listings, int], Mask]

COMPARE: Final[dict[str, Callable[[Any, Any], Mask]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Boosted:
    """Hold what a boost makes of a shelf at a moment.

    `factors` float32[n] are 1 where no rule matches and within `FACTORS`; `raised` names each rule
    that raises, as written, with the rows bool[n] that it raises.
    """

    factors: NDArray[np.float32]
    raised: tuple[tuple[str, Mask], ...]


@dataclass(frozen=True, slots=True)
class Boost:
    """Give each listing the product of the factors of the rules it matches."""

    rules: tuple[tuple[Rule, Filter], ...]

    def __call__(self, listings: Listings, at: int) -> Boosted:
        """Ask each rule once, as of a moment."""
        factors = np.ones(listings.n, np.float32)
        raised = []
        for rule, matches in self.rules:
            rows = matches(listings, at)
            factors[rows] *= rule.factor
            if rule.factor > 1:
                raised.append((rule.words, rows))
        return Boosted(np.clip(factors, *FACTORS), tuple(raised))


@lru_cache(maxsize=512)
def compile_filter(text: str) -> Filter:
    """Compile a condition to a mask bool[n] over listings as of a moment (epoch ms).

    An empty text lets everything through. Raises ExpressionError.
    """
    if not text.strip():
        return lambda listings, _: np.ones(listings.n, np.bool_)
    return _filter(syntax.read_condition(text))


@lru_cache(maxsize=512)
def compile_boost(text: str) -> Boost:
    """Compile the rules of a boost; an empty text boosts nothing. Raises ExpressionError."""
    return Boost(tuple((rule, _filter(rule.condition)) for rule in syntax.read_rules(text)))


@lru_cache(maxsize=512)
def fields_of(condition: str, boost: str) -> frozenset[str]:
    """Return the fields whose texts a condition and a boost ask for. Raises ExpressionError."""
    asked = [syntax.read_condition(condition)] if condition.strip() else []
    asked += [rule.condition for rule in syntax.read_rules(boost)]
    return frozenset(field for one in asked for field in syntax.fields_in(one))


def _filter(condition: syntax.Condition) -> Filter:
    match condition:
        case syntax.Junction(word, left, right):
            return _joined(word, _filter(left), _filter(right))
        case syntax.Negation(inner):
            negated = _filter(inner)
            return lambda listings, at: ~negated(listings, at)
        case syntax.Number(field, sign, value):
            return _number(field, COMPARE[sign], value)
        case syntax.Text(field, attribute, values):
            return _text(field, attribute, values)
        case syntax.Tagged(tag):
            return _text("tags", "", (tag,))
        case syntax.Pinned():
            return lambda listings, _: listings.pinned.copy()


def _joined(word: str, left: Filter, right: Filter) -> Filter:
    if word == "and":
        return lambda listings, at: left(listings, at) & right(listings, at)
    return lambda listings, at: left(listings, at) | right(listings, at)


def _number(field: str, compare: Callable[[Any, Any], Mask], value: float) -> Filter:
    def matches(listings: Listings, at: int) -> Mask:
        column: NDArray[np.float32]
        column = listings.prices(at) if field == "price" else getattr(listings, field)
        return compare(column, value) & ~np.isnan(column)

    return matches


def _text(field: str, attribute: str, values: tuple[str, ...]) -> Filter:
    if field == "item_id":
        return lambda listings, _: _at(listings, values)
    return lambda listings, _: listings.terms(field).mask(attribute, values)


def _at(listings: Listings, item_ids: tuple[str, ...]) -> Mask:
    found = np.zeros(listings.n, np.bool_)
    for item_id in item_ids:
        if (place := listings.places.get(item_id)) is not None:
            found[place] = True
    return found

"""How a filter or boost is written: words to a tree of comparisons; errors name the place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

MAX_LENGTH: Final = 500
MAX_DEPTH: Final = 12
MAX_LIST: Final = 50
MAX_RULES: Final = 8
MAX_NUMBER: Final = 1e12
FACTORS: Final = (0.1, 10.0)
"""A boost may not make an item more than ten times stronger or weaker."""
USUAL_FACTOR: Final = 1.5

TEXTS: Final = ("item_id", "category", "brand", "attributes")
NUMBERS: Final = ("price", "list_price", "stock", "rating", "reviews", "sales")
FIELDS: Final = (*TEXTS, "tags", *NUMBERS, "pinned")

FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
"""How a sign reads from the other side."""

TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
      | (?P<text>"(?:[^"\\]|\\["\\])*"|'(?:[^'\\]|\\['\\])*')
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign>==|!=|<=|>=|=>|[<>()\[\],.;])
      | (?P<end>$)
    )""",
    re.VERBOSE,
)


class ExpressionError(ValueError):
    """Say what is wrong with an expression and where (`position`, characters from its start)."""

    def __init__(self, message: str, position: int) -> None:
        """Keep the position beside the sentence."""
        super().__init__(f"{message} (at character {position + 1})")
        self.position = position


@dataclass(frozen=True, slots=True)
class Number:
    """Compare a number field with a number."""

    field: str
    sign: str
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """Ask whether a text field, or one attribute, is among some values."""

    field: str
    attribute: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """Ask whether an item carries a tag."""

    tag: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """Ask whether the seller pinned the item."""


@dataclass(frozen=True, slots=True)
class Negation:
    """Turn a condition round."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Junction:
    """Join two conditions by `and` or `or`."""

    word: str
    left: Condition
    right: Condition


Condition = Number | Text | Tagged | Pinned | Negation | Junction


def fields_in(condition: Condition) -> Iterator[str]:
    """Give the fields of a shelf whose texts a condition asks for."""
    match condition:
        case Junction(_, left, right):
            yield from fields_in(left)
            yield from fields_in(right)
        case Negation(inner):
            yield from fields_in(inner)
        case Tagged():
            yield "tags"
        case Text(field) if field != "item_id":
            yield field


@dataclass(frozen=True, slots=True)
class Rule:
    """Give what a condition matches a factor; `words` is the condition as written."""

    words: str
    factor: float
    condition: Condition


def read_condition(text: str) -> Condition:
    """Read one condition. Raises ExpressionError."""
    reader = _Reader(text)
    condition = reader.either(0)
    reader.expect("end")
    return condition


def read_rules(text: str) -> list[Rule]:
    """Read rules `condition => factor` joined by `;`; may be none. Raises ExpressionError."""
    reader = _Reader(text)
    rules: list[Rule] = []
    while reader.token.kind != "end":
        if len(rules) == MAX_RULES:
            reader.fail(f"at most {MAX_RULES} rules")
        rules.append(reader.rule())
        if reader.token.kind != "end":
            reader.expect("sign", ";")
    return rules


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def found(self) -> str:
        return f"found {self.text or 'the end'}"


def _tokens(text: str) -> list[_Token]:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    tokens: list[_Token] = []
    place = 0
    while not tokens or tokens[-1].kind != "end":
        match = TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            start = len(text) - len(text[place:].lstrip())
            raise ExpressionError(f"{text[start : start + 12]!r} cannot be read", start)
        kind = match.lastgroup
        tokens.append(_Token(kind, match[kind], match.start(kind)))
        place = match.end()
    return tokens


class _Reader:
    """Descend through the tokens; every method leaves the first token that is not its own."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = _tokens(text)
        self._place = 0

    @property
    def token(self) -> _Token:
        return self._tokens[self._place]

    def fail(self, message: str, token: _Token | None = None) -> NoReturn:
        raise ExpressionError(message, (token or self.token).position)

    def take(self) -> _Token:
        token = self.token
        self._place += token.kind != "end"
        return token

    def sees(self, *texts: str) -> bool:
        return self.token.kind in {"word", "sign"} and self.token.text in texts

    def takes(self, *texts: str) -> bool:
        seen = self.sees(*texts)
        self._place += seen
        return seen

    def expect(self, kind: str, text: str = "") -> _Token:
        if self.token.kind != kind or (text and self.token.text != text):
            wanted = {"end": "the end", "text": "a text in quotes", "word": "a name"}
            self.fail(f"expected {text or wanted[kind]}, {self.token.found}")
        return self.take()

    def rule(self) -> Rule:
        start = self.token.position
        condition = self.either(0)
        words = self.text[start : self.token.position].strip()
        factor = USUAL_FACTOR
        if self.takes("=>"):
            token = self.token
            factor = self.number()
            if not FACTORS[0] <= factor <= FACTORS[1]:
                self.fail(f"a factor lies between {FACTORS[0]:g} and {FACTORS[1]:g}", token)
        return Rule(words, factor, condition)

    def either(self, depth: int) -> Condition:
        condition = self.both(depth)
        while self.takes("or"):
            condition = Junction("or", condition, self.both(depth))
        return condition

    def both(self, depth: int) -> Condition:
        condition = self.one(depth)
        while self.takes("and"):
            condition = Junction("and", condition, self.one(depth))
        return condition

    def one(self, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            self.fail(f"nested deeper than {MAX_DEPTH} levels")
        if self.takes("not"):
            return Negation(self.one(depth + 1))
        if self.takes("("):
            inner = self.either(depth + 1)
            self.expect("sign", ")")
            return inner
        if self.token.kind == "text":
            return self.text_first()
        if self.token.kind == "number":
            value = self.number()
            sign = FLIPPED[self.sign(FLIPPED)]
            return Number(self.field(NUMBERS), sign, value)
        return self.field_first()

    def field_first(self) -> Condition:
        token = self.token
        name = self.field(FIELDS)
        if name == "pinned":
            return Pinned()
        if name in NUMBERS:
            return Number(name, self.sign(FLIPPED), self.number())
        if name == "tags":
            self.fail('tags are asked with "name" in tags', token)
        attribute = self.attribute() if name == "attributes" else ""
        if self.takes("in"):
            return Text(name, attribute, self.texts())
        sign = self.sign(("==", "!="))
        return self.same(sign, Text(name, attribute, (self.quoted(),)))

    def text_first(self) -> Condition:
        value = self.quoted()
        if self.takes("in"):
            self.field(("tags",))
            return Tagged(value)
        sign = self.sign(("==", "!="))
        name = self.field(TEXTS)
        return self.same(
            sign, Text(name, self.attribute() if name == "attributes" else "", (value,))
        )

    def same(self, sign: str, text: Text) -> Condition:
        return text if sign == "==" else Negation(text)

    def attribute(self) -> str:
        if self.takes("."):
            return self.expect("word").text
        self.expect("sign", "[")
        name = self.quoted()
        self.expect("sign", "]")
        return name

    def field(self, names: tuple[str, ...]) -> str:
        if self.token.kind != "word" or self.token.text not in names:
            self.fail(f"expected a field, {self.token.found}; known here: {', '.join(names)}")
        return self.take().text

    def sign(self, signs: Collection[str]) -> str:
        if not self.sees(*signs):
            self.fail(f"expected one of {' '.join(signs)}, {self.token.found}")
        return self.take().text

    def number(self) -> float:
        if self.token.kind != "number" or abs(float(self.token.text)) > MAX_NUMBER:
            self.fail(f"expected a number, {self.token.found}")
        return float(self.take().text)

    def quoted(self) -> str:
        return re.sub(r"\\(.)", r"\1", self.expect("text").text[1:-1])

    def texts(self) -> tuple[str, ...]:
        self.expect("sign", "[")
        found = [self.quoted()]
        while not self.takes("]"):
            self.expect("sign", ",")
            found.append(self.quoted())
            if len(found) > MAX_LIST:
                self.fail(f"at most {MAX_LIST} values in a list")
        return tuple(found)

"""Our own choices: shops of nine trades and what may be shown for a wish in visitors' words.

The head of `tests/gold/choices.txt` tells how it is laid out.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.catalogue import Listings
from data.schemas import Item
from models.answers.advice import Counter
from models.answers.choosing import Choosing
from models.answers.record import Ask, Record
from models.language import language, plain
from tests.quality.gold import FOLDER
from tests.streams import NOW, Stream


@dataclass(frozen=True)
class Choice:
    """Ask a shop for a choice; `right` may be shown, nothing where it is empty."""

    shop: str
    text: str
    right: frozenset[str]


def wanted(name: str = "choices.txt") -> tuple[dict[str, Listings], list[Choice]]:
    """Return the shops' shelves and the choices asked of them, from a file of the gold folder."""
    items: dict[str, list[Item]] = {}
    choices: list[Choice] = []
    shop = ""
    for line in map(str.strip, (FOLDER / name).read_text("utf-8").splitlines()):
        if line.startswith("["):
            shop = line.strip("[]")
            items[shop] = []
        elif line.startswith("?"):
            text, right = line[1:].rsplit(" = ", 1)
            choices.append(Choice(shop, text.strip(), frozenset(right.split()) - {"-"}))
        elif line and not line.startswith("#"):
            items[shop].append(_item(line))
    stream = Stream()
    shelves: dict[str, Listings] = {}
    for name, own in items.items():
        stream.shelf(name, own)
        found = stream.state.catalogue.shelf(name)
        assert found is not None
        shelves[name] = found
    return shelves, choices


@dataclass(frozen=True)
class OnPage:
    """Ask on a product's page; `said` must stand in the answer, of which there is none if empty."""

    shop: str
    item_id: str
    text: str
    said: str


def pages() -> list[OnPage]:
    """Return what is asked on products' pages."""
    found = []
    for line in (FOLDER / "pages.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            asked, said = line.rsplit(" = ", 1)
            shop, item_id, text = asked.split(" | ")
            found.append(OnPage(shop, item_id, text, "" if said == "-" else said))
    return found


def told(counter: Counter, page: OnPage) -> str:
    """Return what a shop's catalogue answers on a product's page."""
    ask = Ask("q", "s", page.text, NOW, item_id=page.item_id)
    made = Record(ask, [], "untrained")
    choosing = Choosing(made, counter, plain(page.text), lambda: range(counter.shelf.n))
    answer = choosing.told(known=False).answer
    return answer.answer if answer is not None and answer.origin == "extracted" else ""


def shown(counters: dict[str, Counter], choice: Choice) -> list[str]:
    """Return what a shop shows for a choice, its products in the order they were listed."""
    counter = counters[choice.shop]
    wish = counter.wish(plain(choice.text), of_none=True)
    if wish is None:
        return []
    shelf = counter.shelf
    found = counter.advise(wish, range(shelf.n), NOW, language(choice.text))
    return [shelf.item_ids[one.place] for one in found]


def _item(line: str) -> Item:
    name, title, english, category, known, tags, price = (one.strip() for one in line.split(" | "))
    pairs = (one.partition("=") for one in known.split("; ") if one)
    return Item(
        item_id=name,
        title=title or english,
        title_en=english if title else "",
        category=category,
        attributes={kind.strip(): value.strip() for kind, _, value in pairs},
        tags=tuple(filter(None, tags.split(", "))),
        price=float(price),
    )

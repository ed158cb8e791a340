"""Read MovieLens ratings with their films.

Forms, told apart by the first line: RecBole's `.inter` and `.item` (tabs, `user_id:token` …),
ml-1m's `ratings.dat` and `movies.dat` (`::`), ml-100k's `u.data`, and `ratings.csv` with
`movies.csv`. Films are read first whatever the order of the files, since a film's facts go before
its first rating.

A rating of 4 or more is `favorite`, 3 and 3.5 `view`, less `not_interested`; `value` is the rating.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple, TypeVar

from data.errors import Misconfigured
from data.layouts import fields
from data.layouts.layout import Job, Layout, Rejected, Sighting, Told
from data.layouts.shelves import on_first_sight
from data.layouts.source import Source
from data.layouts.table import Row, rows
from data.schemas import Event, Item, Kind

T = TypeVar("T")

LIKED: Final = 4.0
MEH: Final = 3.0
_YEAR: Final = re.compile(r"^(.*?)\s*\((\d{4})\)$")


class _Form(NamedTuple):
    """Name the columns of one form; `headerless` where the file does not."""

    delimiter: str
    columns: tuple[str, ...]  # user, item, rating, time; or item, title, genres and perhaps year
    headerless: bool = False
    encoding: str = "utf-8"
    between_genres: str = "|"

    @property
    def of_films(self) -> bool:
        return "title" in self.columns[1]


_RATINGS: Final = ("user", "item", "rating", "timestamp")
FORMS: Final[dict[re.Pattern[bytes], _Form]] = {
    re.compile(rb"user_id:token\titem_id:token"): _Form(
        "\t", ("user_id:token", "item_id:token", "rating:float", "timestamp:float")
    ),
    re.compile(rb"item_id:token\t"): _Form(
        "\t",
        ("item_id:token", "movie_title:token_seq", "class:token_seq", "release_year:token"),
        between_genres=" ",
    ),
    re.compile(rb"userId,movieId,"): _Form(",", ("userId", "movieId", "rating", "timestamp")),
    re.compile(rb"movieId,title,"): _Form(",", ("movieId", "title", "genres")),
    re.compile(rb"\d+::\d+::[\d.]+::\d+\r?$"): _Form("::", _RATINGS, headerless=True),
    re.compile(rb"\d+::.+::"): _Form(
        "::", ("item", "title", "genres"), headerless=True, encoding="latin-1"
    ),
    re.compile(rb"\d+\t\d+\t[\d.]+\t\d+\r?$"): _Form("\t", _RATINGS, headerless=True),
}


def _form(source: Source) -> _Form:
    first = source.first_line()
    for pattern, form in FORMS.items():
        if pattern.match(first):
            return form
    raise Misconfigured(f"{source.name}: neither ratings nor films of a known form")


def _rows(source: Source, form: _Form, parse: Callable[[Row], T]) -> Iterator[T | Rejected]:
    return rows(
        source,
        parse,
        form.columns,
        header=form.columns if form.headerless else (),
        delimiter=form.delimiter,
        quoted=form.delimiter == ",",
        encoding=form.encoding,
    )


def _films(source: Source, form: _Form) -> Iterator[Item | Rejected]:
    def parse(row: Row) -> Item:
        item_id = fields.ident(row[form.columns[0]], "item")
        title = fields.words(row[form.columns[1]])
        split = _YEAR.match(title)
        year = row[form.columns[3]].strip() if len(form.columns) > 3 else split and split[2]
        title = split[1] if split else title
        text = row[form.columns[2]].replace("(no genres listed)", "")
        genres = [fields.words(genre) for genre in text.split(form.between_genres) if genre.strip()]
        return Item(
            item_id=item_id,
            title=title or item_id,
            category=genres[0] if genres else "",
            tags=tuple(genres),
            attributes={"year": str(year)} if year else {},
        )

    return _rows(source, form, parse)


def _ratings(source: Source, form: _Form, job: Job, films: dict[str, Item]) -> Told:
    user, item, rating, timestamp = form.columns

    def parse(row: Row) -> Sighting:
        item_id = fields.ident(row[item], "item")
        stars = fields.number(row[rating], "rating")
        at = fields.seconds(row[timestamp], job.now)
        event = Event(
            event_id=fields.row_id("movielens", row.line, row.raw),
            kind=_kind(stars),
            at=at,
            seller_id=job.seller_id,
            visitor=job.visitor(fields.ident(row[user], "user")),
            item_id=item_id,
            value=stars,
        )
        film = films.get(item_id) or Item(item_id=item_id, title=item_id)
        return Sighting(at=at, seller_id=job.seller_id, event=event, item=film)

    return _rows(source, form, parse)


def _kind(stars: float) -> Kind:
    if stars >= LIKED:
        return Kind.FAVORITE
    return Kind.VIEW if stars >= MEH else Kind.NOT_INTERESTED


def _read(sources: Sequence[Source], job: Job) -> Told:
    forms = [(source, _form(source)) for source in sources]
    films: dict[str, Item] = {}
    for told in chain.from_iterable(_films(s, form) for s, form in forms if form.of_films):
        if isinstance(told, Rejected):
            yield told
        else:
            films[told.item_id] = told
    for source, form in forms:
        if not form.of_films:
            yield from _ratings(source, form, job, films)


LAYOUT: Final = Layout(
    "movielens", "MovieLens ratings and films, any release", _read, on_first_sight
)

"""How the cost of a request, memory and start-up grow with shelves, visitors and sellers."""

from __future__ import annotations

import shutil
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from data.identity import Pseudonymiser, open_key
from data.schemas import Kind, Listing, Seller
from data.state import LAYOUT
from data.stores import open_stores
from data.stores.ports import Checkpoint, Stores
from service.bench import calls, home, load
from service.bench.paired import Figure, figure, ratio
from service.bench.requests import CONNECTIONS, scoring, spend

AT_ONCE: Final = 20_000
OWN: Final = 5
"""Products on each further seller's shelf."""


class Point(msgspec.Struct):
    """Hold the cost at one size, and the process's memory when it was ready and afterwards."""

    size: int
    recommend_us: Figure
    scoring_us: Figure
    of_first: Figure
    ready_mb: float = 0.0
    loaded_mb: float = 0.0


async def shelves(
    port: int, sizes: tuple[int, ...], visitors: int, count: int, rounds: int
) -> list[Point]:
    """Ask the same server for lists of every shelf, in turns; ratios are to the smallest."""
    client = await load.Client.open(port, CONNECTIONS)
    sources = {size: calls.asks("/recommend", size, visitors) for size in sizes}
    taken: dict[int, list[float]] = {size: [] for size in sizes}
    scored: dict[int, list[float]] = {size: [] for size in sizes}
    for turn in range(rounds + 1):
        for size, source in sources.items():
            spent = await spend(client, list(islice(source, count)))
            alone = await scoring(client, size, visitors, count, turn * count)
            if turn:
                taken[size].append(spent)
                scored[size].append(alone)
    client.close()
    return [
        Point(size, figure(taken[size]), figure(scored[size]), ratio(taken[size], taken[sizes[0]]))
        for size in sizes
    ]


async def crowds(
    folders: dict[int, Path],
    core: int | None,
    shelf: int,
    count: int,
    rounds: int,
    *,
    visitors: bool,
    serve: load.Serve,
) -> list[Point]:
    """Serve homes of different sizes side by side and ask them in turns.

    With `visitors` each size is how many visitors ask, else how many sellers there are.
    """
    servers, points = {}, []
    for size, folder in folders.items():
        server = serve(folder, core)
        port = server.__enter__()
        servers[size] = (server, await load.Client.open(port, CONNECTIONS))
    taken: dict[int, list[float]] = {size: [] for size in folders}
    ready = {size: await client.cost() for size, (_, client) in servers.items()}
    few = min(folders)
    sources = {size: calls.asks("/recommend", shelf, size if visitors else few) for size in folders}
    for turn in range(rounds + 1):
        for size, (_, client) in servers.items():
            spent = await spend(client, list(islice(sources[size], count)))
            taken[size] += [spent] if turn else []
    first = next(iter(folders))
    for size, (server, client) in servers.items():
        points.append(
            Point(
                size,
                figure(taken[size]),
                figure([0.0]),  # not taken apart here
                ratio(taken[size], taken[first]),
                ready[size].resident_mb,
                (await client.cost()).resident_mb,
            )
        )
        client.close()
        server.__exit__(None, None, None)
    return points


def with_visitors(base: Path, folder: Path, known: int, count: int) -> Path:
    """Copy a home and give it more visitors: the profiles of the known ones under further names."""
    settings = home.settings_for(_copied(base, folder))
    pseudonym = Pseudonymiser(open_key(settings)).visitor
    with open_stores(settings.store_url) as stores:
        models = [stores.profiles.get(pseudonym(home.visitor_name(n))) for n in range(known)]
        found = [profile for profile in models if profile is not None]
        for start in range(known, count, AT_ONCE):
            numbers = range(start, min(count, start + AT_ONCE))
            names = (pseudonym(home.visitor_name(number)) for number in numbers)
            rows = {name: found[n % len(found)] for n, name in enumerate(names)}
            _save(stores, profiles=rows)
    return folder


def with_sellers(base: Path, folder: Path, count: int) -> Path:
    """Copy a home and give it more sellers, each with a shelf of `OWN` products."""
    settings = home.settings_for(_copied(base, folder))
    with open_stores(settings.store_url) as stores:
        for start in range(0, count, AT_ONCE // OWN):
            sellers, listings = {}, {}
            for number in range(start, min(count, start + AT_ONCE // OWN)):
                name = f"seller-{number}"
                sellers[name] = _edit(Kind.SELLER, name, "", Seller(seller_id=name, name=name))
                for place in range(OWN):
                    item = f"i{(number * OWN + place) % 5_000}"
                    row = _edit(Kind.LISTING, name, item, Listing(item_id=item, position=place))
                    listings[name, item] = row
            _save(stores, sellers=sellers, listings=listings)
    return folder


def _copied(base: Path, folder: Path) -> Path:
    shutil.copytree(base, folder)
    return folder


def _edit(kind: Kind, seller: str, item: str, value: msgspec.Struct) -> bytes:
    """Return a catalogue row as the state saves it."""
    return msgspec.msgpack.encode((1, home.NOW, kind, seller, item, msgspec.json.encode(value)))


def _save(stores: Stores, **rows: object) -> None:
    cursor = stores.checkpoints.load()
    if cursor is None:
        raise RuntimeError("the home to grow has no checkpoint")
    stores.checkpoints.save(
        Checkpoint(seq=cursor.seq, version=LAYOUT, statistics=cursor.statistics, **rows)  # type: ignore[arg-type]
    )

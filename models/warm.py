"""Go once through all that answers, so that no request waits for loops to be compiled."""

from __future__ import annotations

import msgspec
import numpy as np

from data.schemas import Event, Item, Kind, Listing, Logged, Query, Seller
from data.state import State
from models.answers.blend import SCORED
from models.answers.confidence import signals
from models.answers.index import Index
from models.answers.library import Entry, Library
from models.answers.rerank import COLUMNS, Reranker
from models.base import History
from models.recommender import Recommender


def warm(recommender: Recommender) -> None:
    """Answer questions over a shop of its own: compiles kernels, opens sessions, reads pages.

    Its shelf is longer than what is ranked, so that candidates are chosen: of all, and as on a
    shelf too long to be scored whole. Rows of several columns lie apart, but a single one does not,
    which is another loop: there is a question about one product, and every retriever is asked for
    its best and about one.
    """
    state = State()
    longer = recommender.settings.candidates + 1
    items = [
        Item(item_id=f"warm-{n}", title="warm", category="c", brand="b", tags=("t",), price=9.0 + n)
        for n in range(longer)
    ]
    facts: list[tuple[Kind, str | None, object]] = [
        (Kind.SELLER, None, Seller(seller_id="warm", name="warm")),
        *((Kind.ITEM, item.item_id, item) for item in items),
        *((Kind.LISTING, item.item_id, Listing(item_id=item.item_id)) for item in items),
        *((kind, items[0].item_id, None) for kind in (Kind.VIEW, Kind.DWELL, Kind.IMPRESSION)),
    ]
    for seq, (kind, item_id, payload) in enumerate(facts, 1):
        event = Event(
            event_id=f"warm-{seq}",
            kind=kind,
            at=1_000_000 + seq,
            seller_id="warm",
            visitor="warm",
            item_id=item_id,
            duration_ms=1000,
            payload=None if payload is None else msgspec.Raw(msgspec.json.encode(payload)),
        )
        state.apply(Logged(seq, event))
    usual = recommender.settings
    try:
        for scan, visitor, only in (
            (usual.scan, "warm", ""),
            (usual.scan, "stranger", ""),
            (0, "warm", ""),
            (usual.scan, "warm", 'item_id == "warm-0"'),
        ):
            recommender.settings = msgspec.structs.replace(usual, scan=scan)
            query = Query(
                recommendation_id=f"warm-{visitor}",
                seller_id="warm",
                visitor=visitor,
                at=2_000_000,
                diversity=0.5,
                reshow="cooldown",
                filter=only,
            )
            record = recommender.recommend(query, state).record
            shown = Event(
                event_id=query.recommendation_id,
                kind=Kind.RECOMMENDATION,
                at=query.at,
                seller_id="warm",
                visitor=visitor,
                payload=msgspec.Raw(msgspec.json.encode(record)),
            )
            state.apply(Logged(state.seq + 1, shown))
    finally:
        recommender.settings = usual
    row, day = np.zeros(1, np.int32), np.ones(1, np.float32)
    for retriever in recommender.retrievers if len(recommender.item_keys) else ():
        retriever.retrieve(History(row, day, day), longer)
        said = np.zeros((1, len(retriever.columns)), np.float32)
        retriever.score(History(row, day, day), row, said)


def warm_answers() -> None:
    """Ask a small shop, which has a head and a reranker, a question."""
    phrasings = ("one {}", "two {}", "three {}")
    library = Library(
        [Entry("faq", name, tuple(one.format(name) for one in phrasings)) for name in "abc"]
    )
    none, one = (0.0,) * len(COLUMNS), (1.0,) * len(COLUMNS)
    index = Index(library, (), Reranker("0", SCORED, none, one, none))
    signals(index.like("one a"), index, 0)

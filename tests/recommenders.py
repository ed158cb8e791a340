"""Recommenders whose order anyone can tell, and shops to ask them about."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from data import features
from data.schemas import Query
from models.base import Scores
from models.recommender import Recommender
from models.settings import Settings
from tests.streams import DAY, NOW, Stream, item

SURE = Settings(epsilon=0.0)


@dataclass
class OneColumn:
    """Rank by one feature: a learned order whose reasons anyone can tell."""

    name: str

    def score(self, matrix: Scores) -> Scores:
        place = features.FEATURES.index(self.name)
        return np.ascontiguousarray(matrix[:, place])


def by(name: str, **settings: object) -> Recommender:
    fields = {"epsilon": 0.0, **settings}
    return Recommender(ranker=OneColumn(name), settings=msgspec.convert(fields, Settings))


def query(visitor: str = "v", **fields: object) -> Query:
    fields = {"recommendation_id": "r1", "seller_id": "s", "at": NOW + DAY, **fields}
    return msgspec.convert({"visitor": visitor, **fields}, Query)


def shop(products: int = 6) -> Stream:
    stream = Stream()
    stream.shelf("s", [item(n, category=f"c{n % 2}") for n in range(products)])
    return stream


def shown(recommender: Recommender, asked: Query, stream: Stream) -> list[str]:
    return [slot.item_id for slot in recommender.recommend(asked, stream.state).record.slots]

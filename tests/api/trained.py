"""Small trained models in a registry: real trees through ONNX, fitted on random rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.features import FEATURES
from models.ranker import Ranker, TreeSettings
from models.recommender import Recommender
from models.registry import Registry
from models.settings import Settings
from service.bench.home import card_of
from tests.api.shop import NOW

GROUP = 20


def registered(home: Path, seed: int, created_at: int = NOW) -> str:
    """Fit a model that likes what the visitor's category weights say, and register it."""
    recommender = Recommender(settings=Settings(epsilon=0.02 + seed / 1000))
    names = recommender.feature_names
    rng = np.random.default_rng(seed)
    matrix = rng.random((GROUP * 50, len(names)), dtype=np.float32)
    liked = matrix[:, names.index("category_browse")] + 0.1 * rng.random(len(matrix))
    labels = (liked > np.quantile(liked, 0.9)).astype(np.float32)
    groups = np.full(50, GROUP, np.int32)
    recommender.ranker = Ranker.fit(
        matrix, labels, groups, names, seed, TreeSettings(trees=8, leaves=7)
    )
    card = card_of(recommender, seed, created_at)
    assert names[: len(FEATURES)] == FEATURES
    return Registry(home / "artifacts").register(recommender, card)

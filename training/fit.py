"""Fit the retrievers on a log's past, and learn the ranker from groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import implicit.cpu.als  # noqa: F401  a library loaded later would not be held to one thread
import msgspec
import numpy as np
import sklearn.decomposition  # noqa: F401  as above
from joblib import Parallel, cpu_count, delayed
from threadpoolctl import threadpool_limits

from data.dataset import Interactions
from data.schemas import Item, Kind
from models.base import Retriever
from models.content import Content
from models.facts import ItemEncoder, facts_of
from models.folder import RETRIEVERS
from models.links import SignalSettings, as_declared
from models.ranker import Ranker, TreeSettings, export, train
from models.recommender import Recommender
from models.settings import Settings
from models.signals import NAMES as SIGNALS
from models.signals import Signals
from training import bounds
from training.config import Config, ConfigError
from training.groups import Groups
from training.scanned import Scanned

NOTHING: frozenset[Kind] = frozenset()
MOST_THREADS: Final = 4


def fit(
    scanned: Scanned,
    at: int,
    config: Config,
    without: frozenset[Kind] = NOTHING,
    step: Callable[[int], object] = lambda count: count,
) -> Recommender:
    """Fit the configured retrievers on what happened before a moment (epoch ms); no ranker yet.

    Interactions of the kinds `without` are left out.
    """
    return fit_on(scanned.until(at, without), scanned.described(at), config, step)


def fit_on(
    interactions: Interactions,
    items: Sequence[Item | None],
    config: Config,
    step: Callable[[int], object] = lambda count: count,
) -> Recommender:
    """Fit the configured retrievers; `items` describe the interactions' item rows.

    Linear algebra runs on one thread, because the order of its sums, and so the last bits, hang
    on how many there are.
    """
    facts = facts_of(items)
    signals = settings_of(config).signals
    made = [_made(name, numbers, signals) for name, numbers in config.retrievers.items()]

    def fitted(retriever: Retriever) -> Retriever:
        retriever.fit(interactions, facts)
        step(1)
        return retriever

    with threadpool_limits(limits=1, user_api="blas"):
        threads = Parallel(n_jobs=min(cpu_count(), MOST_THREADS), prefer="threads")
        retrievers = list(threads(delayed(fitted)(retriever) for retriever in made))
    content = next((r for r in retrievers if isinstance(r, Content)), None)
    return Recommender(
        retrievers=tuple(retrievers),
        encoder=ItemEncoder(content) if content is not None else None,
        item_keys=interactions.item_keys,
        settings=settings_of(config),
    )


def _made(name: str, numbers: dict[str, float], signals: Signals) -> Retriever:
    if name not in RETRIEVERS:
        raise ConfigError(f"retrievers: no {name!r}; known: {', '.join(RETRIEVERS)}")
    if SIGNALS & numbers.keys():
        told = ", ".join(sorted(SIGNALS & numbers.keys()))
        raise ConfigError(f"retrievers.{name}: {told} stand in recommender.signals, for all alike")
    kind = RETRIEVERS[name]
    given: dict[str, Any] = {"signals": signals} if issubclass(kind, SignalSettings) else {}
    try:
        return kind(**as_declared(kind, numbers), **given)
    except TypeError as error:
        raise ConfigError(f"retrievers.{name}: {error}") from error


def learn(
    groups: Groups, names: tuple[str, ...], config: Config
) -> tuple[Ranker, dict[str, float]]:
    """Learn the ranker from groups; return it with each column's share of the trees' gain."""
    weights = np.repeat(groups.weights, groups.sizes)
    booster = train(
        groups.features,
        groups.labels,
        groups.sizes.astype(np.int32),
        names,
        config.seed,
        trees_of(config),
        None if np.all(weights == 1.0) else weights,
    )
    ranker = Ranker(export(booster, len(names)))
    ranker.agree(booster, groups.features)
    gains = booster.feature_importance("gain")
    shares = gains / max(float(gains.sum()), 1e-12)
    return ranker, {name: round(float(share), 6) for name, share in zip(names, shares, strict=True)}


def check(config: Config) -> None:
    """Refuse settings that no retriever, ranker or recommender takes, before anything is read."""
    settings = settings_of(config)
    trees_of(config)
    wrong = [*bounds.of_recommender(settings)]
    for name, numbers in config.retrievers.items():
        if name in RETRIEVERS:
            wrong += bounds.of_retriever(name, RETRIEVERS[name], numbers)
    if wrong:
        raise ConfigError("; ".join(wrong))
    for name, numbers in config.retrievers.items():
        _made(name, numbers, settings.signals)


def trees_of(config: Config) -> TreeSettings:
    """Return the ranker's settings; those not configured keep their defaults."""
    try:
        return TreeSettings(**as_declared(TreeSettings, config.ranker))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"ranker: {error}") from error


def settings_of(config: Config) -> Settings:
    """Return the recommender's settings; those not configured keep their defaults."""
    try:
        return msgspec.convert(config.recommender, type=Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"recommender: {error}") from error

"""The model that answers: loaded and warmed in a thread, swapped between two requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import perf_counter
from typing import Final

from data.errors import ModelRefused, NotFound
from models.cards import ModelCard
from models.recommender import UNTRAINED, Recommender
from models.registry import NothingBefore, Registry, UnknownVersion
from models.warm import warm
from service.logs import log_line
from service.metrics import Metrics

REST: Final = 4.0
"""How long a swap stands back between two shelves, as often as the last one took it."""
PATIENCE: Final = 10.0
"""Seconds that a swap stands back in all."""


class Champion:
    """Follow the registry's pointer; a broken version is logged and the old one goes on.

    `recommender` is an attribute of the instance, taken once by each request: a request sees one
    version from start to end.
    """

    def __init__(
        self,
        registry: Registry,
        metrics: Metrics,
        clock: Callable[[], float] = perf_counter,
        rest: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Start with what serves before any model is trained; `clock` and `rest` are in seconds."""
        self._clock, self._rest = clock, rest
        self.recommender = Recommender.fallback()
        self.holdout = Recommender.fallback()
        """Shows the holdout what is popular on the card: personal picks are measured against it."""
        self._registry, self._metrics = registry, metrics
        self._broken: tuple[str, int] | None = None
        self._card: ModelCard | None = None
        self._lock = asyncio.Lock()

    async def warm(self) -> None:
        """Compile and load what the first requests need."""
        await asyncio.to_thread(warm, self.recommender)

    async def follow(self) -> None:
        """Let the registry's champion answer, if it is another one and can be loaded."""
        async with self._lock:
            version = await asyncio.to_thread(self._registry.champion)
            if version is None or version == self.recommender.version:
                return
            written = version, await asyncio.to_thread(self._registry.written, version)
            if written == self._broken:
                return
            try:
                found = await asyncio.to_thread(self._load, version)
            except Exception as error:  # whatever is wrong with the folder, the old one serves on
                self._broken = written
                self._metrics.model_failures.inc()
                log_line(
                    logging.ERROR,
                    "model_not_loaded",
                    version=version,
                    serving=self.recommender.version,
                    error=f"{type(error).__name__}: {error}",
                )
            else:
                await self._swap(found)

    async def promote(self, version: str, at: int) -> None:
        """Load a version, make it the champion, let it answer. Raises NotFound, ModelRefused."""
        async with self._lock:
            found = await self._loaded(version)
            await asyncio.to_thread(self._registry.promote, version, at)
            await self._swap(found)

    async def roll_back(self, at: int) -> None:
        """Let the champion before this one answer again. Raises ModelRefused."""
        async with self._lock:
            before = (await asyncio.to_thread(self._registry.pointer)).before
            if not before:
                raise ModelRefused("there is no earlier champion to go back to")
            found = await self._loaded(before[-1])
            try:
                version = await asyncio.to_thread(self._registry.roll_back, at)
            except NothingBefore as error:
                raise ModelRefused(str(error)) from error
            await self._swap(found if version == found.version else await self._loaded(version))

    async def card(self) -> ModelCard | None:
        """Return the card of what answers now; None before any model is trained, or if it is gone.

        It is read once.
        """
        version = self.recommender.version
        if version != UNTRAINED and (self._card is None or self._card.version != version):
            with suppress(NotFound, ModelRefused):
                self._card = await asyncio.to_thread(self._registry.card, version)
        return self._card

    async def listing(self) -> tuple[str | None, list[ModelCard]]:
        """Return the champion's version and all model cards, the newest first."""

        def read() -> tuple[str | None, list[ModelCard]]:
            return self._registry.champion(), self._registry.versions()

        return await asyncio.to_thread(read)

    async def _loaded(self, version: str) -> Recommender:
        try:
            return await asyncio.to_thread(self._load, version)
        except UnknownVersion:
            raise NotFound("no such model version") from None
        except Exception as error:  # a folder can be broken in many ways; none may serve
            self._metrics.model_failures.inc()
            raise ModelRefused(f"{version} cannot serve: {error}") from error

    def _load(self, version: str) -> Recommender:
        recommender = self._registry.load(version)
        warm(recommender)
        return recommender

    async def _swap(self, recommender: Recommender) -> None:
        """Let a model answer, once it has looked up the shelves that are asked for."""
        left = PATIENCE
        for look_up in recommender.ahead(self.recommender):
            begun = self._clock()
            await asyncio.to_thread(look_up)
            rest = min(REST * (self._clock() - begun), left)
            left -= rest
            await self._rest(rest)
        before, self.recommender = self.recommender, recommender
        self._broken = None
        if before.version != recommender.version:
            self._metrics.model_swaps.inc()
            log_line(
                logging.INFO, "model_swapped", version=recommender.version, before=before.version
            )

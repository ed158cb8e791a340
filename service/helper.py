"""The assistant of one process: encoders opened once, sellers' indexes made beside the loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

from data.errors import Misconfigured, SmartcardError
from data.state import State
from models.answers import sounds, topics
from models.answers.assistant import Assistant
from models.answers.index import Channel, Index
from models.answers.judge import RATED, Judge, judge_key
from models.answers.library import Sayable
from models.answers.rerank import Reranker
from models.answers.shops import revision_of
from models.answers.temper import Temper
from models.answers.texts import Read
from models.answers.vectors import Vectors
from models.encoders.encoder import Encodes
from models.encoders.provide import open_encoder
from service.logs import log_line

ENCODERS = "encoders"
ANSWERS = "answers"
ATTEMPTS = 3
"""How often an index is made for one question while its seller goes on editing."""


class Written(NamedTuple):
    """Tell a version of answers, empty for none, from one written anew under its name."""

    version: str = ""
    at_ns: int = 0

    @property
    def missing(self) -> bool:
        """Say whether its folder is not there, as for a moment while it is replaced."""
        return bool(self.version) and not self.at_ns


class Helper:
    """Own the assistant; without any encoder it answers by words alone."""

    def __init__(self, home: Path, names: Sequence[str]) -> None:
        """Use the named encoders: packaged ones, or folders of the user's own."""
        self._home, self._names = home, tuple(names)
        self._answers = Written()
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.assistant = Assistant(Vectors(), Judge.shipped(()))

    async def start(self) -> None:
        """Open the encoders, converting packaged ones on the first start of a home."""
        self.assistant = await asyncio.to_thread(self._opened)

    def _opened(self) -> Assistant:
        sounds.prepare()
        encoders = [one for name in self._names if (one := self._encoder(name)) is not None]
        if encoders:
            encoders[0].encode(["warm"])
        known = topics.opened(encoders, self._home / ENCODERS)
        return self._assistant(encoders, known, self._current())

    async def follow(self) -> None:
        """Answer by what training has learned last, from the next question on.

        A version may be written anew under its name, where files of it were broken.
        """
        current = await asyncio.to_thread(self._current)
        if current != self._answers and not current.missing:
            known = self.assistant.vectors
            self.assistant = await asyncio.to_thread(
                self._assistant, known.encoders, known.topics, current
            )
            log_line(logging.INFO, "answers_swapped", version=current.version)

    def _current(self) -> Written:
        """Return the version that training made last."""
        root = self._home / ANSWERS
        try:
            version = (root / "current").read_text("utf-8").strip()
        except FileNotFoundError:
            return Written()
        try:
            return Written(version, (root / version).stat().st_mtime_ns)
        except FileNotFoundError:
            return Written(version)

    def _assistant(
        self, encoders: Sequence[Encodes], known: topics.Topics | None, current: Written
    ) -> Assistant:
        self._answers, version = current, current.version
        folder, own = self._home / ANSWERS / version, [one.name for one in encoders]
        names = topics.names(own)
        judge, reranker = Judge.shipped(names), None
        if version:
            try:
                judge = Judge.open(folder / RATED, names)
                reranker = Reranker.open(folder / "reranker.json", judge_key(names))
            except Misconfigured as error:  # other encoders, or a broken folder
                log_line(logging.WARNING, "answers_not_opened", version=version, error=str(error))
        name = "+".join(own) or "words"
        found = f"{name}@{version}" if version else name
        vectors = Vectors(encoders, folder if version else None, known)
        temper = Temper.shipped(own)
        return Assistant(vectors, judge, found, reranker=reranker, temper=temper)

    def _encoder(self, name: str) -> Encodes | None:
        try:
            found = open_encoder(name, self._home / ENCODERS)
        except SmartcardError as error:  # answers by words are better than no service
            log_line(logging.ERROR, "encoder_not_opened", name=name, error=str(error))
            return None
        if found is None:
            log_line(logging.WARNING, "encoder_not_installed", name=name)
        return found

    def channels(self, seller_id: str) -> list[Channel]:
        """Return what encodes this seller's texts."""
        return [*self.assistant.vectors.channels(seller_id)]

    async def ready(self, seller_id: str, state: State, at: int) -> Assistant:
        """Return an assistant with an index of this seller's knowledge, made beside the loop.

        What she edits while one is made has it made again, a few times at most: an index that is
        an edit behind answers with nothing that she has taken back since.
        """
        assistant = self.assistant
        for _ in range(ATTEMPTS):
            await self._index(assistant, seller_id, state, at)
            heard = assistant.unheard(seller_id, state)
            if heard is None:
                break
            judge = await asyncio.to_thread(assistant.judge.shrunk, heard.rows, heard.right)
            assistant.heed(seller_id, judge, heard.ratings)
        unread = assistant.unread(seller_id, state)
        if unread:
            assistant.note(seller_id, await asyncio.to_thread(list, map(Read, unread)))
        return assistant

    async def _index(self, assistant: Assistant, seller_id: str, state: State, at: int) -> None:
        if assistant.stale(seller_id, state, at) is None:
            return
        async with self._making.setdefault(seller_id, asyncio.Lock()):
            for _ in range(ATTEMPTS):
                sayable = assistant.stale(seller_id, state, at)
                if sayable is None:
                    break
                revision = revision_of(seller_id, state)
                channels = assistant.vectors.channels(seller_id)
                index = await asyncio.to_thread(_made, sayable, channels, assistant.reranker)
                assistant.install(seller_id, index, revision, state, at)


def _made(sayable: Sayable, channels: Sequence[Channel], reranker: Reranker | None) -> Index:
    return Index(sayable.library(), channels, reranker)

"""The assistant of one process: encoders opened once, sellers' indexes made beside the loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from data.errors import SmartcardError
from data.state import State
from models.answers.assistant import Assistant
from models.answers.index import Channel, Index
from models.answers.judge import Judge
from models.answers.vectors import Vectors
from models.encoders.encoder import Encodes, TextEncoder
from models.encoders.provide import MAKERS, provide
from service.logs import log_line

ENCODERS = "encoders"
ANSWERS = "answers"


class Helper:
    """Own the assistant; without any encoder it answers by words alone."""

    def __init__(self, home: Path, names: Sequence[str]) -> None:
        """Use the named encoders: packaged ones, or folders of the user's own."""
        self._home, self._names = home, tuple(names)
        self.assistant = Assistant(Vectors(), Judge.shipped(0))

    async def start(self) -> None:
        """Open the encoders, converting packaged ones on the first start of a home."""
        self.assistant = await asyncio.to_thread(self._opened)

    def _opened(self) -> Assistant:
        folder = self._home / ANSWERS
        encoders = [one for name in self._names if (one := self._encoder(name)) is not None]
        fitted = folder / "judge.json"
        channels = len(encoders)
        judge = Judge.open(fitted, channels) if fitted.is_file() else Judge.shipped(channels)
        if encoders:
            encoders[0].encode(["warm"])
        version = "+".join(encoder.name for encoder in encoders) or "words"
        return Assistant(Vectors(encoders, folder), judge, version)

    def _encoder(self, name: str) -> Encodes | None:
        try:
            if name in MAKERS:
                found = provide(name, self._home / ENCODERS)
            else:
                found = TextEncoder(Path(name))
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
        """Return the assistant once this seller's index is that of her knowledge now.

        It is made in a thread, from a library taken here and now; what changes meanwhile has it
        made again by the next question.
        """
        library = self.assistant.stale(seller_id, state, at)
        if library is not None:
            revision = state.knowledge.of(seller_id).revision
            index = await asyncio.to_thread(Index, library, self.channels(seller_id))
            self.assistant.install(seller_id, index, revision, state, at)
        return self.assistant

"""What `make train` learns for answers: all vectors in one matrix, the judge and the reranker.

The judge is calibrated on the sellers' own phrasings: each is asked of the shop without it, once as
it is, and once with its entry taken away, as a question that nobody has answered.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from data.knowledge import Knowledge
from data.schemas import Kind, Logged, key64
from data.settings import StorageSettings
from models.answers.confidence import Scores, signals
from models.answers.index import Index
from models.answers.judge import Judge, judge_key
from models.answers.library import Library
from models.answers.vectors import Vectors, write
from models.encoders.encoder import TextEncoder
from models.encoders.provide import open_encoder
from training import reranking
from training.judges import SEED, learn
from training.outcomes import Outcomes

CURRENT: Final = "current"
JUDGE: Final = "judge.json"
RERANKER: Final = "reranker.json"
LEAST: Final = 300
"""Phrasings held out before the judge is learned from a home's own sellers."""
MOST: Final = 20_000
STRENGTH: Final = 50.0
"""How strongly what is learned is drawn towards the shipped judge."""
_KINDS: Final = {Kind.FAQ, Kind.CONSULTATION}


def knowledge_of(entries: Iterable[Logged]) -> Knowledge:
    """Fold what sellers know from a log; unreadable entries are passed over."""
    knowledge = Knowledge()
    for logged in entries:
        if logged.event.kind in _KINDS:
            try:
                knowledge.fold(logged)
            except msgspec.DecodeError:
                continue
    return knowledge


def opened(settings: StorageSettings) -> list[TextEncoder]:
    """Open the encoders that the service is set to use, but for those that are not installed."""
    found = [open_encoder(name, settings.home / "encoders") for name in settings.encoders]
    return [encoder for encoder in found if encoder is not None]


def fit(knowledge: Knowledge, at: int, root: Path, encoders: Sequence[TextEncoder]) -> str | None:
    """Write a version under `root` and make it the current one; None where nothing is known.

    The version's name is the hash of its files: the same knowledge gives the same version.
    """
    libraries = {seller: Library.of(known, at) for seller, known in knowledge.sellers()}
    libraries = {seller: one for seller, one in libraries.items() if one.entries}
    if not libraries:
        return None
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".new-") as name:
        draft = Path(name) / "version"
        draft.mkdir()
        texts = {
            key64("seller", seller): [*one.texts, *one.answers] for seller, one in libraries.items()
        }
        for encoder in encoders:
            write(draft, encoder.name, encoder.width, texts, encoder)
        key = judge_key([encoder.name for encoder in encoders])
        vectors = Vectors(encoders, draft)
        judges = {key: _judge(libraries, vectors)}
        (draft / JUDGE).write_bytes(msgspec.json.format(msgspec.json.encode(judges), indent=1))
        shops = ((one.entries, vectors.channels(seller)) for seller, one in libraries.items())
        reranker = reranking.learn(reranking.contests(shops, SEED), key)
        if reranker is not None:
            content = msgspec.json.format(msgspec.json.encode(reranker), indent=1)
            (draft / RERANKER).write_bytes(content)
        digest = sha256()
        for path in sorted(draft.iterdir()):
            digest.update(path.name.encode() + sha256(path.read_bytes()).digest())
        version = digest.hexdigest()[:16]
        if not (root / version).is_dir():
            draft.rename(root / version)
    pointer = root / f".{CURRENT}-{os.getpid()}"
    pointer.write_text(version, "utf-8")
    pointer.replace(root / CURRENT)
    return version


def _judge(libraries: dict[str, Library], vectors: Vectors) -> Judge:
    shipped = Judge.shipped([encoder.name for encoder in vectors.encoders])
    found: list[tuple[Scores, str, bool]] = []
    for seller, library in libraries.items():
        if len(found) < 2 * MOST:
            found += held_out(Index(library, vectors.channels(seller)))
    if len(found) < 2 * LEAST:
        return shipped
    return learn(Outcomes.of(found), shipped, STRENGTH)


def held_out(index: Index) -> list[tuple[Scores, str, bool]]:
    """Return each phrasing's outcome, asked of the shop without it and without its entry."""
    found = []
    for owner, like in index.held_out():
        best = int(np.argmax(like.score))
        found.append((signals(like, index, best), "in", best == owner))
        for scores in (like.score, like.head, like.dense, like.lexical, like.fused):
            scores[owner] = -1.0
        like.rows[:, index.library.owners == owner] = -1.0
        second = int(np.argmax(like.score))
        if second != owner:
            found.append((signals(like, index, second), "near", False))
    return found

"""What `make train` learns for answers: all vectors in one matrix, the judge and the reranker.

The judge is the one that other sets taught, corrected by ratings. It learns nothing from sellers'
own phrasings held out of their shops: these are nearer to what stands there than what visitors ask.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from data.knowledge import Knowledge
from data.schemas import Kind, Logged, key64
from data.settings import StorageSettings
from models import drafts
from models.answers import topics
from models.answers.heard import heard
from models.answers.judge import RATED, Judge, judge_key
from models.answers.library import Library
from models.answers.vectors import Vectors, write
from models.encoders.encoder import TextEncoder
from models.encoders.provide import open_encoder
from training import reranking
from training.judges import SEED

CURRENT: Final = "current"
RERANKER: Final = "reranker.json"
LEAST: Final = 300
"""Ratings of all sellers' answers before they correct the judge."""
_KINDS: Final = {Kind.FAQ, Kind.CONSULTATION, Kind.QUESTION, Kind.ANSWER_RATED}


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


def fit(
    knowledge: Knowledge,
    at: int,
    root: Path,
    encoders: Sequence[TextEncoder],
    known: topics.Topics | None = None,
) -> str | None:
    """Write a version under `root` and make it the current one; None where nothing is known.

    `known` are the topics that are asked beside the encoders. The version's name is the hash of
    its files: the same knowledge gives the same version. Of those before only the last is kept:
    nobody goes back to what sellers have edited since.
    """
    libraries = {seller: Library.of(known, at) for seller, known in knowledge.sellers()}
    libraries = {seller: one for seller, one in libraries.items() if one.entries}
    if not libraries:
        return None
    with drafts.draft(root, ".new-") as place:
        folder = place / "version"
        folder.mkdir()
        texts = {
            key64("seller", seller): [*one.texts, *one.answers] for seller, one in libraries.items()
        }
        for encoder in encoders:
            write(folder, encoder.name, encoder.width, texts, encoder)
        names = [encoder.name for encoder in encoders]
        names = names if known is None else topics.names(names)
        key = judge_key(names)
        vectors = Vectors(encoders, folder, known)
        judges = {key: _judge(knowledge, names)}
        (folder / RATED).write_bytes(msgspec.json.format(msgspec.json.encode(judges), indent=1))
        shops = ((one.entries, vectors.channels(seller)) for seller, one in libraries.items())
        reranker = reranking.learn(reranking.contests(shops, SEED), key)
        if reranker is not None:
            content = msgspec.json.format(msgspec.json.encode(reranker), indent=1)
            (folder / RERANKER).write_bytes(content)
        version = _name(folder)
        if not (root / version).is_dir() or _name(root / version) != version:
            drafts.place(folder, root / version)
    pointer = root / f".{CURRENT}-{os.getpid()}"
    before = current(root)
    pointer.write_text(version, "utf-8")
    drafts.sync(pointer)
    pointer.replace(root / CURRENT)
    drafts.sync(root)
    for one in root.iterdir():  # the one before stays: a process may be about to open it
        if one.is_dir() and not one.name.startswith(".") and one.name not in {version, before}:
            shutil.rmtree(one)
    return version


def _name(folder: Path) -> str:
    """Return what a version of these files is called."""
    digest = sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def current(root: Path) -> str:
    """Return the version that answers; empty for none."""
    try:
        return (root / CURRENT).read_text("utf-8").strip()
    except FileNotFoundError:
        return ""


def _judge(knowledge: Knowledge, names: Sequence[str]) -> Judge:
    """Return the shipped judge, corrected by what visitors of all sellers thought of answers."""
    shipped = Judge.shipped(names)
    told = heard(seller for _, seller in knowledge.sellers())
    return shipped.shrunk(told.rows, told.right) if len(told.right) >= LEAST else shipped

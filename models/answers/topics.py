"""What visitors ask shops about: texts that share no word meet in a topic.

`topics.txt` has a topic a line, its name and ways to ask about it in visitors' words. A text is
placed by how much each topic is its own, as the default encoder's vectors tell; where a text is
about none of them its place says little, and it is compared as without topics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from models.answers.blend import TOPICS
from models.answers.index import Channel
from models.answers.library import folded
from models.drafts import draft, sync
from models.encoders.encoder import Encodes
from models.encoders.provide import USE

Scores = NDArray[np.float32]

FILE: Final = Path(__file__).with_name("topics.txt")
MOST_ENCODERS: Final = 2
"""Encoders beside which topics are asked; three say enough and take long enough."""
VERSION: Final = 1
"""Rises when equal texts would be placed otherwise."""
MARKS: Final = 5
"""Vectors that stand for a topic's ways to ask: its centres, as all of them take thrice as long."""
DIRECTIONS: Final = 256
"""Numbers that are left of a vector: the others say nothing of topics and take as long."""
RIDGE: Final = 0.1
UNUSED_S: Final = 7 * 86_400
"""Seconds after which what was learned of a former list goes: no process starts with it."""
KNOWN: Final = 0.3
"""Length of a place from which a text is taken to be about a topic: shorter ones stay short."""


def read() -> dict[str, list[str]]:
    """Return the ways to ask about each topic, by the topic's name."""
    lines = FILE.read_text("utf-8").splitlines()
    parts = [[part.strip() for part in line.split(" | ")] for line in lines]
    return {name: ways for name, *ways in parts}


@dataclass(frozen=True)
class Topics:
    """Place texts by their vectors.

    `centre` float32[width]: of all ways to ask; `directions` float32[width, n]: those in which they
    differ most from it; `marks` float32[marks, n]: unit vectors along these; `weights`
    float32[marks, topics]: what nearness to a mark says for each topic.
    """

    centre: Scores
    directions: Scores
    marks: Scores
    weights: Scores

    @classmethod
    def fit(cls, encoder: Encodes, topics: Mapping[str, Sequence[str]]) -> Self:
        """Learn topics as an encoder sees them: kernel ridge regression on a few marks a topic.

        `topics` has each one's ways to ask. The kernel is the head's (`models/answers/heads.py`),
        the marks are centres of k-means. Source: subset of regressors, Smola & Schölkopf 2000.
        """
        from sklearn.cluster import KMeans  # slow to load: only once a home

        ways = list(topics.values())
        owners = np.repeat(np.arange(len(ways)), [len(one) for one in ways])
        vectors = encoder.encode([folded(text) for one in ways for text in one])
        centre = vectors.mean(axis=0)
        away = _unit(vectors - centre)
        directions = _principal(away, DIRECTIONS)
        about = _unit(away @ directions)
        marks = _unit(
            np.concatenate(
                [
                    KMeans(min(MARKS, len(ways[topic])), n_init=1, random_state=0)
                    .fit(about[owners == topic])
                    .cluster_centers_
                    for topic in range(len(ways))
                ]
            )
        )
        targets = (owners[:, None] == np.arange(len(ways))).astype(np.float64)
        near = np.exp(about.astype(np.float64) @ marks.T - 1.0)
        among = np.exp(marks.astype(np.float64) @ marks.T - 1.0)
        square = near.T @ near + RIDGE * among + 1e-6 * np.eye(len(marks))
        weights = np.linalg.solve(square, near.T @ targets)
        return cls(centre.astype(np.float32), directions, marks, weights.astype(np.float32))

    @classmethod
    def provide(cls, encoder: Encodes, root: Path) -> Self:
        """Read what was learned under `root` before, or learn it and keep it there.

        What cannot be read is learned anew.
        """
        told = f"{VERSION} {encoder.name} {sha256(FILE.read_bytes()).hexdigest()}"
        path = root / f"{TOPICS}-{sha256(told.encode()).hexdigest()[:16]}.npz"
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                found = cls(**{part: kept[part] for part in cls.__dataclass_fields__})
        except (OSError, EOFError, ValueError, LookupError, BadZipFile):  # none, or a broken one
            found = cls.fit(encoder, read())
        else:
            with suppress(OSError):
                path.touch()  # it is in use
            return found
        with draft(root, f".{TOPICS}-") as folder:
            made = folder / path.name
            np.savez(made, **vars(found))
            sync(made)
            made.replace(path)
            sync(root)
        _clear(root, path)
        return found

    def place(self, vectors: Scores) -> Scores:
        """Return float32[texts, topics], rows of length 1, or less where no topic is theirs."""
        near = _unit((vectors - self.centre) @ self.directions) @ self.marks.T
        places = np.exp(near - np.float32(1.0)) @ self.weights
        lengths = np.linalg.norm(places, axis=1, keepdims=True)
        placed: Scores = (places / np.maximum(lengths, KNOWN)).astype(np.float32)
        return placed


class ByTopic:
    """Encode texts by what they are about, from the vectors that another channel has of them."""

    name: Final = TOPICS

    def __init__(self, channel: Channel, topics: Topics) -> None:
        """Take vectors from the channel of the encoder that the topics were learned with."""
        self._channel, self._topics = channel, topics

    def encode(self, texts: Sequence[str]) -> Scores:
        """Return float32[texts, topics], rows of length 1 at most."""
        if not texts:
            return np.zeros((0, self._topics.weights.shape[1]), np.float32)
        return self._topics.place(self._channel.encode(texts))


def opened(encoders: Sequence[Encodes], root: Path) -> Topics | None:
    """Provide the topics that are asked beside some encoders; None where there are none."""
    default = next((one for one in encoders if one.name == USE), None)
    if default is None or len(encoders) > MOST_ENCODERS:
        return None
    return Topics.provide(default, root)


def names(encoders: Sequence[str]) -> list[str]:
    """Return the channels by name that some encoders give, by name: theirs, and the topics'."""
    topics = [TOPICS] if USE in encoders and len(encoders) <= MOST_ENCODERS else []
    return [*encoders, *topics]


def joined(channels: Sequence[Channel], topics: Topics | None) -> list[Channel]:
    """Return channels of encoders, and one of topics beside them."""
    if topics is None:
        return [*channels]
    default = next(channel for channel in channels if channel.name == USE)
    return [*channels, ByTopic(default, topics)]


def _clear(root: Path, newest: Path) -> None:
    """Remove what was learned of former lists or encoders and has not been read for long.

    Another process may have another version of this list, or another encoder.
    """
    with suppress(OSError):
        now = newest.stat().st_mtime
        for path in root.glob(f"{TOPICS}-*.npz"):
            if now - path.stat().st_mtime > UNUSED_S:
                path.unlink()


def _principal(rows: NDArray[np.floating], most: int) -> Scores:
    """Return orthonormal columns float32[width, n] along which rows are longest."""
    _, turned = np.linalg.eigh(rows.T.astype(np.float64) @ rows)
    return np.ascontiguousarray(turned[:, ::-1][:, :most], dtype=np.float32)


def _unit(matrix: NDArray[np.floating]) -> Scores:
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Scores = (matrix / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit

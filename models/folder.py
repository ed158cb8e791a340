"""A recommender as files: arrays (.npy), the ranker (.onnx) and settings (.json)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.als import Als
from models.base import Retriever
from models.bpr import Bpr
from models.category import CategorySteps
from models.content import Content
from models.facts import ItemEncoder
from models.hodge_rank import HodgeRank
from models.item_knn import ItemKnn
from models.popularity import Popularity
from models.ranker import Ranker
from models.repeat import Repeat
from models.sequence import NextItem, Transitions
from models.session_knn import SessionKnn
from models.settings import Settings
from models.slr import LocalRidge
from models.two_tower import TwoTower

if TYPE_CHECKING:  # the recommender opens itself through this module
    from models.recommender import Recommender

RETRIEVERS: Final[dict[str, type[Retriever]]] = {
    kind.name: kind
    for kind in (
        Popularity,
        CategorySteps,
        ItemKnn,
        Transitions,
        NextItem,
        LocalRidge,
        SessionKnn,
        Als,
        Bpr,
        TwoTower,
        HodgeRank,
        Content,
        Repeat,
    )
}
"""Every kind of retriever by the name it is stored under."""

SETTINGS: Final = "recommender.json"
RANKER: Final = "ranker.onnx"
KEYS: Final = "item_keys.npy"


class Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Describe a stored recommender: its settings and its retrievers in column order."""

    settings: dict[str, object]
    retrievers: dict[str, dict[str, float]]
    encodes: bool


def save(recommender: Recommender, folder: Path) -> None:
    """Write a recommender into an empty folder; equal recommenders write equal bytes."""
    np.save(folder / KEYS, recommender.item_keys)
    settings: dict[str, dict[str, float]] = {}
    for retriever in recommender.retrievers:
        settings[retriever.name] = retriever.settings()
        for name, array in retriever.arrays().items():
            np.save(folder / f"{retriever.name}.{name}.npy", np.ascontiguousarray(array))
    stored = Stored(
        msgspec.to_builtins(recommender.settings), settings, recommender.encoder is not None
    )
    (folder / SETTINGS).write_bytes(msgspec.json.format(msgspec.json.encode(stored), indent=1))
    if isinstance(recommender.ranker, Ranker):
        (folder / RANKER).write_bytes(recommender.ranker.to_bytes())


def load(folder: Path) -> dict[str, object]:
    """Open a recommender's parts; arrays are read-only memory maps shared between processes."""
    stored = msgspec.json.decode((folder / SETTINGS).read_bytes(), type=Stored)
    retrievers: list[Retriever] = []
    for name, numbers in stored.retrievers.items():
        arrays = {
            path.name.removeprefix(f"{name}.").removesuffix(".npy"): _open(path)
            for path in sorted(folder.glob(f"{name}.*.npy"))
        }
        retrievers.append(RETRIEVERS[name].from_arrays(arrays, numbers))
    content = next((r for r in retrievers if isinstance(r, Content)), None)
    ranker = folder / RANKER
    return {
        "version": folder.name,
        "retrievers": tuple(retrievers),
        "ranker": Ranker.from_bytes(ranker.read_bytes()) if ranker.exists() else None,
        "encoder": ItemEncoder(content) if content is not None and stored.encodes else None,
        "item_keys": _open(folder / KEYS),
        "settings": msgspec.convert(stored.settings, Settings),
    }


def _open(path: Path) -> NDArray[np.generic]:
    array: NDArray[np.generic] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array.view(np.ndarray)  # without the subclass, whose every slice costs a microsecond

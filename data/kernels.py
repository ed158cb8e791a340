"""Compile the numeric loops: one typed wrapper round numba; strict typing holds elsewhere.

numba compiles a loop into those that call it, and looks only at a loop's own file to tell whether
what it has cached is current. So the cache stands in a folder named after all files with loops.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def cache(root: Path) -> Path:
    """Return where the loops below a source folder, as they are now, are cached.

    In the package, if that can be written, else in the user's home.
    """
    hashed = blake2b(digest_size=8)
    for package in ("data", "models"):
        for path in sorted((root / package).rglob("*.py")):
            source = path.read_bytes()
            if b"@kernel" in source:
                hashed.update(source)
    beside = root / "data" / "__pycache__"
    own = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    folder = beside if own else Path.home() / ".cache" / "smartcard"
    return folder / f"loops-{hashed.hexdigest()}"


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(cache(Path(__file__).resolve().parent.parent))  # type: ignore[attr-defined]  # set by name at import


def folder() -> Path:
    """Return where this process finds and leaves compiled loops."""
    return Path(numba.config.CACHE_DIR)  # type: ignore[attr-defined]  # set by name at import


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop over arrays to machine code, cached on disk.

    IEEE order of operations is kept (no fastmath): the same input gives the same bytes in
    training and in serving. Other threads run meanwhile: training fits models side by side.
    Source: numba documentation, "Compiling Python code with @jit".
    """
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True, error_model="numpy")(function))

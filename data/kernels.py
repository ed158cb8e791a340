"""Compile the numeric loops: one typed wrapper round numba; strict typing holds elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

from data import compiled

P = ParamSpec("P")
R = TypeVar("R")

numba.config.CACHE_DIR = str(compiled.folder())  # type: ignore[attr-defined]  # set by name at import


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop over arrays to machine code, cached on disk.

    IEEE order of operations is kept (no fastmath): the same input gives the same bytes in
    training and in serving. Other threads run meanwhile: training fits models side by side.
    Source: numba documentation, "Compiling Python code with @jit".
    """
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True, error_model="numpy")(function))

"""Where compiled loops are kept: told without loading the compiler.

numba compiles a loop into those that call it, and looks only at a loop's own file to tell whether
what it has cached is current. So the cache stands in a folder named after all files with loops, and
those whose tables are compiled into them.
"""

from __future__ import annotations

import os
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

TABLES: Final = ("data/schemas.py",)
"""Files without loops whose constants loops hold: of every kind of event."""


@cache
def folder() -> Path:
    """Return where this process finds and leaves compiled loops; NUMBA_CACHE_DIR may say so."""
    told = os.environ.get("NUMBA_CACHE_DIR")
    return Path(told) if told else folder_of(Path(__file__).resolve().parent.parent)


def folder_of(root: Path) -> Path:
    """Return where the loops below a source folder, as they are now, are cached.

    In the package, if that can be written, else in the user's home.
    """
    hashed = blake2b(digest_size=8)
    for package in ("data", "models"):
        for path in sorted((root / package).rglob("*.py")):
            source = path.read_bytes()
            if b"@kernel" in source or path.relative_to(root).as_posix() in TABLES:
                hashed.update(source)
    beside = root / "data" / "__pycache__"
    own = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    place = beside if own else Path.home() / ".cache" / "smartcard"
    return place / f"loops-{hashed.hexdigest()}"

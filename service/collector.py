"""Keep Python's garbage collector away from what lives as long as the process.

Catalogue, shelves and profiles are a million objects and more. A full collection looks at each of
them, finds none to free, and lets every request wait for a third of a second at a thousand sellers.
Source: documentation of `gc.freeze`.
"""

from __future__ import annotations

import gc


def hold() -> None:
    """Collect nothing while a process starts: what it makes, it keeps."""
    gc.disable()


def settle() -> None:
    """Put all that is there out of sight for good, and collect again what is made from now on."""
    gc.freeze()
    gc.enable()

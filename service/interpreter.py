"""Settings of the interpreter that keep what goes on beside requests from holding them up.

Catalogue, shelves and profiles are a million objects and more. A full collection looks at each of
them, finds none to free, and lets every request wait for a third of a second at a thousand sellers.
A thread that only computes, such as one that looks up shelves for a new model, gives the
interpreter's lock away when it is asked to, after an interval: every request asks at least once.
Sources: documentation of `gc.freeze` and of `sys.setswitchinterval`.
"""

from __future__ import annotations

import gc
import sys
from typing import Final

SWITCH_SECONDS: Final = 0.001
"""How soon a thread that computes is asked for the lock; Python's 5 ms are four requests' work."""

YOUNG: Final = 10_000
"""Objects made between two collections; nearly all that a request makes is freed at its end."""


def hold() -> None:
    """Collect nothing while a process starts: what it makes, it keeps."""
    gc.disable()


def settle() -> None:
    """Put all that is there out of sight for good, and collect again what is made from now on.

    From now on threads that wait for the lock ask for it after `SWITCH_SECONDS`.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    gc.enable()
    sys.setswitchinterval(SWITCH_SECONDS)

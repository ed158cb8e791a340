"""What lives on is out of the collector's sight; the interpreter's lock changes hands soon."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

from service import interpreter


class Knot:
    """Hold itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.me = self


def test_what_is_there_at_rest_is_looked_at_no_more_and_later_garbage_is_freed() -> None:
    usual, thresholds = sys.getswitchinterval(), gc.get_threshold()
    kept = [Knot() for _ in range(10)]
    interpreter.hold()
    try:
        assert not gc.isenabled()
        interpreter.settle()
        seen = {id(thing) for thing in gc.get_objects()}
        assert not seen & {id(knot) for knot in kept}
        later = Knot()
        freed = weakref.ref(later)
        del later
        gc.collect()
        assert freed() is None
        assert gc.get_threshold()[0] == interpreter.YOUNG
        assert sys.getswitchinterval() == pytest.approx(interpreter.SWITCH_SECONDS)
    finally:
        sys.setswitchinterval(usual)
        gc.set_threshold(*thresholds)
        gc.unfreeze()
    assert gc.isenabled()

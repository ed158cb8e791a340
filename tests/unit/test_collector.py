"""What lives as long as the process is out of the garbage collector's sight."""

from __future__ import annotations

import gc
import weakref

from service import collector


class Knot:
    """Hold itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.me = self


def test_what_is_there_at_rest_is_looked_at_no_more_and_later_garbage_is_freed() -> None:
    kept = [Knot() for _ in range(10)]
    collector.hold()
    try:
        assert not gc.isenabled()
        collector.settle()
        seen = {id(thing) for thing in gc.get_objects()}
        assert not seen & {id(knot) for knot in kept}
        later = Knot()
        freed = weakref.ref(later)
        del later
        gc.collect()
        assert freed() is None
    finally:
        gc.unfreeze()
    assert gc.isenabled()

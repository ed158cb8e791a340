"""The trail of changes outlives lines that were cut short, and strangers do not fill it."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.audit import Audit, Line


def line(action: str, **fields: object) -> Line:
    return Line(at="2026-01-01T00:00:00.000Z", **{"scope": "admin", "action": action, **fields})  # type: ignore[arg-type]


def actions(trail: Audit, seller_id: str | None = None) -> list[str]:
    return [found.action for found in trail.read(100, seller_id)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@contextmanager
def room(size: int) -> Iterator[None]:
    """Let no file grow beyond a size meanwhile, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_that_does_not_fit_is_told_and_costs_no_other(path: Path) -> None:
    trail = Audit(path)
    trail.append(line("first"))
    with room(path.stat().st_size + 10), pytest.raises(OSError, match="No space left"):
        trail.append(line("torn"))
    assert actions(trail) == ["first"]
    trail.append(line("next"))
    assert actions(trail) == ["next", "first"]


@pytest.mark.parametrize("torn", [b'{"at":"2026', b"\xff\xfe", b'{"at":1}\n', b"\n"])
def test_what_cannot_be_read_is_left_out(path: Path, torn: bytes) -> None:
    trail = Audit(path)
    trail.append(line("first"))
    with path.open("ab") as file:
        file.write(torn)
    trail.append(line("next"))
    assert actions(trail) == ["next", "first"]


def test_a_seller_reads_what_she_did_and_what_was_done_to_hers(path: Path) -> None:
    trail, hers = Audit(path), {"seller_id": "s"}
    trail.append(line("her own, refused", scope="seller", owner="s", status=422, targets=hers))
    trail.append(line("an operator's", scope="admin", status=200, targets=hers))
    trail.append(line("an operator's, refused", scope="admin", status=422, targets=hers))
    trail.append(line("another's, in vain", scope="seller", owner="five", status=404, targets=hers))
    trail.append(
        line("a supplier's, in vain", scope="supplier", owner="s", status=403, targets=hers)
    )
    trail.append(line("nobody's, in vain", scope="", status=401, targets=hers))
    trail.append(line("elsewhere", scope="admin", status=200, targets={"seller_id": "five"}))
    assert actions(trail, "s") == ["an operator's, refused", "an operator's", "her own, refused"]
    assert len(actions(trail)) == 7

"""The journal of shown lists: what is not in the log yet is in a file, and only that."""

from __future__ import annotations

import fcntl
import resource
from pathlib import Path
from typing import IO

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.schemas import Event, Kind
from service.journal import Journal, left_behind


def shown(number: int) -> Event:
    payload = msgspec.Raw(msgspec.json.encode({"n": number, "text": "a\nb"}))
    return Event(event_id=f"rec_{number}", kind=Kind.RECOMMENDATION, at=number, payload=payload)


def in_files(folder: Path) -> set[str]:
    return {
        msgspec.json.decode(row)[0]["event_id"]
        for path in folder.glob("shown-*.ndjson")
        for row in path.read_bytes().splitlines()
    }


def facts(event: Event) -> tuple[str, int, bytes]:
    return event.event_id, event.at, bytes(event.payload or b"")


@settings(deadline=None, max_examples=60)
@given(steps=st.lists(st.sampled_from(["add", "hand over", "done"]), max_size=40))
def test_whatever_is_not_in_the_log_is_in_a_file_and_files_empty_when_all_is(
    steps: list[str], tmp_path_factory: object
) -> None:
    folder = tmp_path_factory.mktemp("home")  # type: ignore[attr-defined]
    journal, made = Journal(folder, "x"), 0
    gathered: set[str] = set()
    flying: list[tuple[int, set[str]]] = []
    for step in steps:
        if step == "add":
            journal.add(shown(made))
            gathered.add(f"rec_{made}")
            made += 1
        elif step == "hand over" and gathered:
            flying.append((journal.handed_over(), gathered))
            gathered = set()
        elif step == "done" and flying:
            journal.done(flying.pop(0)[0])
        assert in_files(folder) >= gathered.union(*(ids for _, ids in flying))
    flying.append((journal.handed_over(), gathered))
    for token, _ in flying:
        journal.done(token)
    assert in_files(folder) == set()
    journal.close(empty=True)
    assert list(folder.iterdir()) == []


def test_no_line_stays_that_is_in_the_log_though_its_file_never_changed(tmp_path: Path) -> None:
    journal, tokens = Journal(tmp_path, "x"), []
    for number in (1, 2):  # while the first file waits for the log, the second stays the one
        journal.add(shown(number))
        tokens.append(journal.handed_over())
    for token in tokens:
        journal.done(token)
    assert in_files(tmp_path) == set()
    journal.close(empty=True)


def test_what_a_dead_process_left_is_read_and_a_torn_line_is_not(tmp_path: Path) -> None:
    living = Journal(tmp_path, "living")
    living.add(shown(1))
    dead = Journal(tmp_path, "dead")
    for number in (2, 3, 4):
        dead.add(shown(number))
    dead.close(empty=False)
    torn = tmp_path / "shown-dead-a.ndjson"
    torn.write_bytes(torn.read_bytes()[:-9])
    ((paths, events),) = left_behind(tmp_path)
    assert paths == [torn, tmp_path / "shown-dead-b.ndjson"]
    assert [*map(facts, events)] == [facts(shown(2)), facts(shown(3))]
    living.close(empty=True)


def test_what_stands_in_both_files_is_read_in_the_order_it_was_shown(tmp_path: Path) -> None:
    dead = Journal(tmp_path, "dead")
    dead.add(shown(1))
    dead.done(dead.handed_over())
    dead.add(shown(2))
    dead.handed_over()
    dead.add(shown(3))
    dead.close(empty=False)
    halves = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    assert [b"rec_3" in halves[0], b"rec_2" in halves[1]] == [True, True]
    ((_, events),) = left_behind(tmp_path)
    assert [*map(facts, events)] == [facts(shown(2)), facts(shown(3))]


def test_of_two_starts_at_once_each_takes_what_the_other_has_not(tmp_path: Path) -> None:
    for number, name in enumerate(("one", "two")):
        journal = Journal(tmp_path, name)
        journal.add(shown(number))
        journal.close(empty=False)
    first, second = left_behind(tmp_path), left_behind(tmp_path)
    found = [next(first), next(second)]
    for paths, _ in found:
        for path in paths:
            path.unlink()
    assert [next(first, None), next(second, None)] == [None, None]
    assert [event.event_id for _, events in found for event in events] == ["rec_0", "rec_1"]


def test_a_file_that_another_start_took_away_before_the_lock_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, "one")
    journal.add(shown(1))
    journal.close(empty=False)
    lock = fcntl.flock

    def slowly(file: IO[bytes], operation: int) -> None:
        Path(file.name).unlink()  # the other start is done
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", slowly)
    assert list(left_behind(tmp_path)) == []


def test_a_line_that_a_full_disk_tears_spoils_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "x")
    journal.add(shown(1))
    size = (tmp_path / "shown-x-a.ndjson").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 9, hard))
    try:
        for number in (2, 3):
            with pytest.raises(OSError, match=r"line was written|too large"):
                journal.add(shown(number))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    for number in (4, 5):
        journal.add(shown(number))
    journal.close(empty=False)
    ((_, events),) = left_behind(tmp_path)
    assert [event.event_id for event in events] == ["rec_1", "rec_4", "rec_5"]

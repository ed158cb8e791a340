"""The journal of shown lists: what is not in the log yet is in a file, and only that."""

from __future__ import annotations

from pathlib import Path

import msgspec
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
    for _ in range(2):  # two rounds later all that was written before is gone
        for token, _ in flying:
            journal.done(token)
        flying = [(journal.handed_over(), set())]
    for token, _ in flying:
        journal.done(token)
    assert in_files(folder) <= gathered
    journal.close(empty=True)
    assert list(folder.iterdir()) == []


def test_what_a_dead_process_left_is_read_and_a_torn_line_is_not(tmp_path: Path) -> None:
    living = Journal(tmp_path, "living")
    living.add(shown(1))
    dead = Journal(tmp_path, "dead")
    for number in (2, 3, 4):
        dead.add(shown(number))
    dead.close(empty=False)
    torn = tmp_path / "shown-dead-a.ndjson"
    torn.write_bytes(torn.read_bytes()[:-9])
    found = {path.name: [*map(facts, events)] for path, events in left_behind(tmp_path)}
    assert found == {torn.name: [facts(shown(2)), facts(shown(3))], "shown-dead-b.ndjson": []}
    living.close(empty=True)

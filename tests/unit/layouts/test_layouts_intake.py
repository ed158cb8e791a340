"""An import goes into the log once, goes on after a kill, and leaves others' catalogue alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.layouts.layout import Sighting
from data.layouts.order import by_time
from data.layouts.source import Source
from data.schemas import Event, Item, Kind, Listing
from data.stores import open_stores

if TYPE_CHECKING:
    from tests.unit.layouts.conftest import Desk

ROWS = 9_000
CHILD = """
import os, signal, sys
from data.__main__ import main
from data.layouts.intake import Mark

write, calls = Mark.write, []

def dying(self, done):
    calls.append(done)
    if sys.argv[1] == "before" and len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    write(self, done)
    if sys.argv[1] == "after" and len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[1] in ("before", "after"):
    Mark.write = dying
sys.exit(main(sys.argv[2:]))
"""


def run(home: Path, moment: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "SMARTCARD_HOME": str(home),
        "SMARTCARD_SECRET": "sixteen or longer",
    }
    command = [sys.executable, "-c", CHILD, moment, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def log_of(home: Path) -> list[Event]:
    with open_stores(f"sqlite:///{home / 'log.db'}") as stores:
        return [entry.event for entry in stores.log.read(limit=10**6)]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "log.csv"
    with path.open("w") as out:
        for n in range(ROWS):
            out.write(
                f"person-{n % 97},i{n * 7919 % 1201},c{n % 5},pv,{1_511_700_000 - n % 5003}\n"
            )
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, file: Path) -> list[Event]:
    home = tmp_path_factory.mktemp("undisturbed")
    assert run(home, "never", "import", "--layout", "taobao", str(file)).returncode == 0
    return log_of(home)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_import_goes_on_to_the_same_log(
    tmp_path: Path, file: Path, undisturbed: list[Event], moment: str
) -> None:
    command = ("import", "--layout", "taobao", str(file))
    assert run(tmp_path, moment, *command).returncode == -signal.SIGKILL
    assert 0 < len(log_of(tmp_path)) < len(undisturbed)
    again = run(tmp_path, "never", *command, "--resume")
    assert again.returncode == 0, again.stderr
    assert "skipped as done before" in again.stdout
    assert log_of(tmp_path) == undisturbed
    assert list((tmp_path / "imports").iterdir()) == []


def test_raw_visitor_ids_reach_no_file_of_the_home(tmp_path: Path, file: Path) -> None:
    assert run(tmp_path, "before", "import", "--layout", "taobao", str(file)).returncode
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"i1200" in path.read_bytes() for path in left)
    assert not any(b"person-" in path.read_bytes() for path in left)


def test_a_second_import_is_all_duplicates_under_another_name_too(desk: Desk, file: Path) -> None:
    first = desk.take("taobao", str(file))
    second = desk.take("taobao", desk.write("renamed.csv.gz", file.read_bytes()))
    assert (first.duplicates, second.appended) == (0, 0)
    assert second.duplicates == first.appended


def test_a_file_that_grew_adds_its_new_rows_only(desk: Desk, file: Path) -> None:
    desk.take("taobao", str(file))
    longer = desk.write("longer.csv", file.read_text() + "new,i1,c1,buy,1511700001\n")
    desk.take("taobao", longer)
    kinds = [entry.event.kind for entry in desk.log.read(limit=10**6)]
    assert (kinds.count(Kind.VIEW), kinds.count(Kind.PURCHASE)) == (ROWS, 1)


def test_what_a_seller_has_put_into_her_catalogue_is_left_alone(desk: Desk) -> None:
    item = msgspec.Raw(msgspec.json.encode(Item(item_id="i1", title="her own words")))
    gone = msgspec.Raw(msgspec.json.encode(Listing(item_id="i1", removed=True)))
    desk.log.append(
        [
            Event(event_id="e1", kind=Kind.ITEM, at=1, payload=item),
            Event(event_id="e2", kind=Kind.LISTING, at=1, seller_id="lin", payload=gone),
        ]
    )
    text = "7,i1,c,pv,1511658000\n7,i2,c,pv,1511658001\n"
    desk.take("taobao", desk.write("log.csv", text), seller="lin")
    new = [event for event in desk.events()[2:] if event.kind in (Kind.ITEM, Kind.LISTING)]
    assert {event.item_id for event in new} == {"i2"}


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 9))
def test_sorting_in_runs_is_a_stable_sort_by_time(times: list[int], run: int) -> None:
    rows = [Sighting(at=at, seller_id=str(place)) for place, at in enumerate(times)]
    assert list(by_time(rows, run)) == sorted(rows, key=lambda row: row.at)


@given(st.binary(max_size=200))
def test_a_source_gives_the_lines_of_any_file(data: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x" + data)  # what starts like gzip is taken for it
        file.flush()
        lines = [line for _, line in Source(file.name)]
    expected = [line.removesuffix(b"\r") for line in (b"x" + data).split(b"\n")]
    assert lines == (expected if expected[-1] or data.endswith(b"\r") else expected[:-1])

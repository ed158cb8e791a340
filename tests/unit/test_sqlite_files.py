"""What happens to the file: made private, opened by several, damaged, foreign, full."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from data.errors import Misconfigured, StoreUnavailable, UnknownScheme
from data.schemas import Event, Kind
from data.stores import Checkpoint, open_stores
from data.stores.sqlite.connections import Database
from data.stores.sqlite.pool import Readers
from data.stores.sqlite.schema import APPLICATION_ID, MIGRATIONS
from data.stores.sqlite.warehouse import SqliteWarehouse


def view(event_id: str) -> Event:
    return Event(event_id=event_id, kind=Kind.VIEW, at=1, seller_id="s")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/home/log.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "log.db"


def test_what_was_written_is_there_after_opening_again(url: str) -> None:
    with open_stores(url) as stores:
        stores.log.append([view("a")])
        stores.checkpoints.save(Checkpoint(seq=1, version=1, statistics=b"s", profiles={"v": b"p"}))
    with open_stores(url) as stores:
        assert [entry.event for entry in stores.log.read()] == [view("a")]
        assert stores.profiles.get("v") == b"p"
        assert stores.log.append([view("a"), view("b")]) == [None, 2]


def test_only_the_owner_may_look_into_the_home_and_the_files(url: str, file: Path) -> None:
    before = os.umask(0)
    try:
        with open_stores(url) as stores:
            stores.log.append([view("a")])
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"log.db": 0o600, "log.db-wal": 0o600, "log.db-shm": 0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_relative_url_is_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_stores("sqlite:///some%20where/log.db").close()
    assert (tmp_path / "some where" / "log.db").exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgres://host/db", "known are memory://, sqlite://"),
        ("var/log.db", "known are memory://, sqlite://"),
        ("postgres://user:hunter2@host/db", "^((?!hunter2).)*$"),
    ],
)
def test_an_unknown_scheme_is_refused_with_the_known_ones(url: str, says: str) -> None:
    with pytest.raises(UnknownScheme, match=says):
        open_stores(url)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://log.db",
        "sqlite:///",
        "sqlite:///log.db?synchronous=OFF",
        "sqlite:///log.db?busy_ms=soon",
        "sqlite:///log.db?pragma=1",
        "memory://place",
        "memory://?size=1",
    ],
)
def test_a_wrong_url_is_refused_before_anything_is_made(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Misconfigured):
        open_stores(url)
    assert list(tmp_path.iterdir()) == []


def test_memory_cannot_be_opened_for_reading_only() -> None:
    with pytest.raises(Misconfigured, match="one process"):
        open_stores("memory://", readonly=True)


def test_a_read_only_log_follows_the_writer_and_writes_nothing(url: str) -> None:
    with open_stores(url) as writing, open_stores(url, readonly=True) as reading:
        assert reading.log.last_seq() == 0
        writing.log.append([view("a")])
        assert reading.log.read() == writing.log.read()
        with pytest.raises(StoreUnavailable, match="read-only"):
            reading.log.append([view("b")])
        with pytest.raises(StoreUnavailable, match="read-only"):
            reading.checkpoints.save(Checkpoint(seq=1, version=1, statistics=b""))
    with open_stores(url, readonly=True) as reading:
        assert reading.log.last_seq() == 1


def test_a_read_only_log_that_does_not_exist_is_not_made(url: str, file: Path) -> None:
    with pytest.raises(StoreUnavailable, match="does not exist"):
        open_stores(url, readonly=True)
    assert not file.exists()


def test_a_reader_in_the_middle_of_the_log_sees_every_later_entry_once(url: str) -> None:
    with open_stores(url) as writing, open_stores(url, readonly=True) as reading:
        writing.log.append([view(f"a{number}") for number in range(10)])
        seen = reading.log.read(limit=6)
        writing.log.append([view(f"b{number}") for number in range(10)])
        seen += reading.log.read(after=seen[-1].seq)
    assert [entry.seq for entry in seen] == list(range(1, 21))


@pytest.mark.parametrize("readonly", [False, True])
def test_a_file_that_is_no_database_is_told_apart(url: str, file: Path, readonly: bool) -> None:
    file.parent.mkdir()
    file.write_bytes(b"not a database at all " * 500)
    with pytest.raises(StoreUnavailable, match="not a SQLite database, or damaged"):
        open_stores(url, readonly=readonly)


def test_a_damaged_page_is_an_error_and_never_wrong_events(url: str, file: Path) -> None:
    with open_stores(url) as stores:
        stores.log.append([view(f"{number:0200d}") for number in range(2_000)])
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.seek(size // 2)
        raw.write(b"\xff" * (size // 4))
    with open_stores(url) as stores, pytest.raises(StoreUnavailable, match="damaged"):
        stores.log.read()


def test_another_programs_database_is_left_alone(url: str, file: Path) -> None:
    file.parent.mkdir()
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = file.read_bytes()
    for readonly in (False, True):
        with pytest.raises(Misconfigured, match="another program"):
            open_stores(url, readonly=readonly)
    assert file.read_bytes() == before


def test_a_file_of_a_newer_version_is_left_alone(url: str, file: Path) -> None:
    open_stores(url).close()
    newer = sqlite3.connect(file)
    newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    newer.close()
    with pytest.raises(Misconfigured, match="newer version"):
        open_stores(url)


def test_a_half_made_file_is_finished_when_it_is_opened(url: str, file: Path) -> None:
    file.parent.mkdir()
    file.touch()
    with pytest.raises(StoreUnavailable, match="open it once for writing"):
        open_stores(url, readonly=True)
    open_stores(url).close()
    made = sqlite3.connect(file)
    assert made.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert made.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    made.close()


def test_an_event_of_an_unknown_kind_is_an_error_and_not_skipped(url: str, file: Path) -> None:
    with open_stores(url) as stores:
        stores.log.append([view("a")])
        raw = sqlite3.connect(file)
        raw.execute("UPDATE log SET kind = 999")
        raw.commit()
        raw.close()
        with pytest.raises(StoreUnavailable, match="kind 999"):
            stores.log.read()


def test_a_closed_store_says_so(url: str) -> None:
    stores = open_stores(url)
    stores.close()
    stores.close()
    for call in (
        stores.log.last_seq,
        stores.checkpoints.load,
        lambda: stores.log.append([view("a")]),
    ):
        with pytest.raises(StoreUnavailable, match="closed"):
            call()


def _log_reader(url: str) -> tuple[Readers, Callable[[], None]]:
    database = Database(Path(url.removeprefix("sqlite:///")))
    return database._readers, database.close


def _figures_reader(url: str) -> tuple[Readers, Callable[[], None]]:
    warehouse = SqliteWarehouse(Path(url.removeprefix("sqlite:///")))
    return warehouse._readers, warehouse.close


@pytest.mark.parametrize("open_reader", [_log_reader, _figures_reader])
def test_a_read_that_outlives_the_store_ends_well(
    url: str, open_reader: Callable[[str], tuple[Readers, Callable[[], None]]]
) -> None:
    readers, close = open_reader(url)
    with readers.lend() as connection:
        close()
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
    with pytest.raises(StoreUnavailable, match="closed"), readers.lend():
        pass


def test_a_writer_waits_for_another_and_gives_up_in_words(url: str, file: Path) -> None:
    with open_stores(url + "?busy_ms=20") as stores:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="another process"):
            stores.log.append([view("a")])
        other.execute("ROLLBACK")
        other.close()
        assert stores.log.append([view("a")]) == [1]


def test_a_full_disk_refuses_the_batch_whole_and_later_room_is_used(tmp_path: Path) -> None:
    """The kernel lets a child process write only so much to a file, which plays the full disk."""
    program = dedent(
        """
        import resource, signal, sys
        from data.errors import StoreUnavailable
        from data.schemas import Event, Kind
        from data.stores import open_stores

        def views(batch):
            return [Event(event_id=f"{batch}-{n:0100d}", kind=Kind.VIEW, at=1) for n in range(500)]

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with open_stores(sys.argv[1]) as stores:
            most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, most))
            batch = 0
            try:
                while batch < 1_000:
                    stores.log.append(views(batch))
                    batch += 1
            except StoreUnavailable as error:
                print(type(error).__name__)
            assert stores.log.last_seq() == batch * 500, stores.log.last_seq()
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            again = stores.log.append(views(batch))
            assert again in (list(range(batch * 500 + 1, batch * 500 + 501)), [None] * 500), again
            seqs = [entry.seq for entry in stores.log.read(limit=10**6)]
            assert seqs == list(range(1, (batch + 1) * 500 + 1))
        """
    )
    child = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{tmp_path}/log.db"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (child.stdout, child.stderr) == ("StoreUnavailable\n", "")

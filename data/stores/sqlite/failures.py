"""What SQLite's errors mean in the product's error tree."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from data.errors import Invalid, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.errors import SmartcardError

REASONS: Final = {
    sqlite3.SQLITE_BUSY: "another process keeps it locked",
    sqlite3.SQLITE_LOCKED: "another process keeps it locked",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_PERM: "permission denied",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: restore a copy",
    sqlite3.SQLITE_NOTADB: "the file is not a SQLite database, or damaged: restore a copy",
}
VALUE_ERRORS: Final = (
    sqlite3.IntegrityError,  # another type than the column's
    sqlite3.DataError,  # longer than SQLite takes
    sqlite3.InterfaceError,
    OverflowError,  # beyond 64 bits
    UnicodeEncodeError,  # lone surrogates
)


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Raise `Invalid` where a value was at fault and `StoreUnavailable` where the file was."""
    try:
        yield
    except VALUE_ERRORS as error:
        raise Invalid(f"the store cannot hold this: {error}") from error
    except sqlite3.Error as error:
        raise _meaning(error, path) from error


def _meaning(error: sqlite3.Error, path: str) -> SmartcardError:
    number = getattr(error, "sqlite_errorcode", None)
    if number is None and "binding parameter" in str(error):
        return Invalid(f"the store cannot hold this: {error}")
    # The low byte is the primary code; the rest says more about it.
    reason = "" if number is None else REASONS.get(number & 0xFF, "")
    detail = f"{reason} ({error})" if reason else str(error)
    return StoreUnavailable(f"{path}: {detail}")

"""The file ``case.sqlite``: how it is opened, what is in it, which versions of it there are.

WAL with synchronous=FULL: a commit is on the disk before it returns, power failure included, and readers
never wait. A commit costs a few ms and runs on a worker, so that NORMAL (which may lose the last commits
when the power fails) would gain nothing.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from app.case.errors import CaseDamagedError, CaseLostError, CaseMissingError, CaseTooNewError

FILE_NAME = "case.sqlite"
SCHEMA_VERSION = 1
APPLICATION_ID = 0x464E4143
"""'FNAC', in the header of the file: says whose database it is."""

BUSY_TIMEOUT_S = 5.0

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE owner (id INTEGER PRIMARY KEY CHECK (id = 1), token TEXT NOT NULL, host TEXT NOT NULL,
    user TEXT NOT NULL, pid INTEGER NOT NULL, process_started REAL NOT NULL, since_utc TEXT NOT NULL);
CREATE TABLE journal (seq INTEGER PRIMARY KEY, at_utc TEXT NOT NULL, author TEXT NOT NULL,
    action TEXT NOT NULL, label TEXT NOT NULL, target INTEGER);
CREATE TABLE change (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,
    before INTEGER, after INTEGER, value TEXT);
CREATE TABLE record (kind TEXT NOT NULL, key TEXT NOT NULL, value_id INTEGER NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE place (slide TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE view (id INTEGER PRIMARY KEY, slide TEXT NOT NULL, at_utc TEXT NOT NULL,
    corners TEXT NOT NULL, magnification REAL NOT NULL, seconds REAL NOT NULL);
CREATE TABLE coverage (slide TEXT PRIMARY KEY, last_view INTEGER NOT NULL, blob BLOB NOT NULL);
CREATE INDEX view_slide ON view (slide, id);
CREATE TRIGGER journal_is_append_only BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER journal_keeps_all BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER change_is_append_only BEFORE UPDATE ON change BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER change_keeps_all BEFORE DELETE ON change BEGIN SELECT RAISE(ABORT, 'append only'); END;
"""


def connect(file: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from any thread if the caller lets in one at a time.

    ``read_only`` also works where nothing may be written, such as an archive. Raises ``sqlite3.Error``.
    """
    if read_only:
        immutable = "" if os.access(file.parent, os.W_OK) else "&immutable=1"
        uri = f"{file.resolve().as_uri()}?mode=ro{immutable}"
    else:
        uri = f"{file.resolve().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")
    if not read_only:
        connection.execute("PRAGMA synchronous = FULL")
        # macOS: without these, a disk's own write cache may lose what was "synchronised".
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
    return connection


def create_database(file: Path, case_id: str) -> None:
    """Make an empty case file, whole or not at all. Raises ``sqlite3.Error``, ``OSError``."""
    part = file.with_suffix(".creating")
    part.unlink(missing_ok=True)
    connection = sqlite3.connect(part, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
        connection.execute("INSERT INTO meta VALUES ('case_id', ?)", (case_id,))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        # Kept in the header of the file; every later connection uses it.
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
    os.replace(part, file)


def open_database(file: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a case file and see that it is one, of a version this program reads, and undamaged.

    Raises ``CaseMissingError``, ``CaseLostError``, ``CaseDamagedError`` or ``CaseTooNewError``.
    """
    if not file.is_file():
        raise CaseMissingError(f"There is no case in {file.parent}: choose another folder or start a new case.")
    try:
        connection = connect(file, read_only=read_only)
    except sqlite3.OperationalError as error:
        raise CaseLostError(
            f"The case {file} cannot be opened ({error}): check that the folder may be written."
        ) from error
    except sqlite3.DatabaseError as error:
        raise damaged(file) from error
    try:
        _check(connection, file)
    except sqlite3.OperationalError as error:
        connection.close()
        raise CaseLostError(f"The case {file} cannot be read ({error}): check the disk and the folder.") from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise damaged(file) from error
    except BaseException:
        connection.close()
        raise
    return connection


def damaged(file: Path) -> CaseDamagedError:
    """The error that says so, and what to do."""
    return CaseDamagedError(f"The case file {file} is damaged: restore the newest backup from its folder backups.")


def case_id_of(connection: sqlite3.Connection) -> str:
    """The identity of the case, which no move or copy changes."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'case_id'").fetchone()
    if row is None:
        raise sqlite3.DatabaseError("the case has no identity")
    return str(row[0])


def _check(connection: sqlite3.Connection, file: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise CaseDamagedError(f"{file} is a database, but not a case of this program: choose another folder.")
    if version > SCHEMA_VERSION:
        raise CaseTooNewError(
            f"The case {file} was written by a newer program (version {version} of the file, this one reads up to "
            f"{SCHEMA_VERSION}): update this program to open it."
        )
    if version < 1:
        raise damaged(file)
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise damaged(file)
    case_id_of(connection)

"""The SQLite file of stored scores: opening, setting a damaged one aside, reading and writing blocks."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

log = logging.getLogger(__name__)

FILE_NAME = "scores.sqlite"
SCHEMA_VERSION = 1
BUSY_S = 10.0
_PAGE_BYTES = 4096
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_SCHEMA = (
    "CREATE TABLE plans (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, columns INTEGER NOT NULL, "
    "rows INTEGER NOT NULL, classes INTEGER NOT NULL, provenance TEXT NOT NULL, used REAL NOT NULL)",
    "CREATE TABLE blocks (plan INTEGER NOT NULL REFERENCES plans(id), number INTEGER NOT NULL, "
    "payload BLOB NOT NULL, PRIMARY KEY (plan, number)) WITHOUT ROWID",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)

T = TypeVar("T")

PlanRow = tuple[str, int, int, int, str, float]
"""key, columns, rows, classes, provenance as JSON, time of last use."""


class DatabaseTrouble(Exception):
    """The database cannot be used just now; the message is a phrase for the user."""


class ScoresDatabase:
    """A connection that opens when needed. Calls must not overlap; any thread may make them.

    A damaged file, or one of another version, is renamed and a new one made, once; ``on_problem`` is told.
    """

    def __init__(self, data_dir: Path, on_problem: Callable[[str], None], max_bytes: int | None = None) -> None:
        self.path = data_dir / FILE_NAME
        self._on_problem = on_problem
        self._max_bytes = max_bytes
        self._connection: sqlite3.Connection | None = None

    def read_blocks(self, plan: PlanRow) -> list[tuple[int, bytes]]:
        """(number, payload) of each stored block of a plan. Raises DatabaseTrouble."""

        def read(connection: sqlite3.Connection) -> list[tuple[int, bytes]]:
            key, columns, rows, classes, _, _ = plan
            return connection.execute(
                "SELECT number, payload FROM blocks JOIN plans ON plan = id "
                "WHERE key = ? AND columns = ? AND rows = ? AND classes = ?",
                (key, columns, rows, classes),
            ).fetchall()

        return self._run(read)

    def read_provenance(self, key: str) -> str | None:
        """The stored JSON of a plan's provenance. Raises DatabaseTrouble."""
        row = self._run(lambda db: db.execute("SELECT provenance FROM plans WHERE key = ?", (key,)).fetchone())
        return None if row is None else str(row[0])

    def write_blocks(self, plan: PlanRow, blocks: Sequence[tuple[int, bytes]]) -> None:
        """Store blocks in one transaction, in place of older ones. Raises DatabaseTrouble."""

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(
                    "INSERT INTO plans (key, columns, rows, classes, provenance, used) VALUES (?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (key) DO UPDATE SET used = excluded.used, provenance = excluded.provenance",
                    plan,
                )
                (number,) = connection.execute("SELECT id FROM plans WHERE key = ?", plan[:1]).fetchone()
                connection.executemany(
                    "INSERT OR REPLACE INTO blocks (plan, number, payload) VALUES (?, ?, ?)",
                    [(number, block, payload) for block, payload in blocks],
                )

        self._run(write)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, action: Callable[[sqlite3.Connection], T]) -> T:
        """Perform ``action``, on a new database if the present one turns out to be damaged."""
        try:
            try:
                return action(self._open())
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._set_aside()
                return action(self._open())
        except (sqlite3.Error, OSError) as error:
            self._forget_connection()
            raise DatabaseTrouble(str(error)) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            self._prepare(self._connection)
        return self._connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        # Safe against a killed program; after a power cut the last seconds may be missing, never half there.
        connection.execute("PRAGMA synchronous = NORMAL")
        if self._max_bytes is not None:
            connection.execute(f"PRAGMA max_page_count = {max(1, self._max_bytes // _PAGE_BYTES)}")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            return
        if version != 0:
            raise _other_version(version)
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            # Another program may have made the tables while this one waited for its turn.
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _SCHEMA:
                    connection.execute(statement)

    def _set_aside(self) -> None:
        self._forget_connection()
        kept = self.path.with_name(f"scores.damaged-{time.strftime('%Y%m%d-%H%M%S')}.sqlite")
        os.replace(self.path, kept)
        for ending in ("-wal", "-shm"):
            self.path.with_name(FILE_NAME + ending).unlink(missing_ok=True)
        text = (
            f"The database of stored scores was damaged or of another version; it was set aside as {kept.name} "
            "and a new one was begun. No marks are lost; slides are scored anew."
        )
        log.warning(text)
        self._on_problem(text)

    def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGED


def _other_version(version: int) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(f"schema version {version}")
    error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    return error

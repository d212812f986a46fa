"""The open file of a case: writes batches of edits so that each is on the disk whole or not at all.

Survives a full disk and a folder that goes away and comes back: every failure closes the connection, and the
next write opens it anew and first looks whether this is still the same case, ours, and as new as we left it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from app.case.case_database import FILE_NAME, case_id_of, connect, damaged, open_database
from app.case.case_state import Pending, ViewRow
from app.case.errors import CaseDiskFullError, CaseLostError, CaseTakenOverError, CaseWriteError
from app.case.journal import append, last_seq
from app.case.owner import Owner, claim, read_owner, release, this_owner
from app.case.record_codec import encode_corners, encode_place

_LITTLE_BYTES = 1 << 20


class CaseFile:
    """One thread at a time; the caller holds a lock. ``replaced`` is the stale or ousted owner, if any."""

    def __init__(self, folder: Path, *, read_only: bool = False, take_over: bool = False) -> None:
        """Open the case in a folder and claim it. Raises the errors of ``open_database`` and ``claim``."""
        self.folder = folder
        self.file = folder / FILE_NAME
        self.read_only = read_only
        self.owner: Owner = this_owner()
        self.replaced: Owner | None = None
        connection = open_database(self.file, read_only=read_only)
        try:
            if not read_only:
                self.replaced = claim(connection, self.owner, take_over=take_over)
            self.case_id = case_id_of(connection)
            self.saved_seq = last_seq(connection)
            (self._data_version,) = connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            connection.close()
            raise self.explain(error, 0) from error
        except BaseException:
            connection.close()
            raise
        self._connection: sqlite3.Connection | None = connection
        self._identity = self._stat()

    def connection(self) -> sqlite3.Connection:
        """The connection, opened again if it was lost. Raises ``CaseWriteError`` when that fails."""
        if self._identity_now() != self._identity:
            self._drop()
        if self._connection is None:
            self._connection = self._reconnect()
            self._identity = self._stat()
        return self._connection

    def write(self, batch: Pending, coverage: Mapping[str, tuple[int, bytes]]) -> None:
        """Commit edits, views, places and snapshots of coverage (last view, blob) by slide.

        When it returns, they are on the disk. Raises ``CaseWriteError``; then nothing of the batch may be
        assumed written, and the same batch may be written again.
        """
        count = len(batch.entries) + len(batch.views)
        try:
            connection = self.connection()
            connection.execute("BEGIN IMMEDIATE")
            self._check_still_ours(connection)
            newest = last_seq(connection)
            append(connection, (entry for entry in batch.entries if entry.seq > newest))
            _write_views(connection, batch.views)
            connection.executemany(
                "INSERT OR REPLACE INTO place VALUES (?, ?)",
                ((slide, encode_place(place)) for slide, place in batch.places.items()),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO coverage VALUES (?, ?, ?)",
                ((slide, last_view, blob) for slide, (last_view, blob) in coverage.items()),
            )
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._drop()
            raise self.explain(error, count) from error
        except BaseException:
            self._drop()
            raise
        if batch.entries:
            self.saved_seq = batch.entries[-1].seq

    def has_changed(self) -> bool:
        """Whether somebody else has written since this was last asked."""
        (version,) = self.connection().execute("PRAGMA data_version").fetchone()
        before, self._data_version = self._data_version, version
        return bool(version != before)

    def close(self) -> None:
        """Give the case back. What cannot be written any more is left to the next owner's check."""
        if self._connection is not None and not self.read_only:
            with contextlib.suppress(sqlite3.Error):
                release(self._connection, self.owner)
        self._drop()

    def explain(self, error: Exception, count: int) -> CaseWriteError:
        """The failure in one sentence, with what happens to the edits that wait."""
        if isinstance(error, CaseWriteError):
            return error
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        kept = f"; {count} changes are kept in memory and saved as soon as that is possible" if count else ""
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return CaseWriteError(f"{str(damaged(self.file))[:-1]}{kept}.")
        if code == sqlite3.SQLITE_FULL or self._disk_is_full():
            return CaseDiskFullError(f"The disk that holds the case {self.folder} is full: free some space{kept}.")
        if not self.file.exists():
            return self._lost(count)
        return CaseWriteError(f"The case {self.file} cannot be written ({error}): check disk and folder{kept}.")

    def _reconnect(self) -> sqlite3.Connection:
        if not self.file.exists():
            raise self._lost(0)
        connection = connect(self.file, read_only=self.read_only)
        try:
            if case_id_of(connection) != self.case_id or last_seq(connection) < self.saved_seq:
                raise CaseTakenOverError(
                    f"In {self.folder} lies another or an older case than the open one: save this one elsewhere."
                )
            if not self.read_only and read_owner(connection) is None:
                claim(connection, self.owner)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_still_ours(self, connection: sqlite3.Connection) -> None:
        owner = read_owner(connection)
        if owner is None or owner.token != self.owner.token:
            who = "Somebody" if owner is None else f"{owner.user} on {owner.host}"
            raise CaseTakenOverError(
                f"{who} has taken over the case {self.folder}: nothing more is written there; save it elsewhere."
            )

    def _lost(self, count: int) -> CaseLostError:
        kept = f"; {count} changes are kept in memory" if count else ""
        return CaseLostError(
            f"The folder of the case {self.folder} cannot be reached: bring it back, or save the case elsewhere{kept}."
        )

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.rollback()
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _stat(self) -> tuple[int, int]:
        try:
            stat = os.stat(self.file)
        except OSError as error:
            raise self._lost(0) from error
        return stat.st_dev, stat.st_ino

    def _identity_now(self) -> tuple[int, int] | None:
        # An open SQLite file goes on working after it was deleted or its disk unmounted, into nowhere.
        try:
            return self._stat()
        except CaseLostError:
            return None

    def _disk_is_full(self) -> bool:
        try:
            return shutil.disk_usage(self.folder).free < _LITTLE_BYTES
        except OSError:
            return False


def _write_views(connection: sqlite3.Connection, rows: list[ViewRow]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO view VALUES (?, ?, ?, ?, ?, ?)",
        (
            (row.id, row.slide, row.at_utc, encode_corners(row.view.corners), row.view.magnification, row.view.seconds)
            for row in rows
        ),
    )

"""Copies of a case beside it: made by SQLite while the case is in use, checked, and thinned out with age."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from app.case.case_database import FILE_NAME, open_database
from app.case.errors import CaseError, CaseWriteError

FOLDER = "backups"
KEEP_NEWEST = 10
KEEP_DAYS = 14
"""Kept are the newest ten, and of each of the last 14 days with a backup the newest one."""

_STAMP = "%Y%m%dT%H%M%S%fZ"


def back_up(connection: sqlite3.Connection, case_folder: Path) -> Path:
    """Copy the open case to ``backups/case-<time>.sqlite``, whole or not at all, and thin out old ones.

    Raises ``CaseWriteError`` when the copy cannot be made; the case itself is not touched by that.
    """
    folder = case_folder / FOLDER
    target = folder / f"case-{datetime.now(UTC).strftime(_STAMP)}.sqlite"
    part = target.with_suffix(".part")
    try:
        folder.mkdir(exist_ok=True)
        _copy(connection, part)
        os.replace(part, target)
        _thin_out(folder)
    except (sqlite3.Error, OSError) as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise CaseWriteError(f"No backup could be written to {folder} ({error}): check the disk.") from error
    return target


def list_backups(case_folder: Path) -> list[Path]:
    """All backups of a case, the newest first."""
    return sorted((case_folder / FOLDER).glob("case-*.sqlite"), reverse=True)


def restore_backup(case_folder: Path, backup: Path | None = None) -> Path:
    """Put a backup (default: the newest one that is whole) in the place of the case file.

    The case must be closed. Its damaged file is kept beside it as ``case.damaged-<time>.sqlite``. Returns the
    backup that was used. Raises ``CaseError`` when there is none that is whole, or nothing can be written.
    """
    chosen = _whole(list_backups(case_folder) if backup is None else [backup])
    if chosen is None:
        raise CaseError(f"There is no undamaged backup in {case_folder / FOLDER}: the case cannot be restored.")
    file = case_folder / FILE_NAME
    part = file.with_suffix(".restoring")
    try:
        source = sqlite3.connect(f"{chosen.resolve().as_uri()}?mode=ro", uri=True)
        try:
            _copy(source, part)
        finally:
            source.close()
        damaged = case_folder / f"case.damaged-{datetime.now(UTC).strftime(_STAMP)}.sqlite"
        for suffix in ("-wal", "-shm", ""):
            remains = Path(f"{file}{suffix}")
            if remains.exists():
                os.replace(remains, f"{damaged}{suffix}")
        os.replace(part, file)
    except (sqlite3.Error, OSError) as error:
        raise CaseError(f"The backup {chosen} cannot be restored ({error}): check the disk.") from error
    return chosen


def _copy(source: sqlite3.Connection, target_file: Path) -> None:
    target_file.unlink(missing_ok=True)
    target = sqlite3.connect(target_file, isolation_level=None)
    try:
        # Nothing is to be saved of a copy that was not finished; what is finished is synchronised below.
        target.execute("PRAGMA synchronous = OFF")
        source.backup(target)
        # One file, without the two that WAL keeps beside it; the copy of the owner's claim means nothing.
        target.execute("PRAGMA journal_mode = DELETE")
        target.execute("DELETE FROM owner")
        (verdict,) = target.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError("the copy is not whole")
        target.execute("PRAGMA journal_mode = WAL")
    finally:
        target.close()
    with target_file.open("rb+") as file:
        os.fsync(file.fileno())


def _whole(backups: list[Path]) -> Path | None:
    for backup in backups:
        with contextlib.suppress(CaseError):
            open_database(backup, read_only=True).close()
            return backup
    return None


def _thin_out(folder: Path) -> None:
    backups = list_backups(folder.parent)
    newest_of_day = {backup.name[5:13]: backup for backup in reversed(backups)}
    keep = set(backups[:KEEP_NEWEST]) | {newest_of_day[day] for day in sorted(newest_of_day)[-KEEP_DAYS:]}
    for backup in backups:
        if backup not in keep:
            backup.unlink()

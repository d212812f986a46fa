"""Who has a case open: one owner writes, others read. The lock lies in the case file itself.

SQLite's own write lock decides between two who claim at once, and every later write checks inside its
transaction that the claim still stands, so that a case that was taken over is never written by two.
"""

from __future__ import annotations

import getpass
import os
import socket
import sqlite3
import uuid
from dataclasses import dataclass

import psutil

from app.case.errors import CaseLockedError
from app.records.times import utc_now

_START_TOLERANCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Owner:
    """A program that has a case open. ``process_started`` (s since 1970) tells a reused pid apart."""

    token: str
    host: str
    user: str
    pid: int
    process_started: float
    since_utc: str


def this_owner() -> Owner:
    """This process, with a token of its own for every case it opens."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = "unknown user"
    process = psutil.Process()
    return Owner(str(uuid.uuid4()), socket.gethostname(), user, process.pid, process.create_time(), utc_now())


def read_owner(connection: sqlite3.Connection) -> Owner | None:
    """Who is entered in the case; None when nobody is."""
    row = connection.execute("SELECT token, host, user, pid, process_started, since_utc FROM owner").fetchone()
    return None if row is None else Owner(*row)


def is_stale(owner: Owner) -> bool:
    """True when the owner was a process of this machine that has ended. Other machines cannot be judged."""
    if owner.host != socket.gethostname():
        return False
    try:
        started = psutil.Process(owner.pid).create_time()
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
    return abs(float(started) - owner.process_started) > _START_TOLERANCE_S


def claim(connection: sqlite3.Connection, owner: Owner, *, take_over: bool = False) -> Owner | None:
    """Enter ``owner``; returns the stale or ousted owner that was there before.

    Raises ``CaseLockedError`` when another living owner is entered and ``take_over`` is False.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = read_owner(connection)
        if before is not None and not take_over and not is_stale(before):
            raise CaseLockedError(_locked_message(before), before)
        connection.execute(
            "INSERT OR REPLACE INTO owner VALUES (1, ?, ?, ?, ?, ?, ?)",
            (owner.token, owner.host, owner.user, owner.pid, owner.process_started, owner.since_utc),
        )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return before


def release(connection: sqlite3.Connection, owner: Owner) -> None:
    """Leave the case to others, if it is still ours."""
    connection.execute("DELETE FROM owner WHERE token = ?", (owner.token,))


def _locked_message(owner: Owner) -> str:
    where = "in another window of this program" if owner.pid == os.getpid() else f"by {owner.user} on {owner.host}"
    return (
        f"This case is open {where} (process {owner.pid}, since {owner.since_utc}): close it there, "
        "or open it here for reading only."
    )

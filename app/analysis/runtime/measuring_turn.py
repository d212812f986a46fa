"""One at a time measures what is fastest: several processes at once would measure each other, and each decide for
itself, so that the slides of one cohort were scored with different precisions."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

WAIT_S = 60.0
"""Many times what a measurement takes, with eight models being loaded beside it."""
_TICK_S = 0.05


@contextmanager
def turn_to_measure(
    lock: Path, keep_going: Callable[[], bool] = lambda: True, wait_s: float = WAIT_S
) -> Iterator[None]:
    """Hold the file ``lock`` while measuring; the system gives it back when a process dies. Goes on without it when
    ``keep_going`` says no, after ``wait_s``, and where no file can be locked (read-only folder, some network disks)."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        stream = lock.open("a+b")
    except OSError as error:
        log.warning("%s cannot be opened, so that others may measure at the same time: %s", lock, error)
        yield
        return
    with stream:
        deadline = time.monotonic() + wait_s
        while not _taken(stream) and keep_going():
            if time.monotonic() > deadline:
                log.warning("%s was held by another process for %g s; measuring beside it", lock, wait_s)
                break
            time.sleep(_TICK_S)
        # Closing the file gives the lock back.
        yield


def _taken(stream: IO[bytes]) -> bool:
    """Try to lock the file's first byte; False while another process, or thread, holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        log.warning("%s cannot be locked, so that others may measure at the same time: %s", stream.name, error)
    return True

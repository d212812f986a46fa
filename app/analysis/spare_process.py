"""A scoring process that is started before there is a slide for it, and imports what it needs meanwhile.

Light: a program starts it first thing.
"""

from __future__ import annotations

import logging
import threading
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from app.analysis.child import run_child

log = logging.getLogger(__name__)

_spare: list[tuple[SpawnProcess, Connection]] = []
_lock = threading.Lock()


def warm_up() -> None:
    """Start a process for the next one that is needed, unless one is waiting. It ends with this program. Where none can
    be started, that is told when one is needed."""
    with _lock:
        if not _spare:
            try:
                _spare.append(_start())
            except OSError as error:
                log.warning("no process can be started in advance: %s", error)


def take() -> tuple[SpawnProcess, Connection]:
    """The process that was started before, or a new one. What it works on is the first thing that it wants to be
    sent. Raises OSError when none can be started."""
    with _lock:
        while _spare:
            process, connection = _spare.pop()
            if process.is_alive():
                return process, connection
            connection.close()
    return _start()


def _start() -> tuple[SpawnProcess, Connection]:
    context = get_context("spawn")
    connection, theirs = context.Pipe()
    process = context.Process(target=run_child, args=(theirs,), name="fnascope-scoring", daemon=True)
    try:
        process.start()
    except OSError:
        connection.close()
        raise
    finally:
        theirs.close()
    return process, connection

"""Entry of the scoring process. Light, because the window's process imports it to spawn the other."""

from __future__ import annotations

import os
import signal
from multiprocessing.connection import Connection

NICENESS = 19
"""At 10 a window that draws all the time still waited for 16 % of it for a processor, in lumps of 4 ms."""

_ONE_THREAD_EACH = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run_child(connection: Connection) -> None:
    """Serve a session over ``connection``, which says first what to work on, until it says quit or goes away."""
    # Ctrl-C in a terminal reaches the whole group; the session decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in _ONE_THREAD_EACH:
        os.environ.setdefault(name, "1")
    lower_priority()
    from app.analysis.worker import ScoringWorker

    try:
        job = connection.recv()
    except (EOFError, OSError):
        # Started in advance, and not needed.
        return
    ScoringWorker(connection, job).serve()


def lower_priority() -> None:
    """Let the window and other programs go first."""
    import psutil

    process = psutil.Process()
    process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if psutil.WINDOWS else min(19, process.nice() + NICENESS))

"""What runs in the probing child: examine each file that comes, until the pipe or the program ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from app.slides.samples import Verdict

Examine = Callable[[Path], "Verdict"]
"""Opens a file and reads some of it; must be importable in the child."""

READY = "ready"

_HARD_LIMIT = 1.25
"""The system stops the child here in case it grows faster than the parent looks."""


def serve(connection: Connection, memory_limit_bytes: int, examine: Examine | None = None) -> None:
    """The child's main function. Answers each path with its verdict and the child's peak memory in bytes.

    The readers are imported here, so that the parent need not have done so before it starts the child.
    """
    # C libraries report damaged files on stderr; the user gets one sentence instead.
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # Ctrl+C in a terminal reaches the child too; only its parent may say what becomes of the file.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    _limit_memory(memory_limit_bytes)
    if examine is None:
        from app.slides import samples

        examine = samples.examine
    connection.send(READY)
    with closing(connection), suppress(EOFError, OSError):
        while True:
            verdict = examine(Path(connection.recv()))
            connection.send((verdict, _own_peak_bytes()))


def _end_with_parent() -> None:
    """A parent that is killed cannot end a child that hangs in a file; the pipe tells only an idle one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _limit_memory(limit_bytes: int) -> None:
    """Let allocations fail well beyond the limit, where the system can; the parent watches in any case."""
    if sys.platform != "linux":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Private writable memory, which is what a decoder takes; address space is no measure of it.
    private = _status_bytes("VmData")
    resting = psutil.Process().memory_info().rss
    limit = private + int(limit_bytes * _HARD_LIMIT) - resting
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _own_peak_bytes() -> int:
    """Peak resident memory since the last call, where the system tells; else 0."""
    if sys.platform != "linux":
        return 0
    peak = _status_bytes("VmHWM")
    with suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return peak


def _status_bytes(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0

"""``python -m app.score SLIDE|FOLDER ... --out DIR``: scores slides without a window, by the same session.

Light: every process that the run starts imports the main module again before it does anything of its own.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when every slide was scored, 1 when one failed (the others go on), 130 when interrupted."""
    with _interrupt_ends_all():
        import multiprocessing

        multiprocessing.freeze_support()
        from app.cohort.arguments import parse

        given = parse(arguments)
        if not given.worker and not given.scheduler:
            _start_children()
        from app.cohort.command_line import run

    return run(given)


def _start_children() -> None:
    """These processes start while the rest is imported."""
    from app.analysis.spare_process import warm_up
    from app.slides.probe import start_probe_server
    from app.slides.slide import SlideError

    def start() -> None:
        warm_up()
        # Where it cannot be started, the first slide says so.
        with suppress(SlideError):
            start_probe_server()

    if not hasattr(signal, "pthread_sigmask"):
        start()
        return
    from multiprocessing import resource_tracker

    # Ctrl-C reaches the whole group, them too: they inherit that it is held until they ignore it. The tracker would let
    # it through again when it starts.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def _interrupt_ends_all() -> Iterator[None]:
    """Ctrl-C while modules are imported, where a KeyboardInterrupt comes out as any error. Nothing has begun yet; the
    processes that were started end with their pipes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: object) -> None:
        os.write(2, b"Interrupted before anything was scored.\n")
        os._exit(INTERRUPTED)

    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    sys.exit(main())

"""Work off the GUI thread: one call, its result or its error come back by signal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, SignalInstance, Slot
from shiboken6 import isValid

log = logging.getLogger(__name__)


class CancelToken:
    """Tells a worker that nobody waits for its result any more."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()


class Job(QObject):
    """One piece of work. After ``cancel`` neither ``done`` nor ``failed`` is delivered. Once it has ended it lets go of
    all that it was given: what its work and its listeners hold may be large."""

    done = Signal(object)
    failed = Signal(object)
    ended = Signal()
    _returned = Signal(object)
    _raised = Signal(object)

    def __init__(self, work: Callable[[CancelToken], Any], discard: Callable[[Any], None] | None) -> None:
        super().__init__()
        self.token = CancelToken()
        self._work: Callable[[CancelToken], Any] | None = work
        self._discard = discard
        self._returned.connect(self._deliver)
        self._raised.connect(self._deliver_error)

    def cancel(self) -> None:
        """Acknowledged at once; a result that still comes is handed to ``discard`` on its worker thread."""
        self.token.cancel()

    def _run(self) -> None:
        work, self._work = self._work, None
        assert work is not None
        try:
            result = work(self.token)
        except Exception as error:  # boundary of the worker: logged and shown to the user
            if not self.token.cancelled:
                log.warning("Background work failed.", exc_info=error)
            self._hand_over(self._raised, error)
            return
        if self.token.cancelled and self._discard is not None:
            # Here and now: at the end of the program no event loop would carry it back.
            self._discard(result)
            self._discard = None
        self._hand_over(self._returned, result)

    def _hand_over(self, signal: SignalInstance, value: object) -> None:
        # At the very end of the program Qt may already have taken this object down.
        if isValid(self):
            signal.emit(value)

    @Slot(object)
    def _deliver(self, result: Any) -> None:
        if not self.token.cancelled:
            self.done.emit(result)
        elif self._discard is not None:
            discard = self._discard
            run_in_background(lambda _token: discard(result))
        self._end()

    @Slot(object)
    def _deliver_error(self, error: Exception) -> None:
        if not self.token.cancelled:
            self.failed.emit(error)
        self._end()

    def _end(self) -> None:
        self.ended.emit()
        self._discard = None
        _running.discard(self)
        # Qt holds what is connected for as long as the object lives, and no search for cycles sees it.
        self.deleteLater()


class _Runner(QRunnable):
    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job

    def run(self) -> None:
        self._job._run()


_MIN_THREADS = 4  # a slow probe of a file must not hold up thumbnails and saving
_running: set[Job] = set()


def _pool() -> QThreadPool:
    pool = QThreadPool.globalInstance()
    if pool.maxThreadCount() < _MIN_THREADS:
        pool.setMaxThreadCount(_MIN_THREADS)
    return pool


def run_in_background(
    work: Callable[[CancelToken], Any],
    *,
    on_done: Callable[[Any], None] | None = None,
    on_error: Callable[[Exception], None] | None = None,
    discard: Callable[[Any], None] | None = None,
) -> Job:
    """Run ``work(token)`` on a pool thread; call it from the GUI thread, where the callbacks come back too.

    ``discard`` receives, on a worker thread, the result of a job that was cancelled meanwhile (to close it).
    """
    job = Job(work, discard)
    _running.add(job)
    if on_done is not None:
        job.done.connect(on_done)
    if on_error is not None:
        job.failed.connect(on_error)
    _pool().start(_Runner(job))
    return job


def wait_for_background(timeout_ms: int) -> bool:
    """Wait until all pool work has ended; for the end of the program."""
    return QThreadPool.globalInstance().waitForDone(timeout_ms)

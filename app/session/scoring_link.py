"""A session's scoring process: started when it is needed, replaced when it is stuck."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from app.analysis import messages as m
from app.analysis.scoring_process import ScoringProcess

log = logging.getLogger(__name__)

CANCEL_PATIENCE_S = 3.0
"""A process that has not ended a cancelled run after this long is replaced by a new one."""


class ScoringLink:
    """At most one live process at a time. Not thread-safe; the session's lock guards it.

    ``ready`` is True once the process has loaded slide and model; commands before that are dropped, and the
    session says again what still holds. What a process says that is no longer ``is_current`` must be ignored.
    """

    def __init__(
        self,
        job: m.Job,
        on_message: Callable[[ScoringProcess, m.Message], None],
        on_end: Callable[[ScoringProcess, int | None], None],
    ) -> None:
        self._job = job
        self._on_message = on_message
        self._on_end = on_end
        self._process: ScoringProcess | None = None
        self._cancel_sent_at: float | None = None
        self.ready = False

    @property
    def pid(self) -> int | None:
        """Process id, once it has one."""
        return self._process.pid if self._process is not None else None

    def is_current(self, process: ScoringProcess) -> bool:
        return process is self._process

    def ensure(self, keep_precision: str = "", generation: int = 0) -> None:
        """Start the process unless there is one. ``keep_precision`` is that of scores that are there already: it goes
        on in it, whatever would be faster. ``generation`` is that of the run that is to follow."""
        if self._process is None:
            self.ready = False
            self._cancel_sent_at = None
            job = replace(self._job, keep_precision=keep_precision, generation=generation)
            self._process = ScoringProcess(job, self._on_message, self._on_end)

    def send(self, command: m.Command) -> None:
        if self._process is not None and self.ready:
            self._process.send(command)

    def cancel(self, generation: int) -> None:
        """Ask for the end of a run and remember when."""
        if self.ready:
            self._cancel_sent_at = time.monotonic()
            self.send(m.Cancel(generation))

    def cancel_answered(self) -> None:
        self._cancel_sent_at = None

    def replace_if_stuck(self) -> None:
        """Give up a process that still has not ended a cancelled run."""
        since = self._cancel_sent_at
        if since is None or time.monotonic() - since < CANCEL_PATIENCE_S:
            return
        log.warning("the scoring process did not end a cancelled run; it is replaced")
        process = self.forget()
        if process is not None:
            threading.Thread(target=process.close, name="close-stuck-process", daemon=True).start()

    def forget(self) -> ScoringProcess | None:
        """Let go of the process, which has ended or is to be closed by the caller (outside the session's lock)."""
        process, self._process = self._process, None
        self.ready = False
        return process

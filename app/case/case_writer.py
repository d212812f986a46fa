"""The worker that saves an open case: after each edit at once, and again and again while saving fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.case.case_store import CaseStore
from app.case.errors import CaseError, CaseTakenOverError

RETRY_S = 2.0
BACKUP_EVERY_S = 600.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SaveStatus:
    """How saving goes. ``message`` is one sentence for the user, empty when all is saved; ``unsaved`` counts
    what is in memory only; ``saved_seq`` is the newest entry on the disk."""

    unsaved: int
    saved_seq: int
    message: str = ""
    taken_over: bool = False


class CaseWriter:
    """One thread for one open case. ``on_status`` is called on that thread after every attempt."""

    def __init__(
        self,
        store: CaseStore,
        on_status: Callable[[SaveStatus], None],
        *,
        retry_s: float = RETRY_S,
        backup_every_s: float = BACKUP_EVERY_S,
    ) -> None:
        self._store = store
        self._on_status = on_status
        self._retry_s = retry_s
        self._backup_every_s = backup_every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="case-writer", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the thread; the store stays open (``CaseStore.close`` then saves what is left)."""
        self._stop.set()
        self._store.wake()
        self._thread.join()

    def _run(self) -> None:
        backup_due = time.monotonic() + self._backup_every_s
        while not self._stop.is_set():
            if self._store.wait_for_edits(max(0.0, backup_due - time.monotonic())) and not self._attempt(
                self._store.save
            ):
                self._stop.wait(self._retry_s)
                self._store.wake()
            if time.monotonic() >= backup_due and not self._stop.is_set():
                self._attempt(self._store.back_up)
                backup_due = time.monotonic() + self._backup_every_s

    def _save(self) -> None:
        self._store.save()
        self._store.prefetch()

    def _attempt(self, action: Callable[[], object]) -> bool:
        message, taken_over = "", False
        try:
            action()
        except CaseError as error:
            message, taken_over = str(error), isinstance(error, CaseTakenOverError)
        except Exception as error:  # The one catch-all of this worker: it must live on to try again.
            _log.exception("saving the case in %s failed", self._store.folder)
            message = f"The case {self._store.folder} could not be saved ({error}); its changes are kept in memory."
        self._on_status(SaveStatus(self._store.unsaved, self._store.saved_seq, message, taken_over))
        return not message

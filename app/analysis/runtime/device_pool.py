"""Several devices of one kind that work as one: each holds the model, batches are spread over them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from app.analysis.runtime.backend import Backend, OutOfMemoryError, StudentError
from app.records.scores import Scores

log = logging.getLogger(__name__)


class DevicePool:
    """A backend made of ``members`` (at least one) by name. A batch goes to the device with the fewest in work.

    A device that fails is not used any more, which ``on_note`` is told in a sentence, and its batch goes to another
    one. What the last device says is raised.
    """

    def __init__(self, members: Mapping[str, Backend], on_note: Callable[[str], None] | None = None) -> None:
        self._members = dict(members)
        self._in_work = dict.fromkeys(members, 0)
        self._lock = threading.Lock()
        self.on_note = on_note or log.warning

    @property
    def devices(self) -> tuple[str, ...]:
        """Names of those in use."""
        with self._lock:
            return tuple(self._members)

    def run(self, tiles: npt.NDArray[np.uint8]) -> Scores:
        while True:
            name, backend = self._take()
            try:
                return backend.run(tiles)
            except OutOfMemoryError as error:
                # A larger batch may fit when it is halved, which is not done here.
                if len(tiles) > 1 or not self._retire(name, error):
                    raise
            except StudentError as error:
                if not self._retire(name, error):
                    raise
            finally:
                with self._lock:
                    self._in_work[name] -= 1

    def close(self) -> None:
        with self._lock:
            members = tuple(self._members.values())
        for backend in members:
            backend.close()

    def _take(self) -> tuple[str, Backend]:
        with self._lock:
            name = min(self._members, key=self._in_work.__getitem__)
            self._in_work[name] += 1
            return name, self._members[name]

    def _retire(self, name: str, error: Exception) -> bool:
        """Take a device out of use; False where there is no other one to go on with."""
        with self._lock:
            if name in self._members and len(self._members) == 1:
                return False
            gone = self._members.pop(name, None)
        # Several batches may have been in work on it: it goes once.
        if gone is not None:
            gone.close()
            self.on_note(f"{name} is not used any more, and its tiles go to the other devices: {error}")
        return True

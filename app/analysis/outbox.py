"""Gathers results for a moment, so that the session hears of many tiles at once: a message costs more than a tile."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from app.records.scores import ScoreBatch

EVERY_S = 0.1


class Outbox:
    """Sends what was added as one batch ten times a second, on a thread of its own. Use as a context manager: what
    is left goes out at the end. ``send`` may raise; the error reaches whoever closes the outbox."""

    def __init__(self, send: Callable[[ScoreBatch], None]) -> None:
        self._send = send
        self._batches: list[ScoreBatch] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="outbox", daemon=True)

    def add(self, batch: ScoreBatch) -> None:
        with self._lock:
            self._batches.append(batch)

    def __enter__(self) -> Outbox:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        try:
            while not self._closing.wait(EVERY_S):
                self._flush()
            self._flush()
        except OSError as error:
            self._error = error

    def _flush(self) -> None:
        with self._lock:
            batches, self._batches = self._batches, []
        if batches:
            self._send(join_batches(batches))


def join_batches(batches: list[ScoreBatch]) -> ScoreBatch:
    """One batch with the cells of all (at least one)."""
    return ScoreBatch(
        np.concatenate([b.cells for b in batches]),
        np.concatenate([b.states for b in batches]),
        np.concatenate([b.probabilities for b in batches]),
        np.concatenate([b.out_of_domain for b in batches]),
        np.concatenate([b.focus_known for b in batches]),
    )

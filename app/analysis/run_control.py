"""Pause, resume, cancel and the visible field of one run, shared by the threads of the scoring process."""

from __future__ import annotations

import threading

from app.analysis.tile_queue import TileQueue
from app.geometry import RectPx


class RunControl:
    """Steers one run from another thread."""

    def __init__(self, generation: int, visible: RectPx | None = None, paused: bool = False) -> None:
        self.generation = generation
        self._visible = visible
        self._queue: TileQueue | None = None
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._go = threading.Event()
        if not paused:
            self._go.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()
        self._go.set()

    def pause(self) -> None:
        if not self.cancelled:
            self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def set_visible(self, rect: RectPx) -> None:
        with self._lock:
            self._visible = rect
            if self._queue is not None:
                self._queue.set_visible(rect)

    def attach(self, queue: TileQueue) -> None:
        """From now on ``queue`` follows the visible field."""
        with self._lock:
            self._queue = queue
            if self._visible is not None:
                queue.set_visible(self._visible)

    def keep_going(self) -> bool:
        """False when cancelled; waits while paused."""
        self._go.wait()
        return not self.cancelled

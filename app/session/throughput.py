"""Tiles per second and time left, from the last seconds of a run."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 10.0


class Throughput:
    """Counts tiles over a sliding window; pauses do not count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._points: deque[tuple[float, int]] = deque()
        self._total = 0

    def restart(self) -> None:
        """Forget the past: at the start, and when a pause ends."""
        self._points.clear()
        self._points.append((self._clock(), self._total))

    def add(self, tiles: int) -> None:
        now = self._clock()
        self._total += tiles
        self._points.append((now, self._total))
        while len(self._points) > 2 and self._points[0][0] < now - WINDOW_S:
            self._points.popleft()

    @property
    def per_second(self) -> float:
        """0 while not known."""
        if len(self._points) < 2:
            return 0.0
        (start, before), (end, after) = self._points[0], self._points[-1]
        return (after - before) / (end - start) if end > start else 0.0

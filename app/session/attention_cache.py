"""Attention maps of the tiles that were looked at last. Never stored."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

AttentionMap = npt.NDArray[np.float32]


class AttentionCache:
    """Least recently used maps go first once there are ``capacity`` of them. Thread-safe."""

    def __init__(self, capacity: int = 512) -> None:
        self._capacity = capacity
        self._maps: OrderedDict[int, AttentionMap] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, cell: int) -> AttentionMap | None:
        with self._lock:
            found = self._maps.get(cell)
            if found is not None:
                self._maps.move_to_end(cell)
            return found

    def put(self, cell: int, attention: AttentionMap) -> None:
        attention.setflags(write=False)
        with self._lock:
            self._maps[cell] = attention
            self._maps.move_to_end(cell)
            while len(self._maps) > self._capacity:
                self._maps.popitem(last=False)

    def missing(self, cells: Iterable[int]) -> list[int]:
        """Those of ``cells`` that are not held, at most as many as fit."""
        with self._lock:
            return [cell for cell in cells if cell not in self._maps][: self._capacity]

    def clear(self) -> None:
        with self._lock:
            self._maps.clear()

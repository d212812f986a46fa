"""Memory of the host for a batch's tiles and outputs, allocated once and used again for every batch.

Page-locked on a CUDA device: from and to such memory a GPU copies by itself, so that a batch travels while another one
is computed. From ordinary memory every copy would first be made by the processor, and wait for it.
"""

from __future__ import annotations

import logging
import math
import mmap
import queue
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TypeVar

import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

IN_WORK = 2
"""Batches in work on a GPU: one is computed while another one travels."""
Shape = tuple[int, ...]
Bytes = npt.NDArray[np.uint8]
_Number = TypeVar("_Number", np.uint8, np.float32)
_ALIGNED = 256
"""Bytes; a multiple of what every type and vector unit wants."""


class Slot:
    """Room for one batch: ``tiles`` uint8 (room, H, W, 3) and ``outputs`` float32 (room, ...) by name.

    All lie in ``memory``, whole pages that nothing else shares: pages are what is locked, and never twice.
    """

    def __init__(self, tile: Shape, outputs: Mapping[str, Shape], room: int) -> None:
        self.room = room
        starts, end = [], 0
        for size in (math.prod(tile), *(4 * math.prod(shape) for shape in outputs.values())):
            starts.append(end)
            end += -(-room * size // _ALIGNED) * _ALIGNED
        page = mmap.PAGESIZE
        pages = -(-end // page) * page
        self._whole = np.zeros(pages + page, np.uint8)
        offset = -self._whole.ctypes.data % page
        self.memory: Bytes = self._whole[offset : offset + pages]
        self.tiles: Bytes = self._view(starts[0], (room, *tile), np.uint8)
        self.outputs: dict[str, npt.NDArray[np.float32]] = {
            name: self._view(start, (room, *shape), np.float32)
            for start, (name, shape) in zip(starts[1:], outputs.items(), strict=True)
        }
        self._unlock: weakref.finalize[[Bytes], Slot] | None = None

    @property
    def locked(self) -> bool:
        """Whether its memory is page-locked."""
        return self._unlock is not None and self._unlock.alive

    def keep_locked(self, unlock: Callable[[Bytes], None]) -> None:
        """The memory was locked: it is unlocked by ``unlock``, or when nobody holds the slot any more.

        ``unlock`` must not lead back to whoever holds the slot, which would then stay for ever."""
        self._unlock = weakref.finalize(self, unlock, self.memory)
        # The driver takes it back by itself when the program ends, and may be gone before.
        self._unlock.atexit = False

    def unlock(self) -> None:
        """Undo it now; may be called twice."""
        if self._unlock is not None:
            self._unlock()

    def _view(self, start: int, shape: Shape, dtype: type[_Number]) -> npt.NDArray[_Number]:
        size = math.prod(shape) * np.dtype(dtype).itemsize
        return self.memory[start : start + size].view(dtype).reshape(shape)


class HostBuffers:
    """``count`` slots; whoever runs a batch takes one, or waits for one. Thread-safe.

    ``made`` counts the allocations: it grows only when a batch is larger than every one before it in its slot.
    ``lock`` page-locks memory and returns why it could not, or ""; ``unlock`` undoes it, at the latest when nobody
    holds the buffers any more (see ``Slot.keep_locked``).
    """

    def __init__(
        self,
        count: int,
        outputs: Mapping[str, Shape],
        lock: Callable[[Bytes], str] | None = None,
        unlock: Callable[[Bytes], None] = lambda memory: None,
    ) -> None:
        self.made = 0
        self._closed = False
        self._outputs = dict(outputs)
        self._lock, self._unlock = lock, unlock
        self._made_lock = threading.Lock()
        # The slot that was given back last is taken first: where one suffices, the others are never allocated.
        self._free: queue.LifoQueue[Slot | None] = queue.LifoQueue()
        for _ in range(count):
            self._free.put(None)

    @contextmanager
    def slot(self, tiles: npt.NDArray[np.uint8]) -> Iterator[Slot]:
        """A slot that ``tiles`` fit into, for as long as the block runs."""
        slot = self._free.get()
        try:
            if slot is None or slot.room < len(tiles) or slot.tiles.shape[1:] != tiles.shape[1:]:
                old, slot = slot, None
                if old is not None:
                    old.unlock()
                slot = self._make(tiles)
            yield slot
        finally:
            if self._closed and slot is not None:
                slot.unlock()
                slot = None
            self._free.put(slot)

    def close(self) -> None:
        """Give the memory back, that of slots in use as soon as their batch is done."""
        self._closed = True
        idle: list[Slot | None] = []
        with suppress(queue.Empty):
            while True:
                idle.append(self._free.get_nowait())
        for slot in idle:
            if slot is not None:
                slot.unlock()
            self._free.put(None)

    def _make(self, tiles: npt.NDArray[np.uint8]) -> Slot:
        slot = Slot(tiles.shape[1:], self._outputs, len(tiles))
        with self._made_lock:
            self.made += 1
        if self._lock is not None:
            problem = self._lock(slot.memory)
            if not problem:
                slot.keep_locked(self._unlock)
            elif self.made == 1:
                # Everything works without, only slower.
                log.warning("copies to the GPU wait for the processor, as memory could not be locked: %s", problem)
        return slot

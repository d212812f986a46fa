"""Between the loader's threads and the canvas: asks for tiles, converts them off the GUI thread, hops over."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from threading import Lock, Thread, get_native_id

from PySide6.QtCore import QObject, Qt, Signal

from app.slides.cache import TileCache
from app.slides.loader import TileLoader
from app.slides.pyramid import TileKey
from app.slides.slide import RgbImage, Slide
from app.ui.canvas.display_pyramid import DisplayKey, DisplayPyramid
from app.ui.canvas.look import Look
from app.ui.canvas.tile_image import Bgra, tile_image

LOADER_THREADS = 2
LOADER_NICENESS = 5
"""Decoding yields to drawing where processors are few; scoring yields to both."""

Arrival = tuple[DisplayKey, Bgra | None]
"""A tile that is ready to be drawn; None: it cannot be read."""


class TileFeed(QObject):
    """Loads the tiles of one slide.

    Signal ``arrived`` carries all tiles that became ready since the GUI thread last looked, so that a
    burst of tiles costs one repaint.
    """

    arrived = Signal(list)
    _ready = Signal()

    def __init__(self, slide: Slide, pyramid: DisplayPyramid, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pyramid = pyramid
        self._lock = Lock()
        self._pending: list[Arrival] = []
        self._targets: dict[TileKey, list[DisplayKey]] = {}
        self._closed = False
        self._look: Look | None = None
        self._yielding: set[int] = set()
        self._ready.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        # Converted tiles are kept by the canvas; a second cache of the same pixels would only cost memory.
        self._loader = TileLoader(
            slide, TileCache(0), threads=LOADER_THREADS, on_tile=self._on_tile, tile_px=pyramid.tile_px
        )

    @property
    def decodes(self) -> int:
        """Reads begun so far."""
        return self._loader.decodes

    @property
    def dropped(self) -> int:
        """Tiles that were asked for and then no longer wanted before their turn came."""
        return self._loader.dropped

    def want(self, wanted: Sequence[tuple[DisplayKey, float]]) -> None:
        """Replace what is wanted: (tile, priority), lowest value first. Never blocks on a read."""
        targets: dict[TileKey, list[DisplayKey]] = defaultdict(list)
        priorities: dict[TileKey, float] = {}
        for key, priority in wanted:
            tile = self._pyramid.tile_key(key)
            targets[tile].append(key)
            priorities[tile] = min(priority, priorities.get(tile, priority))
        with self._lock:
            self._targets = dict(targets)
        self._loader.want(list(priorities.items()))

    def set_look(self, look: Look | None) -> None:
        """Colours for all tiles that arrive from now on. None: the file's own."""
        with self._lock:
            self._look = look
            self._pending.clear()

    def close(self) -> None:
        """No tile arrives after this; reads that run end on their own, without holding up the GUI thread."""
        with self._lock:
            self._closed = True
            self._pending.clear()
        Thread(target=self._loader.close, name="tile-loader-close", daemon=True).start()

    def _on_tile(self, tile: TileKey, rgb: RgbImage | None) -> None:
        self._yield_to_drawing()
        with self._lock:
            targets, look = self._targets.get(tile) or [self._unreduced(tile)], self._look
        arrivals = self._convert(targets, rgb, look)
        with self._lock:
            outdated = look is not self._look
            look = self._look
        if outdated:
            arrivals = self._convert(targets, rgb, look)
        with self._lock:
            if self._closed or look is not self._look:
                return
            # Within the lock: once closed, this object may be deleted at any time.
            if not self._pending:
                self._ready.emit()
            self._pending += arrivals

    def _yield_to_drawing(self) -> None:
        """Once per loader thread. Only on Linux does a thread have a niceness of its own."""
        thread = get_native_id()
        if sys.platform == "linux" and thread not in self._yielding:
            self._yielding.add(thread)
            os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, 0) + LOADER_NICENESS))

    def _convert(self, targets: list[DisplayKey], rgb: RgbImage | None, look: Look | None) -> list[Arrival]:
        if rgb is None:
            return [(key, None) for key in targets]
        shown = rgb if look is None else look(rgb)
        return [(key, tile_image(shown, self._pyramid.levels[key.display].reduction)) for key in targets]

    def _unreduced(self, tile: TileKey) -> DisplayKey:
        index = next(
            n for n, level in enumerate(self._pyramid.levels) if level.level == tile.level and level.reduction == 1
        )
        return DisplayKey(index, tile.column, tile.row, tile.plane)

    def _drain(self) -> None:
        with self._lock:
            arrivals, self._pending = self._pending, []
        if arrivals:
            self.arrived.emit(arrivals)

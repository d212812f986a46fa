"""Where the cells of the open slide lie: taken from a run, from the disk, or found by a scan without any model."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.analysis.cell_map import CELL_FINDER, CellMap, unpacked_cells
from app.analysis.cell_scan import scan_slide
from app.slides.slide import Slide

log = logging.getLogger(__name__)

FOLDER = "cells"


class CellSource:
    """The cell map of one slide at one scale and focal plane. Thread-safe.

    ``load`` and ``scan`` read and write the disk: not for the GUI thread. A map can be made again at any time, so a
    file that cannot be read or written is only logged.
    """

    def __init__(self, slide: Slide, mpp: float | None, plane: int | None, data_dir: Path) -> None:
        """``plane`` None takes the middle one."""
        self._slide, self._mpp = slide, mpp
        self.plane = slide.info.focal_planes.middle if plane is None else plane
        name = f"{slide.info.fingerprint[:32]}-{mpp or 0.0:.4f}-{self.plane}-{CELL_FINDER}.npz"
        self._path = data_dir / FOLDER / name
        self._lock = threading.Lock()
        self._map: CellMap | None = None

    @property
    def current(self) -> CellMap | None:
        """The map, as soon as it is known. Returns at once."""
        return self._map

    @property
    def can_scan(self) -> bool:
        """False while the slide's scale is not known: a cell has a size in um."""
        return self._mpp is not None

    def load(self) -> CellMap | None:
        """The map of an earlier session; None when there is none."""
        if self._map is None and self._path.is_file():
            try:
                with np.load(self._path) as stored:
                    shape = tuple(int(side) for side in stored["shape"])
                    found = CellMap(float(stored["pitch_px"]), unpacked_cells(stored["cells"], shape))
                self._map = self._map or found
            except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
                log.warning("the stored cell map %s cannot be read: %s", self._path.name, error)
        return self._map

    def scan(
        self,
        on_progress: Callable[[float], None] = lambda share: None,
        keep_going: Callable[[], bool] = lambda: True,
    ) -> CellMap | None:
        """Find the cells; None when ``keep_going`` said no. Raises ``SlideError``, ``ValueError`` without a scale."""
        if self._mpp is None:
            raise ValueError("cells are sought at a known scale only")
        found = self.load()
        if found is None:
            found = scan_slide(self._slide, self._mpp, plane=self.plane, on_progress=on_progress, keep_going=keep_going)
            if found is not None:
                self._map = found
                self._store(found)
        return found

    def take(self, found: CellMap) -> None:
        """Keep a map that a run has made. Returns at once; it is stored on a thread of its own."""
        self._map = found
        threading.Thread(target=self._store, args=(found,), name="cell-map-store").start()

    def _store(self, found: CellMap) -> None:
        with self._lock:
            if self._path.is_file():
                return
            part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with part.open("wb") as stream:
                    np.savez_compressed(
                        stream,
                        shape=np.array(found.cells.shape),
                        pitch_px=np.array(found.pitch_px),
                        cells=np.packbits(found.cells),
                    )
                os.replace(part, self._path)
            except OSError as error:
                log.warning("the cell map cannot be stored: %s", error)
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)

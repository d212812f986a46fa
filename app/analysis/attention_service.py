"""Attention maps on request, inside the scoring process: the latest request replaces the one before."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from app.analysis import messages as m
from app.analysis.plan import CellIndices
from app.analysis.scoring_run import Specimen
from app.slides.slide import RgbImage, TileReadError

BATCH = 8


class AttentionService:
    """Holds the cells that are asked for; ``serve`` answers them on a thread of its own."""

    def __init__(self, send: Callable[[m.Message], None]) -> None:
        self._send = send
        self._wanted: list[int] = []
        self._changed = threading.Condition()

    def ask(self, cells: CellIndices) -> None:
        with self._changed:
            self._wanted = [int(cell) for cell in cells]
            self._changed.notify()

    def serve(self, specimen: Specimen) -> None:
        """Answer requests for ever. Raises StudentError, SlideError."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted)
                batch, self._wanted = self._wanted[:BATCH], self._wanted[BATCH:]
            self._answer(specimen, batch)

    def _answer(self, specimen: Specimen, batch: list[int]) -> None:
        cells: list[int] = []
        tiles: list[RgbImage] = []
        for cell in batch:
            try:
                tiles.append(specimen.reader.read(cell))
                cells.append(cell)
            except TileReadError:
                continue  # the run marks it as failed
        if tiles:
            maps = specimen.runtime.score(np.stack(tiles)).attention
            self._send(m.AttentionMaps(np.array(cells, np.int64), maps))

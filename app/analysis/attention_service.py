"""Single tiles on request, inside the scoring process: attention maps, and scores for a second opinion.

The latest request of a kind replaces the one before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from app.analysis import messages as m
from app.analysis.plan import CellIndices
from app.analysis.specimen import Specimen
from app.records.scores import CellState, ScoreBatch
from app.slides.slide import RgbImage, TileReadError

BATCH = 8


class AttentionService:
    """Holds the cells that are asked for; ``serve`` answers them on a thread of its own, scores first."""

    def __init__(self, send: Callable[[m.Message], None]) -> None:
        self._send = send
        self._wanted: list[int] = []
        self._scores_wanted: list[int] = []
        self._changed = threading.Condition()

    def ask(self, cells: CellIndices) -> None:
        with self._changed:
            self._wanted = [int(cell) for cell in cells]
            self._changed.notify()

    def ask_scores(self, cells: CellIndices) -> None:
        with self._changed:
            self._scores_wanted = [int(cell) for cell in cells]
            self._changed.notify()

    def serve(self, specimen: Specimen) -> None:
        """Answer requests for ever. Raises StudentError, SlideError."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._scores_wanted)
                scores, self._scores_wanted = self._scores_wanted[:BATCH], self._scores_wanted[BATCH:]
                batch: list[int] = []
                if not scores:
                    batch, self._wanted = self._wanted[:BATCH], self._wanted[BATCH:]
            if scores:
                self._answer_scores(specimen, scores)
            else:
                self._answer(specimen, batch)

    def _answer(self, specimen: Specimen, batch: list[int]) -> None:
        cells, tiles = _read(specimen, batch)
        if tiles:
            maps = specimen.runtime.score(np.stack(tiles)).attention
            self._send(m.AttentionMaps(np.array(cells, np.int64), maps))

    def _answer_scores(self, specimen: Specimen, batch: list[int]) -> None:
        cells, tiles = _read(specimen, batch)
        read = np.isin(batch, cells)
        probabilities = np.zeros((len(batch), specimen.classes), np.float32)
        out_of_domain = np.zeros(len(batch), np.float32)
        if tiles:
            scores = specimen.runtime.score(np.stack(tiles))
            probabilities[read], out_of_domain[read] = scores.probabilities, scores.out_of_domain
        states = np.where(read, CellState.SCORED, CellState.FAILED).astype(np.uint8)
        self._send(m.AskedScores(ScoreBatch(np.array(batch, np.int64), states, probabilities, out_of_domain)))


def _read(specimen: Specimen, batch: list[int]) -> tuple[list[int], list[RgbImage]]:
    """The cells that can be read, and their tiles; a run marks the others as failed."""
    cells: list[int] = []
    tiles: list[RgbImage] = []
    for cell in batch:
        try:
            tiles.append(specimen.reader.read(cell))
            cells.append(cell)
        except TileReadError:
            continue
    return cells, tiles

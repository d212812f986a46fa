"""One thread's way from cells to scores: neighbours are read and judged together, then inferred batch by batch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from app.analysis.focus import MIN_CELLULARITY, are_out_of_focus, quick_focus_scores
from app.analysis.plan import CellIndices
from app.analysis.specimen import Specimen
from app.records.scores import CellState, ScoreBatch

log = logging.getLogger(__name__)

GROUP_TILES = 32
"""Tiles that are read before the first is scored, where a batch of the model is not larger. The model's weights then
stay in the processor's cache for some batches."""
STEP_TILES = 8
"""Read by one call; then a group asks whether to go on: some formats take 10 ms and more for a tile."""


class GroupScorer:
    """Its array of tiles is used again for every group: for one thread only."""

    def __init__(self, specimen: Specimen) -> None:
        self._specimen = specimen
        self.most = max(GROUP_TILES, specimen.runtime.batch_size)
        """Cells of a group at most."""
        side = specimen.plan.tile_px
        self._tiles = np.empty((self.most, side, side, 3), np.uint8)

    def score(self, cells: CellIndices, keep_going: Callable[[], bool]) -> Iterator[ScoreBatch]:
        """Scores of the cells as they come, a batch of the model at a time; at first what is not scored. Where
        ``keep_going`` says no while they are read, only of those that were read till then, of a few at least. Whoever
        stops asking leaves the rest unscored. Raises StudentError, SlideError."""
        specimen = self._specimen
        cells, states = self._read(cells, keep_going)
        tiles = self._tiles[: len(cells)]
        focus = self._judge(cells, tiles, states)
        scored = np.flatnonzero(states == CellState.SCORED)
        if len(scored) < len(cells):
            yield self._without_scores(cells, states, focus)
        size = specimen.runtime.batch_size
        for start in range(0, len(scored), size):
            part = scored[start : start + size]
            scores = specimen.runtime.score(_of(tiles, part))
            yield ScoreBatch(cells[part], states[part], scores.probabilities, scores.out_of_domain, focus[part])

    def _read(self, cells: CellIndices, keep_going: Callable[[], bool]) -> tuple[CellIndices, npt.NDArray[np.uint8]]:
        """Read tiles step by step; returns those cells that were, and of each whether it failed or is to be scored."""
        specimen = self._specimen
        states = np.full(len(cells), CellState.SCORED, np.uint8)
        for start in range(0, len(cells), STEP_TILES):
            if start and not keep_going():
                return cells[:start], states[:start]
            step = cells[start : start + STEP_TILES]
            for place, error in specimen.reader.read_many(step, self._tiles[start : start + len(step)]).items():
                states[start + place] = CellState.FAILED
                if not specimen.logged_failure:
                    specimen.logged_failure = True
                    log.warning("A tile failed; it is marked, and the run goes on: %s", error)
        return cells, states

    def _judge(
        self, cells: CellIndices, tiles: npt.NDArray[np.uint8], states: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.float32]:
        """Focus scores, NaN where not known; ``states`` gets those that are out of focus."""
        specimen = self._specimen
        assert specimen.cellularity is not None
        cellularity = specimen.cellularity[cells]
        focus = np.full(len(cells), np.nan, np.float32)
        # Below it nothing would follow from the focus.
        judged = np.flatnonzero((states == CellState.SCORED) & (cellularity >= MIN_CELLULARITY))
        if len(judged):
            focus[judged] = quick_focus_scores(tiles, judged, specimen.plan.mpp_used)
        states[are_out_of_focus(focus, cellularity)] = CellState.OUT_OF_FOCUS
        return focus

    def _without_scores(
        self, cells: CellIndices, states: npt.NDArray[np.uint8], focus: npt.NDArray[np.float32]
    ) -> ScoreBatch:
        other = np.flatnonzero(states != CellState.SCORED)
        nothing = np.zeros((len(other), self._specimen.classes), np.float32)
        return ScoreBatch(cells[other], states[other], nothing, np.zeros(len(other), np.float32), focus[other])


def _of(tiles: npt.NDArray[np.uint8], places: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """The tiles at these ascending places: a view where they follow each other."""
    if len(places) == places[-1] - places[0] + 1:
        return tiles[places[0] : places[-1] + 1]
    return tiles[places]

"""Where cells were found on a slide, on a coarse grid; and what that means for the tiles of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.analysis.plan import TilePlan
from app.geometry import RectPx

CELL_FINDER = "blobs-1"
"""Name and version of the method; stored scores of another one are not taken over."""


@dataclass(frozen=True)
class CellMap:
    """Evidence for cells on a coarse grid: ``evidence`` (rows, columns) float32, 1 and above means cells.

    A coarse cell is ``pitch_px`` level-0 pixels wide and high.
    """

    pitch_px: float
    evidence: npt.NDArray[np.float32]

    def holds_cells(self, rect: RectPx) -> bool:
        """Whether cells were found in a rectangle (level-0 pixels)."""
        x, y = (np.array([start]) for start in (rect.x, rect.y))
        (x0, x1), (y0, y1) = (
            self._span(x, rect.width, self.evidence.shape[1]),
            self._span(y, rect.height, self.evidence.shape[0]),
        )
        return bool((self.evidence[y0[0] : y1[0], x0[0] : x1[0]] >= 1.0).any())

    def for_plan(self, plan: TilePlan) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """Per tile of a plan, (rows, columns): cellularity (share of its area with cells) and whether it holds any."""
        grid = plan.grid
        share, total = self._shares(grid.rows, grid.columns, grid.stride_px, grid.tile_px)
        return share, total > 0.5

    def cellular_weights(self, rows: int, columns: int, cell_px: int) -> npt.NDArray[np.float32]:
        """Share of the area with cells, 0-1, in each square of a grid of ``cell_px`` level-0 pixels from the slide's
        corner: (rows, columns) float32, the weights of ``app.records.coverage``."""
        return self._shares(rows, columns, cell_px, cell_px)[0]

    def _shares(
        self, rows: int, columns: int, pitch: float, side: float
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
        """Per square of a grid: share of its area with cells, and the number of coarse cells that hold any."""
        found = np.pad((self.evidence >= 1.0).astype(np.float64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        y0, y1 = self._span(np.arange(rows) * pitch, side, self.evidence.shape[0])
        x0, x1 = self._span(np.arange(columns) * pitch, side, self.evidence.shape[1])
        total = found[y1][:, x1] - found[y0][:, x1] - found[y1][:, x0] + found[y0][:, x0]
        area = np.maximum(1, (y1 - y0)[:, None] * (x1 - x0)[None, :])
        return (total / area).astype(np.float32), total

    def _span(
        self, starts: npt.NDArray[Any], tile: float, count: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        first = np.clip(np.floor(starts / self.pitch_px), 0, count).astype(np.int64)
        last = np.clip(np.ceil((starts + tile) / self.pitch_px), 0, count).astype(np.int64)
        return first, last

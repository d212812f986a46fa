"""Where cells were found on a slide, on a coarse grid; and what that means for the tiles of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.analysis.low_power import CellTraits, joined, stage, tile_features
from app.analysis.plan import TilePlan
from app.geometry import RectPx

CELL_FINDER = "blobs-2"
"""Name and version of the method; stored scores of another one are not taken over."""

ROWS_AT_A_TIME = 64
"""Rows of a plan that are counted together: the sums over a whole slide would take hundreds of megabytes."""


@dataclass(frozen=True)
class CellMap:
    """Where cells are on a coarse grid: ``cells`` (rows, columns) bool, True where some were found.

    A coarse cell is ``pitch_px`` level-0 pixels wide and high. ``traits`` is what else was seen of those with cells,
    block by block, where tiles are to be judged by it; it does not travel.
    """

    pitch_px: float
    cells: npt.NDArray[np.bool_]
    traits: list[CellTraits] | None = None

    def holds_cells(self, rect: RectPx) -> bool:
        """Whether cells were found in a rectangle (level-0 pixels)."""
        x, y = (np.array([start]) for start in (rect.x, rect.y))
        (x0, x1), (y0, y1) = (
            self._span(x, rect.width, self.cells.shape[1]),
            self._span(y, rect.height, self.cells.shape[0]),
        )
        return bool(self.cells[y0[0] : y1[0], x0[0] : x1[0]].any())

    def for_plan(self, plan: TilePlan) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """Per tile of a plan, (rows, columns): cellularity (share of its area with cells) and whether it holds any.

        With ``traits`` a tile that the low-power stage rejects holds none, whatever its cellularity.
        """
        grid = plan.grid
        share = self._shares(grid.rows, grid.columns, grid.stride_px, grid.tile_px)
        holds = share > 0.0
        if self.traits and stage().is_for(plan.tile_px * plan.mpp_used):
            tiles, features = self.tile_features(plan)
            holds.ravel()[tiles[stage().rejects(features)]] = False
        return share, holds

    def tile_features(self, plan: TilePlan) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Row-major indices (n,) of the tiles with cells, and what the low-power stage judges them by (n, F)."""
        grid = plan.grid
        rows = self._span(np.arange(grid.rows) * grid.stride_px, grid.tile_px, self.cells.shape[0])
        columns = self._span(np.arange(grid.columns) * grid.stride_px, grid.tile_px, self.cells.shape[1])
        return tile_features(joined(self.traits or []), rows, columns)

    def cellular_weights(self, rows: int, columns: int, cell_px: int) -> npt.NDArray[np.float32]:
        """Share of the area with cells, 0-1, in each square of a grid of ``cell_px`` level-0 pixels from the slide's
        corner: (rows, columns) float32, the weights of ``app.records.coverage``."""
        return self._shares(rows, columns, cell_px, cell_px)

    def __reduce__(self) -> tuple[Any, ...]:
        # In a pipe or a file a bit says as much as a byte.
        return _unpacked, (self.pitch_px, self.cells.shape, np.packbits(self.cells))

    def _shares(self, rows: int, columns: int, pitch: float, side: float) -> npt.NDArray[np.float32]:
        """Per square of a grid, the share of its area with cells."""
        y0, y1 = self._span(np.arange(rows) * pitch, side, self.cells.shape[0])
        x0, x1 = self._span(np.arange(columns) * pitch, side, self.cells.shape[1])
        shares = np.zeros((rows, columns), np.float32)
        for first in range(0, rows, ROWS_AT_A_TIME):
            chosen = slice(first, min(rows, first + ROWS_AT_A_TIME))
            top = int(y0[first])
            part = self.cells[top : int(y1[chosen.stop - 1])]
            if not part.any():
                continue
            sums = cv2.integral(part.view(np.uint8))
            upper, lower = y0[chosen] - top, y1[chosen] - top
            total = (sums[lower] - sums[upper])[:, x1] - (sums[lower] - sums[upper])[:, x0]
            area = np.maximum(1, (lower - upper)[:, None] * (x1 - x0)[None, :])
            shares[chosen] = total / area
        return shares

    def _span(
        self, starts: npt.NDArray[Any], tile: float, count: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        first = np.clip(np.floor(starts / self.pitch_px), 0, count).astype(np.int64)
        last = np.clip(np.ceil((starts + tile) / self.pitch_px), 0, count).astype(np.int64)
        return first, last


def unpacked_cells(bits: npt.NDArray[np.uint8], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """The map (rows, columns) of which ``bits`` are the ``np.packbits``. Raises ValueError when they are too few.

    Where there are no cells no memory is touched.
    """
    wanted = shape[0] * shape[1]
    if len(bits) * 8 < wanted:
        raise ValueError(f"{len(bits)} bytes for {wanted} bits")
    cells = np.zeros(len(bits) * 8, np.bool_)
    some = np.flatnonzero(bits)
    cells.reshape(-1, 8)[some] = np.unpackbits(bits[some][:, None], axis=1)
    return cells[:wanted].reshape(shape)


def _unpacked(pitch_px: float, shape: tuple[int, ...], bits: npt.NDArray[np.uint8]) -> CellMap:
    return CellMap(pitch_px, unpacked_cells(bits, shape))

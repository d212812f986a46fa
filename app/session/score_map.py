"""The scores of one slide as arrays that grow while a run goes on."""

from __future__ import annotations

import threading
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from app.geometry import RectPx
from app.records.provenance import Provenance
from app.records.scores import CellState, GridSpec, ScoreBatch

T = TypeVar("T", bound=np.generic)


class ScoreMap:
    """Live scores. ``states`` (rows, columns) uint8 of ``CellState``; ``probabilities`` (rows, columns, C)
    float32; ``out_of_domain`` and ``focus`` (rows, columns) float32, NaN where the focus is not known. The arrays
    are read-only views that change while a run goes on; ``version`` grows with every change. Whoever needs a
    consistent picture calls ``copy``.
    """

    def __init__(self, grid: GridSpec, classes: int, provenance: Provenance) -> None:
        self.grid = grid
        self.provenance = provenance
        self.version = 0
        self._lock = threading.Lock()
        cells = grid.columns * grid.rows
        self._states = np.zeros(cells, np.uint8)
        self._probabilities = np.zeros((cells, classes), np.float32)
        self._out_of_domain = np.zeros(cells, np.float32)
        self._focus = np.full(cells, np.nan, np.float32)
        self.states = _read_only(self._states.reshape(grid.rows, grid.columns))
        self.probabilities = _read_only(self._probabilities.reshape(grid.rows, grid.columns, classes))
        self.out_of_domain = _read_only(self._out_of_domain.reshape(grid.rows, grid.columns))
        self.focus = _read_only(self._focus.reshape(grid.rows, grid.columns))

    def apply(self, batch: ScoreBatch) -> None:
        """Write a batch into the arrays. Values first, then states, so that a scored cell always has its values."""
        with self._lock:
            self._probabilities[batch.cells] = batch.probabilities
            self._out_of_domain[batch.cells] = batch.out_of_domain
            self._focus[batch.cells] = batch.focus_known
            self._states[batch.cells] = batch.states
            self.version += 1

    def copy(self) -> ScoreMap:
        """A snapshot that no longer changes."""
        twin = ScoreMap(self.grid, self._probabilities.shape[1], self.provenance)
        with self._lock:
            twin._states[:] = self._states
            twin._probabilities[:] = self._probabilities
            twin._out_of_domain[:] = self._out_of_domain
            twin._focus[:] = self._focus
            twin.version = self.version
        return twin

    def counts(self) -> dict[CellState, int]:
        """Number of cells in each state."""
        found = np.bincount(self._states, minlength=len(CellState))
        return {state: int(found[state]) for state in CellState}

    def cell_rect(self, cell: int) -> RectPx:
        """The tile of a row-major cell, in level-0 pixels."""
        row, column = divmod(cell, self.grid.columns)
        stride, tile = self.grid.stride_px, self.grid.tile_px
        return RectPx(column * stride, row * stride, tile, tile)

    def cells_rect(self, cells: npt.NDArray[np.int64]) -> RectPx:
        """The smallest rectangle that holds the tiles of these cells (at least one), in level-0 pixels."""
        rows, columns = np.divmod(cells, self.grid.columns)
        stride, tile = self.grid.stride_px, self.grid.tile_px
        x, y = float(columns.min()) * stride, float(rows.min()) * stride
        return RectPx(x, y, float(columns.max()) * stride + tile - x, float(rows.max()) * stride + tile - y)


def _read_only(array: npt.NDArray[T]) -> npt.NDArray[T]:
    view = array.view()
    view.flags.writeable = False
    return view

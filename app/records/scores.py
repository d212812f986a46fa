"""Scores of a slide: what a grid cell's state can be, a batch of results, and who receives them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt


class CellState(IntEnum):
    """State of one cell of the score grid; the numbers are stored on disk and must not change."""

    PENDING = 0
    BACKGROUND = 1
    SCORED = 2
    OUT_OF_FOCUS = 3
    FAILED = 4


@dataclass(frozen=True, slots=True)
class GridSpec:
    """A regular grid of square tiles over a slide, in level-0 pixels.

    Cell (column, row) covers the tile whose top left corner is (column * stride_px, row * stride_px)
    and whose side is ``tile_px``. ``columns * rows`` cells, stored row-major.
    """

    columns: int
    rows: int
    tile_px: float
    stride_px: float


@dataclass(frozen=True)
class Scores:
    """Results of the student for B tiles, in float32.

    ``probabilities`` (B, C) calibrated; ``embedding`` (B, D) class token; ``out_of_domain`` (B,), larger
    means less like the training data; ``attention`` (B, h, w) class-token attention of the last block,
    head mean times the number of tokens, so that 1 means uniform. Attention is never stored.
    """

    probabilities: npt.NDArray[np.float32]
    attention: npt.NDArray[np.float32]
    embedding: npt.NDArray[np.float32]
    out_of_domain: npt.NDArray[np.float32]


@dataclass(frozen=True)
class ScoreBatch:
    """Results for some cells of one plan: ``cells`` (B,) int64 row-major indices, ``states`` (B,) uint8
    of ``CellState``, ``probabilities`` (B, C) float32 (zero where not scored), ``out_of_domain`` (B,); ``focus`` (B,)
    float32, the focus score (``app.analysis.focus``), NaN where it is not known; None: of no cell."""

    cells: npt.NDArray[np.int64]
    states: npt.NDArray[np.uint8]
    probabilities: npt.NDArray[np.float32]
    out_of_domain: npt.NDArray[np.float32]
    focus: npt.NDArray[np.float32] | None = None

    @property
    def focus_known(self) -> npt.NDArray[np.float32]:
        """``focus`` as an array of (B,) in any case."""
        return self.focus if self.focus is not None else np.full(len(self.cells), np.nan, np.float32)


class ScoreSink(Protocol):
    """Receives batches as they come; ``app.case`` stores them, the session shows them."""

    def accept(self, batch: ScoreBatch) -> None: ...

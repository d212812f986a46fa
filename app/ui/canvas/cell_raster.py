"""Draws a grid of coloured cells exactly where it lies on the slide. Arrays in, arrays out; no Qt.

A device pixel takes the colour of the cell under its middle. OpenCV 5 warps by the nearest neighbour
with an error below .001 device pixels; OpenCV 4 and Qt step in fixed point and drift by several pixels
across a 4K screen at high zoom, so neither may take its place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from app.geometry import PointPx, RectPx, ViewTransform
from app.records.scores import GridSpec
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.tile_painter import device_to_pixels

Block = tuple[slice, slice]
"""Rows and columns of a part of the grid."""


@dataclass(frozen=True, slots=True)
class CellGrid:
    """Squares in level-0 pixels: cell (column, row) starts at ``offset_px`` plus a multiple of ``pitch_px``
    and is ``side_px`` wide; wider pitches leave gaps that belong to no cell."""

    columns: int
    rows: int
    offset_px: float
    pitch_px: float
    side_px: float

    @classmethod
    def of_scores(cls, grid: GridSpec) -> CellGrid:
        """The squares that stand for the tiles of a score grid.

        Where tiles overlap (stride smaller than the tile) each stands for the square around its middle
        that is nearer to it than to any other; else each stands for just itself.
        """
        side = min(grid.stride_px, grid.tile_px)
        return cls(grid.columns, grid.rows, (grid.tile_px - side) / 2, grid.stride_px, side)

    def subdivided(self, parts: int) -> CellGrid:
        """Every cell cut into ``parts`` x ``parts``. Only for grids without gaps."""
        pitch = self.pitch_px / parts
        return CellGrid(self.columns * parts, self.rows * parts, self.offset_px, pitch, pitch)

    @property
    def has_gaps(self) -> bool:
        return self.side_px < self.pitch_px

    def cell_at(self, point: PointPx) -> tuple[int, int] | None:
        """(row, column) of the cell under a slide point."""
        column, across = divmod(point.x - self.offset_px, self.pitch_px)
        row, down = divmod(point.y - self.offset_px, self.pitch_px)
        inside = 0 <= column < self.columns and 0 <= row < self.rows
        return (int(row), int(column)) if inside and max(across, down) < self.side_px else None

    def cell_rect(self, row: int, column: int) -> RectPx:
        """Where a cell lies, in level-0 pixels."""
        return RectPx(
            self.offset_px + column * self.pitch_px, self.offset_px + row * self.pitch_px, self.side_px, self.side_px
        )

    def block(self, rect: RectPx) -> Block:
        """The cells that touch a level-0 rectangle."""
        return self._span(rect.y, rect.bottom, self.rows), self._span(rect.x, rect.right, self.columns)

    def _span(self, start_px: float, end_px: float, count: int) -> slice:
        first = math.floor((start_px - self.offset_px) / self.pitch_px)
        last = math.ceil((end_px - self.offset_px) / self.pitch_px)
        return slice(min(max(first, 0), count), min(max(last, 0), count))


def paint_cells(
    values: npt.NDArray[np.uint8], first_cell: tuple[int, int], grid: CellGrid, transform: ViewTransform, box: PixelBox
) -> npt.NDArray[np.uint8]:
    """Cell values at the pixels of a device box, 0 where there is no cell.

    ``values`` (rows, columns, 4) are premultiplied colours, or (rows, columns) codes, of the block of
    the grid that starts at ``first_cell`` (row, column). Returns (box.height, box.width[, 4]).
    """
    matrix = _device_to_cells(first_cell, grid, transform, box)
    painted = cv2.warpAffine(
        values,
        matrix,
        (box.width, box.height),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(0, 0, 0, 0),
    )
    image = np.asarray(painted, np.uint8)
    if grid.has_gaps:
        image[_in_gaps(matrix, grid.side_px / grid.pitch_px, box)] = 0
    return image


def _device_to_cells(
    first_cell: tuple[int, int], grid: CellGrid, transform: ViewTransform, box: PixelBox
) -> npt.NDArray[np.float64]:
    """(2, 3) matrix from array indices of the device box to array indices of a block of cells."""
    pitch = grid.pitch_px
    matrix = device_to_pixels(transform, box, pitch, PixelBox(0, 0, 0, 0))
    matrix[:, 2] -= grid.offset_px / pitch + np.array([first_cell[1], first_cell[0]])
    return matrix


def _in_gaps(matrix: npt.NDArray[np.float64], share: float, box: PixelBox) -> npt.NDArray[np.bool_]:
    """Where a pixel's middle lies beyond the part of its cell that the tile fills."""
    x, y = np.arange(box.width), np.arange(box.height)[:, None]
    across, down = ((row[0] * x + row[1] * y + row[2] + 0.5) % 1.0 for row in matrix)
    # Exactly on a cell's first edge the warp may have taken the cell before.
    return np.asarray((across >= share) | (down >= share) | (across < 1e-9) | (down < 1e-9))

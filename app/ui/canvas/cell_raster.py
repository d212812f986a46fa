"""Draws a grid of coloured cells exactly where it lies on the slide. Arrays in, arrays out; no Qt.

A device pixel takes the colour of the cell under its middle. Qt's and OpenCV's own nearest-neighbour
scaling step in fixed point and drift by up to a few device pixels across a 4K screen at high zoom.
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

Indices = npt.NDArray[np.intp]

NO_CELL = -1


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

    def cell_at(self, point: PointPx) -> tuple[int, int] | None:
        """(row, column) of the cell under a slide point."""
        columns = self._indices(np.array([point.x]), self.columns)
        rows = self._indices(np.array([point.y]), self.rows)
        found = int(rows[0]), int(columns[0])
        return None if NO_CELL in found else found

    def cell_rect(self, row: int, column: int) -> RectPx:
        """Where a cell lies, in level-0 pixels."""
        return RectPx(
            self.offset_px + column * self.pitch_px, self.offset_px + row * self.pitch_px, self.side_px, self.side_px
        )

    def block(self, rect: RectPx) -> tuple[slice, slice]:
        """Rows and columns of the cells that touch a level-0 rectangle."""
        return (
            slice(*self._span(rect.y, rect.bottom, self.rows)),
            slice(*self._span(rect.x, rect.right, self.columns)),
        )

    def rows_at(self, y_px: npt.NDArray[np.floating]) -> Indices:
        """Row at each level-0 y, ``NO_CELL`` outside."""
        return self._indices(y_px, self.rows)

    def columns_at(self, x_px: npt.NDArray[np.floating]) -> Indices:
        """Column at each level-0 x, ``NO_CELL`` outside."""
        return self._indices(x_px, self.columns)

    def _indices(self, positions_px: npt.NDArray[np.floating], count: int) -> Indices:
        units = (positions_px - self.offset_px) / self.pitch_px
        cells = np.floor(units)
        inside = (cells >= 0) & (cells < count) & ((units - cells) * self.pitch_px < self.side_px)
        return np.where(inside, cells, NO_CELL).astype(np.intp)

    def _span(self, start_px: float, end_px: float, count: int) -> tuple[int, int]:
        first = math.floor((start_px - self.offset_px) / self.pitch_px)
        last = math.ceil((end_px - self.offset_px) / self.pitch_px)
        return min(max(first, 0), count), min(max(last, 0), count)


def paint_cells(
    values: npt.NDArray[np.uint8], first_cell: tuple[int, int], grid: CellGrid, transform: ViewTransform, box: PixelBox
) -> npt.NDArray[np.uint8]:
    """Cell values at the pixels of a device box, 0 where there is no cell.

    ``values`` (rows, columns, 4) are premultiplied colours, or (rows, columns) codes, of the block of
    the grid that starts at ``first_cell`` (row, column). Returns (box.height, box.width[, 4]). At turned
    angles colours are blended at the edges of cells, codes never.
    """
    if transform.quarter_turns is not None:
        return _paint_quarter_turn(_as_words(values), first_cell, grid, transform, box, values)
    return _paint_turned(values, first_cell, grid, transform, box)


def _paint_quarter_turn(
    words: npt.NDArray[np.generic],
    first_cell: tuple[int, int],
    grid: CellGrid,
    transform: ViewTransform,
    box: PixelBox,
    values: npt.NDArray[np.uint8],
) -> npt.NDArray[np.uint8]:
    a, b, c, d, tx, ty = transform.affine()
    x_device, y_device = np.arange(box.left, box.right) + 0.5, np.arange(box.top, box.bottom) + 0.5
    if transform.quarter_turns in (0, 2):
        columns, rows = grid.columns_at((x_device - tx) / a), grid.rows_at((y_device - ty) / d)
    else:
        columns, rows = grid.columns_at((y_device - ty) / c), grid.rows_at((x_device - tx) / b)
    columns, rows = _within(columns, first_cell[1], words.shape[1]), _within(rows, first_cell[0], words.shape[0])
    # A border of nothing at the end is what index NO_CELL picks.
    padded = np.pad(words, ((0, 1), (0, 1)))
    painted = padded[:, columns][rows] if transform.quarter_turns in (0, 2) else padded.T[:, rows][columns]
    return np.ascontiguousarray(painted).view(np.uint8).reshape(*painted.shape, *values.shape[2:])


def _paint_turned(
    values: npt.NDArray[np.uint8], first_cell: tuple[int, int], grid: CellGrid, transform: ViewTransform, box: PixelBox
) -> npt.NDArray[np.uint8]:
    """Paint upright at the screen's resolution, then turn the result."""
    seen = transform.slide_bounds(*box)
    pixel = 1.0 / transform.scale
    upright_box = PixelBox.around(seen.x / pixel, seen.y / pixel, seen.right / pixel, seen.bottom / pixel, margin=2)
    # Device pixel (0, 0) of the upright view is the slide's origin.
    upright = ViewTransform(PointPx(0.0, 0.0), transform.scale, 0.0, (0.0, 0.0))
    source = _paint_quarter_turn(_as_words(values), first_cell, grid, upright, upright_box, values)
    turned = cv2.warpAffine(
        source,
        device_to_pixels(transform, box, pixel, upright_box),
        (box.width, box.height),
        flags=(cv2.INTER_LINEAR if values.ndim == 3 else cv2.INTER_NEAREST) | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(0, 0, 0, 0),
    )
    return np.asarray(turned, np.uint8)


def _as_words(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.generic]:
    """Colours as one 32-bit number each, so that they are moved whole; codes as they are."""
    if values.ndim == 2:
        return values
    return np.ascontiguousarray(values).view(np.uint32)[..., 0]


def _within(indices: Indices, first: int, count: int) -> Indices:
    shifted = indices - first
    return np.where((indices == NO_CELL) | (shifted < 0) | (shifted >= count), NO_CELL, shifted).astype(np.intp)

"""Where the tiles of a slide lie, from which level they are read, and in which order. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.geometry import PixelRegion, RectPx
from app.records.scores import GridSpec
from app.slides.slide import Level

MAX_UPSAMPLING = 1.5
"""A slide coarser than the student's mpp is enlarged by at most this; beyond it nothing honest can be seen."""
MAX_CELLS = 20_000_000
BLOCK_SPAN_PX = 1024
"""Tiles are scored block by block, a block spanning about this many pixels of the level that is read: wide
enough that few tiles of the file are decoded twice, small enough that the most cellular ones come first."""

CellIndices = npt.NDArray[np.int64]


class PlanError(Exception):
    """No tile plan is possible; the message is one sentence for the user: what, why, what to do."""


@dataclass(frozen=True, slots=True)
class TilePlan:
    """A grid of tiles and how their pixels come about.

    A tile is read as ``read_px`` x ``read_px`` pixels of level ``read_level`` (whose pixels span
    ``downsample`` level-0 pixels) on focal plane ``plane``, and given to the student as ``tile_px`` x
    ``tile_px`` pixels of ``mpp_used`` um. Equal sides mean that the pixels are used as they are.
    """

    grid: GridSpec
    read_level: int
    downsample: float
    read_px: int
    tile_px: int
    mpp_used: float
    plane: int
    low_power: bool = False
    """Whether tiles that the low-power stage rejects (``app.analysis.low_power``) are background."""

    @property
    def resampled(self) -> bool:
        return self.read_px != self.tile_px

    @property
    def cells(self) -> int:
        return self.grid.columns * self.grid.rows

    def tile_region(self, cell: int) -> PixelRegion:
        """The pixels of a row-major cell's tile on the read level; may reach beyond the level's edge."""
        row, column = divmod(cell, self.grid.columns)
        pitch = self.grid.stride_px / self.downsample
        return PixelRegion(round(column * pitch), round(row * pitch), self.read_px, self.read_px)

    def corners(self, cells: CellIndices) -> tuple[list[int], list[int]]:
        """x and y of the ``tile_region`` of each of many cells."""
        rows, columns = np.divmod(cells, self.grid.columns)
        pitch = self.grid.stride_px / self.downsample
        return np.rint(columns * pitch).astype(np.int64).tolist(), np.rint(rows * pitch).astype(np.int64).tolist()


def make_plan(
    levels: Sequence[Level],
    slide_mpp: float,
    *,
    tile_px: int,
    mpp: float,
    stride_um: float,
    mpp_tolerance: float = 0.03,
    plane: int = 0,
) -> TilePlan:
    """The plan for a student that takes tiles of ``tile_px`` pixels of ``mpp`` um every ``stride_um``.

    A level within ``mpp_tolerance`` of ``mpp`` is used as it is. Else the next finer level is read, to be
    resampled by area; where there is none, level 0 is enlarged by at most ``MAX_UPSAMPLING``.
    Raises PlanError when the slide is coarser than that, or the grid would be absurdly large.
    """
    level_mpps = [slide_mpp * level.downsample for level in levels]
    index = _choose_level(level_mpps, mpp, mpp_tolerance)
    level_mpp = level_mpps[index]
    as_is = abs(level_mpp / mpp - 1.0) <= mpp_tolerance
    if level_mpp > mpp * MAX_UPSAMPLING:
        raise PlanError(
            f"The slide is too coarse for this model: it has {level_mpp:.3g} µm per pixel, the model needs "
            f"{mpp:.3g}; scan it at a higher magnification or choose another model."
        )
    read_px = tile_px if as_is else max(1, round(tile_px * mpp / level_mpp))
    downsample = levels[index].downsample
    tile_level0 = read_px * downsample
    stride_level0 = stride_um / slide_mpp
    size = levels[0].size
    columns = _count(size.width, tile_level0, stride_level0)
    rows = _count(size.height, tile_level0, stride_level0)
    if columns * rows > MAX_CELLS:
        raise PlanError(
            f"At {slide_mpp:.3g} µm per pixel the slide would have {columns * rows:,} tiles; "
            "check its scale, or choose a model with a wider stride."
        )
    grid = GridSpec(columns, rows, tile_level0, stride_level0)
    return TilePlan(grid, index, downsample, read_px, tile_px, level_mpp * read_px / tile_px, plane)


def block_order(plan: TilePlan, cellularity: npt.NDArray[np.float32], wanted: npt.NDArray[np.bool_]) -> CellIndices:
    """The wanted cells in the order in which to score them: blocks with most cells first.

    ``cellularity`` and ``wanted`` are (rows, columns). Within a block the cells follow a Z-order curve, so
    that any run of them is compact and shares decoded pixels. Ties keep the order of the slide.
    """
    rows, columns = np.nonzero(wanted)
    shift = _block_shift(plan)
    across = (plan.grid.columns >> shift) + 1
    blocks = (rows >> shift) * across + (columns >> shift)
    totals = np.bincount(blocks, weights=cellularity[rows, columns])
    inner = _interleave(columns & ((1 << shift) - 1), rows & ((1 << shift) - 1))
    ranking = np.lexsort((inner, blocks, -totals[blocks])) if len(blocks) else np.zeros(0, np.int64)
    return (rows * plan.grid.columns + columns).astype(np.int64)[ranking]


def cells_touching(grid: GridSpec, rect: RectPx) -> CellIndices:
    """Row-major indices of the cells whose tile shares area with ``rect`` (level-0 pixels)."""
    if rect.is_empty:
        return np.zeros(0, np.int64)
    columns = _touching(rect.x, rect.right, grid.tile_px, grid.stride_px, grid.columns)
    rows = _touching(rect.y, rect.bottom, grid.tile_px, grid.stride_px, grid.rows)
    return (rows[:, None] * grid.columns + columns[None, :]).ravel()


def _choose_level(level_mpps: Sequence[float], mpp: float, tolerance: float) -> int:
    nearest = min(range(len(level_mpps)), key=lambda i: abs(level_mpps[i] / mpp - 1.0))
    if abs(level_mpps[nearest] / mpp - 1.0) <= tolerance:
        return nearest
    finer = [i for i, level_mpp in enumerate(level_mpps) if level_mpp < mpp]
    return max(finer, key=lambda i: level_mpps[i]) if finer else 0


def _count(length: float, tile: float, stride: float) -> int:
    """Tiles needed so that the last one reaches the edge and none lies beyond it."""
    return max(1, min(math.ceil((length - tile) / stride) + 1, math.ceil(length / stride)))


def _touching(start: float, stop: float, tile: float, stride: float, count: int) -> CellIndices:
    first = max(0, math.floor((start - tile) / stride) + 1)
    last = min(count, math.ceil(stop / stride))
    return np.arange(first, max(first, last), dtype=np.int64)


def _block_shift(plan: TilePlan) -> int:
    pitch = plan.grid.stride_px / plan.downsample
    return max(1, round(math.log2(max(2.0, BLOCK_SPAN_PX / pitch))))


def _interleave(x: npt.NDArray[np.int64], y: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Morton code: the bits of x and y in turn."""
    code = np.zeros(np.shape(x), np.int64)
    for bit in range(16):
        code |= ((x >> bit) & 1) << (2 * bit)
        code |= ((y >> bit) & 1) << (2 * bit + 1)
    return code

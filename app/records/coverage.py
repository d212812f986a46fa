"""What of a slide has really been on screen: at which magnification, for how long, and what is left.

A grid of square cells over the slide. A cell counts as seen when its middle was in view. The caller decides
what counts as a view (sharp, at rest, in focus, window active) and reports it with its corners.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.geometry import PointPx, RectPx, SizePx, ViewTransform

CELL_PX = 128
"""Side of a cell in level-0 pixels: 1/15 of the width of a full-HD field at 40x."""

BANDS = (0.0, 10.0, 20.0, 40.0)
"""Dwell time is kept for views below 10x, from 10x, from 20x and from 40x."""

NOMINAL_TOLERANCE = 1.02
"""A slide of 0.2528 um/px at one pixel per pixel is 39.6x by mpp, and called 40x by everyone."""

_LOWEST = 0.625
_STEPS_PER_OCTAVE = 8
_DWELL_UNIT_S = 0.25
_BLOB_MAGIC = b"FNC1"

Quad = tuple[PointPx, PointPx, PointPx, PointPx]
"""Corners of a (possibly rotated) view in level-0 pixels, in order around it."""
Weights = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class CoverageError(ValueError):
    """Stored coverage cannot be read; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of a slide that was on screen: corners, magnification (20 means 20x) and seconds."""

    corners: Quad
    magnification: float
    seconds: float


def quad_of_rect(rect: RectPx) -> Quad:
    """The corners of an upright rectangle."""
    return (
        PointPx(rect.x, rect.y),
        PointPx(rect.right, rect.y),
        PointPx(rect.right, rect.bottom),
        PointPx(rect.x, rect.bottom),
    )


def quad_of_view(transform: ViewTransform) -> Quad:
    """The corners of a viewport on the slide, rotation included."""
    width, height = transform.viewport_device
    return (
        transform.to_slide(0, 0),
        transform.to_slide(width, 0),
        transform.to_slide(width, height),
        transform.to_slide(0, height),
    )


class Coverage:
    """The coverage track of one slide. Not thread-safe: one owner, or a lock around it.

    ``codes`` (rows, columns) uint8: 0 for never, else steps of 9 % in magnification, exact at 1.25x, 2.5x,
    5x, 10x, 20x, 40x. ``dwell`` (4, rows, columns) uint8: quarter seconds per band of ``BANDS``, at most 64 s.
    """

    def __init__(self, slide_size: SizePx, cell_px: int = CELL_PX) -> None:
        if slide_size.width <= 0 or slide_size.height <= 0 or cell_px <= 0:
            raise CoverageError("Coverage needs a slide and cells of at least one pixel.")
        self.slide_size = slide_size
        self.cell_px = cell_px
        self.rows = math.ceil(slide_size.height / cell_px)
        self.columns = math.ceil(slide_size.width / cell_px)
        self.codes = np.zeros((self.rows, self.columns), np.uint8)
        self.dwell = np.zeros((len(BANDS), self.rows, self.columns), np.uint8)

    def add(self, view: View) -> RectPx | None:
        """Count a view. Returns the part of the slide whose cells changed; None when it lies beside the slide.

        Raises ``CoverageError`` for a magnification or time that is not a positive finite number.
        """
        if not (0 < view.magnification < math.inf and 0 < view.seconds < math.inf):
            raise CoverageError("A view has a magnification and a time above zero.")
        x = [corner.x / self.cell_px for corner in view.corners]
        y = [corner.y / self.cell_px for corner in view.corners]
        left, right = max(0, math.floor(min(x))), min(self.columns, math.ceil(max(x)))
        top, bottom = max(0, math.floor(min(y))), min(self.rows, math.ceil(max(y)))
        if left >= right or top >= bottom:
            return None
        inside = _middles_inside(view.corners, left, top, right, bottom, self.cell_px)
        window = (slice(top, bottom), slice(left, right))
        self.codes[window][inside] = np.maximum(
            self.codes[window][inside], _code(view.magnification, NOMINAL_TOLERANCE)
        )
        band = sum(view.magnification * NOMINAL_TOLERANCE >= floor for floor in BANDS) - 1
        units = max(1, round(view.seconds / _DWELL_UNIT_S))
        dwell = self.dwell[band][window]
        dwell[inside] = np.minimum(dwell[inside].astype(np.int64) + units, 255)
        return RectPx(
            left * self.cell_px, top * self.cell_px, (right - left) * self.cell_px, (bottom - top) * self.cell_px
        )

    def seen(self, at_least: float) -> Mask:
        """Cells (rows, columns) that were in view at this magnification or a higher one."""
        return np.asarray(self.codes >= _code(at_least))

    def dwell_s(self, at_least: float = 0.0) -> npt.NDArray[np.float32]:
        """Seconds (rows, columns) in view in the bands from this magnification (0, 10, 20 or 40)."""
        bands = [i for i, floor in enumerate(BANDS) if floor >= at_least]
        return np.asarray(self.dwell[bands].sum(axis=0) * _DWELL_UNIT_S, np.float32)

    def cellular_weights(self, mask: npt.NDArray[np.bool_]) -> Weights:
        """How much of each cell is cellular, 0-1 (rows, columns) float32.

        ``mask`` (h, w) covers the whole slide at any resolution, e.g. the cell finder's map.
        """
        height, width = mask.shape
        sums = np.zeros((height + 1, width + 1))
        sums[1:, 1:] = mask.cumsum(axis=0).cumsum(axis=1)
        y0, y1 = self._edges(self.rows, height / self.slide_size.height, height)
        x0, x1 = self._edges(self.columns, width / self.slide_size.width, width)
        total = sums[np.ix_(y1, x1)] - sums[np.ix_(y0, x1)] - sums[np.ix_(y1, x0)] + sums[np.ix_(y0, x0)]
        return np.asarray(total / np.outer(y1 - y0, x1 - x0), np.float32)

    def share_seen(self, weights: Weights, at_least: float) -> float | None:
        """Share 0-1 of the cellular area seen at this magnification; None where nothing is cellular."""
        area = weights * self._cell_areas()
        total = float(area.sum(dtype=np.float64))
        # By what is left, so that the share is exactly 1 when nothing is.
        return None if total <= 0 else 1.0 - float(area[~self.seen(at_least)].sum(dtype=np.float64)) / total

    def next_unseen(self, weights: Weights, at_least: float, start: PointPx, field: SizePx) -> RectPx | None:
        """The nearest field (size in level-0 px) with unseen cellular area, laid so that it shows most of it.

        ``start`` is where one looks now. None when all cellular area has been seen at this magnification.
        """
        left = weights * ~self.seen(at_least)
        if not (left > 0).any():
            return None
        rows, columns = np.nonzero(left > 0)
        away = np.hypot((columns + 0.5) * self.cell_px - start.x, (rows + 0.5) * self.cell_px - start.y)
        # Of cells about equally near the most cellular one: single specks at the edge of a group come last.
        near = away <= away.min() + self.cell_px
        pick = np.flatnonzero(near)[np.argmax(left[rows[near], columns[near]])]
        return max(
            self._fields_around(int(rows[pick]), int(columns[pick]), field),
            key=lambda rect: self._sum_inside(left, rect),
        )

    def to_blob(self) -> bytes:
        """Everything, compressed; tens of kilobytes for a large slide."""
        head = np.array([self.slide_size.width, self.slide_size.height, self.cell_px], "<u4").tobytes()
        return _BLOB_MAGIC + head + zlib.compress(self.codes.tobytes() + self.dwell.tobytes(), 6)

    @classmethod
    def from_blob(cls, blob: bytes) -> Coverage:
        """The opposite of ``to_blob``. Raises ``CoverageError`` for anything else."""
        if blob[:4] != _BLOB_MAGIC or len(blob) < 16:
            raise CoverageError("The stored coverage of a slide is damaged.")
        width, height, cell_px = (int(value) for value in np.frombuffer(blob[4:16], "<u4"))
        coverage = cls(SizePx(width, height), cell_px)
        try:
            flat = np.frombuffer(zlib.decompress(blob[16:]), np.uint8)
        except zlib.error as error:
            raise CoverageError("The stored coverage of a slide is damaged.") from error
        if flat.size != coverage.codes.size * (1 + len(BANDS)):
            raise CoverageError("The stored coverage of a slide is damaged.")
        coverage.codes[:] = flat[: coverage.codes.size].reshape(coverage.codes.shape)
        coverage.dwell[:] = flat[coverage.codes.size :].reshape(coverage.dwell.shape)
        return coverage

    def _edges(self, cells: int, scale: float, limit: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        start = np.clip(np.floor(np.arange(cells) * self.cell_px * scale + 1e-9), 0, limit - 1).astype(np.int64)
        stop = np.clip(np.ceil(np.arange(1, cells + 1) * self.cell_px * scale - 1e-9), 1, limit).astype(np.int64)
        return start, np.maximum(stop, start + 1)

    def _cell_areas(self) -> Weights:
        widths = np.diff(np.minimum(np.arange(self.columns + 1) * self.cell_px, self.slide_size.width))
        heights = np.diff(np.minimum(np.arange(self.rows + 1) * self.cell_px, self.slide_size.height))
        return np.outer(heights, widths).astype(np.float32)

    def _fields_around(self, row: int, column: int, field: SizePx) -> Iterator[RectPx]:
        """Fields that hold the cell whole (or its middle, where the field is smaller than a cell)."""
        x, y = (column + 0.5) * self.cell_px, (row + 0.5) * self.cell_px
        slack_x = max(0.0, (field.width - self.cell_px) / 2)
        slack_y = max(0.0, (field.height - self.cell_px) / 2)
        for dy in (0.0, -0.5, 0.5, -1.0, 1.0):
            for dx in (0.0, -0.5, 0.5, -1.0, 1.0):
                left, top = x + dx * slack_x - field.width / 2, y + dy * slack_y - field.height / 2
                yield RectPx(left, top, field.width, field.height)

    def _sum_inside(self, left: Weights, rect: RectPx) -> float:
        columns = slice(max(0, math.ceil(rect.x / self.cell_px - 0.5)), math.ceil(rect.right / self.cell_px - 0.5))
        rows = slice(max(0, math.ceil(rect.y / self.cell_px - 0.5)), math.ceil(rect.bottom / self.cell_px - 0.5))
        return float(left[rows, columns].sum())


def _code(magnification: float, tolerance: float = 1.0) -> int:
    steps = _STEPS_PER_OCTAVE * math.log2(magnification * tolerance / _LOWEST)
    return min(255, max(1, 1 + math.floor(steps + 1e-6)))


def _middles_inside(corners: Quad, left: int, top: int, right: int, bottom: int, cell_px: int) -> Mask:
    """Which cells of the window have their middle in the convex quad, whichever way round it is given."""
    x = (np.arange(left, right) + 0.5)[None, :] * cell_px
    y = (np.arange(top, bottom) + 0.5)[:, None] * cell_px
    sides = []
    for a, b in zip(corners, (*corners[1:], corners[0]), strict=True):
        sides.append((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x))
    stacked = np.stack(sides)
    return np.asarray((stacked >= 0).all(axis=0) | (stacked <= 0).all(axis=0))

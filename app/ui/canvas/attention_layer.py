"""Where the student looked: class-token attention of the tiles in view."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QPainter

from app.geometry import RectPx, ViewTransform
from app.records.scores import GridSpec
from app.ui.canvas.cell_raster import CellGrid, paint_cells
from app.ui.canvas.layer import LegendSection, Ramp, clip_box, premultiplied_image

Attention = npt.NDArray[np.float32]
"""(h, w); 1 means uniform: a patch as much attended to as the average one."""

LOWEST = 1.0
HIGHEST = 8.0
"""The fixed range of the colours, the same for all tiles, on a logarithmic scale. At and below 1, the
uniform attention, the tile stays clear; at and above 8 the colour is full."""

MIN_TILE_PX = 40
"""Tiles smaller than this on the screen (at ratio 1) show no attention: their patches would be pixels."""

_RAMP = (
    (0.0, (235, 90, 255), 0.0),
    (0.35, (228, 50, 255), 0.35),
    (0.7, (222, 20, 255), 0.55),
    (1.0, (215, 0, 240), 0.65),
)
"""Position, colour, opacity: one glowing magenta, the hue farthest from those of the classes, and far more
saturated than any stain."""


class AttentionLayer:
    """Attention of the tiles that ``lookup`` knows, by row-major cell index."""

    def __init__(self, lookup: Callable[[int], Attention | None]) -> None:
        self.visible = False
        self.stays_on_slide = True
        self._lookup = lookup
        self._spec: GridSpec | None = None
        self._grid: CellGrid | None = None
        self._opacity = 1.0

    def set_grid(self, spec: GridSpec | None) -> None:
        """The score grid whose tiles are shown."""
        self._spec = spec
        self._grid = None if spec is None else CellGrid.of_scores(spec)

    @property
    def opacity(self) -> float:
        return self._opacity

    @opacity.setter
    def opacity(self, opacity: float) -> None:
        self._opacity = min(max(opacity, 0.0), 1.0)

    def is_readable(self, transform: ViewTransform, ratio: float = 1.0) -> bool:
        """True when tiles are large enough on the screen for their attention to be shown."""
        return self._spec is not None and self._spec.tile_px * transform.scale >= MIN_TILE_PX * ratio

    def is_drawn(self, transform: ViewTransform, visible: RectPx, ratio: float) -> bool:
        """True when tiles are large enough and the attention of one in the level-0 rectangle is known."""
        if self._opacity == 0.0 or not self.is_readable(transform, ratio):
            return False
        return any(self._lookup(cell) is not None for cell in self.cells_in(visible))

    def cells_in(self, visible: RectPx) -> list[int]:
        """Row-major indices of the tiles in a level-0 rectangle: those whose attention is to be asked for."""
        if self._grid is None:
            return []
        rows, columns = self._grid.block(visible)
        return [
            row * self._grid.columns + column
            for row in range(rows.start, rows.stop)
            for column in range(columns.start, columns.stop)
        ]

    def paint(self, painter: QPainter, transform: ViewTransform, visible: RectPx) -> None:
        if self._grid is None or not self.is_readable(transform, painter.device().devicePixelRatioF()):
            return
        box = clip_box(painter)
        if box.is_empty:
            return
        block = self._grid.block(visible.intersection(transform.slide_bounds(*box)))
        atlas = self._atlas(block)
        if atlas is None:
            return
        parts = atlas.shape[0] // (block[0].stop - block[0].start)
        first = (block[0].start * parts, block[1].start * parts)
        image = paint_cells(attention_colors(atlas, self._opacity), first, self._grid.subdivided(parts), transform, box)
        painter.drawImage(box.left, box.top, premultiplied_image(image))

    def legend(self) -> list[LegendSection]:
        """The fixed range, in words and colours."""
        colors = attention_colors(np.geomspace(LOWEST, HIGHEST, 33, dtype=np.float32)[None], self._opacity)[0]
        ramp = tuple(_unpremultiplied(*(int(channel) for channel in color)) for color in colors)
        ticks = tuple((math.log(v / LOWEST) / math.log(HIGHEST / LOWEST), t) for v, t in _ticks())
        return [
            LegendSection(
                QCoreApplication.translate("AttentionLayer", "Attention of the model (not a diagnosis)"),
                ramp=Ramp(ramp, ticks),
                note=QCoreApplication.translate(
                    "AttentionLayer", "times the tile's average, log scale, the same for all tiles; 1 or less is clear"
                ),
            )
        ]

    def _atlas(self, block: tuple[slice, slice]) -> Attention | None:
        """Attention of a block of cells side by side, 0 where unknown; None when nothing is known."""
        assert self._grid is not None
        assert self._spec is not None
        rows, columns = block
        atlas: Attention | None = None
        parts = 0
        for row in range(rows.start, rows.stop):
            for column in range(columns.start, columns.stop):
                attention = self._lookup(row * self._grid.columns + column)
                if attention is None:
                    continue
                if atlas is None:
                    parts = max(1, round(attention.shape[0] * self._grid.side_px / self._spec.tile_px))
                    shape = ((rows.stop - rows.start) * parts, (columns.stop - columns.start) * parts)
                    atlas = np.zeros(shape, np.float32)
                top, left = (row - rows.start) * parts, (column - columns.start) * parts
                atlas[top : top + parts, left : left + parts] = self._part_shown(attention, parts)
        return atlas

    def _part_shown(self, attention: Attention, parts: int) -> Attention:
        """The attention over the square that stands for the tile: all of it, or its middle where tiles overlap."""
        assert self._grid is not None
        assert self._spec is not None
        if parts == attention.shape[0]:
            return attention
        start, side, tile = self._grid.offset_px, self._grid.side_px, self._spec.tile_px
        middles = (start + (np.arange(parts) + 0.5) * side / parts) / tile
        rows = (middles * attention.shape[0]).astype(np.intp)
        columns = (middles * attention.shape[1]).astype(np.intp)
        return np.asarray(attention[rows][:, columns])


def attention_colors(attention: Attention, opacity: float = 1.0) -> npt.NDArray[np.uint8]:
    """Premultiplied colours (..., 4) of attention values, by the fixed range."""
    clipped = np.clip(attention, LOWEST, HIGHEST)
    position = np.log(clipped / LOWEST) / math.log(HIGHEST / LOWEST)
    stops = [stop for stop, _, _ in _RAMP]
    alpha = np.interp(position, stops, [a for _, _, a in _RAMP]) * opacity
    colors = np.empty((*attention.shape, 4), np.float32)
    for channel in range(3):
        # Blue first.
        colors[..., 2 - channel] = np.interp(position, stops, [rgb[channel] for _, rgb, _ in _RAMP]) * alpha
    colors[..., 3] = 255.0 * alpha
    return np.rint(colors).astype(np.uint8)


def _unpremultiplied(blue: int, green: int, red: int, alpha: int) -> QColor:
    if alpha == 0:
        return QColor(0, 0, 0, 0)
    return QColor(min(255, red * 255 // alpha), min(255, green * 255 // alpha), min(255, blue * 255 // alpha), alpha)


def _ticks() -> tuple[tuple[float, str], ...]:
    return ((1.0, "1"), (2.0, "2"), (4.0, "4"), (8.0, "≥ 8"))

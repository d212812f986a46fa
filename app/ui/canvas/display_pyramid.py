"""The levels that the canvas draws from: the slide's own, and reduced ones where the slide has a gap.

Vendors often store every fourth size only. Drawing such a level at nearly a quarter of its size would
alias and hold sixteen times the pixels of the screen, so tiles are reduced by 2, 4, ... once, when they
are loaded. A *display level* is a slide level with such a reduction; its tile grid is the slide level's.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

from app.geometry import RectPx, SizePx
from app.slides.pyramid import TileKey, TilePyramid

UPSAMPLING_TOLERANCE = 1.1
"""A level may be stretched by this much before the next finer one is used: no eye sees it, and the finer
level costs four times the tiles (20x on a 0.2528 um/px slide asks for a stretch of 1.011)."""

GAP = 2.2
"""Two neighbouring levels further apart than this factor get a reduced level between them."""

OVERVIEW_PX = 2048
"""The overview's longer side is at most this, unless reducing cannot reach it."""

MAX_REDUCTION = 64

DEFAULT_TILE_PX = 256


def display_tile_px(preferred_px: int) -> int:
    """The tile size to draw from: what the slide prefers, where that can be halved often enough."""
    return preferred_px if preferred_px % 16 == 0 else DEFAULT_TILE_PX


class DisplayKey(NamedTuple):
    """One tile of one display level (``display`` is its index) and focal plane."""

    display: int
    column: int
    row: int
    plane: int = 0


@dataclass(frozen=True, slots=True)
class DisplayLevel:
    """A slide level, reduced: ``downsample`` level-0 pixels per pixel, ``tile_px`` per tile."""

    level: int
    reduction: int
    downsample: float
    size: SizePx
    tile_px: int


class DisplayPyramid:
    """Display levels from fine to coarse. All arithmetic, no pixels.

    The last level is the overview, small enough to be held for as long as the slide is shown.
    All tiles that it names are of one focal plane, ``plane``.
    """

    def __init__(self, pyramid: TilePyramid, plane: int = 0) -> None:
        self._pyramid = pyramid
        self.plane = plane
        order = sorted(range(len(pyramid.levels)), key=lambda n: pyramid.levels[n].downsample)
        levels: list[DisplayLevel] = []
        for position, level in enumerate(order):
            next_downsample = pyramid.levels[order[position + 1]].downsample if position + 1 < len(order) else None
            levels += self._with_reductions(level, next_downsample)
        self.levels = tuple(levels)

    def at_plane(self, plane: int) -> DisplayPyramid:
        """The same levels on another focal plane."""
        other = copy(self)
        other.plane = plane
        return other

    @property
    def tile_px(self) -> int:
        """Side of the slide's tiles, before reduction."""
        return self._pyramid.tile_px

    @property
    def overview(self) -> int:
        """Index of the coarsest display level."""
        return len(self.levels) - 1

    def for_scale(self, scale: float) -> int:
        """The coarsest display level that is sharp at this many device pixels per level-0 pixel."""
        best = 0
        for index, level in enumerate(self.levels):
            if level.downsample * scale <= UPSAMPLING_TOLERANCE:
                best = index
        return best

    def grid(self, index: int) -> tuple[int, int]:
        """Columns and rows of tiles."""
        return self._pyramid.grid(self.levels[index].level)

    def tile_key(self, key: DisplayKey) -> TileKey:
        """The tile to read for a display tile."""
        return TileKey(self.levels[key.display].level, key.column, key.row, key.plane)

    def tile_rect(self, key: DisplayKey) -> RectPx:
        """Where the tile lies on the slide, in level-0 pixels."""
        return self._pyramid.tile_rect(self.tile_key(key))

    def span(self, index: int, rect: RectPx) -> tuple[int, int, int, int]:
        """(first column, first row, last column + 1, last row + 1) of the tiles that touch a level-0 rectangle."""
        level = self.levels[index]
        pitch = level.tile_px * level.downsample
        columns, rows = self.grid(index)
        return (
            min(max(math.floor(rect.x / pitch), 0), columns),
            min(max(math.floor(rect.y / pitch), 0), rows),
            min(max(math.ceil(rect.right / pitch), 0), columns),
            min(max(math.ceil(rect.bottom / pitch), 0), rows),
        )

    def tiles_in(self, index: int, rect: RectPx) -> list[DisplayKey]:
        """Tiles that touch a level-0 rectangle, row by row."""
        first_column, first_row, last_column, last_row = self.span(index, rect)
        return [
            DisplayKey(index, column, row, self.plane)
            for row in range(first_row, last_row)
            for column in range(first_column, last_column)
        ]

    def _with_reductions(self, level: int, next_downsample: float | None) -> list[DisplayLevel]:
        found = [self._reduced(level, 1)]
        while self._can_be_halved(found[-1]) and self._needs_coarser(found[-1], next_downsample):
            found.append(self._reduced(level, found[-1].reduction * 2))
        return found

    def _can_be_halved(self, level: DisplayLevel) -> bool:
        return level.reduction < MAX_REDUCTION and level.tile_px % 2 == 0

    def _needs_coarser(self, level: DisplayLevel, next_downsample: float | None) -> bool:
        if next_downsample is None:
            return max(level.size.width, level.size.height) > OVERVIEW_PX
        return next_downsample / level.downsample > GAP

    def _reduced(self, level: int, reduction: int) -> DisplayLevel:
        source = self._pyramid.levels[level]
        size = SizePx(-(-source.size.width // reduction), -(-source.size.height // reduction))
        return DisplayLevel(level, reduction, source.downsample * reduction, size, self._pyramid.tile_px // reduction)

"""Tile arithmetic on a slide's levels: pure functions, no pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.geometry import PixelRegion, RectPx
from app.slides.slide import Level

SHARPNESS_TOLERANCE = 0.01
"""A level may be this much coarser than the screen and still count as sharp (rounding of level sizes)."""


@dataclass(frozen=True, slots=True)
class TileKey:
    """Names one tile: level, column and row in that level's tile grid, focal plane."""

    level: int
    column: int
    row: int
    plane: int = 0


@dataclass(frozen=True, slots=True)
class TilePyramid:
    """The tile grids of all levels, each anchored at the slide's top left; edge tiles are clipped."""

    levels: tuple[Level, ...]
    tile_px: int = 256

    def grid(self, level: int) -> tuple[int, int]:
        """Columns and rows of a level's tile grid."""
        size = self.levels[level].size
        return -(-size.width // self.tile_px), -(-size.height // self.tile_px)

    def contains(self, key: TileKey) -> bool:
        """True when the slide has this tile (planes are not checked)."""
        if not 0 <= key.level < len(self.levels):
            return False
        columns, rows = self.grid(key.level)
        return 0 <= key.column < columns and 0 <= key.row < rows

    def tile_region(self, key: TileKey) -> PixelRegion:
        """The tile's pixels in its own level, clipped to the level's edge."""
        size = self.levels[key.level].size
        x, y = key.column * self.tile_px, key.row * self.tile_px
        return PixelRegion(x, y, min(self.tile_px, size.width - x), min(self.tile_px, size.height - y))

    def tile_rect(self, key: TileKey) -> RectPx:
        """Where the tile lies on the slide, in level-0 pixels."""
        region, downsample = self.tile_region(key), self.levels[key.level].downsample
        return RectPx(
            region.x * downsample, region.y * downsample, region.width * downsample, region.height * downsample
        )

    def tiles_in(self, level: int, rect: RectPx, plane: int = 0) -> list[TileKey]:
        """Tiles of a level that touch a level-0 rectangle, row by row; none beyond the slide's edge."""
        if rect.is_empty:
            return []
        pitch = self.tile_px * self.levels[level].downsample
        columns, rows = self.grid(level)
        first_column, last_column = _span(rect.x, rect.right, pitch, columns)
        first_row, last_row = _span(rect.y, rect.bottom, pitch, rows)
        return [
            TileKey(level, column, row, plane)
            for row in range(first_row, last_row)
            for column in range(first_column, last_column)
        ]

    def level_for_scale(self, scale: float) -> int:
        """The coarsest level that is at least as sharp as the screen; level 0 when none is.

        ``scale`` is device pixels per level-0 pixel (``ViewTransform.scale``).
        """
        best = 0
        for index, level in enumerate(self.levels):
            sharp = level.downsample * scale <= 1.0 + SHARPNESS_TOLERANCE
            if sharp and level.downsample >= self.levels[best].downsample:
                best = index
        return best

    def level_for_downsample(self, downsample: float) -> int:
        """The coarsest level with at most this downsample: the one to resample from."""
        return self.level_for_scale(1.0 / downsample)


def _span(start_px: float, end_px: float, pitch: float, count: int) -> tuple[int, int]:
    first = math.floor(start_px / pitch)
    last = math.ceil(end_px / pitch)
    return min(max(first, 0), count), min(max(last, 0), count)

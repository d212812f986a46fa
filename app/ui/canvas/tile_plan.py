"""Which tiles a view needs, and in which order: pure functions of the transform."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from app.geometry import RectPx, ViewTransform
from app.ui.canvas.display_pyramid import DisplayKey, DisplayPyramid

STAND_IN_STEP = 4.0
"""Stand-in tiles are read from a level this much coarser: a sixteenth of the tiles, and there at once."""

OVERVIEW_FIRST = 0.0
STAND_IN_NEXT = 1e6
SHARP_THEN = 2e6
PREFETCH_LAST = 3e6


@dataclass(frozen=True)
class TilePlan:
    """``on_screen``: sharp tiles that the view shows now. ``wanted``: (tile, priority), all tiles to have."""

    index: int
    on_screen: frozenset[DisplayKey]
    wanted: tuple[tuple[DisplayKey, float], ...]

    def missing(self, held: Container[DisplayKey], failed: Container[DisplayKey]) -> list[tuple[DisplayKey, float]]:
        """What is still to be asked for."""
        return [(key, priority) for key, priority in self.wanted if key not in held and key not in failed]


def plan_tiles(pyramid: DisplayPyramid, transform: ViewTransform) -> TilePlan:
    """The overview, then stand-ins, then sharp tiles from the middle outwards, then a ring around the view."""
    index = pyramid.for_scale(transform.scale)
    overview_columns, overview_rows = pyramid.grid(pyramid.overview)
    wanted = [
        (DisplayKey(pyramid.overview, column, row), OVERVIEW_FIRST)
        for row in range(overview_rows)
        for column in range(overview_columns)
    ]
    stand_in = _stand_in_level(pyramid, index)
    if stand_in not in (index, pyramid.overview):
        wanted += _by_distance(pyramid, stand_in, transform, STAND_IN_NEXT, ring=0)
    sharp = _by_distance(pyramid, index, transform, SHARP_THEN, ring=0)
    on_screen = frozenset(key for key, _ in sharp)
    around = _by_distance(pyramid, index, transform, PREFETCH_LAST, ring=1)
    wanted += sharp
    wanted += [(key, priority) for key, priority in around if key not in on_screen]
    return TilePlan(index, on_screen, tuple(wanted))


def _stand_in_level(pyramid: DisplayPyramid, index: int) -> int:
    wanted = pyramid.levels[index].downsample * STAND_IN_STEP
    return next((n for n in range(index, len(pyramid.levels)) if pyramid.levels[n].downsample >= wanted), index)


def _by_distance(
    pyramid: DisplayPyramid, index: int, transform: ViewTransform, priority: float, ring: int
) -> list[tuple[DisplayKey, float]]:
    """Tiles that the viewport shows, widened by a ring of tiles; the priority grows with the distance
    of the tile's middle from the viewport's, in device pixels."""
    level = pyramid.levels[index]
    pitch = level.tile_px * level.downsample
    rect: RectPx = transform.visible_rect().expanded(ring * pitch)
    first_column, first_row, last_column, last_row = pyramid.span(index, rect)
    columns, rows = np.meshgrid(np.arange(first_column, last_column), np.arange(first_row, last_row))
    a, b, c, d, tx, ty = transform.affine()
    x, y = (columns.ravel() + 0.5) * pitch, (rows.ravel() + 0.5) * pitch
    width, height = transform.viewport_device
    dx, dy = a * x + b * y + tx - width / 2, c * x + d * y + ty - height / 2
    # A turned viewport leaves the corners of its bounding box empty: tiles there are not asked for.
    half = (0.5 + ring) * pitch * transform.scale * _reach(transform)
    near = (np.abs(dx) < width / 2 + half) & (np.abs(dy) < height / 2 + half)
    order = np.argsort(np.hypot(dx, dy)[near], kind="stable")
    distance = np.hypot(dx, dy)[near][order]
    return [
        (DisplayKey(index, column, row), priority + far)
        for column, row, far in zip(
            columns.ravel()[near][order].tolist(), rows.ravel()[near][order].tolist(), distance.tolist(), strict=True
        )
    ]


def _reach(transform: ViewTransform) -> float:
    """Half the width of a turned unit square's bounding box, relative to the upright one."""
    if transform.quarter_turns is not None:
        return 1.0
    angle = math.radians(transform.rotation_deg)
    return abs(math.cos(angle)) + abs(math.sin(angle))

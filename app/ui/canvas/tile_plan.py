"""Which tiles a view needs, and in which order: pure functions of the transform."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.geometry import ViewTransform
from app.ui.canvas.display_pyramid import DisplayKey, DisplayPyramid
from app.ui.canvas.pixel_box import PixelBox

STAND_IN_STEP = 4.0
"""Stand-in tiles are read from a level this much coarser: a sixteenth of the tiles, and there at once."""

OVERVIEW_FIRST = 0.0
STAND_IN_NEXT = 1e6
SHARP_THEN = 2e6
PREFETCH_LAST = 3e6
OTHER_PLANES = 4e6


@dataclass(frozen=True)
class TilePlan:
    """``on_screen``: sharp tiles that the view shows now. ``wanted``: (tile, priority), all tiles to have."""

    index: int
    on_screen: frozenset[DisplayKey]
    wanted: tuple[tuple[DisplayKey, float], ...]

    def missing(self, done: Callable[[DisplayKey], bool]) -> list[tuple[DisplayKey, float]]:
        """What is still to be asked for."""
        return [(key, priority) for key, priority in self.wanted if not done(key)]


def plan_tiles(
    pyramid: DisplayPyramid, transform: ViewTransform, ahead: tuple[float, float] = (0.0, 0.0), planes: int = 1
) -> TilePlan:
    """The overview, then stand-ins, then sharp tiles from the middle outwards, then a ring around the view and what
    lies ``ahead`` of it (device pixels), then the same field on the neighbouring focal planes of ``planes``."""
    index = pyramid.for_scale(transform.scale)
    overview_columns, overview_rows = pyramid.grid(pyramid.overview)
    wanted = [
        (DisplayKey(pyramid.overview, column, row, pyramid.plane), OVERVIEW_FIRST)
        for row in range(overview_rows)
        for column in range(overview_columns)
    ]
    stand_in = _stand_in_level(pyramid, index)
    viewport = PixelBox.around(0.0, 0.0, *transform.viewport_device)
    if stand_in not in (index, pyramid.overview):
        wanted += [(key, STAND_IN_NEXT + far) for key, far in tiles_seen(pyramid, stand_in, transform, viewport)]
    sharp = tiles_seen(pyramid, index, transform, viewport)
    on_screen = frozenset(key for key, _ in sharp)
    around = _around(pyramid, index, transform, viewport, ahead)
    wanted += [(key, SHARP_THEN + far) for key, far in sharp]
    wanted += [(key, PREFETCH_LAST + far) for key, far in around if key not in on_screen]
    if planes > 1 and pyramid.plane >= 0:
        neighbours = [plane for plane in (pyramid.plane + 1, pyramid.plane - 1) if 0 <= plane < planes]
        wanted += [(key._replace(plane=plane), OTHER_PLANES + far) for plane in neighbours for key, far in sharp]
    return TilePlan(index, on_screen, tuple(wanted))


def _around(
    pyramid: DisplayPyramid, index: int, transform: ViewTransform, viewport: PixelBox, ahead: tuple[float, float]
) -> list[tuple[DisplayKey, float]]:
    """One ring of tiles, and the tiles of the viewport as it will stand, those on the way first."""
    dx, dy = ahead
    there = PixelBox.around(dx, dy, viewport.width + dx, viewport.height + dy)
    found = dict(tiles_seen(pyramid, index, transform, viewport, margin_px=pyramid.levels[index].tile_px))
    if ahead != (0.0, 0.0):
        found = {**found, **dict(tiles_seen(pyramid, index, transform, there))}
        # By the distance from halfway there: what lies behind comes last.
        half = PixelBox.around(dx / 2, dy / 2, viewport.width + dx / 2, viewport.height + dy / 2)
        found = {key: _distance(pyramid, key, transform, half) for key in found}
    return list(found.items())


def _distance(pyramid: DisplayPyramid, key: DisplayKey, transform: ViewTransform, region: PixelBox) -> float:
    x, y = transform.to_device(pyramid.tile_rect(key).center)
    return math.hypot(x - (region.left + region.right) / 2, y - (region.top + region.bottom) / 2)


def _stand_in_level(pyramid: DisplayPyramid, index: int) -> int:
    wanted = pyramid.levels[index].downsample * STAND_IN_STEP
    return next((n for n in range(index, len(pyramid.levels)) if pyramid.levels[n].downsample >= wanted), index)


def tiles_seen(
    pyramid: DisplayPyramid, index: int, transform: ViewTransform, region: PixelBox, margin_px: float = 0.0
) -> list[tuple[DisplayKey, float]]:
    """Tiles of a display level that a box of device pixels shows, with the distance of their middle from
    the box's, in device pixels, nearest first. ``margin_px`` (in pixels of the level) widens every tile.

    A turned view leaves the corners of its bounding box empty: tiles that lie only there are left out.
    """
    level = pyramid.levels[index]
    pitch = level.tile_px * level.downsample
    rect = transform.slide_bounds(*region).expanded(margin_px * level.downsample)
    first_column, first_row, last_column, last_row = pyramid.span(index, rect)
    columns, rows = np.meshgrid(np.arange(first_column, last_column), np.arange(first_row, last_row))
    a, b, c, d, tx, ty = transform.affine()
    x, y = (columns.ravel() + 0.5) * pitch, (rows.ravel() + 0.5) * pitch
    dx = a * x + b * y + tx - (region.left + region.right) / 2
    dy = c * x + d * y + ty - (region.top + region.bottom) / 2
    half = (0.5 * pitch + margin_px * level.downsample) * transform.scale * _reach(transform)
    near = (np.abs(dx) < region.width / 2 + half) & (np.abs(dy) < region.height / 2 + half)
    distance = np.hypot(dx, dy)[near]
    order = np.argsort(distance, kind="stable")
    return [
        (DisplayKey(index, column, row, pyramid.plane), far)
        for column, row, far in zip(
            columns.ravel()[near][order].tolist(),
            rows.ravel()[near][order].tolist(),
            distance[order].tolist(),
            strict=True,
        )
    ]


def _reach(transform: ViewTransform) -> float:
    """Half the width of a turned unit square's bounding box, relative to the upright one."""
    if transform.quarter_turns is not None:
        return 1.0
    angle = math.radians(transform.rotation_deg)
    return abs(math.cos(angle)) + abs(math.sin(angle))

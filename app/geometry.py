"""Points, sizes, rectangles and the view transform, with the unit in the type or name.

One space for everything that is shared between rooms: level-0 pixels, float, origin at the top left
of the slide (suffix ``_px`` or type ``PointPx``). Microns appear only through a slide's mpp. Device
pixels of the screen carry the suffix ``_device``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

MPP_AT_40X = 0.25
"""Microns per pixel that the field calls 40x: 40x = 0.25 um per device pixel of the screen."""


@dataclass(frozen=True, slots=True)
class PointPx:
    """A point in level-0 pixels."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class SizePx:
    """A size in pixels (of the level that the context names; level 0 unless said otherwise)."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RectPx:
    """An axis-parallel rectangle in level-0 pixels: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def center(self) -> PointPx:
        return PointPx(self.x + self.width / 2, self.y + self.height / 2)

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    def contains(self, point: PointPx) -> bool:
        """True when the point lies inside; left and top edges belong to the rectangle."""
        return self.x <= point.x < self.right and self.y <= point.y < self.bottom

    def intersection(self, other: RectPx) -> RectPx:
        """The common part; an empty rectangle (width or height 0) when there is none."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return RectPx(
            x,
            y,
            max(0.0, min(self.right, other.right) - x),
            max(0.0, min(self.bottom, other.bottom) - y),
        )

    def intersects(self, other: RectPx) -> bool:
        return not self.intersection(other).is_empty

    def union(self, other: RectPx) -> RectPx:
        x, y = min(self.x, other.x), min(self.y, other.y)
        return RectPx(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def expanded(self, margin_px: float) -> RectPx:
        return RectPx(self.x - margin_px, self.y - margin_px, self.width + 2 * margin_px, self.height + 2 * margin_px)


@dataclass(frozen=True, slots=True)
class PixelRegion:
    """A whole-pixel region **of one level**: left, top, width, height in that level's pixels.

    It may reach beyond the level's edge; readers pad with the slide's background colour.
    """

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ViewTransform:
    """Maps level-0 pixels to device pixels of a viewport and back.

    ``center`` is the level-0 point at the viewport's middle, ``scale`` the device pixels per level-0
    pixel (> 0), ``rotation_deg`` turns the slide clockwise on the screen, ``viewport_device`` is the
    viewport's size in device pixels.
    """

    center: PointPx
    scale: float
    rotation_deg: float
    viewport_device: tuple[float, float]

    def to_device(self, point: PointPx) -> tuple[float, float]:
        cos, sin = self._cos_sin()
        dx, dy = (point.x - self.center.x) * self.scale, (point.y - self.center.y) * self.scale
        width, height = self.viewport_device
        return (cos * dx - sin * dy + width / 2, sin * dx + cos * dy + height / 2)

    def to_slide(self, x_device: float, y_device: float) -> PointPx:
        cos, sin = self._cos_sin()
        width, height = self.viewport_device
        dx, dy = x_device - width / 2, y_device - height / 2
        return PointPx(
            self.center.x + (cos * dx + sin * dy) / self.scale,
            self.center.y + (-sin * dx + cos * dy) / self.scale,
        )

    def visible_rect(self) -> RectPx:
        """The smallest level-0 rectangle that holds the whole (possibly rotated) viewport."""
        width, height = self.viewport_device
        corners = [self.to_slide(x, y) for x in (0.0, width) for y in (0.0, height)]
        x0, y0 = min(p.x for p in corners), min(p.y for p in corners)
        return RectPx(x0, y0, max(p.x for p in corners) - x0, max(p.y for p in corners) - y0)

    def zoomed_at(self, x_device: float, y_device: float, scale: float) -> ViewTransform:
        """The transform at another scale that keeps the slide point under the given device pixel."""
        anchor = self.to_slide(x_device, y_device)
        moved = ViewTransform(anchor, scale, self.rotation_deg, self.viewport_device)
        width, height = self.viewport_device
        center = moved.to_slide(width - x_device, height - y_device)
        return ViewTransform(center, scale, self.rotation_deg, self.viewport_device)

    def panned(self, dx_device: float, dy_device: float) -> ViewTransform:
        """The transform after the slide was dragged by this many device pixels."""
        width, height = self.viewport_device
        center = self.to_slide(width / 2 - dx_device, height / 2 - dy_device)
        return ViewTransform(center, self.scale, self.rotation_deg, self.viewport_device)

    def _cos_sin(self) -> tuple[float, float]:
        # Quarter turns are exact, so that unrotated overlays land on whole pixels.
        quarter = self.rotation_deg / 90.0
        if quarter == round(quarter):
            return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[round(quarter) % 4]
        angle = math.radians(self.rotation_deg)
        return math.cos(angle), math.sin(angle)


def scale_for_magnification(magnification: float, mpp: float) -> float:
    """Device pixels per level-0 pixel at which a slide of this mpp shows at e.g. 20 (x)."""
    return mpp * magnification / (MPP_AT_40X * 40.0)


def magnification_for_scale(scale: float, mpp: float) -> float:
    """The magnification (20 means 20x) at which a slide of this mpp is shown at this scale."""
    return scale * MPP_AT_40X * 40.0 / mpp


def tiles_covering(region: RectPx, tile_px: float) -> Iterator[tuple[int, int]]:
    """(column, row) of every cell of a grid with this pitch, anchored at 0, that touches the region."""
    if region.is_empty:
        return
    for row in range(math.floor(region.y / tile_px), math.ceil(region.bottom / tile_px)):
        for column in range(math.floor(region.x / tile_px), math.ceil(region.right / tile_px)):
            yield column, row

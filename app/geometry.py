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
        return self.slide_bounds(0.0, 0.0, *self.viewport_device)

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

    def resized(self, viewport_device: tuple[float, float]) -> ViewTransform:
        """The transform for a viewport of another size; the slide point in its middle stays there."""
        return ViewTransform(self.center, self.scale, self.rotation_deg, viewport_device)

    def rotated_to(self, rotation_deg: float) -> ViewTransform:
        """The transform turned about the viewport's middle to this angle, brought into [0, 360)."""
        # The remainder of a tiny negative angle rounds up to 360 itself.
        turned = rotation_deg % 360.0
        return ViewTransform(self.center, self.scale, 0.0 if turned == 360.0 else turned, self.viewport_device)

    def snapped(self) -> ViewTransform:
        """At quarter turns: moved by at most half a device pixel, so that the slide's origin lies on a
        whole device pixel and a level shown 1:1 is copied, not blurred. At other angles: unchanged."""
        if self.quarter_turns is None:
            return self
        x, y = self.to_device(PointPx(0.0, 0.0))
        return self.panned(round(x) - x, round(y) - y)

    @property
    def quarter_turns(self) -> int | None:
        """0-3 when the rotation is a whole number of quarter turns, else None."""
        quarter = self.rotation_deg / 90.0
        return round(quarter) % 4 if quarter == round(quarter) else None

    def affine(self) -> tuple[float, float, float, float, float, float]:
        """(a, b, c, d, tx, ty) with x_device = a x + b y + tx and y_device = c x + d y + ty."""
        cos, sin = self._cos_sin()
        a, b, c, d = self.scale * cos, -self.scale * sin, self.scale * sin, self.scale * cos
        width, height = self.viewport_device
        tx = width / 2 - (a * self.center.x + b * self.center.y)
        ty = height / 2 - (c * self.center.x + d * self.center.y)
        return a, b, c, d, tx, ty

    def device_bounds(self, rect: RectPx) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) in device pixels of the smallest upright box around a slide rectangle."""
        corners = [self.to_device(PointPx(x, y)) for x in (rect.x, rect.right) for y in (rect.y, rect.bottom)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    def slide_bounds(self, left: float, top: float, right: float, bottom: float) -> RectPx:
        """The smallest level-0 rectangle that holds a box of device pixels."""
        corners = [self.to_slide(x, y) for x in (left, right) for y in (top, bottom)]
        x0, y0 = min(p.x for p in corners), min(p.y for p in corners)
        return RectPx(x0, y0, max(p.x for p in corners) - x0, max(p.y for p in corners) - y0)

    def whole_shift_to(self, other: ViewTransform, tolerance: float = 1e-3) -> tuple[int, int] | None:
        """By how many device pixels the picture moves on the way to ``other``.

        None when scale, rotation or viewport differ, or when the way is no whole number of pixels: then
        the picture cannot be scrolled and has to be drawn anew.
        """
        if (self.scale, self.rotation_deg, self.viewport_device) != (
            other.scale,
            other.rotation_deg,
            other.viewport_device,
        ):
            return None
        width, height = self.viewport_device
        x, y = other.to_device(self.center)
        dx, dy = x - width / 2, y - height / 2
        if abs(dx - round(dx)) > tolerance or abs(dy - round(dy)) > tolerance:
            return None
        return round(dx), round(dy)

    def _cos_sin(self) -> tuple[float, float]:
        # Quarter turns are exact, so that unrotated overlays land on whole pixels.
        quarter = self.quarter_turns
        if quarter is not None:
            return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[quarter]
        angle = math.radians(self.rotation_deg)
        return math.cos(angle), math.sin(angle)


def fitting_transform(
    rect: RectPx, viewport_device: tuple[float, float], rotation_deg: float = 0.0, margin: float = 0.02
) -> ViewTransform:
    """The transform that shows the whole rectangle, centred, with this share of the viewport left free."""
    upright = ViewTransform(rect.center, 1.0, rotation_deg, viewport_device)
    left, top, right, bottom = upright.device_bounds(rect)
    width, height = viewport_device
    scale = min(width / (right - left), height / (bottom - top)) * (1.0 - margin)
    return ViewTransform(rect.center, scale, rotation_deg, viewport_device)


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

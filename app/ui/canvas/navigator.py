"""Where the view stands and how it moves: limits, magnification, fitting. No Qt."""

from __future__ import annotations

from app.geometry import (
    PointPx,
    RectPx,
    SizePx,
    ViewTransform,
    fitting_transform,
    magnification_for_scale,
    scale_for_magnification,
)

OBJECTIVES = (1.25, 2.5, 5.0, 10.0, 20.0, 40.0)
"""Magnifications that have a key each: 1.25 means 1.25x."""

MAX_SCALE = 16.0
"""Device pixels per level-0 pixel at the closest."""

MIN_SHARE_OF_FIT = 0.5
"""The slide is not shown smaller than this share of the size at which it fits, or than the first objective."""


class Navigator:
    """Holds the exact view and gives out the snapped one.

    ``transform`` lies on whole device pixels at quarter turns (see ``ViewTransform.snapped``); the exact
    view behind it keeps the anchor of a long zoom from drifting.
    """

    def __init__(self, slide_size: SizePx, mpp: float | None, viewport_device: tuple[float, float]) -> None:
        self.mpp = mpp
        self._bounds = RectPx(0.0, 0.0, float(slide_size.width), float(slide_size.height))
        self._exact = fitting_transform(self._bounds, viewport_device)
        self._fitted = True

    @property
    def transform(self) -> ViewTransform:
        return self._exact.snapped()

    @property
    def bounds(self) -> RectPx:
        """The whole slide."""
        return self._bounds

    @property
    def magnification(self) -> float | None:
        """20.0 means 20x; None when the scale of the slide is not known."""
        return None if self.mpp is None else magnification_for_scale(self._exact.scale, self.mpp)

    @property
    def viewport_center(self) -> tuple[float, float]:
        width, height = self._exact.viewport_device
        return width / 2, height / 2

    def resize(self, viewport_device: tuple[float, float]) -> None:
        """Another viewport: a fitted slide stays fitted, else the point in the middle stays."""
        self._exact = self._exact.resized(viewport_device)
        if self._fitted:
            self.fit()

    def fit(self) -> None:
        """The whole slide, at the present rotation."""
        self._exact = fitting_transform(self._bounds, self._exact.viewport_device, self._exact.rotation_deg)
        self._fitted = True

    def set_magnification(self, magnification: float, anchor: tuple[float, float] | None = None) -> None:
        """Show at e.g. 20 (x), around a device pixel. Raises ValueError when the slide's mpp is not known."""
        if self.mpp is None:
            raise ValueError("magnification needs the slide's mpp")
        self._zoom_to(scale_for_magnification(magnification, self.mpp), anchor)

    def zoom_by(self, factor: float, anchor: tuple[float, float] | None = None) -> None:
        """Larger by this factor, around a device pixel (the middle if None)."""
        self._zoom_to(self._exact.scale * factor, anchor)

    def pan(self, dx_device: int, dy_device: int) -> None:
        """Move the slide on the screen by whole device pixels."""
        self._move(self._exact.panned(dx_device, dy_device))

    def center_on(self, point: PointPx, magnification: float | None = None) -> None:
        """Bring a slide point to the middle, at a magnification if one is given and the mpp is known."""
        scale = self._exact.scale
        if magnification is not None and self.mpp is not None:
            scale = self._limited(scale_for_magnification(magnification, self.mpp))
        self._move(ViewTransform(point, scale, self._exact.rotation_deg, self._exact.viewport_device))

    def rotate_to(self, rotation_deg: float) -> None:
        """Turn about the middle of the viewport to an angle, clockwise."""
        self._exact = self._exact.rotated_to(rotation_deg)
        if self._fitted:
            self.fit()

    def rotate_by(self, degrees: float) -> None:
        self.rotate_to(self._exact.rotation_deg + degrees)

    def _zoom_to(self, scale: float, anchor: tuple[float, float] | None) -> None:
        self._move(self._exact.zoomed_at(*(anchor or self.viewport_center), self._limited(scale)))

    def _limited(self, scale: float) -> float:
        fit = fitting_transform(self._bounds, self._exact.viewport_device, self._exact.rotation_deg).scale
        lowest, highest = min(fit, 1.0) * MIN_SHARE_OF_FIT, max(MAX_SCALE, fit)
        if self.mpp is not None:
            # Every objective can be had, on however small a slide.
            lowest = min(lowest, scale_for_magnification(OBJECTIVES[0], self.mpp))
            highest = max(highest, scale_for_magnification(OBJECTIVES[-1], self.mpp))
        return min(max(scale, lowest), highest)

    def _move(self, transform: ViewTransform) -> None:
        center = transform.center
        inside = PointPx(
            min(max(center.x, self._bounds.x), self._bounds.right),
            min(max(center.y, self._bounds.y), self._bounds.bottom),
        )
        # Within the slide nothing is touched: whole-pixel pans must stay whole.
        if inside != center:
            transform = ViewTransform(inside, transform.scale, transform.rotation_deg, transform.viewport_device)
        self._exact = transform
        self._fitted = False

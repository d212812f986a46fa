"""Pictures of slide regions as QImage: thumbnails and associated images. Runs on worker threads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app.geometry import PixelRegion, RectPx

if TYPE_CHECKING:
    from app.slides.slide import RgbImage, Slide


def to_qimage(pixels: RgbImage) -> QImage:
    """A QImage that owns a copy of uint8 (H, W, 3) RGB pixels."""
    height, width = pixels.shape[:2]
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def region_image(slide: Slide, rect: RectPx, width_px: int, plane: int | None = None) -> QImage:
    """The region at about ``width_px`` pixels of width, read from the coarsest level that is fine enough.

    ``plane`` is the focal plane; None takes the middle one, as scoring does.
    """
    levels = slide.info.levels
    wanted = rect.width / width_px
    level = max((i for i, entry in enumerate(levels) if entry.downsample <= max(wanted, 1.0)), default=0)
    downsample = levels[level].downsample
    region = PixelRegion(
        math.floor(rect.x / downsample),
        math.floor(rect.y / downsample),
        max(1, round(rect.width / downsample)),
        max(1, round(rect.height / downsample)),
    )
    image = to_qimage(slide.read(region, level, slide.info.focal_planes.middle if plane is None else plane))
    return image.scaledToWidth(width_px, Qt.TransformationMode.SmoothTransformation)


def square_around(rect: RectPx, side_px: float) -> RectPx:
    """The square with the same middle."""
    middle = rect.center
    return RectPx(middle.x - side_px / 2, middle.y - side_px / 2, side_px, side_px)

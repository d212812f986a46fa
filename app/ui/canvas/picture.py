"""Pixels of the size of a viewport that are kept between repaints, and painters and regions in device pixels."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import cast

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QRegion

from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.tile_image import Bgra


class Picture:
    """Opaque pixels, or premultiplied ones on clear ground."""

    def __init__(self, width: int, height: int, *, clear: bool = False) -> None:
        self.pixels: Bgra = np.zeros((height, width, 4), np.uint8)
        self._format = QImage.Format.Format_ARGB32_Premultiplied if clear else QImage.Format.Format_RGB32

    def part(self, box: PixelBox) -> Bgra:
        return self.pixels[box.top : box.bottom, box.left : box.right]

    def scroll(self, dx: int, dy: int) -> None:
        """Move all pixels in place, by one pass over the memory; what is uncovered is undefined afterwards."""
        height, width = self.pixels.shape[:2]
        if abs(dx) >= width or abs(dy) >= height:
            return
        # In memory a move of the picture is a move of the whole block; only pixels that leave wrap around.
        way, start = 4 * (dy * width + dx), self.pixels.ctypes.data
        count = self.pixels.nbytes - abs(way)
        ctypes.memmove(start + max(0, way), start + max(0, -way), count)

    def image(self, ratio: float = 1.0) -> QImage:
        """A view of the pixels, not a copy."""
        height, width = self.pixels.shape[:2]
        image = QImage(self.pixels.data, width, height, width * 4, self._format)
        image.setDevicePixelRatio(ratio)
        return image


class DevicePainter:
    """A painter in device pixels, clipped to a region."""

    def __init__(self, image: QImage, clip: QRegion) -> None:
        self._image = image
        self._clip = clip

    def __enter__(self) -> QPainter:
        self._painter = QPainter(self._image)
        ratio = self._image.devicePixelRatioF()
        self._painter.scale(1.0 / ratio, 1.0 / ratio)
        self._painter.setClipRegion(self._clip)
        return self._painter

    def __exit__(self, *_: object) -> None:
        self._painter.end()


def region_of(box: PixelBox) -> QRegion:
    return QRegion() if box.is_empty else QRegion(box.left, box.top, box.width, box.height)


def box_of(rect: QRect) -> PixelBox:
    return PixelBox(rect.left(), rect.top(), rect.left() + rect.width(), rect.top() + rect.height())


def rects_of(region: QRegion) -> list[QRect]:
    # Iterable, though its type stub does not say so.
    return list(cast(Iterable[QRect], region))


def area_of(region: QRegion) -> int:
    return sum(rect.width() * rect.height() for rect in rects_of(region))

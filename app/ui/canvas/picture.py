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
    """Opaque pixels, or premultiplied ones on clear ground.

    They lie in a memory that is a quarter larger: mostly a scroll only moves their beginning there.
    """

    def __init__(self, width: int, height: int, *, clear: bool = False) -> None:
        self._width, self._height = width, height
        self._spare = width * (height // 4)
        self._memory = np.zeros((width * height + self._spare) * 4, np.uint8)
        self._start = 0
        self._begin_at(self._spare // 2)
        self._format = QImage.Format.Format_ARGB32_Premultiplied if clear else QImage.Format.Format_RGB32

    def part(self, box: PixelBox) -> Bgra:
        return self.pixels[box.top : box.bottom, box.left : box.right]

    def scroll(self, dx: int, dy: int) -> None:
        """Move all pixels in place; what is uncovered is undefined afterwards."""
        if abs(dx) >= self._width or abs(dy) >= self._height:
            return
        # In memory a move of the picture is a move of the whole block; only pixels that leave wrap around.
        way = dy * self._width + dx
        start = self._start - way
        if not 0 <= start <= self._spare:
            start = self._spare // 2
            at, count = self._memory.ctypes.data, self._width * self._height - abs(way)
            ctypes.memmove(at + 4 * (start + max(0, way)), at + 4 * (self._start + max(0, -way)), 4 * max(0, count))
        self._begin_at(start)

    def _begin_at(self, start: int) -> None:
        self._start = start
        count = self._width * self._height
        self.pixels: Bgra = self._memory[4 * start : 4 * (start + count)].reshape(self._height, self._width, 4)

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

"""The picture of the viewport, kept between repaints: scrolled on a pan, patched where tiles or scores came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF, QRegion

from app.geometry import PointPx, RectPx, ViewTransform
from app.ui.canvas.layer import EdgedLayer, Layer
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.tile_image import Bgra
from app.ui.canvas.tile_mosaic import TileMosaic
from app.ui.canvas.tile_painter import paint_tiles
from app.ui.canvas.unreadable_mark import mark_unreadable

FULL_SHARE = 0.6
"""When more of the viewport than this has changed, all of it is drawn anew."""

MANY_PARTS = 8
"""More parts than this are drawn as the one box around them: each part has a price of its own."""


class Frame:
    """Two pictures of the viewport, in device pixels: the tiles alone, and the tiles with the layers on them.

    Nothing here grows with the slide: both have the viewport's size, twice for scrolling.
    """

    def __init__(self, mosaic: TileMosaic) -> None:
        self.mosaic = mosaic
        self._ratio = 1.0
        self._size = (0, 0)
        self._tiles = _Picture(0, 0)
        self._layered = _Picture(0, 0)
        self._transform: ViewTransform | None = None
        self._stale_tiles = QRegion()
        self._stale_layers = QRegion()

    def resize(self, width: int, height: int, ratio: float) -> None:
        """A viewport of this many device pixels, and its device pixel ratio."""
        if (width, height, ratio) != (*self._size, self._ratio):
            self._size, self._ratio = (width, height), ratio
            self._tiles, self._layered = _Picture(width, height), _Picture(width, height)
            self._transform = None

    def touch_tiles(self, box: PixelBox | None = None) -> None:
        """The tiles in a box of device pixels have changed (None: all)."""
        self._stale_tiles += _region(self._clipped(box))

    def touch_layers(self, box: PixelBox | None = None) -> None:
        """The layers in a box of device pixels have changed (None: all)."""
        self._stale_layers += _region(self._clipped(box))

    def update(self, transform: ViewTransform, layers: Sequence[Layer]) -> None:
        """Bring both pictures up to date. All of these layers are drawn; who calls leaves out the hidden ones."""
        stale = self._scroll_to(transform) + self._stale_tiles
        if len(_rects(stale)) > MANY_PARTS:
            stale = QRegion(stale.boundingRect())
        if _area(stale) > FULL_SHARE * self._size[0] * self._size[1]:
            stale = _region(self._clipped(None))
        self._transform = transform
        for rect in _rects(stale):
            box = _box(rect)
            paint_tiles(self.mosaic, self._tiles.part(box), transform, box)
        if not stale.isEmpty():
            with _DevicePainter(self._tiles.image(), stale) as painter:
                mark_unreadable(painter, self.mosaic, transform, self._ratio)
        self._layer(transform, layers, stale + self._stale_layers)
        self._stale_tiles = QRegion()
        self._stale_layers = QRegion()

    def image(self) -> QImage:
        """The picture with layers; valid until the next ``update``."""
        return self._layered.image(self._ratio)

    def tiles_image(self) -> QImage:
        """The picture without layers; valid until the next ``update``."""
        return self._tiles.image(self._ratio)

    def _scroll_to(self, transform: ViewTransform) -> QRegion:
        """Move both pictures along with a pan; returns what is not covered by the old picture."""
        everything = _region(self._clipped(None))
        if self._transform is None:
            return everything
        shift = self._transform.whole_shift_to(transform)
        if shift is None:
            return everything
        if shift == (0, 0):
            return QRegion()
        self._stale_tiles.translate(*shift)
        self._stale_layers.translate(*shift)
        self._stale_tiles &= everything
        self._stale_layers &= everything
        self._tiles.scroll(*shift)
        self._layered.scroll(*shift)
        return everything - everything.translated(*shift)

    def _layer(self, transform: ViewTransform, layers: Sequence[Layer], stale: QRegion) -> None:
        for rect in _rects(stale):
            box = _box(rect)
            self._layered.part(box)[...] = self._tiles.part(box)
        if not layers:
            return
        image = self._layered.image(self._ratio)
        for rect in _rects(stale):
            with _DevicePainter(image, QRegion(rect)) as painter:
                visible = transform.slide_bounds(*_box(rect))
                for layer in layers:
                    self._paint_layer(painter, layer, transform, visible)

    def _paint_layer(self, painter: QPainter, layer: Layer, transform: ViewTransform, visible: RectPx) -> None:
        slide = self.mosaic.slide_rect
        on_slide = visible.intersection(slide)
        if not isinstance(layer, EdgedLayer) or not layer.stays_on_slide or on_slide == visible:
            layer.paint(painter, transform, visible)
        elif not on_slide.is_empty:
            painter.save()
            outline = QPainterPath()
            outline.addPolygon(QPolygonF([QPointF(*transform.to_device(corner)) for corner in _corners(slide)]))
            painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
            layer.paint(painter, transform, on_slide)
            painter.restore()

    def _clipped(self, box: PixelBox | None) -> PixelBox:
        everything = PixelBox(0, 0, *self._size)
        return everything if box is None else box.intersection(everything)


class _Picture:
    """Pixels and a spare copy to scroll into."""

    def __init__(self, width: int, height: int) -> None:
        self._pixels: Bgra = np.zeros((height, width, 4), np.uint8)
        self._spare: Bgra = np.zeros((height, width, 4), np.uint8)

    def part(self, box: PixelBox) -> Bgra:
        return self._pixels[box.top : box.bottom, box.left : box.right]

    def scroll(self, dx: int, dy: int) -> None:
        height, width = self._pixels.shape[:2]
        kept_width, kept_height = width - abs(dx), height - abs(dy)
        if kept_width > 0 and kept_height > 0:
            source = self._pixels[max(0, -dy) :, max(0, -dx) :][:kept_height, :kept_width]
            self._spare[max(0, dy) :, max(0, dx) :][:kept_height, :kept_width] = source
        self._pixels, self._spare = self._spare, self._pixels

    def image(self, ratio: float = 1.0) -> QImage:
        """A view of the pixels, not a copy."""
        height, width = self._pixels.shape[:2]
        image = QImage(self._pixels.data, width, height, width * 4, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        return image


class _DevicePainter:
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


def _corners(rect: RectPx) -> tuple[PointPx, ...]:
    """All around, and back to the first."""
    first = PointPx(rect.x, rect.y)
    return first, PointPx(rect.right, rect.y), PointPx(rect.right, rect.bottom), PointPx(rect.x, rect.bottom), first


def _region(box: PixelBox) -> QRegion:
    return QRegion() if box.is_empty else QRegion(box.left, box.top, box.width, box.height)


def _box(rect: QRect) -> PixelBox:
    return PixelBox(rect.left(), rect.top(), rect.left() + rect.width(), rect.top() + rect.height())


def _rects(region: QRegion) -> list[QRect]:
    # Iterable, though its type stub does not say so.
    return list(cast(Iterable[QRect], region))


def _area(region: QRegion) -> int:
    return sum(rect.width() * rect.height() for rect in _rects(region))

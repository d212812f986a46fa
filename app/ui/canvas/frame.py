"""The picture of the viewport, kept between repaints: scrolled on a pan, patched where tiles or scores came in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF, QRegion

from app.geometry import PointPx, RectPx, ViewTransform
from app.ui.canvas.kept_layers import SLICE_PX, KeptLayers
from app.ui.canvas.layer import EdgedLayer, KeptLayer, Layer
from app.ui.canvas.picture import DevicePainter, Picture, area_of, box_of, rects_of, region_of
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.tile_mosaic import TileMosaic
from app.ui.canvas.tile_painter import paint_tiles
from app.ui.canvas.unreadable_mark import mark_unreadable

FULL_SHARE = 0.6
"""When more of the viewport than this has changed, all of it is drawn anew."""

MANY_PARTS = 8
"""More parts than this are drawn as the one box around them: each part has a price of its own."""


class Frame:
    """Pictures of the viewport, in device pixels: the tiles alone, the tiles with the layers on them, and the layers
    that are kept apart because they take long (``kept``).

    Nothing here grows with the slide: all have the viewport's size.
    """

    def __init__(self, mosaic: TileMosaic, slice_px: int = SLICE_PX) -> None:
        self.mosaic = mosaic
        self.kept = KeptLayers(slice_px)
        self._ratio = 1.0
        self._size = (0, 0)
        self._tiles = Picture(0, 0)
        self._layered = Picture(0, 0)
        self._transform: ViewTransform | None = None
        self._stale_tiles = QRegion()
        self._stale_layers = QRegion()

    def resize(self, width: int, height: int, ratio: float) -> None:
        """A viewport of this many device pixels, and its device pixel ratio."""
        if (width, height, ratio) != (*self._size, self._ratio):
            self._size, self._ratio = (width, height), ratio
            self._tiles, self._layered = Picture(width, height), Picture(width, height)
            self.kept.resize(width, height, ratio)
            self._transform = None

    @property
    def transform(self) -> ViewTransform | None:
        """How the pictures are drawn now; None before they are."""
        return self._transform

    def box_on(self, rect: RectPx, view: ViewTransform) -> PixelBox:
        """Where a level-0 rectangle lies in the pictures as they are now: they may be behind the view."""
        return PixelBox.around(*(self._transform or view).device_bounds(rect), margin=1)

    def touch_tiles(self, box: PixelBox | None = None) -> None:
        """The tiles in a box of device pixels have changed (None: all)."""
        self._stale_tiles += region_of(self._clipped(box))

    def touch_layers(self, box: PixelBox | None = None, *, kept: bool = True) -> None:
        """The layers in a box of device pixels have changed (None: all); ``kept``: those that are kept apart too."""
        region = region_of(self._clipped(box))
        self._stale_layers += region
        if kept:
            self.kept.touch(region)

    def update(self, transform: ViewTransform, layers: Sequence[Layer], *, whole: bool = False) -> None:
        """Bring the pictures up to date. All of these layers are drawn; who calls leaves out the hidden ones.

        Of the kept layers some slices are painted, until ``kept.is_complete``; with ``whole`` all at once.
        """
        stale = self._scroll_to(transform) + self._stale_tiles
        if len(rects_of(stale)) > MANY_PARTS:
            stale = QRegion(stale.boundingRect())
        if area_of(stale) > FULL_SHARE * self._size[0] * self._size[1]:
            stale = region_of(self._clipped(None))
        self._transform = transform
        for rect in rects_of(stale):
            box = box_of(rect)
            paint_tiles(self.mosaic, self._tiles.part(box), transform, box)
        if not stale.isEmpty():
            with DevicePainter(self._tiles.image(), stale) as painter:
                mark_unreadable(painter, self.mosaic, transform, self._ratio)
        kept = [layer for layer in layers if isinstance(layer, KeptLayer)]
        # Kept layers without content are as good as hidden: they cost nothing.
        filled = [layer for layer in kept if layer.has_content]
        stale += self.kept.update(transform, filled, self._paint_layer, whole=whole)
        self._layer(transform, [layer for layer in layers if layer not in kept], stale + self._stale_layers)
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
        everything = region_of(self._clipped(None))
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
        if len(rects_of(stale)) > MANY_PARTS:
            stale = QRegion(stale.boundingRect())
        image = self._layered.image(self._ratio)
        for rect in rects_of(stale):
            box = box_of(rect)
            self._layered.part(box)[...] = self._tiles.part(box)
            if not layers and not self.kept.is_shown:
                continue
            with DevicePainter(image, QRegion(rect)) as painter:
                visible = transform.slide_bounds(*box)
                for layer in layers:
                    self._paint_layer(painter, layer, transform, visible)
                if self.kept.is_shown:
                    painter.drawImage(rect.topLeft(), self.kept.picture.image(), rect)

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


def _corners(rect: RectPx) -> tuple[PointPx, ...]:
    """All around, and back to the first."""
    first = PointPx(rect.x, rect.y)
    return first, PointPx(rect.right, rect.y), PointPx(rect.right, rect.bottom), PointPx(rect.x, rect.bottom), first

"""The picture of the viewport, kept between repaints: scrolled on a pan, patched where tiles or scores came in.

What takes longer than a frame is painted block by block, some with each repaint, from the middle outwards. Until a
block's turn comes it shows what it showed before: after a zoom or a turn the former picture, stretched and turned.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF, QRegion

from app.geometry import PointPx, RectPx, ViewTransform
from app.ui.canvas.blocks import blocks_of
from app.ui.canvas.kept_layers import KeptLayers
from app.ui.canvas.layer import EdgedLayer, KeptLayer, Layer
from app.ui.canvas.picture import DevicePainter, Picture, area_of, box_of, rects_of, region_of
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.stand_in import paint_coarsely, paint_stand_in
from app.ui.canvas.tile_image import Bgra
from app.ui.canvas.tile_mosaic import TileMosaic
from app.ui.canvas.tile_painter import paint_tiles
from app.ui.canvas.unreadable_mark import mark_unreadable

BLOCK_PX = 120_000
"""Device pixels that are painted at a time."""
PAINT_S = 0.005
"""No further block is begun in a repaint after this time."""
FEW_PIECES = 4
"""So many changes that are no more than a block together are painted at once, whatever the time."""
AT_ONCE_BLOCKS = 3
"""What a pan uncovers is painted at once when it is no more than this; else coarse tiles stand in at first."""


class Frame:
    """Pictures of the viewport, in device pixels: the tiles alone, the tiles with the layers on them, and the layers
    that are kept apart because they take long (``kept``).

    Nothing here grows with the slide: all have the viewport's size.
    """

    def __init__(self, mosaic: TileMosaic, block_px: int = BLOCK_PX) -> None:
        self.mosaic = mosaic
        self.kept = KeptLayers()
        self.blocks = 0
        """How many blocks have been painted so far."""
        self._block_px = block_px
        self._ratio = 1.0
        self._size = (0, 0)
        self._tiles = Picture(0, 0)
        self._layered = Picture(0, 0)
        self._transform: ViewTransform | None = None
        self._former: tuple[Bgra, ViewTransform] | None = None
        """The picture before the viewport's size changed."""
        self._stale = QRegion()
        """Where the layered picture is not as it should be: includes the two that follow."""
        self._stale_tiles = QRegion()
        self._stale_kept = QRegion()
        self._turn = QRegion()
        """The part of the stale region that is painted first: so what changes again and again starves nothing."""
        self._changed = QRegion()

    @property
    def is_complete(self) -> bool:
        """True when nothing stands in for something newer or sharper."""
        return self._transform is not None and self._stale.isEmpty()

    def shows_tiles(self, transform: ViewTransform) -> bool:
        """True when all tiles are painted as the view stands, and none from before stand in."""
        return self._transform == transform and self._stale_tiles.isEmpty()

    def resize(self, width: int, height: int, ratio: float) -> None:
        """A viewport of this many device pixels, and its device pixel ratio."""
        if (width, height, ratio) != (*self._size, self._ratio):
            if self._transform is not None:
                self._former = self._layered.pixels, self._transform
            self._size, self._ratio = (width, height), ratio
            self._tiles, self._layered = Picture(width, height), Picture(width, height)
            self.kept.resize(width, height)
            self._transform = None
            self._stale, self._stale_tiles, self._stale_kept = QRegion(), QRegion(), QRegion()
            self._turn = QRegion()

    @property
    def transform(self) -> ViewTransform | None:
        """How the pictures are drawn now; None before they are."""
        return self._transform

    def box_on(self, rect: RectPx, view: ViewTransform) -> PixelBox:
        """Where a level-0 rectangle lies in the pictures as they are now: they may be behind the view."""
        return PixelBox.around(*(self._transform or view).device_bounds(rect), margin=1)

    def touch_tiles(self, box: PixelBox | None = None) -> None:
        """The tiles in a box of device pixels have changed (None: all)."""
        region = region_of(self._clipped(box))
        self._stale_tiles = self._stale_tiles + region
        self._stale = self._stale + region

    def touch_layers(self, box: PixelBox | None = None, *, kept: bool = True) -> None:
        """The layers in a box of device pixels have changed (None: all); ``kept``: those that are kept apart too."""
        region = region_of(self._clipped(box))
        self._stale = self._stale + region
        if kept:
            self._stale_kept = self._stale_kept + region

    def update(self, transform: ViewTransform, layers: Sequence[Layer], *, whole: bool = False) -> QRegion:
        """Bring the pictures towards what they should be. All of these layers are drawn; who calls leaves out the
        hidden ones. Some blocks are painted, until ``is_complete``; with ``whole`` all at once.

        Returns where the layered picture has changed since the former call.
        """
        end = time.perf_counter() + PAINT_S
        # Kept layers without content are as good as hidden: they cost nothing.
        if self.kept.show([layer for layer in layers if isinstance(layer, KeptLayer) and layer.has_content]):
            self.touch_layers()
        bare = self._follow(transform, stand_in=not whole)
        self._transform = transform
        below = [layer for layer in layers if not isinstance(layer, KeptLayer)]
        if not layers:
            self._take_bare_tiles()
        self._paint_some(transform, below, bare, None if whole else end)
        changed, self._changed = self._changed, QRegion()
        return changed

    def image(self) -> QImage:
        """The picture with layers; valid until the next ``update``."""
        return self._layered.image(self._ratio)

    def tiles_image(self) -> QImage:
        """The picture without layers; valid until the next ``update``. Right where ``shows_tiles``."""
        return self._tiles.image(self._ratio)

    def _follow(self, transform: ViewTransform, *, stand_in: bool) -> QRegion:
        """Move the pictures along with the view; returns what is to be painted at once, since nothing stands there."""
        everything = region_of(self._clipped(None))
        shift = None if self._transform is None else self._transform.whole_shift_to(transform)
        if shift == (0, 0):
            return QRegion()
        self._changed = everything
        if shift is not None:
            bare = everything - everything.translated(*shift)
            for picture in (self._tiles, self._layered, self.kept.picture):
                picture.scroll(*shift)
            stale = (self._stale, self._stale_tiles, self._stale_kept)
            self._stale, self._stale_tiles, self._stale_kept = (
                (region.translated(*shift) & everything) + bare for region in stale
            )
            self._turn = self._turn.translated(*shift) & everything
        else:
            bare = self._stand_in(transform) if stand_in else everything
            self._former = None
            self._stale, self._stale_tiles, self._stale_kept = (QRegion(everything) for _ in range(3))
            self._turn = QRegion()
        if not stand_in or area_of(bare) <= AT_ONCE_BLOCKS * self._block_px:
            return bare
        for rect in rects_of(bare):
            paint_coarsely(self.mosaic, self._layered.pixels, transform, box_of(rect))
        return QRegion()

    def _stand_in(self, transform: ViewTransform) -> QRegion:
        """The former picture, as the view stands now, or coarse tiles; returns where nothing could be put."""
        former = self._former if self._transform is None else (self._layered.pixels, self._transform)
        if former is None:
            return region_of(self._clipped(None))
        pixels, before = former
        if pixels is self._layered.pixels:
            # Nothing in the picture of the tiles is of use any more: it gives its room.
            self._tiles, self._layered = self._layered, self._tiles
        paint_stand_in(self.mosaic, pixels, before, self._layered.pixels, transform)
        return QRegion()

    def _take_bare_tiles(self) -> None:
        """Without layers the tiles are the picture: a mere copy, made at once."""
        region = self._stale - self._stale_tiles
        for rect in rects_of(region):
            box = box_of(rect)
            self._layered.part(box)[...] = self._tiles.part(box)
        self._done(region)

    def _paint_some(self, transform: ViewTransform, layers: Sequence[Layer], bare: QRegion, end: float | None) -> None:
        """Paint what is bare, then as much of what is stale as there is time for; always one block, or some smaller
        ones when nothing is bare."""
        for rect in blocks_of(bare, self._size, self._block_px):
            self._paint_block(rect, transform, layers)
        painted_px, pieces = 0, 0
        while not self._stale.isEmpty():
            if self._turn.isEmpty():
                self._turn = QRegion(self._stale)
            for rect in blocks_of(self._turn, self._size, self._block_px):
                painted_px += rect.width() * rect.height()
                pieces += 1
                is_enough = pieces > 1 and (not bare.isEmpty() or pieces > FEW_PIECES or painted_px > self._block_px)
                if is_enough and end is not None and time.perf_counter() > end:
                    return
                self._paint_block(rect, transform, layers)

    def _paint_block(self, rect: QRect, transform: ViewTransform, layers: Sequence[Layer]) -> None:
        box, clip = box_of(rect), QRegion(rect)
        if self._stale_tiles.intersects(rect):
            paint_tiles(self.mosaic, self._tiles.part(box), transform, box)
            with DevicePainter(self._tiles.image(), clip) as painter:
                mark_unreadable(painter, self.mosaic, transform, self._ratio)
        if self.kept.is_shown and self._stale_kept.intersects(rect):
            self.kept.paint(rect, self._ratio, transform, self._paint_layer)
        out = self._layered.part(box)
        out[...] = self._tiles.part(box)
        if layers or self.kept.is_shown:
            with DevicePainter(self.image(), clip) as painter:
                visible = transform.slide_bounds(*box)
                for layer in layers:
                    self._paint_layer(painter, layer, transform, visible)
                if self.kept.is_shown:
                    painter.drawImage(rect.topLeft(), self.kept.picture.image(), rect)
        self.blocks += 1
        self._done(clip)

    def _done(self, region: QRegion) -> None:
        self._changed = self._changed + region
        self._stale = self._stale - region
        self._stale_tiles = self._stale_tiles - region
        self._stale_kept = self._stale_kept - region
        self._turn = self._turn - region

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

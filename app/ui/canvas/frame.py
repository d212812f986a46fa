"""The picture of the viewport, kept between repaints: scrolled on a pan, patched where tiles or scores came in.

What takes longer than a frame is painted block by block, some with each repaint, from the middle outwards. Until a
block's turn comes it shows what it showed before: after a zoom or a turn the former picture, stretched and turned.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF, QRegion

from app.geometry import PointPx, RectPx, ViewTransform
from app.ui.canvas.blocks import blocks_of
from app.ui.canvas.kept_layers import MARGIN_PX, KeptLayers
from app.ui.canvas.layer import EdgedLayer, KeptLayer, Layer
from app.ui.canvas.picture import DevicePainter, Picture, area_of, box_of, rects_of, region_of
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.stand_in import paint_coarsely, paint_stand_in
from app.ui.canvas.tile_image import Bgra
from app.ui.canvas.tile_mosaic import TileMosaic
from app.ui.canvas.tile_painter import paint_tiles
from app.ui.canvas.unreadable_mark import mark_unreadable

BLOCK_PX = 60_000
"""Device pixels that are painted at a time."""
PAINT_S = 0.003
"""No further block is begun in a repaint after this time."""
PATIENCE = 3
"""So many repaints in a row may have no time for any block; the next one paints one all the same."""
REST_S = 0.1
"""Narrow strips beyond the viewport are painted when it has stood still for this time."""
FEW_PIECES = 4
"""So many changes that are no more than a block together are painted at once, whatever the time, unless the kept
layers have to be painted for them."""
AT_ONCE_BLOCKS = 6
"""What a pan uncovers is painted at once when it is no more than this; else coarse tiles stand in at first."""


class Frame:
    """Pictures of the viewport, in device pixels: the tiles alone, the tiles with the layers on them, and the layers
    that are kept apart because they take long (``kept``).

    Nothing here grows with the slide: all have the viewport's size.
    """

    def __init__(self, mosaic: TileMosaic, block_px: int = BLOCK_PX, kept_margin: int = MARGIN_PX) -> None:
        self.mosaic = mosaic
        self.kept = KeptLayers(kept_margin)
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
        """Where the layered picture is not as it should be: includes what is stale of the tiles and, in the viewport,
        of the kept layers."""
        self._stale_tiles = QRegion()
        self._turn = QRegion()
        """The part of the stale region that is painted first: so what changes again and again starves nothing."""
        self._changed = QRegion()
        self._without_time = 0
        """How many repaints in a row had no time for a block."""
        self._moved_s = -math.inf

    @property
    def is_complete(self) -> bool:
        """True when nothing stands in for something newer or sharper."""
        return self._transform is not None and self._stale.isEmpty()

    @property
    def has_more_to_come(self) -> bool:
        """True when something beyond the viewport is still to be painted, once the view stands still."""
        return not self.kept.stale_around.isEmpty()

    @property
    def rests(self) -> bool:
        """True when the view has stood still for a moment."""
        return time.perf_counter() - self._moved_s > REST_S

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
            self._stale, self._stale_tiles, self._turn = QRegion(), QRegion(), QRegion()

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
        self._stale = self._stale + region_of(self._clipped(box))
        if kept:
            self.kept.touch(box)

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
        self._moved_s = time.perf_counter()
        if shift is not None:
            bare = everything - everything.translated(*shift)
            for picture in (self._tiles, self._layered):
                picture.scroll(*shift)
            self.kept.move(*shift)
            self._stale, self._stale_tiles = (
                (region.translated(*shift) & everything) + bare for region in (self._stale, self._stale_tiles)
            )
            self._turn = self._turn.translated(*shift) & everything
        else:
            bare = self._stand_in(transform) if stand_in else everything
            self._former = None
            self._stale, self._stale_tiles, self._turn = QRegion(everything), QRegion(everything), QRegion()
            self.kept.touch()
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
        """Paint what is bare, then as much of what is stale as there is time for, and last what lies beyond."""
        for rect in blocks_of(bare, self._size, self._block_px):
            self._paint_block(rect, transform, layers, kept=end is None)
        pieces = self._paint_stale(transform, layers, not bare.isEmpty(), end)
        self._without_time = 0 if pieces or self._stale.isEmpty() else self._without_time + 1
        if end is not None and self._stale.isEmpty():
            self._paint_beyond(transform, pieces, end)

    def _paint_stale(self, transform: ViewTransform, layers: Sequence[Layer], busy: bool, end: float | None) -> int:
        """Paint stale blocks and return how many: always one, or some smaller ones; none for some repaints when these
        are ``busy`` otherwise."""
        painted_px, pieces, slices = 0, 0, self.kept.slices
        while not self._stale.isEmpty():
            if self._turn.isEmpty():
                self._turn = QRegion(self._stale)
            for rect in blocks_of(self._turn, self._size, self._block_px):
                painted_px += rect.width() * rect.height()
                if busy:
                    is_enough = pieces > 0 or self._without_time < PATIENCE
                else:
                    is_much = pieces >= FEW_PIECES or painted_px > self._block_px or self.kept.slices > slices
                    is_enough = pieces > 0 and is_much
                if is_enough and end is not None and time.perf_counter() > end:
                    return pieces
                self._paint_block(rect, transform, layers)
                pieces += 1
        return pieces

    def _paint_beyond(self, transform: ViewTransform, pieces: int, end: float) -> None:
        """Paint some of the kept layers beyond the viewport: wide bands while it moves, narrow ones once it rests."""
        around = self.kept.stale_around
        if around.isEmpty():
            return
        rests = self.rests
        for rect in rects_of(around):
            for part in _cut(rect, self._block_px):
                if pieces and time.perf_counter() > end:
                    return
                if rests or min(rect.width(), rect.height()) >= self.kept.margin // 3:
                    self.kept.paint(part, self._ratio, transform, self._paint_layer)
                    pieces += 1

    def _paint_block(
        self, rect: QRect, transform: ViewTransform, layers: Sequence[Layer], *, kept: bool = True
    ) -> None:
        """Bring all pictures up to date there; without ``kept`` as far as it is without painting the kept layers."""
        box, clip = box_of(rect), QRegion(rect)
        if self._stale_tiles.intersects(rect):
            paint_tiles(self.mosaic, self._tiles.part(box), transform, box)
            with DevicePainter(self._tiles.image(), clip) as painter:
                mark_unreadable(painter, self.mosaic, transform, self._ratio)
        if kept and self.kept.is_shown and self.kept.stale.intersects(rect):
            self.kept.paint(rect, self._ratio, transform, self._paint_layer)
        out = self._layered.part(box)
        out[...] = self._tiles.part(box)
        if layers or self.kept.is_shown:
            with DevicePainter(self.image(), clip) as painter:
                visible = transform.slide_bounds(*box)
                for layer in layers:
                    self._paint_layer(painter, layer, transform, visible)
                if self.kept.is_shown:
                    self.kept.draw(painter, rect)
        self.blocks += 1
        self._done(clip)
        if self.kept.is_shown:
            self._stale = self._stale + (self.kept.stale & rect)

    def _done(self, region: QRegion) -> None:
        self._changed = self._changed + region
        self._stale = self._stale - region
        self._stale_tiles = self._stale_tiles - region
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


def _cut(rect: QRect, most_px: int) -> list[QRect]:
    """A long rectangle in pieces of at most about so many pixels."""
    count = max(1, round(rect.width() * rect.height() / most_px))
    if rect.width() >= rect.height():
        edges = [rect.width() * n // count for n in range(count + 1)]
        return [QRect(rect.left() + a, rect.top(), b - a, rect.height()) for a, b in itertools.pairwise(edges)]
    edges = [rect.height() * n // count for n in range(count + 1)]
    return [QRect(rect.left(), rect.top() + a, rect.width(), b - a) for a, b in itertools.pairwise(edges)]


def _corners(rect: RectPx) -> tuple[PointPx, ...]:
    """All around, and back to the first."""
    first = PointPx(rect.x, rect.y)
    return first, PointPx(rect.right, rect.y), PointPx(rect.right, rect.bottom), PointPx(rect.x, rect.bottom), first

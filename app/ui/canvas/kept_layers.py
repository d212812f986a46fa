"""Layers that may take longer than a frame (100,000 marks): one picture of them, kept apart from the slide's.

It moves with the view, and is stretched and turned with it as a stand-in; what is not exact is painted anew in slices,
some with each repaint, from the middle outwards. So a frame costs the same however much there is to draw, and scores
that stream in below leave it alone.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QRegion

from app.geometry import RectPx, ViewTransform
from app.ui.canvas.layer import Layer
from app.ui.canvas.picture import DevicePainter, Picture, box_of, rects_of, region_of
from app.ui.canvas.pixel_box import PixelBox

SLICE_PX = 200_000
"""Device pixels that are painted at a time."""
SLICES_S = 0.004
"""No further slice is begun in a repaint after this time."""

PaintLayer = Callable[[QPainter, Layer, ViewTransform, RectPx], None]


class KeptLayers:
    """``picture`` has the viewport's size and clear ground. ``slices`` counts the parts painted so far."""

    def __init__(self, slice_px: int = SLICE_PX) -> None:
        self.picture = Picture(0, 0, clear=True)
        self.slices = 0
        self._slice_px = slice_px
        self._ratio = 1.0
        self._layers: list[Layer] = []
        self._transform: ViewTransform | None = None
        self._stale = QRegion()

    @property
    def is_complete(self) -> bool:
        """True when nothing stands in for something sharper."""
        return self._stale.isEmpty()

    @property
    def is_shown(self) -> bool:
        return self._transform is not None

    def resize(self, width: int, height: int, ratio: float) -> None:
        if self.picture.pixels.shape[:2] != (height, width) or self._ratio != ratio:
            self.picture, self._ratio = Picture(width, height, clear=True), ratio
            self._transform = None

    def touch(self, region: QRegion) -> None:
        """The layers have changed there."""
        self._stale += region

    def update(
        self, transform: ViewTransform, layers: Sequence[Layer], paint: PaintLayer, *, whole: bool = False
    ) -> QRegion:
        """Follow the view and paint some slices, or all (``whole``); returns where the picture is another one."""
        if not layers:
            changed = self._everything() if self.is_shown else QRegion()
            self._transform, self._layers, self._stale = None, [], QRegion()
            return changed
        if self._transform is None or list(layers) != self._layers:
            self.picture.pixels[...] = 0
            self._stale = changed = self._everything()
        else:
            changed = self._follow(self._transform, transform)
        self._transform, self._layers = transform, list(layers)
        return changed + self._paint_some(transform, paint, whole=whole)

    def _everything(self) -> QRegion:
        height, width = self.picture.pixels.shape[:2]
        return region_of(PixelBox(0, 0, width, height))

    def _follow(self, former: ViewTransform, transform: ViewTransform) -> QRegion:
        shift = former.whole_shift_to(transform)
        everything = self._everything()
        if shift is None:
            self._warp(former, transform)
            self._stale = everything
            return everything
        if shift == (0, 0):
            return QRegion()
        self.picture.scroll(*shift)
        uncovered = everything - everything.translated(*shift)
        for rect in rects_of(uncovered):
            self.picture.part(box_of(rect))[...] = 0
        self._stale = (self._stale.translated(*shift) & everything) + uncovered
        return uncovered

    def _warp(self, former: ViewTransform, transform: ViewTransform) -> None:
        a, b, c, d, tx, ty = former.affine()
        before = np.array([[a, b, tx - 0.5], [c, d, ty - 0.5], [0.0, 0.0, 1.0]])
        a, b, c, d, tx, ty = transform.affine()
        after = np.array([[a, b, tx - 0.5], [c, d, ty - 0.5], [0.0, 0.0, 1.0]])
        height, width = self.picture.pixels.shape[:2]
        warped = cv2.warpAffine(
            self.picture.pixels,
            (before @ np.linalg.inv(after))[:2],
            (width, height),
            flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(0, 0, 0, 0),
        )
        self.picture.pixels[...] = warped

    def _paint_some(self, transform: ViewTransform, paint: PaintLayer, *, whole: bool) -> QRegion:
        painted = QRegion()
        end = time.perf_counter() + SLICES_S
        image = self.picture.image(self._ratio)
        for rect in self._to_paint():
            box = box_of(rect)
            self.picture.part(box)[...] = 0
            with DevicePainter(image, QRegion(rect)) as painter:
                visible = transform.slide_bounds(*box)
                for layer in self._layers:
                    paint(painter, layer, transform, visible)
            self.slices += 1
            painted += rect
            if not whole and time.perf_counter() > end:
                break
        self._stale -= painted
        return painted

    def _to_paint(self) -> list[QRect]:
        """The stale parts in bands of at most the slice's size, those nearest to the middle first."""
        bands = []
        for rect in rects_of(self._stale):
            count = math.ceil(rect.width() * rect.height() / self._slice_px)
            edges = np.linspace(0, rect.height(), min(count, rect.height()) + 1).astype(int).tolist()
            for top, bottom in itertools.pairwise(edges):
                bands.append(QRect(rect.left(), rect.top() + top, rect.width(), bottom - top))
        middle = self._everything().boundingRect().center()
        return sorted(bands, key=lambda band: (band.center() - middle).manhattanLength())

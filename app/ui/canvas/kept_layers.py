"""Layers that may take longer than a frame (100,000 marks): one picture of them, kept apart from the slide's.

It moves with a pan; elsewhere ``Frame`` has it painted block by block, some with each repaint. So scores that stream
in below leave it alone. It reaches beyond the viewport: thin strips cost what is in them many times over, so what a
pan is going to uncover is painted ahead, in bands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter, QRegion

from app.geometry import RectPx, ViewTransform
from app.ui.canvas.layer import Layer
from app.ui.canvas.picture import DevicePainter, Picture, box_of, rects_of
from app.ui.canvas.pixel_box import PixelBox

MARGIN_PX = 96
"""How far the picture reaches beyond the viewport."""

PaintLayer = Callable[[QPainter, Layer, ViewTransform, RectPx], None]


class KeptLayers:
    """A picture on clear ground, ``margin`` pixels larger than the viewport on each side; places are device pixels of
    the viewport, negative ones too. ``slices`` counts the parts painted so far."""

    def __init__(self, margin: int = MARGIN_PX) -> None:
        self.margin = margin
        self.slices = 0
        self.stale = QRegion()
        """Where the picture is not as it should be."""
        self._everywhere = QRect()
        self._picture = Picture(0, 0, clear=True)
        self._layers: list[Layer] = []

    @property
    def is_shown(self) -> bool:
        return bool(self._layers)

    @property
    def stale_around(self) -> QRegion:
        """What is stale beyond the viewport."""
        if self.stale.isEmpty() or not self.is_shown:
            return QRegion()
        margin = self.margin
        return self.stale - self._everywhere.adjusted(margin, margin, -margin, -margin)

    def show(self, layers: Sequence[Layer]) -> bool:
        """Show these layers from now on; True when they are others than before, and all is stale."""
        changed = list(layers) != self._layers
        if changed:
            self._layers = list(layers)
            self.touch()
        return changed

    def resize(self, width: int, height: int) -> None:
        """What the picture held is lost."""
        margin = self.margin
        self._everywhere = QRect(-margin, -margin, width + 2 * margin, height + 2 * margin)
        self._picture = Picture(self._everywhere.width(), self._everywhere.height(), clear=True)
        self.touch()

    def touch(self, box: PixelBox | None = None) -> None:
        """The layers have changed in a box, or anywhere."""
        part = QRect(self._everywhere) if box is None else QRect(box.left, box.top, box.width, box.height)
        self.stale = self.stale + (part & self._everywhere)

    def move(self, dx: int, dy: int) -> None:
        """Follow a pan."""
        self._picture.scroll(dx, dy)
        everywhere = QRegion(self._everywhere)
        self.stale = (self.stale.translated(dx, dy) & everywhere) + (everywhere - everywhere.translated(dx, dy))

    def paint(self, rect: QRect, ratio: float, transform: ViewTransform, paint: PaintLayer) -> None:
        """Bring a part of the picture up to date."""
        margin, box = self.margin, box_of(rect)
        held = rect.translated(margin, margin)
        self._picture.part(box_of(held))[...] = 0
        with DevicePainter(self._picture.image(ratio), QRegion(held)) as painter:
            painter.translate(margin, margin)
            visible = transform.slide_bounds(*box)
            for layer in self._layers:
                paint(painter, layer, transform, visible)
        self.stale = self.stale - rect
        self.slices += 1

    def draw(self, painter: QPainter, rect: QRect) -> None:
        """Draw a part of the picture, as far as it is up to date."""
        offset, image = QPoint(self.margin, self.margin), self._picture.image()
        for part in rects_of(QRegion(rect) - self.stale):
            painter.drawImage(part.topLeft(), image, part.translated(offset))

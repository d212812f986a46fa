"""Layers that may take longer than a frame (100,000 marks): one picture of them, kept apart from the slide's.

It moves with a pan; elsewhere ``Frame`` has it painted block by block, some with each repaint. So scores that stream
in below leave it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QRegion

from app.geometry import RectPx, ViewTransform
from app.ui.canvas.layer import Layer
from app.ui.canvas.picture import DevicePainter, Picture, box_of

PaintLayer = Callable[[QPainter, Layer, ViewTransform, RectPx], None]


class KeptLayers:
    """``picture`` has the viewport's size and clear ground. ``slices`` counts the parts painted so far."""

    def __init__(self) -> None:
        self.picture = Picture(0, 0, clear=True)
        self.slices = 0
        self._layers: list[Layer] = []

    @property
    def is_shown(self) -> bool:
        return bool(self._layers)

    def show(self, layers: Sequence[Layer]) -> bool:
        """Show these layers from now on; True when they are others than before, and all is to be painted."""
        changed = list(layers) != self._layers
        self._layers = list(layers)
        return changed

    def resize(self, width: int, height: int) -> None:
        """What the picture held is lost."""
        self.picture = Picture(width, height, clear=True)

    def paint(self, rect: QRect, ratio: float, transform: ViewTransform, paint: PaintLayer) -> None:
        """Bring a part of the picture up to date."""
        box = box_of(rect)
        self.picture.part(box)[...] = 0
        with DevicePainter(self.picture.image(ratio), QRegion(rect)) as painter:
            visible = transform.slide_bounds(*box)
            for layer in self._layers:
                paint(painter, layer, transform, visible)
        self.slices += 1

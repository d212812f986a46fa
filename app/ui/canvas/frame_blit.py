"""Puts the kept picture on the widget, and has the widget repaint what of it has changed until it is complete."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QRect, QTimer
from PySide6.QtGui import QPainter, QRegion, QTransform
from PySide6.QtWidgets import QWidget

from app.ui.canvas.frame import Frame
from app.ui.canvas.picture import rects_of


class FrameBlit(QObject):
    """Repaints only the blocks that have changed: the picture is large, and instruments lie on it."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._unshown = QRegion()
        self._goes_on = QTimer(self, singleShot=True, interval=0)
        self._goes_on.timeout.connect(self._go_on)

    def note(self, changed: QRegion) -> None:
        """The picture has changed there (device pixels)."""
        self._unshown = self._unshown + changed

    def paint(self, painter: QPainter, frame: Frame, exposed: QRegion) -> None:
        """Draw the picture within the region that is to be repainted (logical pixels of the widget)."""
        # The frame is in device pixels; at broken ratios the widget's corner may lie between two of them.
        on_device = painter.deviceTransform()
        whole = QTransform.fromTranslate(round(on_device.dx()), round(on_device.dy()))
        painter.setWorldTransform(whole * on_device.inverted()[0])
        image = frame.image()
        image.setDevicePixelRatio(1.0)
        painter.drawImage(0, 0, image)
        if (QRegion(self._widget.rect()) - exposed).isEmpty():
            self._unshown = QRegion()
        else:
            ratio = self._widget.devicePixelRatioF()
            for rect in rects_of(exposed):
                self._unshown = self._unshown - _on_device(rect, ratio)
        if not frame.is_complete or not self._unshown.isEmpty():
            self._goes_on.start()

    def _go_on(self) -> None:
        if self._unshown.isEmpty():
            # Blocks are painted in the next repaint, of however little.
            self._widget.update(QRect(self._widget.rect().center(), self._widget.rect().center()))
        else:
            ratio, box = self._widget.devicePixelRatioF(), self._unshown.boundingRect()
            left, top = math.floor(box.left() / ratio) - 1, math.floor(box.top() / ratio) - 1
            right, bottom = math.ceil((box.right() + 1) / ratio) + 1, math.ceil((box.bottom() + 1) / ratio) + 1
            self._widget.update(QRect(left, top, right - left, bottom - top))


def _on_device(rect: QRect, ratio: float) -> QRect:
    """The device pixels that a repainted rectangle covers for certain; whole logical pixels lie around it."""
    if ratio == 1.0:
        return rect
    left, top = math.ceil(rect.left() * ratio), math.ceil(rect.top() * ratio)
    right, bottom = math.floor((rect.right() + 1) * ratio), math.floor((rect.bottom() + 1) * ratio)
    return QRect(left, top, right - left, bottom - top)

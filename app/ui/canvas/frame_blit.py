"""Puts the kept picture on the widget, and has the widget repaint what of it has changed until it is complete."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QRect, QTimer
from PySide6.QtGui import QPainter, QRegion, QTransform
from PySide6.QtWidgets import QWidget

from app.ui.canvas.frame import Frame
from app.ui.canvas.picture import rects_of

REST_MS = 110
"""A little more than ``frame.REST_S``."""


class FrameBlit(QObject):
    """Repaints only the blocks that have changed: the picture is large, and instruments lie on it."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._unshown = QRegion()
        """In logical pixels of the widget, those that are touched in part too."""
        self._goes_on = QTimer(self, singleShot=True, interval=0)
        self._goes_on.timeout.connect(self._go_on)
        self._rests = QTimer(self, singleShot=True, interval=REST_MS)
        self._rests.timeout.connect(self._go_on)

    @property
    def is_done(self) -> bool:
        """True when the screen shows the picture as it is."""
        return self._unshown.isEmpty()

    def note(self, changed: QRegion) -> None:
        """The picture has changed there (device pixels)."""
        ratio = self._widget.devicePixelRatioF()
        for rect in rects_of(changed):
            self._unshown = self._unshown + _around(rect, ratio)

    def paint(self, painter: QPainter, frame: Frame, exposed: QRegion) -> None:
        """Draw the picture within the region that is to be repainted (logical pixels of the widget)."""
        # The frame is in device pixels; at broken ratios the widget's corner may lie between two of them.
        on_device = painter.deviceTransform()
        whole = QTransform.fromTranslate(round(on_device.dx()), round(on_device.dy()))
        painter.setWorldTransform(whole * on_device.inverted()[0])
        image = frame.image()
        image.setDevicePixelRatio(1.0)
        painter.drawImage(0, 0, image)
        self._unshown = (self._unshown - exposed) & self._widget.rect()
        if not frame.is_complete or not self.is_done:
            self._goes_on.start()
        elif frame.has_more_to_come:
            (self._goes_on if frame.rests else self._rests).start()

    def _go_on(self) -> None:
        middle = self._widget.rect().center()
        # Blocks are painted with the next repaint, of however little.
        self._widget.update(QRegion(QRect(middle, middle)) + self._unshown.boundingRect())


def _around(rect: QRect, ratio: float) -> QRect:
    """The logical pixels that device pixels have a part in, wherever between two of them the widget begins."""
    if ratio == 1.0:
        return rect
    left, top = math.floor(rect.left() / ratio) - 1, math.floor(rect.top() / ratio) - 1
    right, bottom = math.ceil((rect.right() + 1) / ratio) + 1, math.ceil((rect.bottom() + 1) / ratio) + 1
    return QRect(left, top, right - left, bottom - top)

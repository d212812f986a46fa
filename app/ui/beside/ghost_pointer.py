"""A cross on one slide where the pointer is on the other."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

_SIZE_PX = 21
_GAP_PX = 3.0


class GhostPointer(QWidget):
    """Lies above a slide view and lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(_SIZE_PX, _SIZE_PX)
        self.hide()

    def show_at(self, place: QPointF | None) -> None:
        """``place`` in logical pixels of the parent; None, or outside of it: nowhere."""
        area = self.parentWidget()
        if place is None or area is None or not area.rect().contains(place.toPoint()):
            self.hide()
            return
        self.move(place.toPoint() - QPoint(_SIZE_PX // 2, _SIZE_PX // 2))
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            middle, end = _SIZE_PX / 2, float(_SIZE_PX)
            for color, width in ((QColor(255, 255, 255, 220), 3.0), (QColor(20, 20, 20), 1.2)):
                painter.setPen(QPen(color, width))
                for a, b in (((0.0, middle), (middle - _GAP_PX, middle)), ((middle + _GAP_PX, middle), (end, middle))):
                    painter.drawLine(QPointF(*a), QPointF(*b))
                    painter.drawLine(QPointF(a[1], a[0]), QPointF(b[1], b[0]))

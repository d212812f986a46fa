"""Fingers on a touch screen: one moves the slide, two also change its size.

Touches are read directly: Qt 6.11's pinch gesture counts every step of the fingers twice.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QEventPoint, QInputDevice, QTouchEvent

if TYPE_CHECKING:
    from app.ui.canvas.slide_view import SlideView


class TouchInput:
    """Keeps the slide under the fingers."""

    def __init__(self, view: SlideView) -> None:
        self._view = view
        self._fingers: frozenset[int] = frozenset()
        self._middle = QPointF()
        self._apart = 0.0

    def handle(self, event: QTouchEvent) -> bool:
        """True when the touch was for the canvas. Touch pads scroll and pinch by other events."""
        if event.device().type() != QInputDevice.DeviceType.TouchScreen or not self._view.has_slide:
            return False
        fingers = [p for p in event.points() if p.state() != QEventPoint.State.Released][:2]
        if event.type() in (QEvent.Type.TouchEnd, QEvent.Type.TouchCancel) or not fingers:
            self._fingers = frozenset()
            return True
        places = [finger.position() for finger in fingers]
        middle = (places[0] + places[-1]) / 2
        apart = math.hypot(places[0].x() - places[-1].x(), places[0].y() - places[-1].y())
        same = frozenset(finger.id() for finger in fingers)
        if same == self._fingers:
            self._follow(middle, apart)
        else:
            # A finger came or went: the others go on from where they are.
            self._fingers, self._middle, self._apart = same, middle, apart
        return True

    def _follow(self, middle: QPointF, apart: float) -> None:
        if self._apart > 0.0 and apart > 0.0:
            self._view.zoom_by(apart / self._apart, self._middle)
            self._apart = apart
        way = (middle - self._middle) * self._view.devicePixelRatioF()
        dx, dy = round(way.x()), round(way.y())
        self._view.pan_device(dx, dy)
        # What rounding left over is kept for the next step.
        self._middle += QPointF(dx, dy) / self._view.devicePixelRatioF()

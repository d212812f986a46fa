"""A frame around the field that is being looked at."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.geometry import PointPx, RectPx, ViewTransform

CASING = QColor(0, 0, 0, 200)
LINE = QColor(255, 255, 255)
CASING_WIDTH_PX = 5.0
LINE_WIDTH_PX = 2.0


class MarkerLayer:
    """White frames with a dark casing: seen on any stain, in no class's colour."""

    def __init__(self) -> None:
        self.visible = True
        self._rects: tuple[RectPx, ...] = ()

    def set_rects(self, rects: Sequence[RectPx]) -> None:
        """The fields to frame, in level-0 pixels."""
        self._rects = tuple(rects)

    def paint(self, painter: QPainter, transform: ViewTransform, visible: RectPx) -> None:
        ratio = painter.device().devicePixelRatioF()
        reach = CASING_WIDTH_PX * ratio / transform.scale
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for rect in self._rects:
            if not rect.expanded(reach).intersects(visible):
                continue
            outline = QPolygonF([QPointF(*transform.to_device(corner)) for corner in _corners(rect)])
            for color, width in ((CASING, CASING_WIDTH_PX), (LINE, LINE_WIDTH_PX)):
                painter.setPen(QPen(color, width * ratio))
                painter.drawPolygon(outline)
        painter.restore()


def _corners(rect: RectPx) -> tuple[PointPx, ...]:
    return (
        PointPx(rect.x, rect.y),
        PointPx(rect.right, rect.y),
        PointPx(rect.right, rect.bottom),
        PointPx(rect.x, rect.bottom),
    )

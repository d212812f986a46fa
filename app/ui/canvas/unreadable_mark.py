"""Marks the tiles that could not be read, so that nobody takes a stand-in for the real thing.

The heatmap marks cells that could not be read with the same crosses in the same places.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPolygonF, QTransform

from app.geometry import PointPx, RectPx, ViewTransform
from app.ui.canvas import hatch
from app.ui.canvas.tile_mosaic import TileMosaic

PATTERN = "cross"
INK = QColor(150, 0, 60, 220)
LABEL_FROM_PX = 90
"""Tiles smaller than this on the screen (at ratio 1) are hatched without words."""


def mark_unreadable(painter: QPainter, mosaic: TileMosaic, transform: ViewTransform, ratio: float) -> None:
    """Hatch the failed tiles of the level on screen, within the painter's clip. Units are device pixels."""
    index = mosaic.pyramid.for_scale(transform.scale)
    for key in mosaic.failed_on(index):
        rect = mosaic.pyramid.tile_rect(key)
        corners = [PointPx(rect.x, rect.y), PointPx(rect.right, rect.y), PointPx(rect.right, rect.bottom)]
        corners.append(PointPx(rect.x, rect.bottom))
        outline = QPolygonF([QPointF(*transform.to_device(corner)) for corner in corners])
        if painter.clipBoundingRect().intersects(outline.boundingRect()):
            _hatch(painter, outline, transform, ratio)
            _label(painter, rect, transform, ratio)


def _hatch(painter: QPainter, outline: QPolygonF, transform: ViewTransform, ratio: float) -> None:
    brush = QBrush(_crosses(max(1, round(ratio))))
    # The pattern starts at the slide's origin, so that it moves with the slide.
    x, y = transform.to_device(PointPx(0.0, 0.0))
    brush.setTransform(QTransform.fromTranslate(round(x), round(y)))
    painter.setPen(QPen(INK, ratio))
    painter.setBrush(brush)
    painter.drawPolygon(outline)


@lru_cache(maxsize=4)
def _crosses(ratio: int) -> QImage:
    """One period of the pattern, its dots ``ratio`` pixels wide."""
    inked = np.kron(hatch.PATTERNS[PATTERN], np.ones((ratio, ratio), bool))
    pixels = np.where(inked, np.uint32(INK.rgba()), np.uint32(0)).astype(np.uint32)
    side = len(pixels)
    return QImage(pixels.tobytes(), side, side, 4 * side, QImage.Format.Format_ARGB32).copy()


def _label(painter: QPainter, rect: RectPx, transform: ViewTransform, ratio: float) -> None:
    side = min(rect.width, rect.height) * transform.scale
    if side < LABEL_FROM_PX * ratio:
        return
    text = QCoreApplication.translate("SlideView", "unreadable")
    font = painter.font()
    font.setPixelSize(round(12 * ratio))
    painter.setFont(font)
    x, y = transform.to_device(rect.center)
    box = QRectF(painter.fontMetrics().boundingRect(text)).adjusted(-4 * ratio, -2 * ratio, 4 * ratio, 2 * ratio)
    box.moveCenter(QPointF(round(x), round(y)))
    painter.fillRect(box, QColor(255, 255, 255, 230))
    painter.setPen(INK)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

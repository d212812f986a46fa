"""The little square in a class's colour."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from app.ui.theme import colors


def swatch_icon(color: str) -> QIcon:
    """A rounded square with a fine outline, so that pale colours show on a pale ground."""
    result = QIcon()
    for size_px in (16, 32):
        pixmap = QPixmap(size_px, size_px)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colors().muted))
        painter.setBrush(QColor(color))
        inset = size_px * 0.12 + 0.5
        painter.drawRoundedRect(QRectF(inset, inset, size_px - 2 * inset, size_px - 2 * inset), 2.5, 2.5)
        painter.end()
        result.addPixmap(pixmap)
    return result

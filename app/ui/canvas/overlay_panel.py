"""The ground that small instruments on the canvas stand on: readable over any slide, in light and dark themes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QWidget

GROUND_ALPHA = 225
RADIUS_PX = 4.0


class OverlayPanel(QWidget):
    """A child of the canvas with a rounded, nearly opaque ground in the palette's colours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        font = self.font()
        font.setPixelSize(12)
        self.setFont(font)

    def paint_ground(self, painter: QPainter) -> None:
        ground = self.palette().color(QPalette.ColorRole.Window)
        ground.setAlpha(GROUND_ALPHA)
        edge = self.palette().color(QPalette.ColorRole.WindowText)
        edge.setAlpha(60)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(edge, 1.0))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        painter.setBrush(Qt.BrushStyle.NoBrush)

"""What the canvas shows while there is no slide: an invitation."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPen
from PySide6.QtWidgets import QWidget

GLASS_PX = (230.0, 78.0)
LABEL_SHARE = 0.26


def paint_empty_state(painter: QPainter, widget: QWidget) -> None:
    """A glass slide in outline, and how to open a real one."""
    palette, translate = widget.palette(), QCoreApplication.translate
    painter.fillRect(widget.rect(), palette.color(QPalette.ColorRole.Window))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = palette.color(QPalette.ColorRole.WindowText)
    quiet = palette.color(QPalette.ColorRole.WindowText)
    quiet.setAlpha(150)
    middle = QPointF(widget.rect().center())
    _glass(painter, QPointF(middle.x(), middle.y() - 70.0), quiet)
    title, rest = QFont(widget.font()), QFont(widget.font())
    title.setPixelSize(20)
    rest.setPixelSize(14)
    line = QRectF(0.0, middle.y() - 14.0, float(widget.width()), 30.0)
    painter.setFont(title)
    painter.setPen(ink)
    painter.drawText(line, Qt.AlignmentFlag.AlignCenter, translate("EmptyState", "Drop a slide here"))
    painter.setFont(rest)
    painter.setPen(quiet)
    below = translate("EmptyState", "or press Ctrl+O to open one")
    painter.drawText(line.translated(0.0, 32.0), Qt.AlignmentFlag.AlignCenter, below)


def _glass(painter: QPainter, middle: QPointF, ink: QColor) -> None:
    width, height = GLASS_PX
    glass = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
    painter.setPen(QPen(ink, 1.5, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(glass, 5.0, 5.0)
    label = glass.left() + width * LABEL_SHARE
    painter.drawLine(QPointF(label, glass.top()), QPointF(label, glass.bottom()))
    for dx, dy, radius in ((60, 34, 9), (80, 48, 6), (76, 28, 5), (112, 40, 12), (134, 26, 6), (140, 52, 8)):
        painter.drawEllipse(QPointF(label + dx - 20, glass.top() + dy), radius, radius * 0.85)

"""Says what is special of the focal plane on screen: that it is computed, or not the one that was scored."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from app.ui.canvas.overlay_panel import OverlayPanel

PADDING_PX = (9, 5)


class PlaneBadge(OverlayPanel):
    """One or two short lines; hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Focal plane"))
        self.set_filled(False)

    def show_text(self, text: str) -> None:
        if text == self.text:
            return
        self.text = text
        self.setAccessibleDescription(text)
        self.resize(self.sizeHint())
        self.set_filled(bool(text))
        self.forget_picture()

    def sizeHint(self) -> QSize:
        lines = self.text.split("\n")
        width = max(self.fontMetrics().horizontalAdvance(line) for line in lines)
        return QSize(width + 2 * PADDING_PX[0], self.fontMetrics().height() * len(lines) + 2 * PADDING_PX[1])

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self.paint_kept(painter, self._draw)

    def _draw(self, painter: QPainter) -> None:
        self.paint_ground(painter)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        area = self.rect().adjusted(PADDING_PX[0], PADDING_PX[1], -PADDING_PX[0], -PADDING_PX[1])
        painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), self.text)

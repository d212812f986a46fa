"""What the colours and patterns on the slide mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from app.ui.canvas import hatch
from app.ui.canvas.layer import LegendSection, Ramp, Swatch
from app.ui.canvas.overlay_panel import OverlayPanel

PADDING_PX = 9
SWATCH_PX = 13
RAMP_PX = (170, 12)
LINE_GAP_PX = 4
SECTION_GAP_PX = 8
TEXT_WIDTH_PX = 230


class Legend(OverlayPanel):
    """One section per layer that is shown; hidden when there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sections: tuple[LegendSection, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Legend"))
        self.set_filled(False)

    @property
    def sections(self) -> tuple[LegendSection, ...]:
        return self._sections

    def show_sections(self, sections: Sequence[LegendSection]) -> None:
        """Replace what is explained."""
        if tuple(sections) == self._sections:
            return
        self._sections = tuple(sections)
        self.setAccessibleDescription("; ".join(_spoken(section) for section in sections))
        self.set_filled(bool(sections))
        self.resize(self.sizeHint())
        self.forget_picture()

    def sizeHint(self) -> QSize:
        image = QImage(1, 1, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.setFont(self.font())
        size = self._draw(painter)
        painter.end()
        return size

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self.paint_kept(painter, self._draw_whole)

    def _draw_whole(self, painter: QPainter) -> None:
        self.paint_ground(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._draw(painter)

    def _draw(self, painter: QPainter) -> QSize:
        """Draw from the top left corner; returns the size that was needed."""
        y, width = PADDING_PX, 0
        for number, section in enumerate(self._sections):
            y += SECTION_GAP_PX if number else 0
            y, section_width = self._draw_section(painter, section, y)
            width = max(width, section_width)
        return QSize(width + PADDING_PX, y + PADDING_PX - LINE_GAP_PX)

    def _draw_section(self, painter: QPainter, section: LegendSection, y: int) -> tuple[int, int]:
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        y, width = self._text(painter, section.title, PADDING_PX, y)
        painter.setFont(self.font())
        if section.ramp is not None:
            y = self._draw_ramp(painter, section.ramp, y)
            width = max(width, PADDING_PX + RAMP_PX[0] + 20)
        for swatch in section.swatches:
            self._draw_swatch(painter, swatch, QRect(PADDING_PX, y + 1, SWATCH_PX, SWATCH_PX))
            y, line_width = self._text(painter, swatch.text, PADDING_PX + SWATCH_PX + 7, y)
            width = max(width, line_width)
        if section.note:
            y, line_width = self._text(painter, section.note, PADDING_PX, y)
            width = max(width, line_width)
        return y, width

    def _text(self, painter: QPainter, text: str, x: int, y: int) -> tuple[int, int]:
        """Draw wrapped text; returns the next line's top and the right edge."""
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        box = painter.fontMetrics().boundingRect(QRect(x, y, TEXT_WIDTH_PX, 1000), flags, text)
        painter.drawText(box, flags, text)
        return box.bottom() + 1 + LINE_GAP_PX, box.right() + 1

    def _draw_swatch(self, painter: QPainter, swatch: Swatch, box: QRect) -> None:
        # The slide's glass is light, and so is the ground under a swatch.
        painter.fillRect(box, QColor(255, 255, 255))
        if swatch.hatch is None:
            painter.fillRect(box, swatch.color)
        else:
            painter.drawImage(box, _hatch_image(swatch.hatch, swatch.color, SWATCH_PX))
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.WindowText), 1))
        painter.drawRect(box.adjusted(0, 0, -1, -1))

    def _draw_ramp(self, painter: QPainter, ramp: Ramp, y: int) -> int:
        width, height = RAMP_PX
        box = QRect(PADDING_PX, y, width, height)
        gradient = QLinearGradient(box.topLeft(), QPoint(box.right(), box.top()))
        for n, color in enumerate(ramp.colors):
            gradient.setColorAt(n / (len(ramp.colors) - 1), color)
        painter.fillRect(box, QColor(255, 255, 255))
        painter.fillRect(box, gradient)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        line = painter.fontMetrics().height()
        for position, text in ramp.ticks:
            x = box.left() + position * (width - 1)
            painter.drawLine(round(x), box.bottom(), round(x), box.bottom() + 3)
            painter.drawText(QRectF(x - 30, box.bottom() + 3, 60, line), Qt.AlignmentFlag.AlignHCenter, text)
        return box.bottom() + 4 + line + LINE_GAP_PX


def _hatch_image(name: str, ink: QColor, side: int) -> QImage:
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    inked = hatch.ink(np.full((side, side), hatch.BITS[name], np.uint8), (0, 0), 1)
    for y, x in np.argwhere(inked).tolist():
        image.setPixelColor(x, y, ink)
    return image


def _spoken(section: LegendSection) -> str:
    parts = [section.title, *(swatch.text for swatch in section.swatches), section.note]
    return ", ".join(part for part in parts if part)

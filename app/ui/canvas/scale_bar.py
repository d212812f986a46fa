"""A bar of a round length, or the plain word that the scale is unknown."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from app.ui.canvas.overlay_panel import OverlayPanel

LONGEST_PX = 180
PADDING_PX = 9
BAR_PX = 4
TICK_PX = 10


def nice_length_um(longest_um: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not longer."""
    power = 10.0 ** math.floor(math.log10(longest_um) + 1e-9)
    return next(power * step for step in (5.0, 2.0, 1.0) if power * step <= longest_um * (1 + 1e-9))


def length_text(length_um: float) -> str:
    """The length in the unit that needs no more than three digits."""
    if length_um >= 1000.0:
        return f"{length_um / 1000.0:g} mm"
    return f"{length_um:g} \N{MICRO SIGN}m"


class ScaleBar(OverlayPanel):
    """Shows how long a round number of microns is on this screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._length_um: float | None = None
        self._bar_px = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Scale bar"))
        self.show_scale(None)

    @property
    def length_um(self) -> float | None:
        """The length that the bar stands for; None when the scale is unknown."""
        return self._length_um

    @property
    def bar_px(self) -> float:
        """The bar's length on the screen, in logical pixels."""
        return self._bar_px

    @property
    def text(self) -> str:
        return self.tr("scale unknown") if self._length_um is None else length_text(self._length_um)

    def show_scale(self, um_per_px: float | None) -> None:
        """Microns per logical pixel of the screen; None: not known."""
        if um_per_px is None:
            self._length_um, self._bar_px = None, 0.0
        else:
            self._length_um = nice_length_um(LONGEST_PX * um_per_px)
            self._bar_px = self._length_um / um_per_px
        self.setAccessibleDescription(self.text)
        self.resize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().horizontalAdvance(self.text)
        width = max(math.ceil(self._bar_px), text) + 2 * PADDING_PX
        bar = TICK_PX + 3 if self._length_um is not None else 0
        return QSize(width, self.fontMetrics().height() + bar + PADDING_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self.paint_ground(painter)
            ink = self.palette().color(QPalette.ColorRole.WindowText)
            painter.setPen(ink)
            area = QRectF(self.rect())
            if self._length_um is None:
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.text)
                return
            top = area.adjusted(0, PADDING_PX / 2, 0, 0)
            painter.drawText(top, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self.text)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            left = (area.width() - self._bar_px) / 2
            bottom = area.height() - PADDING_PX / 2 - 1
            painter.fillRect(QRectF(left, bottom - (TICK_PX + BAR_PX) / 2, self._bar_px, BAR_PX), ink)
            for x in (left, left + self._bar_px - 1.5):
                painter.fillRect(QRectF(x, bottom - TICK_PX, 1.5, TICK_PX), ink)

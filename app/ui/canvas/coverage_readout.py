"""How much of the cellular area has been seen, in three short bars under the minimap."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QToolTip, QWidget

from app.ui.canvas.coverage_layer import BANDS, TINT
from app.ui.canvas.overlay_panel import OverlayPanel

PADDING_PX = 8
ROW_PX = 17
NAME_PX = 30
VALUE_PX = 48
WIDTH_PX = 198
DARK_BAR = QColor(77, 182, 172)


class CoverageReadout(OverlayPanel):
    """A title and one row per magnification; a click on a row chooses where ``next unseen`` goes (``chosen``)."""

    chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: Mapping[float, float | None] | None = None
        self._message = ""
        self._magnification = 20.0
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Cellular area seen"))
        self.setMouseTracking(True)
        self.set_filled(False)

    def show_shares(self, shares: Mapping[float, float | None]) -> None:
        """Shares 0-1 by magnification of ``BANDS``; None where there is nothing cellular."""
        self._shares, self._message = dict(shares), ""
        self._refresh()

    def show_message(self, text: str) -> None:
        """Why there are no shares; an empty text hides the readout."""
        self._shares, self._message = None, text
        self._refresh()

    def show_choice(self, magnification: float) -> None:
        """Mark the magnification that ``next unseen`` goes to."""
        self._magnification = magnification
        self.forget_picture()

    @property
    def text(self) -> str:
        """What stands there, in one line."""
        if self._shares is None:
            return self._message
        parts = [f"{band:g}x {_percent(self._shares.get(band))}" for band in BANDS]
        return self.tr("Cellular area seen: {0}").format(", ".join(parts))

    def sizeHint(self) -> QSize:
        rows = len(BANDS) if self._shares is not None else 0
        title = self._title_height()
        return QSize(WIDTH_PX, title + rows * ROW_PX + 2 * PADDING_PX - 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self.paint_kept(painter, self._draw)

    def _draw(self, painter: QPainter) -> None:
        self.paint_ground(painter)
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(ink)
        title = QRectF(PADDING_PX, PADDING_PX - 1, WIDTH_PX - 2 * PADDING_PX, self._title_height())
        text = self._message or self.tr("Cellular area seen")
        painter.drawText(title, int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop), text)
        if self._shares is None:
            return
        for number, band in enumerate(BANDS):
            self._paint_row(painter, self._row(number), band, self._shares.get(band), ink)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        band = self._band_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and band is not None:
            self.chosen.emit(band)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            band = self._band_at(event.pos().y())
            if band is not None:
                tip = self.tr("Click: J goes to the next cellular field not yet seen at {0}x").format(f"{band:g}")
                QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def _refresh(self) -> None:
        self.setAccessibleDescription(self.text)
        self.set_filled(bool(self.text))
        self.resize(self.sizeHint())
        self.forget_picture()

    def _title_height(self) -> int:
        text = self._message or self.tr("Cellular area seen")
        room = QRectF(0, 0, WIDTH_PX - 2 * PADDING_PX, 400).toRect()
        return self.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), text).height() + 2

    def _row(self, number: int) -> QRectF:
        top = PADDING_PX + self._title_height() + number * ROW_PX
        return QRectF(PADDING_PX, top, WIDTH_PX - 2 * PADDING_PX, ROW_PX)

    def _band_at(self, y: float) -> float | None:
        if self._shares is None:
            return None
        rows = [self._row(number) for number in range(len(BANDS))]
        return next((band for band, row in zip(BANDS, rows, strict=True) if row.top() <= y < row.bottom()), None)

    def _paint_row(self, painter: QPainter, row: QRectF, band: float, share: float | None, ink: QColor) -> None:
        font = self.font()
        font.setBold(band == self._magnification)
        painter.setFont(font)
        painter.setPen(ink)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(row, middle, f"{band:g}x")
        painter.drawText(row, middle | int(Qt.AlignmentFlag.AlignRight), _percent(share))
        bar = QRectF(row.left() + NAME_PX, row.center().y() - 3, row.width() - NAME_PX - VALUE_PX, 6)
        track = QColor(ink)
        track.setAlpha(40)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(track)
        painter.drawRoundedRect(bar, 3, 3)
        if share:
            painter.setBrush(TINT if ink.lightness() < 128 else DARK_BAR)
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(3.0, bar.width() * share), 6), 3, 3)


def _percent(share: float | None) -> str:
    if share is None:
        return "\N{EN DASH}"
    # 100 % is said of all of it only.
    return f"{int(100 * share + 1e-9)} %" if share > 0.5 else f"{round(100 * share)} %"

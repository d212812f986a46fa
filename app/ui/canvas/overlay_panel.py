"""The ground that small instruments on the canvas stand on: readable over any slide, in light and dark themes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QWidget

GROUND_ALPHA = 225
RADIUS_PX = 4.0


class OverlayPanel(QWidget):
    """A child of the canvas with a rounded, nearly opaque ground in the palette's colours.

    It is shown while it has something to show (``set_filled``) and is allowed to (``set_allowed``).
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        font = self.font()
        font.setPixelSize(12)
        self.setFont(font)
        self._filled = self._allowed = True
        self._kept = QPixmap()
        self._kept_for: object = None

    def set_allowed(self, allowed: bool) -> None:
        """Whether the user wants to see this at all."""
        self._allowed = allowed
        self.setVisible(self._filled and allowed)

    def set_filled(self, filled: bool) -> None:
        """Whether there is something to show."""
        self._filled = filled
        self.setVisible(filled and self._allowed)

    def paint_kept(self, painter: QPainter, draw: Callable[[QPainter], None]) -> None:
        """Draw a picture that is made anew only after ``forget_picture``, or when size, ratio or colours changed.

        The canvas below moves with every pan, and all that lies on it is painted again.
        """
        ratio = self.devicePixelRatioF()
        kept_for = (self.size(), ratio, self.palette().cacheKey(), self.font().key())
        if self._kept.isNull() or kept_for != self._kept_for:
            self._kept = QPixmap(self.size() * ratio)
            self._kept.setDevicePixelRatio(ratio)
            self._kept.fill(Qt.GlobalColor.transparent)
            with QPainter(self._kept) as own:
                own.setFont(self.font())
                draw(own)
            self._kept_for = kept_for
        painter.drawPixmap(0, 0, self._kept)

    def forget_picture(self) -> None:
        """What the panel shows has changed."""
        self._kept = QPixmap()
        self.update()

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

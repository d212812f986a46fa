"""What is shown over the canvas while a slide is being opened: its name, a turning arc, and a way out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.ui.theme import colors

_DELAY_MS = 150
_FRAME_MS = 40


class Spinner(QWidget):
    """A turning arc; it turns only while it is visible."""

    def __init__(self, size: int = 22, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(size, size)
        self._angle = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._turn)

    def showEvent(self, event: QEvent) -> None:
        self._timer.start()

    def hideEvent(self, event: QEvent) -> None:
        self._timer.stop()

    def _turn(self) -> None:
        self._angle = (self._angle - 18) % 360
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            rect = QRectF(self.rect()).adjusted(3, 3, -3, -3)
            painter.setPen(QPen(QColor(colors().line), 2.5))
            painter.drawEllipse(rect)
            painter.setPen(QPen(QColor(colors().accent), 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawArc(rect, self._angle * 16, 100 * 16)


class OpeningOverlay(QFrame):
    """Appears after a moment, so that a quick opening does not flicker. ``cancelled`` when the user gives up."""

    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._area = parent
        self.setObjectName("openingOverlay")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._text = QLabel()
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setObjectName("cancelOpening")
        cancel.setToolTip(self.tr("Cancel opening (Esc)"))
        cancel.setShortcut("Esc")
        cancel.clicked.connect(self.cancelled)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 10, 12, 10)
        layout.setSpacing(12)
        layout.addWidget(Spinner())
        layout.addWidget(self._text)
        layout.addWidget(cancel)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_DELAY_MS)
        self._delay.timeout.connect(self._appear)
        parent.installEventFilter(self)
        self.hide()

    def begin(self, path: Path) -> None:
        self._text.setText(self.tr("Opening {0}").format(path.name))
        self._delay.start()

    def end(self) -> None:
        self._delay.stop()
        self.hide()

    def _appear(self) -> None:
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        self.adjustSize()
        area = self._area.rect()
        self.move((area.width() - self.width()) // 2, max(0, area.height() // 2 - self.height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

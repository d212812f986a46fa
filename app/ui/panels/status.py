"""The status bar: scale, position, what the student said of the tile under the pointer, and on what it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStatusBar, QWidget

from app.ui.class_names import class_name
from app.ui.sentences import in_words
from app.ui.theme import colors

if TYPE_CHECKING:
    from app.ui.pointer_readout import TileReading
    from kd.bundle import ClassInfo

_GAP = 16
_SWATCH = 9


class ProbabilityReadout(QWidget):
    """All class probabilities of one tile, always in the same places; or its state in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._classes: Sequence[ClassInfo] = ()
        self._reading: TileReading | None = None
        self.setAccessibleName(self.tr("Probabilities under the pointer"))

    def set_classes(self, classes: Sequence[ClassInfo]) -> None:
        self._classes, self._reading = classes, None
        self.update()

    def show_reading(self, reading: TileReading | None) -> None:
        if reading == self._reading:
            return
        self._reading = reading
        self.setAccessibleDescription(self.text())
        self.setToolTip(self.text())
        self.update()

    def text(self) -> str:
        """The reading in words and numbers."""
        reading = self._reading
        if reading is None:
            return ""
        if reading.state:
            return reading.state
        values = [f"{class_name(c.name)} {p:.3f}" for c, p in zip(self._classes, reading.probabilities, strict=True)]
        return "  ".join(values + ([flags] if (flags := self._flags(reading)) else []))

    def sizeHint(self) -> QSize:
        return QSize(400, self.fontMetrics().height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        reading = self._reading
        if reading is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            c = colors()
            if reading.state:
                painter.setPen(QColor(c.muted))
                painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), reading.state)
                return
            top = max(reading.probabilities)
            x, names = 0.0, self._names_that_fit(reading)
            for info, name, value in zip(self._classes, names, reading.probabilities, strict=True):
                x = self._paint_class(painter, x, info, name, value, value == top)
            painter.setPen(QColor(c.text))
            painter.drawText(QRectF(x, 0, 400, self.height()), int(Qt.AlignmentFlag.AlignVCenter), self._flags(reading))

    def _flags(self, reading: TileReading) -> str:
        flags = [self.tr("uncertain")] if reading.uncertain else []
        if reading.out_of_domain:
            flags.append(self.tr("unlike the training data"))
        return ", ".join(flags)

    def _paint_class(
        self, painter: QPainter, x: float, info: ClassInfo, name: str, value: float, strongest: bool
    ) -> float:
        c = colors()
        painter.setPen(QColor(c.muted))
        painter.setBrush(QColor(info.color))
        middle = self.height() / 2
        painter.drawRoundedRect(QRectF(x + 0.5, middle - _SWATCH / 2 + 0.5, _SWATCH - 1, _SWATCH - 1), 2, 2)
        x += _SWATCH + 5
        text = f"{name} {value:.2f}" if name else f"{value:.2f}"
        painter.setPen(QColor(c.text if strongest else c.muted))
        width = self.fontMetrics().horizontalAdvance(text)
        painter.drawText(QRectF(x, 0, width + 4, self.height()), int(Qt.AlignmentFlag.AlignVCenter), text)
        return x + width + _GAP

    def _names_that_fit(self, reading: TileReading) -> list[str]:
        """Full class names where there is room; shortened, or left to the swatch, where there is none."""
        metrics = self.fontMetrics()
        fixed = len(self._classes) * (_SWATCH + 5 + _GAP + metrics.horizontalAdvance(" 0.00"))
        room = self.width() - fixed - metrics.horizontalAdvance(self._flags(reading))
        names = [class_name(c.name) for c in self._classes]
        needed = sum(metrics.horizontalAdvance(n) for n in names)
        if needed <= room:
            return names
        each = int(room / max(1, len(names)))
        if each < metrics.averageCharWidth() * 4:
            return [""] * len(names)
        return [metrics.elidedText(n, Qt.TextElideMode.ElideRight, each) for n in names]


class StatusBar(QStatusBar):
    """Scale and position at the left, probabilities in the middle, model and device at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.scale = self._label(self.tr("Magnification and scale"), "40x  ·  0.2500 µm/px  ·  180°")
        self.position = self._label(self.tr("Position under the pointer"), "99,999, 99,999 µm  (999,999, 99,999 px)")
        self.probabilities = ProbabilityReadout()
        self.model = self._label(self.tr("Model and device"), "")
        self.addWidget(self.scale)
        self.addWidget(self.position)
        self.addWidget(self.probabilities, 1)
        self.addPermanentWidget(self.model)
        self.setContentsMargins(8, 0, 8, 0)

    def showMessage(self, message: str, timeout: int | None = 0) -> None:
        """What rooms without Qt say comes here too, in English."""
        super().showMessage(in_words(message), timeout or 0)

    def _label(self, name: str, widest: str) -> QLabel:
        label = QLabel()
        label.setAccessibleName(name)
        # A fixed room, so that nothing jumps while the pointer moves.
        label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest) if widest else 0)
        return label

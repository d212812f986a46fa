"""Small pieces that the panels share: headings, muted lines, rules, sliders with a value."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLayout, QScrollArea, QSizePolicy, QSlider, QWidget

_WIDEST_COLUMN_PX = 392


def heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    label.setWordWrap(True)
    return label


def muted_label(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    return label


def rule() -> QFrame:
    line = QFrame()
    line.setProperty("role", "rule")
    line.setFrameShape(QFrame.Shape.NoFrame)
    line.setFixedHeight(1)
    return line


def empty(layout: QLayout) -> None:
    """Remove all widgets of a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class _Column(QScrollArea):
    """Scrolls up and down only, so it may not become narrower than what it holds (up to a limit)."""

    def minimumSizeHint(self) -> QSize:
        widget = self.widget()
        content = (widget.minimumSizeHint().width() if widget else 0) + self.verticalScrollBar().sizeHint().width()
        return QSize(min(content, _WIDEST_COLUMN_PX), super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def scrolled(widget: QWidget) -> QScrollArea:
    """The widget in a vertical scroll area, for panels that may be taller than their dock."""
    area = _Column()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    return area


class PercentSlider(QSlider):
    """A slider from 0 to 100 whose value stands beside it."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, 100)
        self.setPageStep(10)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.name_label = QLabel(name)
        self.name_label.setBuddy(self)
        self.value_label = QLabel()
        self.value_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.value_label.setMinimumWidth(self.value_label.fontMetrics().horizontalAdvance("100 %"))
        self.valueChanged.connect(lambda value: self.value_label.setText(f"{value} %"))
        self.value_label.setText("0 %")

    def add_to(self, grid: QGridLayout, row: int) -> None:
        grid.addWidget(self.name_label, row, 0)
        grid.addWidget(self, row, 1)
        grid.addWidget(self.value_label, row, 2)

    def on_share(self, slot: Callable[[float], None]) -> None:
        """Call ``slot`` with the value as a share of 1."""
        self.valueChanged.connect(lambda value: slot(value / 100))

    def set_share(self, share: float) -> None:
        self.setValue(round(share * 100))

"""The small field in which the cells of a group are counted: digits, then Enter. The slide stays usable."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRegularExpression, Qt, Signal
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

_MARGIN_PX = 8


class CountField(QFrame):
    """Lies on the canvas beside the group. ``entered`` carries the number; Esc, or Enter on nothing, gives it up."""

    entered = Signal(int)
    given_up = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setObjectName("countField")
        label = QLabel(self.tr("Cells in this group"))
        self.edit = QLineEdit()
        self.edit.setObjectName("countEdit")
        self.edit.setAccessibleName(self.tr("Number of cells in this group"))
        self.edit.setToolTip(self.tr("Type the number and press Enter; Esc gives up"))
        self.edit.setValidator(QRegularExpressionValidator(QRegularExpression("[1-9][0-9]{0,3}"), self))
        self.edit.setFixedWidth(self.edit.fontMetrics().horizontalAdvance("000000") + 20)
        hint = QLabel(self.tr("Enter"))
        hint.setProperty("role", "muted")
        label.setBuddy(self.edit)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        for widget in (label, self.edit, hint):
            layout.addWidget(widget)
        self.hide()

    def ask(self, at: QPoint, cells: int | None = None) -> None:
        """Show it near a point of the canvas (logical pixels), with the number so far."""
        self.edit.setText("" if cells is None else str(cells))
        self.edit.selectAll()
        self.adjustSize()
        x = min(max(_MARGIN_PX, at.x() + 14), max(_MARGIN_PX, self._canvas.width() - self.width() - _MARGIN_PX))
        y = min(max(_MARGIN_PX, at.y() + 12), max(_MARGIN_PX, self._canvas.height() - self.height() - _MARGIN_PX))
        self.move(x, y)
        self.show()
        self.raise_()
        self.edit.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            self.given_up.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            text = self.edit.text()
            self._leave()
            if text:
                self.entered.emit(int(text))
            else:
                self.given_up.emit()
        else:
            # Other keys are not for the canvas below while a number is being typed.
            event.accept()

    def _leave(self) -> None:
        self.hide()
        self._canvas.setFocus()

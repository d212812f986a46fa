"""A panel that can give way to a short explanation: the model's findings in the mode "human first"."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedLayout, QWidget


class Concealed(QWidget):
    """Shows ``panel``, or, while it is concealed, a sentence in its place. The panel itself stays as it is."""

    def __init__(self, panel: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = panel
        self._sentence = QLabel()
        self._sentence.setWordWrap(True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setProperty("role", "muted")
        self._sentence.setContentsMargins(16, 16, 16, 16)
        self._layout = QStackedLayout(self)
        self._layout.addWidget(panel)
        self._layout.addWidget(self._sentence)

    @property
    def is_concealed(self) -> bool:
        return self._layout.currentIndex() == 1

    def conceal(self, hidden: bool, sentence: str) -> None:
        self._sentence.setText(sentence)
        self._layout.setCurrentIndex(1 if hidden else 0)

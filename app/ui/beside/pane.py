"""The second slide with its title and its own few buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.ui.canvas.slide_view import SlideView
from app.ui.center import TITLE_PX


class BesidePane(QWidget):
    """``buttons`` are the actions of its title bar, in their order."""

    def __init__(self, buttons: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("besidePane")
        self.view = SlideView()
        self.view.setAccessibleName(self.tr("Second slide"))
        self._text = ""
        self._title = QLabel()
        self._title.setObjectName("besideTitle")
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._hint = QLabel(self.view)
        self._hint.setObjectName("besideHint")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._hint.hide()
        bar = QWidget()
        bar.setFixedHeight(TITLE_PX)
        head = QHBoxLayout(bar)
        head.setContentsMargins(10, 2, 4, 2)
        head.setSpacing(2)
        head.addWidget(self._title, 1)
        for action in buttons:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            button.setAccessibleName(action.toolTip())
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.view, 1)

    def show_title(self, text: str, tip: str) -> None:
        self._text = text
        self._title.setToolTip(tip)
        self._elide()

    def show_hint(self, text: str) -> None:
        """What the user is asked to do; empty: nothing."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
        self._place_hint()

    def _place_hint(self) -> None:
        """Over the slide, so that both views keep one size."""
        self._hint.setFixedWidth(self.view.width())
        self._hint.adjustSize()
        self._hint.raise_()

    def _elide(self) -> None:
        metrics = QFontMetrics(self._title.font())
        self._title.setText(metrics.elidedText(self._text, Qt.TextElideMode.ElideMiddle, max(40, self._title.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()
        self._place_hint()

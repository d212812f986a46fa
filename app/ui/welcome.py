"""What stands in place of the slide while none is open: how to open one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.icons import app_icon
from app.ui.panels.layout import empty, heading, muted_label

_SHOWN_RECENT = 5


class WelcomePage(QWidget):
    """Open button, demo slide, recent files. ``chosen`` carries a path, ``demoRequested`` nothing."""

    chosen = Signal(object)
    demoRequested = Signal()

    def __init__(self, open_action: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(88, 88))
        title = heading(self.tr("Open a slide"))
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        title.setFont(font)
        hint = muted_label(
            self.tr("Drop a file here, or press Ctrl+O. SVS, NDPI, MRXS, SCN, BIF, VMS, CZI, DICOM, TIFF, JPEG, PNG.")
        )
        hint.setMinimumWidth(420)
        open_button = QPushButton(self.tr("&Open slide..."))
        open_button.setProperty("primary", True)
        open_button.clicked.connect(open_action.trigger)
        demo = QPushButton(self.tr("Open the &demo slide"))
        demo.clicked.connect(self.demoRequested)
        buttons = QHBoxLayout()
        buttons.addWidget(open_button)
        buttons.addWidget(demo)
        buttons.addStretch(1)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        words = QVBoxLayout()
        words.setSpacing(10)
        words.addWidget(title)
        words.addWidget(hint)
        words.addLayout(buttons)
        words.addSpacing(8)
        words.addLayout(self._recent)
        middle = QHBoxLayout()
        middle.setSpacing(28)
        middle.addStretch(1)
        middle.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        middle.addLayout(words)
        middle.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addLayout(middle)
        layout.addStretch(3)

    def show_recent(self, paths: Sequence[str]) -> None:
        empty(self._recent)
        if paths:
            self._recent.addWidget(muted_label(self.tr("Recent")))
        for path in paths[:_SHOWN_RECENT]:
            button = QPushButton(Path(path).name)
            button.setProperty("flat", True)
            button.setToolTip(path)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _checked=False, path=path: self.chosen.emit(Path(path)))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

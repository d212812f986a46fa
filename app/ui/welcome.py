"""What stands in place of the slide while none is open: where to begin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.icons import app_icon, icon
from app.ui.panels.layout import empty, heading, muted_label

_SHOWN_RECENT = 5


class WelcomePage(QWidget):
    """Open a slide or a folder, demo slide, the first steps, recent files. ``chosen`` carries a path,
    ``demoRequested`` nothing."""

    chosen = Signal(object)
    demoRequested = Signal()

    def __init__(self, open_action: QAction, folder_action: QAction, parent: QWidget | None = None) -> None:
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
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        words = QVBoxLayout()
        words.setSpacing(10)
        words.addWidget(title)
        words.addWidget(hint)
        words.addLayout(self._buttons(open_action, folder_action))
        words.addSpacing(8)
        words.addWidget(muted_label(self.tr("The way through a case")))
        words.addLayout(self._steps())
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

    def _buttons(self, open_action: QAction, folder_action: QAction) -> QHBoxLayout:
        open_button = QPushButton(self.tr("&Open slide..."))
        open_button.setProperty("primary", True)
        open_button.setToolTip(open_action.toolTip())
        open_button.clicked.connect(open_action.trigger)
        folder = QPushButton(icon("folder"), self.tr("Open &folder..."))
        folder.setToolTip(folder_action.toolTip())
        folder.clicked.connect(folder_action.trigger)
        demo = QPushButton(self.tr("Open the &demo slide"))
        demo.setToolTip(self.tr("A phantom: synthetic cells, to try everything without a patient's slide"))
        demo.clicked.connect(self.demoRequested)
        buttons = QHBoxLayout()
        for button in (open_button, folder, demo):
            buttons.addWidget(button)
        buttons.addStretch(1)
        return buttons

    def _steps(self) -> QGridLayout:
        """The keys of a whole case, in the order of the work."""
        steps = (
            (self.tr("Space"), self.tr("next suspicious field; C confirms it, X dismisses it, D dots it")),
            ("1 - 6", self.tr("magnification from 1.25x to 40x; F fits the slide")),
            ("J", self.tr("next field with cells that was not looked at yet")),
            ("G", self.tr("count a group of follicular cells")),
            ("Ctrl+1 - 6", self.tr("choose the Bethesda category; then sign and print the report")),
            ("?", self.tr("all keys")),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for row, (key, text) in enumerate(steps):
            cap = QLabel(key)
            cap.setProperty("role", "key")
            cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(cap, row, 0)
            grid.addWidget(QLabel(text), row, 1)
        return grid

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

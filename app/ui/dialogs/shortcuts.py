"""The sheet of all keys, which can be searched."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.ui.actions import Actions, plain_text
from app.ui.panels.layout import heading, scrolled

_MOST_COLUMNS = 3
_COLUMN_LETTERS = 62
_SCREEN_SHARE = 0.92
_Row = tuple[QLabel, QLabel]


class ShortcutsDialog(QDialog):
    """Keys by group, in columns; what mouse and canvas do stands beside them. Typing narrows the sheet."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcutsDialog")
        self.setWindowTitle(self.tr("Keyboard and mouse"))
        self._rows: list[tuple[QLabel, list[_Row]]] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search: what, or which key"))
        self.search.setAccessibleName(self.tr("Search the shortcuts"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._narrow)
        self._nothing = QLabel(self.tr("Nothing here is called so."))
        self._nothing.setProperty("role", "muted")
        self._nothing.hide()
        sheet = QWidget()
        columns = QHBoxLayout(sheet)
        columns.setContentsMargins(14, 12, 14, 4)
        columns.setSpacing(36)
        groups = self._groups(actions)
        # A column is about so wide; on a small screen the sheet becomes longer, not cut off.
        room = self.screen().availableGeometry().width() * _SCREEN_SHARE / self.fontMetrics().averageCharWidth()
        count = min(_MOST_COLUMNS, max(1, int(room / _COLUMN_LETTERS)))
        for names in _split({name: len(rows) + 2 for name, rows in groups.items()}, count):
            columns.addLayout(self._column([(name, groups[name]) for name in names]), 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        area = scrolled(sheet)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 14)
        layout.setSpacing(14)
        layout.addWidget(self.search)
        layout.addWidget(self._nothing)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        self._fit(sheet)

    def _fit(self, sheet: QWidget) -> None:
        """As large as the sheet, but within the screen."""
        screen, wanted = self.screen().availableGeometry(), sheet.sizeHint()
        width, height = wanted.width() + 80, wanted.height() + 160
        self.resize(min(width, round(_SCREEN_SHARE * screen.width())), min(height, round(0.88 * screen.height())))

    def _groups(self, actions: Actions) -> dict[str, list[tuple[str, str]]]:
        groups: dict[str, list[tuple[str, str]]] = {}
        for spec, action in actions:
            keys = [k.toString(QKeySequence.SequenceFormat.NativeText) for k in action.shortcuts()]
            if keys:
                groups.setdefault(spec.group, []).append((plain_text(action.text()), "  ".join(keys)))
        magnifications = [
            (self.tr("Magnification {0}").format(action.text()), action.shortcut().toString())
            for action in actions.magnifications.values()
        ]
        groups[self.tr("Magnification")] = magnifications
        groups[self.tr("Moving over the slide")] = [
            (self.tr("Move"), self.tr("drag, or arrow keys")),
            (self.tr("Move by almost a whole view"), self.tr("Shift+arrow keys")),
            (self.tr("Zoom to the pointer"), self.tr("wheel, pinch")),
            (self.tr("Zoom in here"), self.tr("double-click")),
            (self.tr("Zoom out here"), self.tr("Shift+double-click")),
            (self.tr("Turn"), self.tr("Ctrl and drag")),
            (self.tr("Focal plane"), self.tr("Shift+wheel")),
            (self.tr("Slide without overlays"), self.tr("hold H")),
            (self.tr("Move while a tool is chosen"), self.tr("hold Space and drag")),
        ]
        groups[self.tr("Lists")] = [
            (self.tr("Open the slide of the worklist"), self.tr("Enter, double-click")),
            (self.tr("Back to the slide from a panel"), self.tr("Esc")),
            (self.tr("From one panel to the next"), self.tr("Tab")),
        ]
        return groups

    def _column(self, groups: list[tuple[str, list[tuple[str, str]]]]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        for name, rows in groups:
            title = heading(name)
            column.addWidget(title)
            grid = QGridLayout()
            grid.setHorizontalSpacing(24)
            grid.setVerticalSpacing(4)
            labels = [_row(grid, number, text, keys) for number, (text, keys) in enumerate(rows)]
            self._rows.append((title, labels))
            column.addLayout(grid)
            column.addSpacing(10)
        column.addStretch(1)
        return column

    def _narrow(self, wanted: str) -> None:
        """Only the rows that hold every word typed, in what they do or in their keys."""
        words, any_left = wanted.casefold().split(), False
        for title, rows in self._rows:
            left = 0
            for text, keys in rows:
                held = f"{title.text()} {text.text()} {keys.text()}".casefold()
                shown = all(word in held for word in words)
                text.setVisible(shown)
                keys.setVisible(shown)
                left += shown
            title.setVisible(left > 0)
            any_left |= left > 0
        self._nothing.setVisible(not any_left)


def _row(grid: QGridLayout, number: int, text: str, keys: str) -> _Row:
    name, key = QLabel(text), QLabel(keys)
    key.setProperty("role", "muted")
    key.setAlignment(Qt.AlignmentFlag.AlignRight)
    grid.addWidget(name, number, 0)
    grid.addWidget(key, number, 1)
    return name, key


def _split(heights: dict[str, int], count: int) -> list[list[str]]:
    """The groups in their order, in columns of about the same height."""
    share, used = sum(heights.values()) / count, 0.0
    columns: list[list[str]] = [[] for _ in range(count)]
    for name, height in heights.items():
        columns[min(count - 1, int((used + height / 2) / share))].append(name)
        used += height
    return columns

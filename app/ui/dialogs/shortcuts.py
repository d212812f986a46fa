"""The sheet of all keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.actions import Actions, plain_text
from app.ui.panels.layout import heading


class ShortcutsDialog(QDialog):
    """Keys by group, in two columns; what mouse and canvas do stands beside them."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcutsDialog")
        self.setWindowTitle(self.tr("Keyboard and mouse"))
        groups = self._groups(actions)
        columns = QHBoxLayout()
        columns.setSpacing(36)
        for names in self._split({name: len(rows) + 2 for name, rows in groups.items()}):
            columns.addLayout(self._column([(name, groups[name]) for name in names]), 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 14)
        layout.setSpacing(16)
        layout.addLayout(columns)
        layout.addWidget(buttons)

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
            (self.tr("Slide without overlays"), self.tr("hold H")),
        ]
        return groups

    @staticmethod
    def _split(heights: dict[str, int]) -> tuple[list[str], list[str]]:
        """The groups in their order, in two columns of about the same height."""
        names, half, used = list(heights), sum(heights.values()) / 2, 0
        for place, name in enumerate(names):
            if used + heights[name] / 2 > half:
                return names[:place], names[place:]
            used += heights[name]
        return names, []

    def _column(self, groups: list[tuple[str, list[tuple[str, str]]]]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        for name, rows in groups:
            column.addWidget(heading(name))
            grid = QGridLayout()
            grid.setHorizontalSpacing(24)
            grid.setVerticalSpacing(4)
            for row, (text, keys) in enumerate(rows):
                key = QLabel(keys)
                key.setProperty("role", "muted")
                key.setAlignment(Qt.AlignmentFlag.AlignRight)
                grid.addWidget(QLabel(text), row, 0)
                grid.addWidget(key, row, 1)
            column.addLayout(grid)
            column.addSpacing(10)
        column.addStretch(1)
        return column

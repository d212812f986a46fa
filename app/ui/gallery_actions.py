"""The gallery's keys and its context menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QTableView, QTreeView, QWidget

from app.records.specimen import Verdict

if TYPE_CHECKING:
    from app.ui.findings import Findings
    from app.ui.main_window import MainWindow

_SPACE = QKeySequence("Space")
_OWN_SPACE = (QAbstractButton, QComboBox, QTableView, QTreeView)
"""Widgets that Space presses, opens or ticks: where one has the focus, the key is theirs."""


class GalleryActions(QObject):
    """Connects the actions that concern the current field."""

    def __init__(self, window: MainWindow, findings: Findings) -> None:
        super().__init__(findings)
        self._actions, self._findings = window.actions_, findings
        for name, verdict in (
            ("confirm_field", Verdict.CONFIRMED),
            ("dismiss_field", Verdict.DISMISSED),
            ("dot_field", Verdict.DOTTED),
        ):
            self._actions[name].triggered.connect(lambda _checked=False, v=verdict: findings.decide(v))
        names = ("confirm_field", "dismiss_field", "dot_field", "", "second_opinion", "second_opinions")
        panel = window.docks.fields
        panel.context_actions = [self._actions[name] if name else None for name in names]
        self._keys = self._actions["next_field"].shortcuts()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._share_space)

    def _share_space(self, _old: QWidget | None, new: QWidget | None) -> None:
        keys = [key for key in self._keys if key != _SPACE] if isinstance(new, _OWN_SPACE) else self._keys
        if self._actions["next_field"].shortcuts() != keys:
            self._actions["next_field"].setShortcuts(keys)

"""Undo and redo of everything that is kept in the case; the menu says what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from app.ui.actions import Actions
    from app.ui.case_link import CaseLink


class CaseUndo(QObject):
    """Wires the actions ``undo`` and ``redo`` to the open case."""

    def __init__(self, case: CaseLink, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._case = case
        self._undo, self._redo = actions["undo"], actions["redo"]
        self._undo.triggered.connect(case.undo)
        self._redo.triggered.connect(case.redo)
        for signal in (case.opened, case.changed, case.closed):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Say what would be undone and redone now."""
        store = self._case.store
        undo, redo = store.next_steps if store is not None and not store.read_only else (None, None)
        for action, step, plain, named in (
            (self._undo, undo, self.tr("&Undo"), self.tr("&Undo {0}")),
            (self._redo, redo, self.tr("&Redo"), self.tr("&Redo {0}")),
        ):
            action.setEnabled(step is not None)
            action.setText(plain if not step else named.format(step.replace("&", "&&")))

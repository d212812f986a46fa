"""The checklist of nuclear features: each present, absent or not assessed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.records.bethesda import CHECKLIST
from app.ui.panels.layout import muted_label
from app.ui.sheet.choice_list import ChoiceList

_PLUS = (Qt.Key.Key_Plus, Qt.Key.Key_Equal)
_CLEAR = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_KEYS = frozenset(int(key) for key in (*_PLUS, Qt.Key.Key_Minus, *_CLEAR))
_NEXT = {None: True, True: False, False: None}
_MARKS = {None: "open", True: "yes", False: "no"}
_NAMES = (
    QT_TRANSLATE_NOOP("Checklist", "Nuclear enlargement"),
    QT_TRANSLATE_NOOP("Checklist", "Oval nuclei, irregular contour"),
    QT_TRANSLATE_NOOP("Checklist", "Crowding and overlap"),
    QT_TRANSLATE_NOOP("Checklist", "Pale, powdery chromatin"),
    QT_TRANSLATE_NOOP("Checklist", "Marginal micronucleoli"),
    QT_TRANSLATE_NOOP("Checklist", "Nuclear grooves"),
    QT_TRANSLATE_NOOP("Checklist", "Intranuclear pseudoinclusions"),
    QT_TRANSLATE_NOOP("Checklist", "Papillae or syncytial sheets"),
    QT_TRANSLATE_NOOP("Checklist", "Psammoma bodies"),
    QT_TRANSLATE_NOOP("Checklist", "Ropy colloid"),
    QT_TRANSLATE_NOOP("Checklist", "Multinucleated giant cells"),
)
"""For the translators; what is shown comes from ``CHECKLIST``."""


def feature_name(key: str) -> str:
    """A feature's name in the user's language."""
    return QCoreApplication.translate("Checklist", CHECKLIST[key])


class ChecklistBox(QWidget):
    """``changed`` carries the whole checklist and the key of the feature that was changed."""

    changed = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: dict[str, bool] = {}
        self.list = ChoiceList(_KEYS)
        self.list.setAccessibleName(self.tr("Nuclear features"))
        self.list.setToolTip(
            self.tr("Space: present, absent, not assessed in turn. + present, - absent, Delete not assessed.")
        )
        self.list.set_rows([(feature_name(key), "") for key in CHECKLIST])
        self.list.picked.connect(lambda row: self._set(row, _NEXT[self._value(row)]))
        self.list.keyed.connect(self._take_key)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.list)
        layout.addWidget(muted_label(self.tr("Space changes, + present, - absent, Delete not assessed")))
        self.show_values({})

    def show_values(self, values: Mapping[str, bool]) -> None:
        self._values = dict(values)
        for row, key in enumerate(CHECKLIST):
            value = self._values.get(key)
            said = {True: self.tr("present"), False: self.tr("absent"), None: self.tr("not assessed")}[value]
            self.list.set_mark(row, _MARKS[value], f"{feature_name(key)}: {said}")
            self.list.item(row).setData(Qt.ItemDataRole.UserRole + 2, said if value is not None else "")

    def _value(self, row: int) -> bool | None:
        return self._values.get(list(CHECKLIST)[row])

    def _take_key(self, row: int, key: int) -> None:
        self._set(row, True if key in _PLUS else False if key == Qt.Key.Key_Minus else None)

    def _set(self, row: int, value: bool | None) -> None:
        key = list(CHECKLIST)[row]
        values = {name: kept for name, kept in self._values.items() if name != key}
        if value is not None:
            values[key] = value
        if values != self._values:
            self.show_values(values)
            self.changed.emit(values, key)

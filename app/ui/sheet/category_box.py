"""The Bethesda category, chosen by the human, each with its published risk of malignancy."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.records.bethesda import CATEGORIES, SOURCE_DOI, BethesdaCategory
from app.ui.panels.layout import muted_label
from app.ui.sheet.choice_list import ChoiceList

_DIGITS = tuple(int(Qt.Key.Key_1) + number for number in range(len(CATEGORIES)))
_CLEAR = (int(Qt.Key.Key_Delete), int(Qt.Key.Key_Backspace))
_NAMES = (
    QT_TRANSLATE_NOOP("Bethesda", "Nondiagnostic"),
    QT_TRANSLATE_NOOP("Bethesda", "Benign"),
    QT_TRANSLATE_NOOP("Bethesda", "Atypia of undetermined significance"),
    QT_TRANSLATE_NOOP("Bethesda", "Follicular neoplasm"),
    QT_TRANSLATE_NOOP("Bethesda", "Suspicious for malignancy"),
    QT_TRANSLATE_NOOP("Bethesda", "Malignant"),
    QT_TRANSLATE_NOOP("Bethesda", "nuclear"),
    QT_TRANSLATE_NOOP("Bethesda", "other"),
)
"""For the translators; what is shown comes from ``CATEGORIES``."""


def category_name(category: BethesdaCategory) -> str:
    """A category's name in the user's language."""
    return QCoreApplication.translate("Bethesda", CATEGORIES[category].name)


def risk_text(category: BethesdaCategory) -> str:
    """Mean and range of the published risk, e.g. ``22 % (13-30)`` with an en dash."""
    facts = CATEGORIES[category]
    return f"{facts.rom_mean} % ({facts.rom_low}\N{EN DASH}{facts.rom_high})"


class CategoryBox(QWidget):
    """``chosen`` carries category (None: none) and subtype."""

    chosen = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._category: BethesdaCategory | None = None
        self.list = ChoiceList(frozenset((*_DIGITS, *_CLEAR)))
        self.list.setAccessibleName(self.tr("Bethesda category"))
        self.list.setToolTip(
            self.tr("1 to 6 or Space chooses, Delete takes the choice back. Anywhere in the window: Ctrl+1 to Ctrl+6.")
        )
        self.list.set_rows([(f"{c.value}   {category_name(c)}", risk_text(c)) for c in CATEGORIES])
        self.list.picked.connect(lambda row: self.choose(list(CATEGORIES)[row]))
        self.list.keyed.connect(self._take_key)
        self.subtype = QComboBox()
        self.subtype.setAccessibleName(self.tr("Subtype of the category"))
        self.subtype.activated.connect(self._take_subtype)
        self._subtype_label = QLabel(self.tr("Su&btype"))
        self._subtype_label.setBuddy(self.subtype)
        self._risk = muted_label(
            self.tr("Right: published risk of malignancy of the category, mean (range), doi {0}").format(SOURCE_DOI)
        )
        row = QHBoxLayout()
        row.addWidget(self._subtype_label)
        row.addWidget(self.subtype, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.list)
        layout.addLayout(row)
        layout.addWidget(self._risk)
        self.show_category(None, "")

    def show_category(self, category: BethesdaCategory | None, subtype: str) -> None:
        self._category = category
        for row, entry in enumerate(CATEGORIES):
            on = entry is category
            said = self.tr("{0}, {1}, risk {2}").format(entry.value, category_name(entry), risk_text(entry))
            self.list.set_mark(row, "on" if on else "off", said + (", " + self.tr("chosen") if on else ""))
            if on:
                self.list.setCurrentRow(row)
        subtypes = CATEGORIES[category].subtypes if category is not None else ()
        self.subtype.clear()
        self.subtype.addItem(self.tr("not stated"), "")
        for key in subtypes:
            self.subtype.addItem(QCoreApplication.translate("Bethesda", key), key)
        self.subtype.setCurrentIndex(max(0, self.subtype.findData(subtype)))
        for widget in (self.subtype, self._subtype_label):
            widget.setVisible(bool(subtypes))

    def choose(self, category: BethesdaCategory | None) -> None:
        """As the user would."""
        if category is not self._category:
            self.show_category(category, "")
            self.chosen.emit(category, "")

    def _take_key(self, row: int, key: int) -> None:
        self.choose(None if key in _CLEAR else list(CATEGORIES)[key - _DIGITS[0]])

    def _take_subtype(self) -> None:
        self.chosen.emit(self._category, str(self.subtype.currentData()))

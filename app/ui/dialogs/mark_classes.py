"""The dialog for the classes of marks: names and colours, added and taken away."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.records.marks import MarkClass
from app.ui.panels.layout import muted_label
from app.ui.panels.swatch import swatch_icon

_CLASS = Qt.ItemDataRole.UserRole
_NEW_COLORS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")


class MarkClassesDialog(QDialog):
    """``classes()`` is the list as edited, in its order."""

    def __init__(self, classes: Sequence[MarkClass], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("markClassesDialog")
        self.setWindowTitle(self.tr("Classes of marks"))
        self.resize(420, 480)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Classes"))
        self.list.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        for known in classes:
            self._append(known)
        self.list.setCurrentRow(0)
        self.list.itemChanged.connect(self._renamed)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout()
        for text, name, tip, slot in (
            (self.tr("&Add"), "addClass", self.tr("Add a class"), self.add),
            (self.tr("Re&name"), "renameClass", self.tr("Rename the class (F2)"), self.rename),
            (self.tr("&Colour..."), "colorClass", self.tr("Choose another colour"), self.choose_color),
            (self.tr("&Remove"), "removeClass", self.tr("Take the class off the list"), self.remove),
        ):
            button = QPushButton(text)
            button.setObjectName(name)
            button.setToolTip(tip)
            button.clicked.connect(slot)
            button.setAutoDefault(False)
            column.addWidget(button)
        column.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(self.list, 1)
        row.addLayout(column)
        layout = QVBoxLayout(self)
        layout.addWidget(muted_label(self.tr("The first nine can be given with Alt+1 to Alt+9.")))
        layout.addLayout(row, 1)
        layout.addWidget(buttons)

    def classes(self) -> list[MarkClass]:
        return [self.list.item(row).data(_CLASS) for row in range(self.list.count())]

    def add(self) -> None:
        """A new class, ready to be named."""
        color = _NEW_COLORS[self.list.count() % len(_NEW_COLORS)]
        item = self._append(MarkClass(self._free_key("class"), self.tr("New class"), color))
        self.list.setCurrentItem(item)
        self.list.editItem(item)

    def rename(self) -> None:
        item: QListWidgetItem | None = self.list.currentItem()
        if item is not None:
            self.list.editItem(item)

    def remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            self.list.takeItem(row)

    def choose_color(self) -> None:
        item: QListWidgetItem | None = self.list.currentItem()
        if item is None:
            return
        known: MarkClass = item.data(_CLASS)
        dialog = QColorDialog(QColor(known.color), self)
        dialog.setObjectName("classColorDialog")
        dialog.colorSelected.connect(lambda color: self._recolor(item, color))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _append(self, known: MarkClass) -> QListWidgetItem:
        item = QListWidgetItem(swatch_icon(known.color), known.name)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        item.setData(_CLASS, known)
        self.list.addItem(item)
        return item

    def _renamed(self, item: QListWidgetItem) -> None:
        known: MarkClass = item.data(_CLASS)
        name = item.text().strip()
        if name == known.name:
            return
        self.list.blockSignals(True)
        taken = {other.name for other in self.classes() if other.key != known.key}
        if not name or name in taken:
            item.setText(known.name)
        else:
            fresh = re.fullmatch(r"class(_\d+)?", known.key) is not None
            key = self._free_key(re.sub(r"\W+", "_", name.lower()).strip("_") or "class") if fresh else known.key
            item.setData(_CLASS, MarkClass(key, name, known.color))
            item.setText(name)
        self.list.blockSignals(False)

    def _recolor(self, item: QListWidgetItem, color: QColor) -> None:
        known: MarkClass = item.data(_CLASS)
        item.setData(_CLASS, MarkClass(known.key, known.name, color.name()))
        item.setIcon(swatch_icon(color.name()))

    def _free_key(self, wanted: str) -> str:
        taken = {known.key for known in self.classes()}
        key, number = wanted, 2
        while key in taken:
            key, number = f"{wanted}_{number}", number + 1
        return key

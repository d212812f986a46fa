"""Counted groups and confirmed fields of a signed case, to be corrected in an amendment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app.records.specimen import CellGroup, GalleryDecision
from app.ui.panels.layout import heading, muted_label
from app.ui.sheet.groups_box import CellsDelegate

_ROWS_SHOWN = 5
_CELLS_COLUMN = 1


class AmendLists(QWidget):
    """``changes`` is what the amendment puts and removes. Unticked rows are taken out; numbers can be corrected."""

    def __init__(
        self, groups: Sequence[CellGroup], confirmed: Sequence[GalleryDecision], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._groups, self._confirmed = list(groups), list(confirmed)
        self.groups = _list(self.tr("Groups of the signed sheet"), [self.tr("Group"), self.tr("Cells")])
        self.groups.setItemDelegateForColumn(_CELLS_COLUMN, CellsDelegate(self.groups))
        self.group_items = [
            _add(self.groups, [str(number), str(group.cells)], editable=True)
            for number, group in enumerate(self._groups, start=1)
        ]
        self.fields = _list(self.tr("Confirmed fields of the signed sheet"), [self.tr("Confirmed field"), ""])
        self.field_items = [
            _add(self.fields, [str(number), decision.note]) for number, decision in enumerate(self._confirmed, start=1)
        ]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for title, rows in ((self.tr("Gro&ups"), self.groups), (self.tr("Confirmed &fields"), self.fields)):
            if rows.topLevelItemCount():
                label = heading(title)
                label.setBuddy(rows)
                layout.addWidget(label)
                layout.addWidget(rows)
                _fix_height(rows)
            else:
                rows.hide()
        if self._groups or self._confirmed:
            layout.addWidget(muted_label(self.tr("Space takes a row out; F2 corrects the number of cells of a group.")))

    def changes(self) -> tuple[list[CellGroup], list[CellGroup | GalleryDecision]]:
        """Groups with their corrected numbers, and what is taken out."""
        put, remove = [], []
        for item, group in zip(self.group_items, self._groups, strict=True):
            text = item.text(_CELLS_COLUMN)
            if item.checkState(0) is Qt.CheckState.Unchecked:
                remove.append(group)
            elif text.isdigit() and int(text) != group.cells:
                put.append(replace(group, cells=int(text)))
        gone = [
            decision
            for item, decision in zip(self.field_items, self._confirmed, strict=True)
            if item.checkState(0) is Qt.CheckState.Unchecked
        ]
        return put, [*remove, *gone]


def _list(name: str, headers: list[str]) -> QTreeWidget:
    rows = QTreeWidget()
    rows.setAccessibleName(name)
    rows.setHeaderLabels(headers)
    rows.setRootIsDecorated(False)
    rows.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    rows.header().setStretchLastSection(True)
    return rows


def _add(rows: QTreeWidget, texts: list[str], *, editable: bool = False) -> QTreeWidgetItem:
    item = QTreeWidgetItem(texts)
    flags = item.flags() | Qt.ItemFlag.ItemIsUserCheckable
    item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if editable else flags)
    item.setCheckState(0, Qt.CheckState.Checked)
    rows.addTopLevelItem(item)
    return item


def _fix_height(rows: QTreeWidget) -> None:
    shown = min(_ROWS_SHOWN, rows.topLevelItemCount())
    rows.setFixedHeight(rows.header().sizeHint().height() + shown * max(20, rows.sizeHintForRow(0)) + 6)

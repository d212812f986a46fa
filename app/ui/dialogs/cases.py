"""The dialog that shows the cases which a slide belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app.ui.panels.layout import muted_label

if TYPE_CHECKING:
    from app.case.case_folder import CaseSummary

_FOLDER = Qt.ItemDataRole.UserRole


class CasesDialog(QDialog):
    """``chosen`` carries the folder of the case to open, or None for a new one."""

    chosen = Signal(object)

    def __init__(self, cases: Sequence[CaseSummary], current: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("casesDialog")
        self.setWindowTitle(self.tr("Cases of this slide"))
        self.resize(640, 340)
        self.list = QTreeWidget()
        self.list.setAccessibleName(self.tr("Cases"))
        self.list.setRootIsDecorated(False)
        self.list.setHeaderLabels(
            [self.tr("Case"), self.tr("Reader"), self.tr("Slides"), self.tr("Marks"), self.tr("Last change")]
        )
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setStretchLastSection(False)
        for column in range(1, self.list.columnCount()):
            self.list.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for summary in cases:
            self._append(summary, summary.folder == current)
        self.list.itemActivated.connect(lambda _item: self._open())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.open_button = buttons.addButton(self.tr("&Open"), QDialogButtonBox.ButtonRole.AcceptRole)
        fresh = buttons.addButton(self.tr("Start a &new case"), QDialogButtonBox.ButtonRole.ActionRole)
        fresh.setObjectName("newCase")
        fresh.clicked.connect(lambda: self._choose(None))
        buttons.accepted.connect(self._open)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(muted_label(self.tr("A slide may be read in several cases; the one that is open is bold.")))
        layout.addWidget(self.list, 1)
        layout.addWidget(buttons)

    def _append(self, summary: CaseSummary, is_current: bool) -> None:
        title = summary.specimen.title or summary.folder.name
        when = summary.last_change_utc[:16].replace("T", " ")
        item = QTreeWidgetItem(
            [title, summary.specimen.reader, str(len(summary.slides)), f"{summary.marks:,}", f"{when} UTC"]
        )
        item.setData(0, _FOLDER, summary.folder)
        item.setToolTip(0, str(summary.folder))
        font = item.font(0)
        font.setBold(is_current)
        item.setFont(0, font)
        self.list.addTopLevelItem(item)
        if is_current or self.list.topLevelItemCount() == 1:
            self.list.setCurrentItem(item)

    def _open(self) -> None:
        items = self.list.selectedItems()
        if items:
            self._choose(items[0].data(0, _FOLDER))

    def _choose(self, folder: Path | None) -> None:
        self.chosen.emit(folder)
        self.accept()

"""The classes of the model: ticked when the heatmap shows them, with their colour, tiles and share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.ui.class_names import class_name
from app.ui.panels.swatch import swatch_icon
from app.ui.theme import colors

if TYPE_CHECKING:
    from app.records.findings import ClassShare
    from kd.bundle import ClassInfo

BACKGROUND_KEY = "background"
"""Key by which bundles name the class of tiles without anything diagnostic."""
_SHARE_ROLE = Qt.ItemDataRole.UserRole + 1
_COLOR_ROLE = Qt.ItemDataRole.UserRole + 2
_ROW_PADDING_PX = 11
_NAME_EXTRA_PX = 58
"""Room for the tick, the swatch and the paddings before and after a name."""


class ClassTable(QTableWidget):
    """One row per class, as high as its rows. ``shownChanged`` carries the indices of the ticked ones."""

    shownChanged = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self.setAccessibleName(self.tr("Classes: shown in the heatmap, tiles, share"))
        for column, text in enumerate((self.tr("Class"), self.tr("Tiles"), self.tr("Share"))):
            title = QTableWidgetItem(text)
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            title.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.setHorizontalHeaderItem(column, title)
        self._names: list[QTableWidgetItem] = []
        self._numbers: list[tuple[QTableWidgetItem, QTableWidgetItem]] = []
        self.setItemDelegateForColumn(2, _ShareDelegate(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        self.itemChanged.connect(self._tell_shown)

    def set_classes(self, classes: Sequence[ClassInfo]) -> None:
        """Other classes, ticked but for the background: where nothing is to be seen, the slide stays untinted."""
        self.blockSignals(True)
        self.setRowCount(len(classes))
        self._names = [self._name_item(info) for info in classes]
        self._numbers = [(_number_item(info.color), _number_item(info.color)) for info in classes]
        for row, name in enumerate(self._names):
            self.setItem(row, 0, name)
            for column, item in enumerate(self._numbers[row], start=1):
                self.setItem(row, column, item)
        self.blockSignals(False)
        self._fit()

    def shown_classes(self) -> frozenset[int]:
        """Indices of the ticked classes."""
        return frozenset(row for row, item in enumerate(self._names) if item.checkState() == Qt.CheckState.Checked)

    def show_all(self, on: bool) -> None:
        self.blockSignals(True)
        for item in self._names:
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.blockSignals(False)
        self.viewport().update()
        self.shownChanged.emit(self.shown_classes())

    def set_shares(self, shares: Sequence[ClassShare]) -> None:
        """Numbers of a summary in the order of the classes; none clears them."""
        self.blockSignals(True)
        for row, (tiles, percent) in enumerate(self._numbers):
            share = shares[row] if row < len(shares) else None
            tiles.setText(f"{share.count:,}" if share else "")
            percent.setText(f"{100 * share.share:.1f} %" if share else "")
            percent.setData(_SHARE_ROLE, share.share if share else 0.0)
        self.blockSignals(False)
        self.viewport().update()

    def _name_item(self, info: ClassInfo) -> QTableWidgetItem:
        name = class_name(info.name)
        item = QTableWidgetItem(swatch_icon(info.color), name)
        meaning = f"{name}\n{info.meaning}" if info.meaning else name
        item.setToolTip(self.tr("{0}\nTicked: shown in the heatmap").format(meaning))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
        shown = info.key != BACKGROUND_KEY
        item.setCheckState(Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked)
        return item

    def _tell_shown(self, item: QTableWidgetItem) -> None:
        if item.column() == 0:
            self.shownChanged.emit(self.shown_classes())

    def _fit(self) -> None:
        metrics = self.fontMetrics()
        header = self.horizontalHeader()
        header.resizeSection(1, metrics.horizontalAdvance("99,999") + 4)
        header.resizeSection(2, metrics.horizontalAdvance("100.0 %") + 12)
        self.verticalHeader().setDefaultSectionSize(metrics.height() + _ROW_PADDING_PX)
        widest = max((metrics.horizontalAdvance(item.text()) for item in self._names), default=0)
        self.setMinimumWidth(widest + _NAME_EXTRA_PX + header.sectionSize(1) + header.sectionSize(2))
        rows = self.rowCount() * self.verticalHeader().defaultSectionSize()
        self.setFixedHeight(rows + header.sizeHint().height() + 2 if rows else 0)


def _number_item(color: str) -> QTableWidgetItem:
    item = QTableWidgetItem()
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    item.setData(_COLOR_ROLE, color)
    return item


class _ShareDelegate(QStyledItemDelegate):
    """Draws the share as a thin bar in the class's colour under its number."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        share = index.data(_SHARE_ROLE) or 0.0
        rect = QRectF(option.rect).adjusted(10, 2, -4, -2)
        track = QRectF(rect.left(), rect.bottom() - 3, rect.width(), 3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors().line))
        painter.drawRoundedRect(track, 1.5, 1.5)
        if share > 0:
            painter.setBrush(QColor(index.data(_COLOR_ROLE)))
            bar = QRectF(track.left(), track.top(), max(2.0, track.width() * share), track.height())
            painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.setPen(QColor(colors().text))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(0, 0, 0, -4), int(flags), index.data() or "")
        painter.restore()

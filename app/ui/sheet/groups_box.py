"""The counter "4 of 6 groups of at least 10", and the list of groups with jump, edit and delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIntValidator, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.records.specimen import CELLS_NEEDED, GROUPS_NEEDED, Adequacy, AdequateAnyway, CellGroup
from app.ui.panels.layout import muted_label
from app.ui.theme import colors

if TYPE_CHECKING:
    from app.ui.actions import Actions
    from app.ui.sheet.groups import Groups

_CELLS_COLUMN = 1
_ROWS_SHOWN = 4
_MOST_CELLS = 9999


class _Steps(QWidget):
    """One cell for each group that is needed, filled as they are counted."""

    def __init__(self) -> None:
        super().__init__()
        self._counted = 0
        self.setFixedHeight(10)

    def show_count(self, counted: int) -> None:
        self._counted = counted
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        c, gap = colors(), 3.0
        width = (self.width() - gap * (GROUPS_NEEDED - 1)) / GROUPS_NEEDED
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            for step in range(GROUPS_NEEDED):
                painter.setBrush(QColor(c.accent if step < self._counted else c.line))
                painter.drawRoundedRect(QRectF(step * (width + gap), 1, width, 8), 3, 3)


class _List(QTreeWidget):
    """Enter jumps, F2 edits, Delete deletes; these are no shortcuts of the window while the list has the focus."""

    jump = Signal()
    delete = Signal()
    _OWN = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete, Qt.Key.Key_F2, Qt.Key.Key_Up, Qt.Key.Key_Down)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in self._OWN:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.jump.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete.emit()
        elif event.key() == Qt.Key.Key_F2:
            item = self.currentItem()
            if item is not None:
                self.editItem(item, _CELLS_COLUMN)
        elif event.key() in self._OWN:
            super().keyPressEvent(event)
        else:
            event.ignore()


class CellsDelegate(QStyledItemDelegate):
    """The number of cells is edited in its place; nothing else is. For the column of cells."""

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        edit = QLineEdit(parent)
        edit.setValidator(QIntValidator(1, _MOST_CELLS, edit))
        return edit


class GroupsBox(QWidget):
    """Counter, list and buttons. Reads the groups of ``groups`` and acts through it."""

    def __init__(self, groups: Groups, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups = groups
        self._shown: list[CellGroup] = []
        self.counter = QLabel()
        self.counter.setObjectName("groupCounter")
        self.counter.setProperty("role", "heading")
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setObjectName("adequacyVerdict")
        self._steps = _Steps()
        self.list = _List()
        self.list.setObjectName("groupList")
        self.list.setAccessibleName(self.tr("Counted groups"))
        self.list.setToolTip(self.tr("Enter shows the group, F2 changes its number of cells, Delete deletes it"))
        self.list.setHeaderLabels([self.tr("Group"), self.tr("Cells"), self.tr("Slide")])
        self.list.setRootIsDecorated(False)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setItemDelegateForColumn(_CELLS_COLUMN, CellsDelegate(self.list))
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(True)
        self.list.jump.connect(self._jump)
        self.list.delete.connect(self._delete)
        self.list.itemClicked.connect(lambda _item, _column: self._jump())
        self.list.itemDoubleClicked.connect(lambda item, _column: self.list.editItem(item, _CELLS_COLUMN))
        self.list.itemChanged.connect(self._take_number)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for name in ("count_group", "next_group", "next_proposal"):
            buttons.addWidget(_button(actions[name]), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        layout.addWidget(self.counter)
        layout.addWidget(self._steps)
        layout.addWidget(self.verdict)
        layout.addWidget(self.list)
        layout.addLayout(buttons)
        self._note = muted_label(
            self.tr("The person counts. Proposals of the cell finder are places to look at; none counts by itself.")
        )
        layout.addWidget(self._note)

    def show_groups(self, adequacy: Adequacy, slide_names: dict[str, str]) -> None:
        """Fill counter and list; ``slide_names`` by fingerprint."""
        counter = self.tr("{0} of {1} groups of at least {2} cells")
        if adequacy.counted > adequacy.needed:
            counter = self.tr("{0} groups of at least {2} cells, {1} are needed")
        self.counter.setText(counter.format(adequacy.counted, adequacy.needed, CELLS_NEEDED))
        self._steps.show_count(adequacy.counted)
        self.verdict.setText(self._verdict(adequacy))
        self._shown = self._groups.all()
        current = max(0, self._row())
        self.list.blockSignals(True)
        self.list.clear()
        for number, group in enumerate(self._shown, start=1):
            item = QTreeWidgetItem([str(number), str(group.cells), slide_names.get(group.slide, "")])
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            if group.cells < CELLS_NEEDED:
                item.setText(2, self.tr("{0}  too few").format(item.text(2)).strip())
            self.list.addTopLevelItem(item)
        if self._shown:
            self.list.setCurrentIndex(self.list.model().index(min(current, len(self._shown) - 1), 0))
        self.list.blockSignals(False)
        rows = max(1, min(_ROWS_SHOWN, len(self._shown)))
        height = self.list.sizeHintForRow(0) if self._shown else self.fontMetrics().height() + 6
        self.list.setFixedHeight(self.list.header().sizeHint().height() + rows * height + 4)
        self.list.setVisible(bool(self._shown))

    def _verdict(self, adequacy: Adequacy) -> str:
        if adequacy.counted >= adequacy.needed:
            return self.tr("Adequate")
        if adequacy.adequate:
            reasons = {
                AdequateAnyway.ATYPIA: self.tr("atypia"),
                AdequateAnyway.COLLOID: self.tr("abundant colloid"),
                AdequateAnyway.INFLAMMATION: self.tr("inflammatory nodule"),
            }
            return self.tr("Adequate anyway because of {0}").format(reasons[adequacy.reason])
        left = adequacy.needed - adequacy.counted
        if left == 1:
            return self.tr("Not adequate yet: 1 more group is needed")
        return self.tr("Not adequate yet: {0} more groups are needed").format(left)

    def _current(self) -> CellGroup | None:
        row = self._row()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _row(self) -> int:
        """Row of the chosen group; -1 for none."""
        return self.list.currentIndex().row()

    def _jump(self) -> None:
        group = self._current()
        if group is not None:
            self._groups.show(group)

    def _delete(self) -> None:
        group = self._current()
        if group is not None:
            self._groups.remove(group)

    def _take_number(self, item: QTreeWidgetItem, column: int) -> None:
        row, text = self.list.indexOfTopLevelItem(item), item.text(_CELLS_COLUMN)
        if column == _CELLS_COLUMN and 0 <= row < len(self._shown) and text.isdigit():
            self._groups.edit(self._shown[row], int(text))


def _button(action: QAction) -> QPushButton:
    """A push button that triggers an action, with its keys in the tooltip."""
    button = QPushButton(action.text().replace("&", ""))
    button.setToolTip(action.toolTip())
    button.setProperty("tight", True)
    button.clicked.connect(lambda: action.trigger())
    action.changed.connect(lambda: button.setEnabled(action.isEnabled()))
    button.setEnabled(action.isEnabled())
    return button

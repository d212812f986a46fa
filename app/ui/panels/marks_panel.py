"""The panel "Marks": the class of new marks, the list with its filter, and what is selected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.panels.layout import heading, muted_label, rule
from app.ui.panels.swatch import swatch_icon

if TYPE_CHECKING:
    from app.records.marks import Mark, MarkClass
    from app.ui.actions import Actions
    from app.ui.panels.marks_model import MarksModel

_ANY = "any"
_MOST_SELECTED = 1000
"""More selected marks than this are not shown as selected rows."""


class MarksPanel(QWidget):
    """Signals carry what the user wants: ``newClassChosen`` and ``classWanted`` a class key or None,
    ``noteWanted`` a text, ``selectionWanted`` uuids, ``jumpWanted`` a mark."""

    newClassChosen = Signal(object)
    classWanted = Signal(object)
    noteWanted = Signal(str)
    selectionWanted = Signal(object)
    jumpWanted = Signal(object)
    keepToolChanged = Signal(bool)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("marksPanel")
        self.model: MarksModel | None = None
        self.new_class = _class_box(self.tr("Class of new marks"), self.tr("New marks get this class (Alt+1 to 9)"))
        self.keep_tool = QCheckBox(self.tr("Keep the tool after drawing"))
        self.keep_tool.setToolTip(self.tr("Ticked: draw one after the other. Otherwise the tool returns to Select."))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Filter: class, note, author"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(self.tr("Filter marks by text"))
        self.only_class = QComboBox()
        self.only_class.setAccessibleName(self.tr("Filter marks by class"))
        self.only_class.setToolTip(self.tr("List marks of this class only"))
        self.table = self._build_table()
        self.count = muted_label()
        self.of_class = _class_box(self.tr("Class of the selected marks"), self.tr("Class of the selected marks"))
        self.note = QLineEdit()
        self.note.setPlaceholderText(self.tr("Note"))
        self.note.setAccessibleName(self.tr("Note of the selected marks"))
        self.note.setToolTip(self.tr("Note of the selected marks (F2)"))
        self.facts = muted_label()
        self._lay_out(actions)
        self._connect()
        self.show_selection([], "", can_edit=False)

    def set_model(self, model: MarksModel) -> None:
        """The rows; set once."""
        self.model = model
        self.table.setModel(model)
        header = self.table.horizontalHeader()
        for column, mode in enumerate(
            (
                QHeaderView.ResizeMode.Interactive,
                QHeaderView.ResizeMode.Fixed,
                QHeaderView.ResizeMode.Fixed,
                QHeaderView.ResizeMode.Stretch,
            )
        ):
            header.setSectionResizeMode(column, mode)
        metrics = self.fontMetrics()
        header.resizeSection(0, metrics.averageCharWidth() * 19 + 26)
        header.resizeSection(1, 34)
        header.resizeSection(2, metrics.horizontalAdvance("99,999 µm²") + 14)
        model.modelReset.connect(self._show_count)
        model.rowsInserted.connect(self._show_count)
        model.rowsRemoved.connect(self._show_count)
        self.table.selectionModel().selectionChanged.connect(self._tell_selection)
        self._show_count()

    def set_classes(self, classes: Sequence[MarkClass], new_class: str | None) -> None:
        """Other classes on offer, and which of them new marks get."""
        none = self.tr("No class")
        _fill(self.new_class, [(none, None, None), *((c.name, c.color, c.key) for c in classes)], new_class)
        wanted = self.of_class.currentData()
        _fill(self.of_class, [(none, None, None), *((c.name, c.color, c.key) for c in classes)], wanted)
        shown = self.only_class.currentData() if self.only_class.count() else _ANY
        rows = [(self.tr("All classes"), None, _ANY), (none, None, None)]
        _fill(self.only_class, [*rows, *((c.name, c.color, c.key) for c in classes)], shown)

    def show_selection(self, marks: Sequence[Mark], facts: str, *, can_edit: bool) -> None:
        """What is selected, in the list and below it."""
        self._select_rows(marks)
        editable = can_edit and any(not mark.locked for mark in marks)
        self.of_class.setEnabled(editable)
        self.note.setEnabled(editable)
        self.facts.setText(facts)
        keys = {mark.class_key for mark in marks}
        self.of_class.blockSignals(True)
        self.of_class.setCurrentIndex(_row_of(self.of_class, next(iter(keys))) if len(keys) == 1 else -1)
        self.of_class.blockSignals(False)
        notes = {mark.note for mark in marks}
        note = next(iter(notes)) if len(notes) == 1 else ""
        if not (self.note.hasFocus() and self.note.isModified()) or not marks:
            self.note.setText(note)
        self.note.setPlaceholderText(self.tr("Different notes") if len(notes) > 1 else self.tr("Note"))
        self._show_count()

    def step(self, by: int) -> None:
        """Go to the next (1) or previous (-1) mark of the list, around its ends."""
        if self.model is None or not self.model.rowCount():
            return
        current = self.table.currentIndex()
        rows = self.model.rowCount()
        row = (current.row() + by) % rows if current.isValid() else (0 if by > 0 else rows - 1)
        self.table.setCurrentIndex(self.model.index(row, 0))
        self.jumpWanted.emit(self.model.mark(row))

    def edit_note(self) -> None:
        """Put the cursor into the note."""
        if self.note.isEnabled():
            self.note.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.note.selectAll()

    def _build_table(self) -> QTableView:
        table = QTableView()
        table.setAccessibleName(self.tr("Marks on this slide"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        table.horizontalHeader().setHighlightSections(False)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setMinimumHeight(120)
        return table

    def _lay_out(self, actions: Actions) -> None:
        top = QHBoxLayout()
        top.addWidget(self.new_class, 1)
        top.addWidget(_button(actions["mark_classes"]))
        filters = QHBoxLayout()
        filters.addWidget(self.search, 3)
        filters.addWidget(self.only_class, 2)
        below = QHBoxLayout()
        below.addWidget(self.count, 1)
        for name in ("previous_mark", "next_mark", "lock_marks", "delete_marks"):
            below.addWidget(_button(actions[name]))
        chosen = QGridLayout()
        chosen.addWidget(QLabel(self.tr("Class")), 0, 0)
        chosen.addWidget(self.of_class, 0, 1)
        chosen.addWidget(QLabel(self.tr("Note")), 1, 0)
        chosen.addWidget(self.note, 1, 1)
        chosen.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(heading(self.tr("New marks")))
        layout.addLayout(top)
        layout.addWidget(self.keep_tool)
        layout.addWidget(rule())
        layout.addLayout(filters)
        layout.addWidget(self.table, 1)
        layout.addLayout(below)
        layout.addWidget(rule())
        layout.addWidget(heading(self.tr("Selected")))
        layout.addLayout(chosen)
        layout.addWidget(self.facts)

    def _connect(self) -> None:
        self.new_class.activated.connect(lambda _row: self.newClassChosen.emit(self.new_class.currentData()))
        self.of_class.activated.connect(lambda _row: self.classWanted.emit(self.of_class.currentData()))
        self.search.textChanged.connect(self._filter)
        self.only_class.activated.connect(self._filter)
        self.keep_tool.toggled.connect(self.keepToolChanged)
        self.note.editingFinished.connect(self.commit_note)
        self.table.clicked.connect(self._jump)
        self.table.activated.connect(self._jump)

    def _filter(self) -> None:
        if self.model is not None:
            key = self.only_class.currentData()
            self.model.set_filter(self.search.text(), None if key == _ANY else (key,))

    def commit_note(self) -> None:
        """Keep the note that is being typed."""
        if self.note.isModified():
            self.note.setModified(False)
            self.noteWanted.emit(self.note.text())

    def _jump(self, index: QModelIndex) -> None:
        if self.model is not None:
            self.jumpWanted.emit(self.model.mark(index.row()))

    def _tell_selection(self) -> None:
        if self.model is not None:
            rows = self.table.selectionModel().selectedRows()
            self.selectionWanted.emit([self.model.mark(index.row()).uuid for index in rows])

    def _select_rows(self, marks: Sequence[Mark]) -> None:
        if self.model is None:
            return
        chosen = self.table.selectionModel()
        rows = [row for mark in marks[:_MOST_SELECTED] if (row := self.model.row_of(mark.uuid)) is not None]
        if {index.row() for index in chosen.selectedRows()} == set(rows):
            return
        wanted = QItemSelection()
        for row in rows:
            wanted.select(self.model.index(row, 0), self.model.index(row, 3))
        chosen.blockSignals(True)
        chosen.select(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            chosen.setCurrentIndex(self.model.index(rows[-1], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
            self.table.scrollTo(self.model.index(rows[-1], 0))
        chosen.blockSignals(False)
        self.table.viewport().update()

    def _show_count(self) -> None:
        if self.model is None:
            self.count.setText("")
            return
        shown = self.model.rowCount()
        text = self.tr("1 mark") if shown == 1 else self.tr("{0} marks").format(f"{shown:,}")
        self.count.setText(self.tr("{0} (filtered)").format(text) if self.model.is_filtered else text)


def _class_box(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setMaxVisibleItems(24)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box


def _fill(box: QComboBox, rows: Iterable[tuple[str, str | None, str | None]], chosen: object) -> None:
    box.blockSignals(True)
    box.clear()
    for name, color, key in rows:
        if color is None:
            box.addItem(name, key)
        else:
            box.addItem(swatch_icon(color), name, key)
    box.setCurrentIndex(_row_of(box, chosen))
    box.blockSignals(False)


def _row_of(box: QComboBox, key: object) -> int:
    return next((row for row in range(box.count()) if box.itemData(row) == key), -1)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    button.setAccessibleName(action.toolTip())
    return button

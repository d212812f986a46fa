"""The marks of a slide as rows of a table, filtered; sizes are computed for the rows that are shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QIcon

from app.records.marks import Mark
from app.records.shapes import MarkKind
from app.ui.icons import icon
from app.ui.marking.mark_set import Changes, MarkSet
from app.ui.marking.measures import measure
from app.ui.marking.words import kind_name
from app.ui.panels.swatch import swatch_icon

_ICONS = {MarkKind.POINTS: "point", MarkKind.LINES: "line", MarkKind.MULTIPOLYGON: "polygon"}
CLASS, KIND, SIZE, NOTE = range(4)
_AT_ONCE = 200
"""More changes than this, and the rows are listed anew."""

_Index = QModelIndex | QPersistentModelIndex


class MarksModel(QAbstractTableModel):
    """Rows in drawing order, newest last. ``name_of`` and ``color_of`` tell classes by their key."""

    def __init__(
        self, marks: MarkSet, name_of: Callable[[str | None], str], color_of: Callable[[str | None], str]
    ) -> None:
        super().__init__()
        self._marks, self._name_of, self._color_of = marks, name_of, color_of
        self._rows: list[Mark] = []
        self._row_of: dict[str, int] = {}
        self._icons: dict[str, QIcon] = {}
        self._text = ""
        self._class: tuple[str | None] | None = None
        self.mpp: float | None = None
        marks.reset.connect(self.list_anew)
        marks.changed.connect(self._follow)

    def set_filter(self, text: str, only_class: tuple[str | None] | None) -> None:
        """Show marks whose class, note, author or shape holds a text, and of one class only (a 1-tuple)."""
        self._text, self._class = text.strip().casefold(), only_class
        self.list_anew()

    @property
    def is_filtered(self) -> bool:
        return bool(self._text) or self._class is not None

    def mark(self, row: int) -> Mark:
        return self._rows[row]

    def row_of(self, uuid: str) -> int | None:
        return self._row_of.get(uuid)

    def list_anew(self) -> None:
        """All rows again: another slide, filter or scale."""
        self.beginResetModel()
        self._icons.clear()
        self._rows = [mark for mark in self._marks.index.all() if self._passes(mark)]
        self._number()
        self.endResetModel()

    def classes_changed(self) -> None:
        """Names or colours of classes are others now."""
        self._icons.clear()
        if self._text:
            self.list_anew()
        elif self._rows:
            self.dataChanged.emit(self.index(0, CLASS), self.index(len(self._rows) - 1, CLASS))

    def _follow(self, pairs: Changes) -> None:
        if len(pairs) > _AT_ONCE:
            self.list_anew()
            return
        for before, after in pairs:
            uuid = (after or before).uuid  # type: ignore[union-attr]
            row = self._row_of.get(uuid)
            passes = after is not None and self._passes(after)
            if row is None and passes and after is not None:
                self._insert(after)
            elif row is not None and passes and after is not None:
                self._rows[row] = after
                self.dataChanged.emit(self.index(row, 0), self.index(row, NOTE))
            elif row is not None:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._rows[row]
                self._number()
                self.endRemoveRows()

    def _insert(self, mark: Mark) -> None:
        # What comes back by undo comes last here; its old place is found again when the slide is opened anew.
        row = len(self._rows)
        self.beginInsertRows(QModelIndex(), row, row)
        self._rows.append(mark)
        self._row_of[mark.uuid] = row
        self.endInsertRows()

    def _number(self) -> None:
        self._row_of = {mark.uuid: row for row, mark in enumerate(self._rows)}

    def _passes(self, mark: Mark) -> bool:
        if mark.shape.kind is MarkKind.FOREIGN:
            return False
        if self._class is not None and mark.class_key != self._class[0]:
            return False
        if not self._text:
            return True
        words = (self._name_of(mark.class_key), mark.note, mark.author, kind_name(mark.shape.kind))
        return any(self._text in word.casefold() for word in words)

    # Qt's side

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else NOTE + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Class"), "", self.tr("Size"), self.tr("Note"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section == SIZE else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        mark, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return None if column == KIND else self.text(mark, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.text(mark, column)
        if role == Qt.ItemDataRole.DecorationRole and column <= KIND:
            return self._icon(mark.class_key) if column == CLASS else self._shape_icon(mark.shape.kind)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(mark)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == SIZE:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, 24)
        return None

    def text(self, mark: Mark, column: int) -> str:
        """What stands in a column."""
        if column == CLASS:
            return self._name_of(mark.class_key)
        if column == KIND:
            return kind_name(mark.shape.kind)
        return measure(mark.shape, self.mpp) if column == SIZE else mark.note

    def _tip(self, mark: Mark) -> str:
        lines = [f"{self.text(mark, CLASS)}, {self.text(mark, KIND)} {self.text(mark, SIZE)}".strip(), mark.note]
        by = self.tr("{0}, {1}").format(mark.author, mark.created_utc[:16].replace("T", " "))
        lines.append(by.removeprefix(", "))
        if mark.locked:
            lines.append(self.tr("Locked"))
        return "\n".join(line for line in lines if line)

    def _shape_icon(self, kind: MarkKind) -> QIcon:
        name = f"mark_{_ICONS.get(kind, kind)}"
        if name not in self._icons:
            self._icons[name] = icon(name)
        return self._icons[name]

    def _icon(self, class_key: str | None) -> QIcon:
        color = self._color_of(class_key)
        if color not in self._icons:
            self._icons[color] = swatch_icon(color)
        return self._icons[color]

"""The rows of the worklist: what is known of each slide, and its picture once it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from app.session.worklist_item import WorkItem, WorkState
from app.ui.class_names import class_name
from app.ui.sentences import in_words

ITEM_ROLE = Qt.ItemDataRole.UserRole + 1
IMAGE_ROLE = Qt.ItemDataRole.UserRole + 2
OPEN_ROLE = Qt.ItemDataRole.UserRole + 3
IN_WORK_ROLE = Qt.ItemDataRole.UserRole + 4


class Order(StrEnum):
    """How the slides are listed."""

    NAME = "name"
    STATE = "state"
    SUSPICION = "suspicion"
    CASE = "case"


_STATES = (WorkState.IN_PROGRESS, WorkState.SCORED, WorkState.NEW, WorkState.REPORTED, WorkState.UNREADABLE)
"""What waits for the reader comes first."""

Index = QModelIndex | QPersistentModelIndex


def tr(text: str) -> str:
    """Translate in the context of the worklist."""
    return QCoreApplication.translate("Worklist", text)


class WorklistModel(QAbstractListModel):
    """``fetch`` is asked for the picture of a slide when its row is first shown."""

    def __init__(self) -> None:
        super().__init__()
        self.fetch: Callable[[Path], object] = lambda _path: None
        self._items: list[WorkItem] = []
        self._order = Order.NAME
        self._listed: dict[Path, int] = {}
        self._rows: dict[Path, int] = {}
        self._images: dict[Path, QImage] = {}
        self._asked: set[Path] = set()
        self._open: Path | None = None
        self._in_work: Path | None = None

    def set_paths(self, paths: Sequence[Path]) -> None:
        """A new list; what is known of slides that stay is kept."""
        known = {item.path: item for item in self._items}
        self.beginResetModel()
        self._listed = {path: number for number, path in enumerate(paths)}
        self._items = sorted((known.get(path) or WorkItem(path) for path in paths), key=self._key)
        self._rows = {item.path: row for row, item in enumerate(self._items)}
        self._images = {path: image for path, image in self._images.items() if path in self._rows}
        self._asked &= set(self._images)
        self.endResetModel()

    def put(self, item: WorkItem) -> None:
        """What was found out about a slide; one that is not in the list is passed over."""
        self.put_all([item])

    def put_all(self, items: Sequence[WorkItem]) -> None:
        """The same for several slides; they are put in order once."""
        changed = False
        for item in items:
            row = self._rows.get(item.path)
            if row is not None and self._items[row] != item:
                self._items[row], changed = item, True
                self._changed(item.path)
        if changed:
            self._sort()

    def set_order(self, order: Order) -> None:
        """Another order of the rows; what is selected stays selected."""
        self._order = order
        self._sort()

    def _key(self, item: WorkItem) -> tuple[object, ...]:
        place = self._listed[item.path]
        match self._order:
            case Order.STATE:
                return _STATES.index(item.state), place
            case Order.SUSPICION:
                # What the model may not say, or the reader does not want to know yet, gives no order.
                return item.top_class is None, -item.top_probability if item.top_class is not None else 0.0, place
            case Order.CASE:
                return not item.case_title, item.case_title.casefold(), place
            case _:
                return (place,)

    def _sort(self) -> None:
        wanted = sorted(self._items, key=self._key)
        if wanted == self._items:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        paths = [self._items[index.row()].path for index in before]
        self._items = wanted
        self._rows = {item.path: row for row, item in enumerate(wanted)}
        self.changePersistentIndexList(before, [self.index(self._rows[path]) for path in paths])
        self.layoutChanged.emit()

    def put_progress(self, path: Path | None, done: int, wanted: int) -> None:
        """The slide that is being scored in the background, and how far it is."""
        before, self._in_work = self._in_work, path
        if path is not None and path in self._rows and wanted:
            row = self._rows[path]
            self._items[row] = replace(self._items[row], done=done, wanted=wanted, complete=False)
        for changed in {before, path} - {None}:
            self._changed(changed)

    def put_image(self, path: Path, image: QImage) -> None:
        self._images[path] = image
        self._changed(path)

    def set_open(self, path: Path | None) -> None:
        """The slide on screen."""
        before, self._open = self._open, path
        for changed in {before, path} - {None}:
            self._changed(changed)

    @property
    def order(self) -> Order:
        """In which order the slides are listed."""
        return self._order

    @property
    def items(self) -> list[WorkItem]:
        """What is known of the slides, in order."""
        return list(self._items)

    @property
    def paths(self) -> list[Path]:
        return [item.path for item in self._items]

    def item(self, row: int) -> WorkItem:
        return self._items[row]

    def row_of(self, path: Path | None) -> int | None:
        return self._rows.get(path) if path is not None else None

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        item = self._items[index.row()]
        if role == ITEM_ROLE:
            return item
        if role == IMAGE_ROLE:
            return self._image(item)
        if role == OPEN_ROLE:
            return item.path == self._open
        if role == IN_WORK_ROLE:
            return item.path == self._in_work
        if role == Qt.ItemDataRole.DisplayRole:
            return slide_name(item)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self._in_words(item, role == Qt.ItemDataRole.ToolTipRole)
        return None

    def _in_words(self, item: WorkItem, whole_path: bool) -> str:
        words = [str(item.path) if whole_path else slide_name(item), state_text(item)]
        words += [text for text in (item.case_title, scores_text(item), in_words(item.problem)) if text]
        return ("\n" if whole_path else ", ").join(words)

    def _image(self, item: WorkItem) -> QImage | None:
        if item.path not in self._asked and item.state is not WorkState.UNREADABLE:
            self._asked.add(item.path)
            self.fetch(item.path)
        return self._images.get(item.path)

    def _changed(self, path: Path | None) -> None:
        row = self.row_of(path)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row))


def slide_name(item: WorkItem) -> str:
    """The file's name; of a DICOM series, whose files are numbered, the folder's."""
    return item.path.parent.name if item.path.suffix.lower() in (".dcm", "") else item.path.name


def state_text(item: WorkItem) -> str:
    """The state in words, with the chosen category."""
    text = {
        WorkState.NEW: tr("New"),
        WorkState.SCORED: tr("Scored"),
        WorkState.IN_PROGRESS: tr("In progress"),
        WorkState.REPORTED: tr("Reported"),
        WorkState.UNREADABLE: tr("Cannot be opened"),
    }[item.state]
    return tr("{0}, category {1}").format(text, item.category) if item.category else text


def scores_text(item: WorkItem) -> str:
    """What the model says of the slide, where it may say anything."""
    if item.hidden:
        return tr("hidden until a category is chosen") if item.complete else ""
    if item.complete and not item.may_rank:
        return tr("not ranked")
    if item.top_class is not None:
        return class_name(item.top_class.name)
    return tr("nothing suspicious found") if item.complete and item.may_rank else ""

"""The marks of the slide on screen, indexed by place, and which of them are selected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.geometry import PointPx, RectPx
from app.records.mark_index import MarkIndex
from app.records.marks import Mark, MarkClass, changed, new_mark
from app.records.shapes import MarkKind, Shape, bounding_rect
from app.ui.background import Job, run_in_background

if TYPE_CHECKING:
    from app.case.case_store import CaseStore
    from app.case.journal import Entry
    from app.ui.case_link import CaseLink

FOLLOWED_AT_ONCE = 2000
"""More changes than this (an import, its undo) are indexed anew on a worker."""

EDITED_AT_ONCE = 5000

Changes = list[tuple[Mark | None, Mark | None]]


class MarkSet(QObject):
    """Follows the case. All edits of marks go through here.

    Signals: ``reset`` when ``index`` is another one; ``changed`` (list of pairs before and after);
    ``selectionChanged``; ``classesChanged`` when the case's own classes changed; ``failed`` (exception) when the
    marks could not be indexed: they are safe in the case, but neither drawn nor listed until ``load`` succeeds.
    """

    reset = Signal()
    changed = Signal(object)
    selectionChanged = Signal()
    classesChanged = Signal()
    failed = Signal(object)

    def __init__(self, case: CaseLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.case = case
        self.index = MarkIndex()
        self._selected: dict[str, None] = {}
        self._job: Job | None = None
        self._waiting: Changes = []
        case.opened.connect(self.load)
        case.changed.connect(self._follow)
        case.closed.connect(self._clear)
        if case.store is not None:
            self.load()

    @property
    def can_edit(self) -> bool:
        return not self.case.read_only

    @property
    def is_loading(self) -> bool:
        """True while the marks are being indexed."""
        return self._job is not None

    # Selection

    @property
    def selected(self) -> list[Mark]:
        """The selected marks, in the order in which they were selected."""
        return [mark for uuid in self._selected if (mark := self.index.get(uuid)) is not None]

    @property
    def selected_count(self) -> int:
        return len(self._selected)

    @property
    def editable(self) -> list[Mark]:
        """The selected marks that are not locked."""
        return [mark for mark in self.selected if not mark.locked]

    def is_selected(self, uuid: str) -> bool:
        return uuid in self._selected

    def select(self, uuids: Iterable[str], *, add: bool = False, toggle: bool = False) -> None:
        """Select these marks: alone, beside those that are selected, or turned over."""
        wanted = dict.fromkeys(uuids)
        if toggle:
            kept = {uuid: None for uuid in self._selected if uuid not in wanted}
            wanted = kept | {uuid: None for uuid in wanted if uuid not in self._selected}
        elif add:
            wanted = self._selected | wanted
        if wanted != self._selected:
            self._selected = wanted
            self.selectionChanged.emit()

    def inside(self, rect: RectPx) -> list[Mark]:
        """Marks that lie wholly in a rectangle."""
        found = []
        for mark in self.index.query(rect):
            box = bounding_rect(mark.shape)
            if box is not None and rect.union(box) == rect:
                found.append(mark)
        return found

    def at(self, point: PointPx, tolerance_px: float) -> Mark | None:
        """The mark under a point; of areas the outline counts as much as the inside."""
        return self.index.hit(point, tolerance_px)

    # Edits: each is one step of undo

    def add(self, label: str, shape: Shape, mark_class: MarkClass | None, plane: int) -> Mark | None:
        """Put a new mark on the slide and select it. None when it was refused."""
        store, slide = self.case.store, self.case.slide
        if store is None or slide is None:
            self.case.edit(label)
            return None
        key = mark_class.key if mark_class is not None else None
        mark = changed(new_mark(slide, shape, class_key=key, author=store.specimen.reader), plane=plane)
        if self.case.edit(label, put=[*self._unknown(mark_class), mark]) is None:
            return None
        self.select([mark.uuid])
        return mark

    def reshape(self, label: str, shapes: Iterable[tuple[Mark, Shape]]) -> None:
        """Give marks other shapes."""
        self.case.edit(label, put=[changed(mark, shape=shape) for mark, shape in shapes if not mark.locked])

    def set_class(self, label: str, mark_class: MarkClass | None) -> None:
        """Give the selected marks a class, or none."""
        key = mark_class.key if mark_class is not None else None
        marks = [changed(mark, class_key=key) for mark in self.editable if mark.class_key != key]
        if marks:
            self._edit(label, put=[*self._unknown(mark_class), *marks])

    def set_note(self, label: str, note: str) -> None:
        marks = [changed(mark, note=note) for mark in self.editable if mark.note != note]
        if marks:
            self._edit(label, put=marks)

    def set_locked(self, label: str, locked: bool) -> None:
        marks = [changed(mark, locked=locked) for mark in self.selected if mark.locked != locked]
        if marks:
            self._edit(label, put=marks)

    def remove_selected(self, label: str) -> int:
        """Take the selected marks away, but for locked ones. Returns how many."""
        marks = self.editable
        if marks:
            self._edit(label, remove=marks)
        return len(marks)

    def put(self, label: str, marks: Iterable[Mark]) -> None:
        """Add or replace marks as they are (pasted ones)."""
        self.case.edit(label, put=list(marks))

    def put_classes(self, label: str, put: Iterable[MarkClass], remove: Iterable[MarkClass]) -> None:
        self.case.edit(label, put=list(put), remove=list(remove))

    def _edit(self, label: str, put: Sequence[Mark | MarkClass] = (), remove: Sequence[Mark] = ()) -> None:
        """An edit of few marks now, of very many on a worker: it takes 5 us a mark."""
        store = self.case.store
        if store is None or self.case.read_only or len(put) + len(remove) <= EDITED_AT_ONCE:
            self.case.edit(label, put=put, remove=remove)
            return
        self.case.edit_on_worker(label, put=put, remove=remove)

    def _unknown(self, mark_class: MarkClass | None) -> list[MarkClass]:
        """A class that the case does not hold yet goes along, so that its name and colour stay with the marks."""
        store = self.case.store
        if mark_class is None or store is None or mark_class in store.classes():
            return []
        return [mark_class]

    # Following the case

    def load(self, _store: CaseStore | None = None) -> None:
        """Index all marks of the slide anew, on a worker."""
        store, slide = self.case.store, self.case.slide
        if store is None:
            return
        if self._job is not None:
            self._job.cancel()
        self._waiting = []

        def build(_token: object) -> MarkIndex:
            return MarkIndex(drawable(store.marks(slide or "")))

        self._job = run_in_background(build, on_done=self._take, on_error=self._fail)
        self.classesChanged.emit()

    def _take(self, index: MarkIndex) -> None:
        self._job = None
        self.index = index
        index.apply(self._waiting)
        self._waiting = []
        self._drop_lost()
        self.reset.emit()

    def _fail(self, error: Exception) -> None:
        self._job = None
        self._waiting = []
        self.index, self._selected = MarkIndex(), {}
        self.reset.emit()
        self.selectionChanged.emit()
        self.failed.emit(error)

    def _follow(self, entry: Entry) -> None:
        slide, store = self.case.slide, self.case.store
        pairs: Changes = []
        for change in entry.changes:
            if isinstance(change.record, Mark) and change.record.slide == slide and drawable([change.record]):
                before = change.before if isinstance(change.before, Mark) else None
                after = change.after if isinstance(change.after, Mark) else None
                pairs.append((before, after))
        if any(isinstance(change.record, MarkClass) for change in entry.changes):
            self.classesChanged.emit()
        if not pairs:
            return
        if len(pairs) > FOLLOWED_AT_ONCE and store is not None:
            self.load()
        elif self._job is not None:
            self._waiting += pairs
        else:
            self.index.apply(pairs)
            self.changed.emit(pairs)
            self._drop_lost()

    def _drop_lost(self) -> None:
        lost = [uuid for uuid in self._selected if uuid not in self.index]
        if lost:
            self._selected = {uuid: None for uuid in self._selected if uuid not in lost}
        self.selectionChanged.emit()

    def _clear(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.index, self._selected, self._waiting = MarkIndex(), {}, []
        self.reset.emit()
        self.selectionChanged.emit()


def drawable(marks: Iterable[Mark]) -> list[Mark]:
    """Marks with a shape; objects of other programs without one are kept in the case, but neither drawn nor listed."""
    return [mark for mark in marks if mark.shape.kind is not MarkKind.FOREIGN]

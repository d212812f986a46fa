"""Counting groups of follicular cells: where, how many, undo, and what the program proposes to look at."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal

from app.geometry import PointPx, RectPx
from app.records.specimen import CELLS_NEEDED, CellGroup
from app.records.times import utc_now
from app.ui.background import CancelToken, Job, run_in_background
from app.ui.canvas.groups_layer import GroupsLayer
from app.ui.sheet.count_field import CountField

if TYPE_CHECKING:
    from app.session.slide_session import SlideSession
    from app.ui.main_window import MainWindow

LOOK_AT = 20.0
"""Magnification at which a group or a proposal is shown."""
HINT_MS = 6000


class Groups(QObject):
    """The counted groups of the open case. ``changed``: read ``all`` again; ``proposalsChanged`` alike."""

    changed = Signal()
    proposalsChanged = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._field: CountField | None = None
        self._layer: GroupsLayer | None = None
        self._pointer: PointPx | None = None
        self._at: PointPx | None = None
        self._edited: CellGroup | None = None
        self._search: Job | None = None
        self._last_shown: str | None = None
        self.proposals: list[RectPx] = []
        actions = window.actions_
        actions["count_group"].triggered.connect(self.begin)
        actions["next_group"].triggered.connect(self.show_next)
        actions["next_proposal"].triggered.connect(self.show_next_proposal)
        actions["hide_proposals"].triggered.connect(self.drop_proposals)
        case = window.case
        case.opened.connect(lambda _store: self._refresh())
        case.changed.connect(lambda entry: self._refresh() if any(c.kind == "group" for c in entry.changes) else None)
        case.closed.connect(self._forget)

    def all(self) -> list[CellGroup]:
        """The groups of the case, those of the slide on screen first, in the order in which they were counted."""
        store = self._window.case.store
        groups = store.groups() if store is not None else []
        return sorted(groups, key=lambda group: (group.slide != self._window.case.slide, group.at_utc))

    def begin(self) -> None:
        """Ask how many cells the group under the pointer has; without a pointer on the slide, in the middle."""
        case, view = self._window.case, self._window.stage.view
        if case.slide is None or not view.has_slide:
            return
        self._attach()
        assert self._field is not None
        self._at, self._edited = self._pointer or view.transform.center, None
        self._field.ask(self._on_screen(self._at))

    def edit(self, group: CellGroup, cells: int) -> None:
        """Count a group again."""
        if cells > 0:
            self._window.case.edit(self.tr("Group of {0} cells").format(cells), put=[replace(group, cells=cells)])

    def remove(self, group: CellGroup) -> None:
        self._window.case.edit(self.tr("Delete group"), remove=[group])

    def show(self, group: CellGroup) -> None:
        """Bring a group to the middle of the view."""
        if group.slide != self._window.case.slide:
            self._hint(self.tr("This group lies on another slide of the case: open that slide first."))
            return
        self._last_shown = group.uuid
        self._window.stage.view.center_on(group.at, LOOK_AT)

    def show_next(self) -> None:
        """The next group of this slide, in the order of counting."""
        groups = [group for group in self.all() if group.slide == self._window.case.slide]
        if not groups:
            self._hint(self.tr("No group has been counted on this slide yet: G counts the one under the pointer."))
            return
        places = [group.uuid for group in groups]
        after = places.index(self._last_shown) + 1 if self._last_shown in places else 0
        self.show(groups[after % len(groups)])

    def show_next_proposal(self) -> None:
        """Go to the next place that may be a group; they are sought when first asked for."""
        session = self._window.specimen.session
        if session is None or self._search is not None:
            return
        if self.proposals:
            self._go_on()
            return
        if session.mpp is None:
            self._hint(self.tr("Groups can be proposed when the slide's scale is known: calibrate it first."))
            return
        self._hint(self.tr("Looking for groups of cells..."))
        already = [group.at for group in self.all() if group.slide == self._window.case.slide]
        self._search = run_in_background(lambda token: _find(session, already, token))
        self._search.done.connect(self._take_proposals)
        self._search.failed.connect(self._not_found)

    def drop_proposals(self) -> None:
        """Take the frames away."""
        self._show_proposals([])

    def _attach(self) -> None:
        """The canvas is built late, so what lies on it is added when it is first needed."""
        if self._field is not None:
            return
        view = self._window.stage.view
        self._field = CountField(view)
        self._field.entered.connect(self._count)
        self._layer = GroupsLayer()
        view.add_layer(self._layer)
        view.pointerMoved.connect(self._note_pointer)

    def _note_pointer(self, point: PointPx | None) -> None:
        session = self._window.specimen.session
        inside = point is not None and session is not None and _is_on(point, session)
        self._pointer = point if inside else None

    def _count(self, cells: int) -> None:
        case = self._window.case
        store, slide = case.store, case.slide
        if self._at is None or slide is None:
            return
        author = store.specimen.reader if store is not None else ""
        group = CellGroup(str(uuid.uuid4()), slide, self._at, cells, author=author, at_utc=utc_now())
        if case.edit(self.tr("Group of {0} cells").format(cells), put=[group]) is not None:
            self._last_shown = group.uuid
            kept = [rect for rect in self.proposals if not rect.contains(group.at)]
            if len(kept) < len(self.proposals):
                self._show_proposals(kept)
            if cells < CELLS_NEEDED:
                self._hint(self.tr("Kept, but it does not count: fewer than {0} cells.").format(CELLS_NEEDED))

    def _go_on(self) -> None:
        """The first proposal is shown and goes to the end of the row."""
        first, *others = self.proposals
        self._show_proposals([*others, first])
        self._window.stage.view.center_on(first.center, LOOK_AT)
        self._hint(
            self.tr("Proposed by the cell finder, {0} places: look, press G and count.").format(len(self.proposals))
        )

    def _take_proposals(self, found: list[RectPx] | None) -> None:
        self._search = None
        if found is None:
            return
        self._show_proposals(found)
        if found:
            self._go_on()
        else:
            self._hint(self.tr("No further place looks like a group of ten cells. Groups may still be there."))

    def _not_found(self, error: Exception) -> None:
        self._search = None
        self._hint(str(error))

    def _show_proposals(self, rects: list[RectPx]) -> None:
        self._attach()
        assert self._layer is not None
        self.proposals = rects
        self._layer.set_proposed(rects)
        self._window.stage.view.update_layers()
        self.proposalsChanged.emit()

    def _refresh(self) -> None:
        self._attach()
        assert self._layer is not None
        self._layer.set_groups([group for group in self.all() if group.slide == self._window.case.slide])
        self._window.stage.view.update_layers()
        self.changed.emit()

    def _forget(self) -> None:
        if self._search is not None:
            self._search.cancel()
            self._search = None
        self._pointer = self._at = self._last_shown = None
        self.proposals = []
        if self._layer is not None and self._field is not None:
            self._layer.set_groups(())
            self._layer.set_proposed(())
            self._field.hide()
            self._window.stage.view.update_layers()
        self.changed.emit()
        self.proposalsChanged.emit()

    def _on_screen(self, point: PointPx) -> QPoint:
        view = self._window.stage.view
        x, y = view.transform.to_device(point)
        ratio = view.devicePixelRatioF()
        return QPoint(round(x / ratio), round(y / ratio))

    def _hint(self, text: str) -> None:
        self._window.status.showMessage(text, HINT_MS)


def _is_on(point: PointPx, session: SlideSession) -> bool:
    size = session.slide.info.size
    return 0 <= point.x < size.width and 0 <= point.y < size.height


def _find(session: SlideSession, already: list[PointPx], token: CancelToken) -> list[RectPx] | None:
    """Proposals of the cell map, which is made first where there is none. For a worker."""
    from app.analysis.group_proposals import propose_groups

    cell_map = session.cells.scan(keep_going=lambda: not token.cancelled)
    assert session.mpp is not None
    return None if cell_map is None else propose_groups(cell_map, session.mpp, already)

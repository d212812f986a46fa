"""The case of the slide on screen, as the window sees it: opened, edited, saved and closed off the GUI thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from app.ui.background import CancelToken, Job, run_in_background

if TYPE_CHECKING:
    from app.case.case_store import CaseStore
    from app.case.case_writer import SaveStatus
    from app.case.journal import Entry
    from app.records.specimen import Specimen as SpecimenRecord
    from app.session.open_case import CaseRequest, OpenCase
    from app.ui.slide_opener import OpenedSpecimen
    from app.ui.specimen import Specimen

log = logging.getLogger(__name__)

REFRESH_MS = 2000
"""A case that another window has is read again this often."""


class CaseLink(QObject):
    """Holds the case of the open slide. What features keep they read from ``store`` in ``opened`` and write by
    ``edit``; ``opened`` comes again when a case that is read only was changed by its owner.

    Signals: ``opened`` (CaseStore); ``closing`` while the store still takes what somebody holds back (typing, time
    spent on a field); ``closed``; ``changed`` (Entry) after each edit, undo and redo;
    ``saveStatusChanged`` (SaveStatus); ``failed`` (exception) when no case could be opened; ``refused`` (a
    sentence) for an edit that cannot be made; ``notClosed`` (OpenCase, exception) when a case could not be saved
    at its end.
    """

    opened = Signal(object)
    closing = Signal()
    closed = Signal()
    changed = Signal(object)
    saveStatusChanged = Signal(object)
    failed = Signal(object)
    refused = Signal(str)
    notClosed = Signal(object, object)
    _statusCame = Signal(object, object)

    def __init__(self, specimen: Specimen, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._specimen = specimen
        self._data_dir = data_dir
        self._open: OpenCase | None = None
        self._job: Job | None = None
        self._opening: list[OpenCase] = []
        self._editing: list[CaseStore] = []
        """Cases with edits on a worker that are not made yet."""
        self._refreshing: Job | None = None
        """One at a time: on a slow disk the next would queue up behind it."""
        self._request: CaseRequest | None = None
        self._turn = threading.Event()
        self._turn.set()
        self._wanted_folder: Path | None = None
        self.drops_unsaved = False
        """Set when the user has given up what cannot be saved."""
        self.reader = ""
        """Name for new entries; empty: the last one used in the case."""
        self.status: SaveStatus | None = None
        self.problem = ""
        """Why there is no case although a slide is open; empty while all is well."""
        self._statusCame.connect(self._take_status)
        self._refresh = QTimer(self, interval=REFRESH_MS)
        self._refresh.timeout.connect(self._look_for_changes)
        specimen.opened.connect(self._slide_opened)
        specimen.closed.connect(self._slide_closed)

    @property
    def store(self) -> CaseStore | None:
        """The open case; None while it is being opened, without a slide, or when ``problem`` says why."""
        return self._open.store if self._open is not None else None

    @property
    def current(self) -> OpenCase | None:
        return self._open

    @property
    def slide(self) -> str | None:
        """Fingerprint of the slide on screen, as it stands in marks, decisions and groups."""
        return self._request.slide.fingerprint if self._request is not None else None

    @property
    def request(self) -> CaseRequest | None:
        return self._request

    @property
    def read_only(self) -> bool:
        """True when nothing can be edited: also while there is no case."""
        store = self.store
        return store is None or store.read_only

    # Edits

    def edit(self, label: str, put: Iterable[Any] = (), remove: Iterable[Any] = ()) -> Entry | None:
        """One action of the user, one step of undo. None when nothing changed or it was refused (``refused``)."""
        return self._change(lambda store: store.edit(label, put, remove))

    def edit_on_worker(self, label: str, put: Iterable[Any] = (), remove: Iterable[Any] = ()) -> None:
        """The same for thousands of records. It is done also when the case is closed right after."""
        store = self.store
        if store is None:
            self.edit(label)
            return
        self._editing.append(store)
        job = self.in_turn(lambda _token: store.edit(label, put, remove))
        job.done.connect(lambda entry: self.tell(entry) if store is self.store else None)
        job.failed.connect(lambda error: self.refused.emit(str(error)))
        job.ended.connect(lambda: self._editing.remove(store))

    def undo(self) -> Entry | None:
        """Take back the last step; refused while an edit of thousands is under way, which would come after it."""
        return None if self._is_editing() else self._change(lambda store: store.undo())

    def redo(self) -> Entry | None:
        """Do again what was taken back; refused as ``undo`` is."""
        return None if self._is_editing() else self._change(lambda store: store.redo())

    def _is_editing(self) -> bool:
        if self.store is None or self.store not in self._editing:
            return False
        self.refused.emit(self.tr("A change of many marks is still being made: try again in a moment."))
        return True

    def tell(self, entry: Entry | None) -> None:
        """An edit was made on the store itself (an import, on a worker): let everybody know."""
        if entry is not None:
            self.changed.emit(entry)

    def set_specimen(self, specimen: SpecimenRecord) -> bool:
        """Change title, site or reader of the case; no step of undo. False when refused."""
        from app.case.errors import CaseError

        store = self.store
        if store is None:
            return False
        try:
            store.set_specimen(specimen)
        except CaseError as error:
            self.refused.emit(str(error))
            return False
        return True

    def _change(self, make: Callable[[CaseStore], Entry | None]) -> Entry | None:
        from app.case.errors import CaseError

        store = self.store
        if store is None:
            self.refused.emit(self.problem or self.tr("The case is still being opened: try again in a moment."))
            return None
        try:
            entry = make(store)
        except CaseError as error:
            self.refused.emit(str(error))
            return None
        self.tell(entry)
        return entry

    # Opening and closing

    def prefer(self, folder: Path | None) -> None:
        """The next slide belongs to the case in this folder (None: to its newest)."""
        self._wanted_folder = folder

    def use(
        self,
        *,
        folder: Path | None = None,
        new: bool = False,
        parent: Path | None = None,
        take_over: bool = False,
    ) -> None:
        """Open another case for the slide on screen: one of its own, a new one, or one that is taken over."""
        if self._request is not None:
            request = self._request
            self._release()
            self._start(replace(request, folder=folder, new=new, parent=parent, take_over=take_over))

    def again(self) -> None:
        """Open the case once more, after its trouble was seen to."""
        if self._request is not None:
            request = self._request
            self._release()
            self._start(request)

    def _slide_opened(self, opened: OpenedSpecimen) -> None:
        from app.records.specimen import SpecimenSlide
        from app.session.open_case import CaseRequest

        session, info = opened.session, opened.session.slide.info
        slide = SpecimenSlide(
            info.fingerprint,
            (info.size.width, info.size.height),
            (str(info.path.absolute()),),
            stain=info.stain or "",
            calibrated_mpp=session.mpp if session.mpp != info.mpp else None,
        )
        folder, self._wanted_folder = self._wanted_folder, None
        self._start(CaseRequest(self._data_dir, slide, self.reader, folder))

    def _slide_closed(self) -> None:
        self._release()
        self._request = None

    def _start(self, request: CaseRequest) -> None:
        self._request, self.problem, self.status = request, "", None
        mine: list[OpenCase] = []

        def tell(status: SaveStatus) -> None:
            # At the very end of the program Qt may already have taken this object down.
            if isValid(self):
                self._statusCame.emit(mine, status)

        def work(token: CancelToken) -> OpenCase | None:
            from app.session.open_case import open_case_of_slide

            if not token.cancelled:
                mine.append(open_case_of_slide(request, tell))
            return mine[0] if mine else None

        self._opening = mine
        self._job = self.in_turn(work)
        self._job.done.connect(self._take)
        self._job.failed.connect(self._fail)

    def _take(self, case: OpenCase) -> None:
        self._job = None
        self._open = case
        self._request = replace(case.request, folder=case.store.folder, new=False, parent=None, take_over=False)
        if case.store.read_only:
            self._refresh.start()
        self.opened.emit(case.store)

    def _fail(self, error: Exception) -> None:
        self._job = None
        self.problem = str(error)
        self.failed.emit(error)

    def _release(self) -> None:
        self._refresh.stop()
        if self._open is not None:
            self.closing.emit()
        if self._job is not None:
            self._job.cancel()
            self._job = None
            unwanted = self._opening
            self.in_turn(lambda _token: _drop(unwanted))
        case, self._open = self._open, None
        self.status, self.problem = None, ""
        if case is None:
            return
        # What the writer of the case holds leads here: a closed case must not keep itself.
        self._opening.clear()
        self.closed.emit()
        self.close_case(case, discard=self.drops_unsaved)
        self.drops_unsaved = False

    def close_case(self, case: OpenCase, *, discard: bool = False) -> None:
        """Save a case that is no longer on screen and give it back; ``notClosed`` when that fails."""
        job = self.in_turn(lambda _token: case.close(discard=discard))
        job.failed.connect(lambda error: self.notClosed.emit(case, error))

    def wait_until_closed(self, timeout_s: float) -> bool:
        """Block until the last case is saved and given back; for the end of the program. False: not in that time."""
        return self._turn.wait(timeout_s)

    def in_turn(self, work: Callable[[CancelToken], Any]) -> Job:
        """Run on a worker after everything that was started here before: a case is closed before it is opened, and
        not before what was started while it was open is done."""
        before, mine = self._turn, threading.Event()
        self._turn = mine

        def wait_and_work(token: CancelToken) -> Any:
            # The pool starts its work in order, so that what is waited for runs already.
            before.wait()
            try:
                return work(token)
            finally:
                mine.set()

        return run_in_background(wait_and_work)

    def _take_status(self, mine: list[OpenCase], status: SaveStatus) -> None:
        if self._open is not None and mine and mine[0] is self._open:
            self.status = status
            self.saveStatusChanged.emit(status)

    def _look_for_changes(self) -> None:
        case = self._open
        if case is None or not case.store.read_only or self._refreshing is not None:
            return
        self._refreshing = run_in_background(lambda _token: case.store.refresh())
        self._refreshing.done.connect(lambda changed: self._refreshed(case) if changed else None)
        self._refreshing.ended.connect(self._refresh_ended)

    def _refresh_ended(self) -> None:
        self._refreshing = None

    def _refreshed(self, case: OpenCase) -> None:
        if case is self._open:
            self.opened.emit(case.store)


def _drop(cases: list[OpenCase]) -> None:
    """Close what was opened for nobody."""
    while cases:
        cases.pop().close(discard=True)

"""The open specimen as the window sees it: opened, replaced and closed off the GUI thread, its events as signals."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.ui.background import CancelToken, Job, run_in_background
from app.ui.session_bridge import SessionBridge
from app.ui.slide_opener import OpenedSpecimen, OpenRequest, open_specimen

if TYPE_CHECKING:
    from app.session.slide_session import SlideSession

log = logging.getLogger(__name__)


class Specimen(QObject):
    """Holds at most one open session. While another slide is being opened, the former stays usable."""

    opening = Signal(object)
    openingEnded = Signal()
    opened = Signal(object)
    openFailed = Signal(object, str, str)
    closed = Signal()
    progressChanged = Signal()
    scoresChanged = Signal(object)
    attentionChanged = Signal()
    noticesChanged = Signal()
    finished = Signal()
    failed = Signal(str)
    processDied = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._current: OpenedSpecimen | None = None
        self._bridge: SessionBridge | None = None
        self._job: Job | None = None
        self.before_open: Callable[[Path], object] = lambda _path: None
        """Called on the worker thread with the slide that is about to be opened."""

    @property
    def session(self) -> SlideSession | None:
        return self._current.session if self._current else None

    @property
    def current(self) -> OpenedSpecimen | None:
        return self._current

    @property
    def is_opening(self) -> bool:
        return self._job is not None

    def open(self, request: OpenRequest) -> None:
        """Open in the background; the answer is ``opened`` or ``openFailed``. A former opening is cancelled."""
        self.cancel_opening()
        replaced = self._current
        # The store of one slide has one owner: the same slide is closed before it is opened again.
        again = replaced is not None and replaced.request.slide_path == request.slide_path
        if again:
            self._release()
        first = replaced if again else None
        before_open = self.before_open

        def work(token: CancelToken) -> OpenedSpecimen:
            if first is not None:
                first.close()
            before_open(request.slide_path)
            return open_specimen(request, token)

        job = run_in_background(work, discard=OpenedSpecimen.close)
        self._job = job
        job.done.connect(self._take)
        job.failed.connect(lambda error: self._fail(request.slide_path, error))
        self.opening.emit(request.slide_path)

    def cancel_opening(self) -> None:
        """Acknowledged at once; what is opened all the same is closed again."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.openingEnded.emit()

    def close(self) -> None:
        """Close the session in the background."""
        self.cancel_opening()
        if self._current is not None:
            specimen = self._current
            self._release()
            run_in_background(lambda _token: specimen.close())

    def _take(self, opened: OpenedSpecimen) -> None:
        self._job = None
        self.openingEnded.emit()
        self.close()
        self._current = opened
        bridge = SessionBridge(opened.session, self)
        for name in ("progressChanged", "scoresChanged", "attentionChanged", "noticesChanged"):
            getattr(bridge, name).connect(getattr(self, name))
        for name in ("finished", "failed", "processDied"):
            getattr(bridge, name).connect(getattr(self, name))
        self._bridge = bridge
        self.opened.emit(opened)

    def _release(self) -> None:
        if self._bridge is not None:
            self._bridge.disconnect_session()
            self._bridge.deleteLater()
        self._bridge = None
        self._current = None
        self.closed.emit()

    def _fail(self, path: Path, error: Exception) -> None:
        from app.slides.slide import SlideError

        self._job = None
        self.openingEnded.emit()
        details = "".join(traceback.format_exception(error))
        if isinstance(error, SlideError):
            sentence = str(error)
        else:
            sentence = self.tr("{0} could not be opened because of an unexpected error: {1}.").format(path.name, error)
        self.openFailed.emit(path, sentence, details)

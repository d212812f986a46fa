"""Carries a session's events from its worker threads to the GUI thread, a few times per second at most."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.geometry import RectPx

if TYPE_CHECKING:
    from app.session.events import SessionEvent
    from app.session.slide_session import SlideSession

_GATHER_MS = 80


class SessionBridge(QObject):
    """Signals of one session. Many ``scores`` events become one ``scoresChanged`` with their common rectangle."""

    progressChanged = Signal()
    scoresChanged = Signal(object)
    attentionChanged = Signal()
    noticesChanged = Signal()
    finished = Signal()
    failed = Signal(str)
    processDied = Signal(str)
    _woken = Signal()

    def __init__(self, session: SlideSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._events: list[SessionEvent] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_GATHER_MS)
        self._timer.timeout.connect(self._deliver)
        self._woken.connect(self._wait_a_little, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe: Callable[[], None] | None = session.subscribe(self._receive)

    def disconnect_session(self) -> None:
        """No further signal, even for events that are already on their way."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self._timer.stop()
        with self._lock:
            self._events.clear()

    def _receive(self, event: SessionEvent) -> None:
        with self._lock:
            self._events.append(event)
            first = len(self._events) == 1
        if first:
            self._woken.emit()

    def _wait_a_little(self) -> None:
        if self._unsubscribe is not None:
            self._timer.start()

    def _deliver(self) -> None:
        with self._lock:
            events, self._events = self._events, []
        kinds = {event.kind for event in events}
        rects = [event.rect for event in events if event.kind == "scores"]
        if rects:
            self.scoresChanged.emit(_union(rects))
        if "attention" in kinds:
            self.attentionChanged.emit()
        if kinds & {"progress", "scores", "finished", "failed", "process-died"}:
            self.progressChanged.emit()
        if "notice" in kinds:
            self.noticesChanged.emit()
        for event in events:
            if event.kind == "finished":
                self.finished.emit()
            elif event.kind == "failed":
                self.failed.emit(event.message)
            elif event.kind == "process-died":
                self.processDied.emit(event.message)


def _union(rects: list[RectPx | None]) -> RectPx | None:
    """The common rectangle; None (everything) when one event does not say."""
    total: RectPx | None = None
    for rect in rects:
        if rect is None:
            return None
        total = rect if total is None else total.union(rect)
    return total

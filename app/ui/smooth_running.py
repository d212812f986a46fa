"""What of Python itself would make the window stutter: its garbage collector, and threads that hold on to it."""

from __future__ import annotations

import gc
import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QWidget

SWITCH_S = 0.0005
"""How long a worker thread may keep the interpreter when the GUI thread wants it; Python's own 5 ms are a third of a
frame, and a frame asks for it many times."""

LOOK_EVERY_MS = 20_000
IDLE_S = 2.0
COLLECT_ANYWAY_S = 600.0
NEVER = 1_000_000_000
FEW = 4
"""A search is worth its time from so many of those among younger objects on, each after some 7,000 new ones."""

_OF_THE_USER = (
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.Wheel,
    QEvent.Type.KeyPress,
    QEvent.Type.TouchUpdate,
    QEvent.Type.NativeGesture,
)


class SmoothRunning(QObject):
    """Holds for the whole process, so make one per program, once the window stands.

    A full collection walks through all objects (about 70 ms with 100,000 marks) and stops every thread. It runs only
    while the user does nothing, or when it has waited for ten minutes; the small ones go on as ever. What was there at
    the start stays, and is left out for good. What was left out later (``records.bulk``) is looked through once more
    when its slide was closed, as sessions refer to themselves in circles and would stay for ever.
    """

    def __init__(self, window: QWidget) -> None:
        """``window`` is shown already: what the user does reaches it as events of its native window."""
        super().__init__(window)
        sys.setswitchinterval(SWITCH_S)
        gc.collect()
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, NEVER)
        self._touched = self._collected = time.monotonic()
        self._was_closed = False
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self._watch_all()
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.connect(self._watch_all)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _OF_THE_USER:
            self._touched = time.monotonic()
        return False

    def _watch_all(self, _focused: QWindow | None = None) -> None:
        """Dialogs and floating panels too. A filter of the whole program would be asked of every timer and repaint."""
        for native in QGuiApplication.topLevelWindows():
            native.installEventFilter(self)

    def _look(self) -> None:
        self._watch_all()
        if self._was_closed or gc.get_count()[2] >= FEW:
            self.collect_if_idle(time.monotonic())

    def slide_closed(self) -> None:
        """At the next rest look also through what was left out."""
        self._was_closed = True

    def collect_if_idle(self, now: float) -> bool:
        """Collect unless the user is at work; True when it was done. ``now`` as of ``time.monotonic``."""
        rests = now - self._touched >= IDLE_S
        if not rests and now - self._collected < COLLECT_ANYWAY_S:
            return False
        if self._was_closed and rests:
            self._was_closed = False
            gc.unfreeze()
            gc.collect()
            gc.freeze()
        else:
            gc.collect()
        self._collected = now
        return True

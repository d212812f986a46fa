"""Tells when a window is on the screen for the first time: until then nothing else may want the processor."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

LATEST_MS = 2000
"""A window that is shown but never painted (minimised, another desktop) counts as painted after this time."""


class FirstPaint(QObject):
    """Signal ``painted``: once, from the event loop, after the window with all in it was painted."""

    painted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._latest = QTimer(self, singleShot=True, interval=LATEST_MS)
        self._latest.timeout.connect(self._tell)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._latest.start()
        elif event.type() == QEvent.Type.Paint:
            # What is in the window is painted within the same event.
            self._window.removeEventFilter(self)
            self._latest.start(0)
        return False

    def _tell(self) -> None:
        self._window.removeEventFilter(self)
        self.painted.emit()

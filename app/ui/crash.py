"""The last net: log file, dumps of hard crashes, and a dialog for an error that nobody caught."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QObject, QtMsgType, Signal, qInstallMessageHandler, qVersion

from app.ui.paths import program_version

log = logging.getLogger(__name__)

LOG_NAME, CRASH_NAME = "fnascope.log", "crash.log"
_MAX_LOG_BYTES = 1_000_000
_crash_stream: IO[str] | None = None


def start_logging(log_dir: Path) -> None:
    """Rotating log file and crash dumps in ``log_dir``; where it cannot be written, the log goes to stderr."""
    global _crash_stream
    handler: logging.Handler
    try:
        log_dir.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            log_dir / LOG_NAME, maxBytes=_MAX_LOG_BYTES, backupCount=3, encoding="utf-8", delay=True
        )
        _crash_stream = (log_dir / CRASH_NAME).open("a", encoding="utf-8")
        faulthandler.enable(_crash_stream)
    except OSError as error:
        handler = logging.StreamHandler()
        log.warning("The log folder %s cannot be written (%s).", log_dir, error)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def describe_environment() -> str:
    """Versions for a bug report; names neither user nor slide."""
    return (
        f"FNAScope {program_version()}, Python {platform.python_version()}, Qt {qVersion()}, "
        f"{platform.system()} {platform.release()} {platform.machine()}"
    )


_NOISE = ("does not support propagateSizeHints",)
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
}


def log_qt_messages() -> None:
    """What Qt has to say goes into the log instead of onto the terminal."""
    qt_log = logging.getLogger("qt")

    def handle(kind: QtMsgType, _context: object, text: str) -> None:
        if not any(part in text for part in _NOISE):
            qt_log.log(_QT_LEVELS.get(kind, logging.ERROR), "%s", text)

    qInstallMessageHandler(handle)


class CrashReporter(QObject):
    """Receives uncaught exceptions of any thread, logs them, and shows them once on the GUI thread."""

    _caught = Signal(str, str)

    def __init__(self, show: Callable[[str, str], object]) -> None:
        super().__init__()
        self._show = show
        self._showing = False
        self._caught.connect(self._display)

    def install(self) -> None:
        sys.excepthook = self._handle
        threading.excepthook = lambda args: self._handle(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def _handle(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, (KeyboardInterrupt, SystemExit)):
            sys.__excepthook__(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        log.critical("Uncaught error.\n%s", details)
        self._caught.emit(f"{kind.__name__}: {error}", f"{describe_environment()}\n\n{details}")

    def _display(self, summary: str, details: str) -> None:
        if self._showing:
            return
        self._showing = True
        try:
            self._show(summary, details)
        finally:
            self._showing = False

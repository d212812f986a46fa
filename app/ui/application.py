"""Starts the window: application object, theme, log, last net, event loop."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from app.ui.background import wait_for_background
from app.ui.crash import CrashReporter, log_qt_messages, start_logging
from app.ui.dialogs.error import show_error
from app.ui.icons import app_icon
from app.ui.languages import install_language
from app.ui.last_session import LastSession
from app.ui.main_window import MainWindow
from app.ui.paths import APP_NAME, AppPaths, program_version
from app.ui.settings import SettingsStore
from app.ui.smooth_running import SmoothRunning
from app.ui.terminal_signals import TerminalSignals
from app.ui.theme import apply_theme, prepare_application

_END_WAIT_MS = 5000
_SAVE_WAIT_S = 120.0
"""What the reader did is saved before the program ends, also where that takes long (a large import)."""

log = logging.getLogger(__name__)


def create_application() -> QApplication:
    """The one QApplication, with the program's name, icon, font and style."""
    # Qt cuts large fills in pieces for threads of its own and waits for all of them; behind the threads that score and
    # decode they come late, and a repaint with them.
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([APP_NAME])
    app.setApplicationName(APP_NAME)
    app.setApplicationDisplayName("FNAScope")
    app.setDesktopFileName(APP_NAME)
    prepare_application(app)
    app.setWindowIcon(app_icon())
    return app


def build_window(
    paths: AppPaths, *, bundle_path: Path | None = None, device: str | None = None, theme: str = "", language: str = ""
) -> MainWindow:
    """The window with the user's settings; what was named on the command line holds for this run only."""
    app = create_application()
    store = SettingsStore(paths.settings_file)
    store.values.theme = theme or store.values.theme
    install_language(app, language or store.values.language)
    apply_theme(app, store.values.theme)
    return MainWindow(paths, store, bundle_path=bundle_path, device=device)


def run_window(
    slides: Sequence[Path], *, bundle_path: Path | None = None, device: str | None = None, data_dir: Path | None = None
) -> int:
    """Show the window, then open the first slide; the others wait in the recent files. Returns the exit status."""
    paths = AppPaths.for_user(data_dir)
    app = create_application()
    window = build_window(paths, bundle_path=bundle_path, device=device)
    window.show()
    TerminalSignals(window.close, app)
    window.first_paint.painted.connect(lambda: _after_first_paint(app, window, paths, slides))
    status = app.exec()
    window.case.wait_until_closed(_SAVE_WAIT_S)
    wait_for_background(_END_WAIT_MS)
    return status


def _after_first_paint(app: QApplication, window: MainWindow, paths: AppPaths, slides: Sequence[Path]) -> None:
    start_logging(paths.log_dir)
    log_qt_messages()
    log.info("FNAScope %s, Python %s", program_version(), sys.version.split()[0])
    reporter = CrashReporter(
        lambda summary, details: show_error(
            window,
            QCoreApplication.translate(
                "Application",
                "FNAScope met an error that it did not expect. You can go on: marks and decisions are saved already.",
            ),
            details,
            hint=summary,
        )
    )
    reporter.setParent(app)
    reporter.install()
    window.specimen.closed.connect(SmoothRunning(window).slide_closed)
    last = LastSession(paths, window)
    last.offer(open_slides=not slides)
    for path in reversed(slides[1:]):
        window.settings.remember_file(path)
    if slides:
        window.open_path(slides[0])

"""A session that did not end as it should is noticed at the next start, and offered to be gone on with.

Each running program keeps a small file that names its process and slide; it is removed at a proper end. A file whose
process is gone tells of a crash, a kill or a power cut. What was marked and decided is in the case and needs no rescue.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from app.ui.background import run_in_background
from app.ui.crash import CRASH_NAME, LOG_NAME, describe_environment
from app.ui.paths import AppPaths

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

log = logging.getLogger(__name__)

_FOLDER = "running"
_LOG_LINES = 60
_SAME_START_S = 2.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class BrokenSession:
    """``slide`` is None when none was open; ``details`` is what the logs say of the end."""

    slide: Path | None
    details: str


def begin(paths: AppPaths, pid: int) -> list[BrokenSession]:
    """Note that this process runs; tell of those that ended without a word, once. For a worker thread."""
    folder = paths.data_dir / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    broken = []
    for file in sorted(folder.glob("*.json")):
        if file.stem == str(pid) or not _is_running(file):
            broken.append(BrokenSession(_slide_in(file), _details(paths, file)))
            file.unlink(missing_ok=True)
    note(paths, pid, None)
    return broken


def note(paths: AppPaths, pid: int, slide: Path | None) -> None:
    """Note which slide is open in this process."""
    file = paths.data_dir / _FOLDER / f"{pid}.json"
    part = file.with_suffix(".part")
    facts = {"slide": str(slide) if slide is not None else "", "started": _started(pid)}
    part.write_text(json.dumps(facts), encoding="utf-8")
    os.replace(part, file)


def end(paths: AppPaths, pid: int) -> None:
    """A proper end."""
    (paths.data_dir / _FOLDER / f"{pid}.json").unlink(missing_ok=True)


class LastSession(QObject):
    """Follows the window's slide, and offers the last session after one that broke off."""

    def __init__(self, paths: AppPaths, window: MainWindow) -> None:
        super().__init__(window)
        self._paths, self._window, self._pid = paths, window, os.getpid()
        self.box: QMessageBox | None = None
        self._slide: Path | None = None
        self._has_ended = False
        self._lock = threading.Lock()
        window.specimen.opened.connect(lambda opened: self._note(opened.request.slide_path))
        window.specimen.closed.connect(lambda: self._note(None))
        app = QApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self.end)

    def end(self) -> None:
        """The program ends as it should. What is still to be noted on a worker is not noted any more: the file would
        come back and tell of a crash."""
        with self._lock:
            self._has_ended = True
            end(self._paths, self._pid)

    def offer(self, *, open_slides: bool) -> None:
        """Look in the background; ``open_slides`` False: only tell, since slides were named at the start."""
        run_in_background(
            lambda _token: self._unless_ended(lambda: begin(self._paths, self._pid)),
            on_done=lambda broken: self._show(broken[-1], open_slides) if broken else None,
            on_error=lambda error: log.warning("The last session cannot be looked up: %s", error),
        )

    def _unless_ended(self, work: Callable[[], _T]) -> _T | None:
        with self._lock:
            return None if self._has_ended else work()

    def _note(self, slide: Path | None) -> None:
        self._slide = slide
        run_in_background(
            lambda _token: self._unless_ended(lambda: note(self._paths, self._pid, self._slide)),
            on_error=lambda error: log.warning("The open slide cannot be noted: %s", error),
        )

    def _show(self, broken: BrokenSession, open_slides: bool) -> None:
        box = QMessageBox(self._window)
        box.setObjectName("lastSessionBox")
        box.setIcon(QMessageBox.Icon.Information)
        box.setWindowTitle("FNAScope")
        box.setText(self.tr("FNAScope ended unexpectedly the last time."))
        told = [self.tr("Marks and decisions were saved as they were made.")]
        slide = broken.slide
        if slide is not None and open_slides:
            told.append(self.tr("Open {0} again where you were?").format(slide.name))
            go_on = box.addButton(self.tr("&Open the last session"), QMessageBox.ButtonRole.AcceptRole)
            box.setDefaultButton(go_on)
            box.accepted.connect(lambda: self._window.open_path(slide))
            box.addButton(self.tr("&Not now"), QMessageBox.ButtonRole.RejectRole)
        else:
            box.addButton(QMessageBox.StandardButton.Close)
        box.setInformativeText(" ".join(told))
        copy = QPushButton(QCoreApplication.translate("ErrorBox", "Copy &details"), box)
        copy.setObjectName("copyDetails")
        box.addButton(copy, QMessageBox.ButtonRole.ActionRole)
        copy.clicked.disconnect()  # copying keeps the box open
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(broken.details))
        self.box = box
        box.open()


def _is_running(file: Path) -> bool:
    """Whether the process that wrote the file still runs; its number alone may have gone to another since."""
    import psutil

    try:
        started = float(json.loads(file.read_text(encoding="utf-8"))["started"])
        return bool(abs(psutil.Process(int(file.stem)).create_time() - started) < _SAME_START_S)
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return False


def _started(pid: int) -> float:
    """When a process began, in seconds; 0 when it is gone."""
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def _slide_in(file: Path) -> Path | None:
    try:
        slide = json.loads(file.read_text(encoding="utf-8"))["slide"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Path(slide) if slide and Path(slide).exists() else None


def _details(paths: AppPaths, file: Path) -> str:
    """The ends of log and crash dump; the dump only when it was written after the session began."""
    parts = [describe_environment()]
    for name in (CRASH_NAME, LOG_NAME):
        source = paths.log_dir / name
        try:
            if name == CRASH_NAME and source.stat().st_mtime < file.stat().st_mtime - 1:
                continue
            lines = source.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
        except OSError:
            continue
        parts.append("\n".join([f"-- {name}", *lines]))
    return "\n\n".join(parts)

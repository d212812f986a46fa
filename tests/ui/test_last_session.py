"""A session that was killed is noticed at the next start, once, and offered to be gone on with."""

import os
import subprocess
import sys
import threading

from PySide6.QtCore import QThreadPool
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from app.ui import last_session
from app.ui.background import run_in_background, wait_for_background
from app.ui.last_session import LastSession
from app.ui.paths import AppPaths

PATIENCE_MS = 180_000


def pid_of_nobody() -> int:
    """Of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_a_killed_session_is_told_once_with_its_slide_and_the_dump(tmp_path, slide_path):
    paths, dead = AppPaths.for_user(tmp_path), pid_of_nobody()
    assert last_session.begin(paths, dead) == []
    last_session.note(paths, dead, slide_path)
    paths.log_dir.mkdir()
    (paths.log_dir / "crash.log").write_text("Fatal Python error: Segmentation fault\n", encoding="utf-8")
    (broken,) = last_session.begin(paths, os.getpid())
    assert broken.slide == slide_path
    assert "Segmentation fault" in broken.details and "Qt" in broken.details
    assert last_session.begin(paths, pid_of_nobody()) == [], "told once; and this process still runs"


def test_a_proper_end_leaves_nothing_to_tell(tmp_path, slide_path):
    paths, pid = AppPaths.for_user(tmp_path), pid_of_nobody()
    last_session.begin(paths, pid)
    last_session.note(paths, pid, slide_path)
    last_session.end(paths, pid)
    assert last_session.begin(paths, os.getpid()) == []


def test_the_last_session_is_offered_and_opens_its_slide(open_window, slide_path, tmp_path, qtbot):
    window = open_window()
    dead = pid_of_nobody()
    last_session.begin(window.paths, dead)
    last_session.note(window.paths, dead, slide_path)
    last = LastSession(window.paths, window)
    last.offer(open_slides=True)
    qtbot.waitUntil(lambda: last.box is not None, timeout=PATIENCE_MS)
    assert slide_path.name in last.box.informativeText()
    last.box.findChild(QPushButton, "copyDetails").click()
    assert "FNAScope" in QGuiApplication.clipboard().text()
    assert last.box.isVisible()
    last.box.defaultButton().click()
    qtbot.waitUntil(lambda: window.specimen.session is not None, timeout=PATIENCE_MS)
    assert window.specimen.session.slide.info.path == slide_path


def test_what_a_busy_worker_has_not_noted_by_the_end_tells_of_no_crash(open_window, qtbot):
    window = open_window()
    last = LastSession(window.paths, window)
    last.offer(open_slides=False)
    folder = window.paths.data_dir / "running"
    qtbot.waitUntil(lambda: any(folder.glob("*.json")), timeout=PATIENCE_MS)
    busy = threading.Event()
    for _ in range(QThreadPool.globalInstance().maxThreadCount()):
        run_in_background(lambda _token: busy.wait(PATIENCE_MS / 1000))
    window.specimen.closed.emit()
    last.end()
    busy.set()
    assert wait_for_background(20_000)
    assert not list(folder.iterdir())

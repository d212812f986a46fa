"""Full garbage collections wait for a quiet moment; measured in collections, not in time."""

import gc
import os
import subprocess
import sys
import weakref

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.ui.smooth_running import COLLECT_ANYWAY_S, IDLE_S, NEVER, SmoothRunning


@pytest.fixture
def running(qtbot):
    """On a shown window; what it changes of the process is put back."""
    before, interval = gc.get_threshold(), sys.getswitchinterval()
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield SmoothRunning(window)
    gc.unfreeze()
    gc.set_threshold(*before)
    sys.setswitchinterval(interval)


@pytest.fixture
def full_collections():
    seen = []
    callback = lambda phase, info: seen.append(info) if phase == "start" and info["generation"] == 2 else None  # noqa: E731
    gc.callbacks.append(callback)
    yield seen
    gc.callbacks.remove(callback)


def test_no_full_collection_comes_by_itself(running, full_collections):
    kept = [[n] for n in range(200_000)]
    assert len(kept) == 200_000
    assert not full_collections
    assert gc.get_threshold()[2] == NEVER


def test_it_comes_when_the_user_rests_or_after_very_long(running, full_collections):
    at = running._touched
    assert not running.collect_if_idle(at + IDLE_S / 2)
    assert not full_collections
    assert running.collect_if_idle(at + IDLE_S)
    assert len(full_collections) == 1
    running._touched = at + COLLECT_ANYWAY_S + IDLE_S
    assert running.collect_if_idle(running._touched), "a hand that never rests does not put it off for ever"


def test_moving_the_mouse_or_a_key_puts_it_off(running):
    window = running.parent()
    for act in (
        lambda: QTest.mouseMove(window.windowHandle(), QPoint(20, 20)),
        lambda: QTest.keyClick(window.windowHandle(), Qt.Key.Key_A),
    ):
        running._touched = 0.0
        act()
        assert running._touched > 0.0


def test_a_panel_of_its_own_counts_too(running, qtbot):
    panel = QWidget()
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    running._watch_all()
    running._touched = 0.0
    QTest.keyClick(panel.windowHandle(), Qt.Key.Key_A)
    assert running._touched > 0.0


def test_nothing_is_looked_through_while_nothing_is_made(running, full_collections):
    running._touched = running._collected = -COLLECT_ANYWAY_S
    gc.collect()
    full_collections.clear()
    running._look()
    assert not full_collections
    kept = [[n] for n in range(200_000)]
    running._look()
    assert len(full_collections) == 1 and len(kept) == 200_000


def test_what_was_left_out_goes_at_the_next_rest_after_its_slide_was_closed(running):
    class Session:
        def __init__(self):
            self.itself = self

    session = Session()
    gone = weakref.ref(session)
    gc.freeze()
    del session
    at = running._touched
    assert running.collect_if_idle(at + IDLE_S) and gone() is not None, "left out"
    running.slide_closed()
    running._collected = at
    assert running.collect_if_idle(at + COLLECT_ANYWAY_S) and gone() is None
    assert gc.get_freeze_count() > 0, "what stays is left out again"


def test_while_the_user_is_at_work_nothing_is_looked_through_that_was_left_out(running, full_collections):
    running.slide_closed()
    frozen = gc.get_freeze_count()
    running._touched = running._collected + COLLECT_ANYWAY_S
    assert running.collect_if_idle(running._touched)
    assert gc.get_freeze_count() == frozen
    assert running.collect_if_idle(running._touched + IDLE_S)
    assert len(full_collections) == 2


PAINT_LARGE = """
import os
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter
from app.ui.application import create_application
app = create_application()
picture, colours = (QImage(1500, 1000, QImage.Format.Format_ARGB32_Premultiplied) for _ in range(2))
colours.fill(0x60102030)
threads = len(os.listdir("/proc/self/task"))
with QPainter(picture) as painter:
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    painter.drawImage(QPoint(0, 0), colours)
print(len(os.listdir("/proc/self/task")) - threads)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_a_repaint_waits_for_no_threads_of_qt():
    environment = {name: value for name, value in os.environ.items() if name != "QT_NO_GUI_THREADPOOL"}
    ended = subprocess.run(
        [sys.executable, "-c", PAINT_LARGE], env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "0"

"""A window with a slide and its case, and hands that draw on it with real mouse events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.geometry import PointPx
from app.ui.application import build_window
from app.ui.background import wait_for_background
from app.ui.main_window import MainWindow
from app.ui.marking.tool_input import Tool
from app.ui.paths import AppPaths

PATIENCE_MS = 180_000
LEFT, NO = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@dataclass
class Hands:
    """Mouse and keys on the canvas; places are logical pixels from the middle of the view."""

    window: MainWindow

    @property
    def view(self):
        return self.window.stage.view

    def at(self, x: int, y: int) -> QPoint:
        return self.view.rect().center() + QPoint(x, y)

    def slide_point(self, x: int, y: int) -> PointPx:
        place = self.at(x, y)
        ratio = self.view.devicePixelRatioF()
        return self.view.transform.to_slide(place.x() * ratio, place.y() * ratio)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO) -> None:
        QTest.keyClick(self.view, key, modifiers)
        self.settle()

    def click(self, x: int, y: int, modifiers: Qt.KeyboardModifier = NO) -> None:
        QTest.mouseMove(self.view, self.at(x, y))
        QTest.mouseClick(self.view, LEFT, modifiers, self.at(x, y))
        self.settle()

    def double_click(self, x: int, y: int) -> None:
        QTest.mouseClick(self.view, LEFT, NO, self.at(x, y))
        QTest.mouseDClick(self.view, LEFT, NO, self.at(x, y))
        self.settle()

    def drag(self, *places: tuple[int, int], modifiers: Qt.KeyboardModifier = NO) -> None:
        QTest.mousePress(self.view, LEFT, modifiers, self.at(*places[0]))
        for place in places[1:]:
            QTest.mouseMove(self.view, self.at(*place))
            QApplication.processEvents()
        QTest.mouseRelease(self.view, LEFT, modifiers, self.at(*places[-1]))
        self.settle()

    def settle(self) -> None:
        for _ in range(3):
            QApplication.processEvents()

    @property
    def marks(self):
        return self.window.marking.marks.index.all()

    @property
    def kinds(self) -> list[str]:
        return [mark.shape.kind.value for mark in self.marks]


@pytest.fixture
def open_marked(open_window, slide_path, qtbot) -> Callable[..., Hands]:
    """Opens a window on the drawn slide, without a model, once its case is there."""

    def open_one(slide=slide_path) -> Hands:
        window = open_window(slide, model=None)
        qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: not window.marking.marks.is_loading, timeout=PATIENCE_MS)
        # The places that tests compare must not move any more.
        qtbot.waitUntil(lambda: window.stage.view.is_sharp, timeout=PATIENCE_MS)
        hands = Hands(window)
        hands.settle()
        return hands

    return open_one


@pytest.fixture(scope="module")
def shared_window(qapp, slide_path, tmp_path_factory) -> Iterator[MainWindow]:
    """One window for all tests of a file: opening one costs more than most of them."""
    window = build_window(AppPaths.for_user(tmp_path_factory.mktemp("data")))
    window._bundle_path = None
    window.settings.auto_start = False
    window.resize(1400, 900)
    window.show()
    window.open_path(slide_path)
    _wait(lambda: window.case.store is not None and window.stage.view.is_sharp)
    yield window
    window.close()
    window.deleteLater()
    assert wait_for_background(20_000)


@pytest.fixture
def hands(shared_window: MainWindow) -> Hands:
    """Hands on a fresh case."""
    window, before = shared_window, shared_window.case.store
    # Shortcuts are for the active window, and other tests have windows of their own.
    window.activateWindow()
    _wait(window.isActiveWindow)
    window.settings.keep_tool, window.settings.mark_classes = False, []
    window.marking._choose_class(None)
    window.marking.use(Tool.HAND)
    window.case.use(new=True)
    _wait(lambda: window.case.store not in (None, before) and not window.marking.marks.is_loading)
    window.docks.marks.search.setText("")
    window.stage.view.reset_rotation()
    window.stage.view.fit()
    _wait(lambda: window.stage.view.is_sharp)
    hands = Hands(window)
    hands.settle()
    return hands


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_MS / 1000
    while not condition():
        QApplication.processEvents()
        time.sleep(0.005)
        assert time.monotonic() < end, "it does not come"

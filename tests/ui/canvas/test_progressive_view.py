"""What is on screen while the picture is painted block by block, and what counts as seen of it."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.geometry import PointPx
from app.ui.canvas import frame
from app.ui.canvas.slide_view import SlideView

PATIENCE_MS = 60_000


@pytest.fixture
def sharp(show: Callable[..., SlideView], make_slide: Callable, monkeypatch, qtbot) -> SlideView:
    """A sharp view, whose repaints paint one of many blocks each from now on."""
    view = show(make_slide())
    view.center_on(PointPx(700, 500), 20.0)
    qtbot.waitUntil(lambda: view.is_painted, timeout=PATIENCE_MS)
    monkeypatch.setattr(frame, "PAINT_S", -1.0)
    view._frame._block_px = view.width() * view.height() // 12
    return view


def test_a_view_is_sharp_only_once_it_is_painted(sharp: SlideView, qtbot) -> None:
    told, painted = [], []
    sharp.sharpened.connect(lambda: told.append(sharp._frame.is_complete))
    sharp.zoom_by(1.1)
    assert not sharp.is_sharp
    watch = QTimer(interval=0)
    watch.timeout.connect(lambda: painted.append((sharp.is_sharp, sharp._frame.shows_tiles(sharp.transform))))
    watch.start()
    qtbot.waitUntil(lambda: sharp.is_sharp, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE_MS)
    watch.stop()
    assert told
    assert all(told)
    assert all(is_painted for is_sharp, is_painted in painted if is_sharp)


@pytest.mark.parametrize("move", ["zoom", "turn", "pan while waiting", "resize"])
def test_the_screen_shows_every_block_in_the_end(sharp: SlideView, qtbot, move: str) -> None:
    if move == "resize":
        sharp.resize(711, 503)
    elif move == "turn":
        sharp.rotate_by(30)
    else:
        sharp.zoom_by(1.3)
    if move == "pan while waiting":
        for _ in range(4):
            qtbot.wait(5)
            sharp.pan_device(13, -7)
    qtbot.waitUntil(lambda: sharp.is_painted and sharp._blit.is_done, timeout=PATIENCE_MS)
    qtbot.wait(20)
    exact = sharp.grab_image()
    screen = sharp.screen().grabWindow(sharp.winId()).toImage().convertToFormat(exact.format())
    assert (screen.width(), screen.height()) == (exact.width(), exact.height())
    shown, truth = (
        np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3]
        for image in (screen, exact)
    )
    away = (shown != truth).any(axis=-1)
    for instrument in sharp.findChildren(QWidget):
        if instrument.isVisible():
            left, top, right, bottom = instrument.geometry().getCoords()
            away[top : bottom + 1, left : right + 1] = False
    assert not away.any()

"""What the view shows while tiles come, fail or are no longer wanted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.geometry import PointPx, RectPx, ViewTransform
from app.ui.canvas.display_pyramid import DisplayKey
from app.ui.canvas.slide_view import SlideView
from app.ui.canvas.tile_scene import TileScene

PATIENCE_MS = 60_000
Pixels = Callable[[SlideView], npt.NDArray[np.uint8]]


def test_a_coarse_picture_stands_in_until_the_sharp_one_comes(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot, pixels: Pixels
) -> None:
    slide = make_slide()
    view = show(slide)
    slide.gate.clear()
    view.center_on(PointPx(700, 500), 40)
    QTest.qWait(30)
    assert not view.is_sharp
    blurred = pixels(view).astype(int)
    slide.gate.set()
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    sharp = pixels(view).astype(int)
    assert np.abs(blurred - sharp).max() > 0
    # Smooth noise survives eightfold reduction nearly whole: a blank or shifted stand-in would not.
    assert np.abs(blurred - sharp).mean() < 12


def test_requests_that_scrolled_away_are_dropped(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot
) -> None:
    slide = make_slide(np.full((3000, 6000, 3), 190, np.uint8), downsamples=(1, 4, 16))
    view = show(slide)
    scene = view.scene
    assert scene is not None
    slide.gate.clear()
    read_before = scene.feed.decodes
    for x in range(500, 5500, 500):
        view.center_on(PointPx(x, 1500), 40)
        qtbot.waitUntil(lambda: scene.has_asked, timeout=PATIENCE_MS)
    slide.gate.set()
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    QTest.qWait(100)
    seen_at_each_stop = 24
    assert scene.feed.dropped > 3 * seen_at_each_stop
    assert scene.feed.decodes - read_before < 4 * seen_at_each_stop


def test_an_unreadable_tile_is_marked_and_the_rest_is_shown(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot, pixels: Pixels
) -> None:
    white = np.full((1024, 1024, 3), 255, np.uint8)
    good = show(make_slide(white))
    good.center_on(PointPx(512, 512), 40)
    qtbot.waitUntil(lambda: good.is_sharp, timeout=PATIENCE_MS)
    assert (pixels(good) == 255).all()
    slide = make_slide(white)
    slide.bad = [(520, 520, 530, 530)]
    view = show(slide)
    view.center_on(PointPx(512, 512), 40)
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    marked = (pixels(view) != 255).any(axis=-1)
    # Level 0 is shown 1:1 with (512, 512) in the middle: the bad tile lies right below it.
    assert marked[240:, 320:576].mean() > 0.05
    assert not marked[:238].any()
    assert not marked[:, :318].any()
    assert not marked[:, 579:].any()
    view.pan_device(-31, 17)
    scrolled = (pixels(view) != 255).any(axis=-1)
    view.rotate_by(1)
    view.rotate_by(-1)
    assert np.array_equal(scrolled, (pixels(view) != 255).any(axis=-1))


def test_a_bad_tile_is_marked_at_every_size(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot, pixels: Pixels
) -> None:
    # One level: every smaller size is made of the same tiles, and a bad one is tried only once.
    slide = make_slide(np.full((3000, 3000, 3), 255, np.uint8), downsamples=(1,))
    slide.bad = [(1300, 1300, 1301, 1301)]
    view = show(slide)
    for magnification in (6, 12, 25, 40):
        view.center_on(PointPx(1408, 1408), magnification)
        qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
        middle = pixels(view)[200:280, 280:360]
        assert (middle != 255).any(), magnification


def test_a_slide_of_which_nothing_can_be_read_is_reported(view: SlideView, make_slide: Callable, qtbot: QtBot) -> None:
    slide = make_slide()
    slide.broken = True
    with qtbot.waitSignal(view.slideFailed, timeout=PATIENCE_MS) as failed:
        view.set_slide(slide)
    assert "array.slide" in failed.args[0]


def test_changing_the_slide_shows_only_the_new_one(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot, pixels: Pixels
) -> None:
    old = make_slide(np.full((1100, 1500, 3), (255, 0, 0), np.uint8))
    old.delay_s = 0.01
    view = show(old)
    view.set_magnification(40)
    QTest.qWait(15)
    view.set_slide(make_slide(np.full((1100, 1500, 3), (0, 160, 0), np.uint8)))
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    QTest.qWait(60)
    assert not (pixels(view) == (255, 0, 0)).all(axis=-1).any()
    view.set_slide(None)
    assert not view.has_slide
    assert not view.minimap.isVisible()


def test_a_stand_in_that_comes_before_the_requests_have_followed_is_shown(make_slide: Callable, qtbot: QtBot) -> None:
    scene = TileScene(make_slide(np.full((3000, 6000, 3), 190, np.uint8), downsamples=(1, 4, 16)), 0, (0, 0, 0))
    seen = ViewTransform(PointPx(500, 500), 1.0, 0.0, (300.0, 200.0))
    scene.look_at(seen)
    qtbot.waitUntil(lambda: scene.is_sharp, timeout=PATIENCE_MS)
    changed: list[RectPx] = []
    scene.changed.connect(changed.append)
    scene.look_at(ViewTransform(PointPx(5000, 2500), 1.0, 0.0, (300.0, 200.0)))
    assert not scene.has_asked
    # A quarter of the size, so that one tile spans 1024 px: one in view, and one far from it.
    here, elsewhere = DisplayKey(2, 4, 2), DisplayKey(2, 1, 1)
    pixels = np.full((256, 256, 4), 255, np.uint8)
    scene.feed.arrived.emit([(here, pixels), (elsewhere, pixels)])
    assert changed == [RectPx(4096, 2048, 1024, 952)]
    scene.close()

"""Canvas, minimap and pictures of regions show the focal plane that is scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.geometry import PixelRegion, RectPx
from app.session.setup import prepare
from app.slides.slide import FocalPlanes, RgbImage, Slide, SlideInfo
from app.ui.canvas.slide_view import SlideView
from app.ui.region_image import region_image
from tests.bundles import make_bundle

PATIENCE_MS = 60_000
Pixels = Callable[[SlideView], npt.NDArray[np.uint8]]


class StackedSlide:
    """Seven planes; each is of one gray, the darker the deeper."""

    def __init__(self, info: SlideInfo) -> None:
        self.info = replace(info, focal_planes=FocalPlanes(7, 1.0))

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        self.info.check_plane(plane)
        return np.full((region.height, region.width, 3), gray(plane), np.uint8)

    def associated_image(self, name: str) -> RgbImage:
        raise KeyError(name)

    def close(self) -> None: ...


def gray(plane: int) -> int:
    return 230 - 30 * plane


@pytest.fixture
def slide(make_slide: Callable) -> Slide:
    return StackedSlide(make_slide().info)


def minimap_gray(view: SlideView) -> int:
    picture = view.minimap.grab().toImage()
    return picture.pixelColor(picture.width() // 2, picture.height() // 2).red()


def test_the_scored_plane_is_shown_everywhere(
    show: Callable[..., SlideView], slide: Slide, pixels: Pixels, tmp_path: Path
) -> None:
    plan = prepare(slide.info, make_bundle(tmp_path), None, None).plan
    view = show(slide)
    assert plan is not None
    assert view.plane == plan.plane == 3
    assert pixels(view)[240, 320].tolist() == [gray(3)] * 3
    assert minimap_gray(view) == gray(3)
    assert region_image(slide, RectPx(100, 100, 400, 300), 40).pixelColor(20, 15).red() == gray(3)


def test_another_plane_can_be_shown(view: SlideView, slide: Slide, pixels: Pixels, qtbot: QtBot) -> None:
    view.set_slide(slide, 6)
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    assert view.plane == 6
    assert pixels(view)[240, 320].tolist() == [gray(6)] * 3
    assert minimap_gray(view) == gray(6)
    assert region_image(slide, RectPx(100, 100, 400, 300), 40, 6).pixelColor(20, 15).red() == gray(6)
    with pytest.raises(ValueError, match="plane 7"):
        view.set_slide(slide, 7)


def wheel(view: SlideView, units: int, modifiers: Qt.KeyboardModifier) -> None:
    middle = QPointF(320, 240)
    event = QWheelEvent(
        middle,
        view.mapToGlobal(middle),
        QPoint(),
        QPoint(0, units),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_the_wheel_with_shift_goes_through_the_planes(
    show: Callable[..., SlideView], slide: Slide, pixels: Pixels, qtbot: QtBot
) -> None:
    view = show(slide)
    before = view.transform
    with qtbot.waitSignal(view.planeChanged, timeout=PATIENCE_MS) as changed:
        wheel(view, 120, Qt.KeyboardModifier.ShiftModifier)
    assert changed.args == [4] and view.plane == 4
    assert view.transform == before, "focusing moves nothing"
    assert pixels(view)[240, 320].tolist() == [gray(4)] * 3
    assert minimap_gray(view) == gray(4)
    for _ in range(9):
        wheel(view, -60, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: view.plane == 0, timeout=PATIENCE_MS)
    wheel(view, -600, Qt.KeyboardModifier.ShiftModifier)
    assert view.wanted_plane == 0, "the stack ends there"
    wheel(view, 120, Qt.KeyboardModifier.NoModifier)
    assert view.transform.scale > before.scale, "without Shift the wheel zooms"


def test_the_former_plane_stays_until_the_next_one_is_there_and_neighbours_are_there_at_once(
    show: Callable[..., SlideView], slide: Slide, pixels: Pixels, qtbot: QtBot
) -> None:
    view = show(slide)
    view.set_magnification(10)
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    store = view.scene.store
    qtbot.waitUntil(lambda: {key.plane for key in store._images} >= {2, 3, 4}, timeout=PATIENCE_MS)
    view.show_plane(6)
    assert view.plane == 3 and view.wanted_plane == 6 and not view.is_sharp
    assert pixels(view)[240, 320].tolist() == [gray(3)] * 3
    qtbot.waitUntil(lambda: view.plane == 6 and view.is_sharp, timeout=PATIENCE_MS)
    assert pixels(view)[240, 320].tolist() == [gray(6)] * 3
    view.show_plane(9)
    assert view.wanted_plane == 6, "there is no such plane"

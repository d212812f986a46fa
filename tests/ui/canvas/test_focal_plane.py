"""Canvas, minimap and pictures of regions show the focal plane that is scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
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

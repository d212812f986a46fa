"""A slide made of arrays, with known pixels, and views on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from pytestqt.qtbot import QtBot

from app.geometry import PixelRegion, SizePx
from app.slides.slide import Level, MppState, RgbImage, SlideInfo, TileReadError
from app.ui.canvas.slide_view import SlideView

PATIENCE_MS = 60_000
"""For machines with much else to do."""


class ArraySlide:
    """A slide whose levels are arrays. ``bad`` boxes (left, top, right, bottom at level 0) raise when
    level 0 is read there; ``gate`` holds up every read until it is set; ``readers`` are the threads that read."""

    def __init__(self, image: RgbImage, downsamples: tuple[int, ...] = (1, 2, 4, 8), mpp: float | None = 0.25) -> None:
        self.levels = [_averaged(image, downsample) for downsample in downsamples]
        self.info = SlideInfo(
            path=Path("array.slide"),
            vendor="test",
            reader="array",
            levels=tuple(
                Level(SizePx(level.shape[1], level.shape[0]), float(downsample))
                for level, downsample in zip(self.levels, downsamples, strict=True)
            ),
            mpp=mpp,
            mpp_state=MppState.MISSING if mpp is None else MppState.KNOWN,
            mpp_raw=None,
            objective_power=None,
            fingerprint="array",
        )
        self.bad: list[tuple[int, int, int, int]] = []
        self.broken = False
        self.readers: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.delay_s = 0.0

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        self.readers.add(threading.get_ident())
        self.gate.wait(10)
        time.sleep(self.delay_s)
        right, bottom = region.x + region.width, region.y + region.height
        hit = any(
            region.x < b[2] and b[0] < right and region.y < b[3] and b[1] < bottom for b in self.bad if level == 0
        )
        if self.broken or hit:
            raise TileReadError("bad tile")
        return np.ascontiguousarray(self.levels[level][region.y : bottom, region.x : right])

    def associated_image(self, name: str) -> RgbImage:
        raise KeyError(name)

    def close(self) -> None: ...


def _averaged(image: npt.NDArray[np.uint8], factor: int) -> RgbImage:
    height, width = image.shape[0] // factor, image.shape[1] // factor
    whole = image[: height * factor, : width * factor]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


@lru_cache(maxsize=2)
def smooth_noise(width: int, height: int, seed: int = 0) -> RgbImage:
    """A picture without edges, different everywhere: seams and shifts show in it."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    random = np.random.default_rng(seed)
    channels = []
    for _ in range(3):
        waves = sum(
            np.sin(x * random.uniform(-0.08, 0.08) + y * random.uniform(-0.08, 0.08) + random.uniform(0, 6))
            for _ in range(4)
        )
        channels.append(128 + 28 * waves)
    return np.clip(np.stack(channels, axis=-1), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def make_slide() -> Callable[..., ArraySlide]:
    """``make_slide(image=None, downsamples=..., mpp=...)``: a slide of smooth noise unless an image is given."""

    def make(image: RgbImage | None = None, **options: object) -> ArraySlide:
        return ArraySlide(smooth_noise(1500, 1100) if image is None else image, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[SlideView]:
    """A shown, empty view of 640 x 480."""
    widget = SlideView()
    widget.resize(640, 480)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget
    widget.set_slide(None)


@pytest.fixture
def show(view: SlideView, qtbot: QtBot) -> Callable[..., SlideView]:
    """``show(slide)``: the view with the slide on it, once every tile has come."""

    def show_sharp(slide: ArraySlide) -> SlideView:
        view.set_slide(slide)
        qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
        return view

    return show_sharp


@pytest.fixture
def pixels() -> Callable[[SlideView], npt.NDArray[np.uint8]]:
    """``pixels(view)``: what the view shows without its instruments, (H, W, 3) RGB."""

    def grab(view: SlideView) -> npt.NDArray[np.uint8]:
        image = view.grab_image()
        raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
        return raw[:, : image.width(), 2::-1].copy()

    return grab

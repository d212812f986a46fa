"""A window with a data folder of its own, a drawn slide, and tiny models; everything is closed in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.ui.application import build_window
from app.ui.background import wait_for_background
from app.ui.main_window import MainWindow
from app.ui.paths import AppPaths
from kd.bundle import Bundle
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide

PATIENCE_MS = 180_000
RED_CORNER_PX = (1000, 500)
"""Red cells lie right of this x and above this y; all others are blue. The right quarter is bare glass."""


@pytest.fixture(scope="session")
def drawn_cells() -> list[tuple[int, int, tuple[int, int, int]]]:
    rng = np.random.default_rng(3)
    places = rng.integers((40, 40), (1500, 1400), (260, 2))
    left, bottom = RED_CORNER_PX
    return [(int(x), int(y), RED if x > left and y < bottom else BLUE) for x, y in places]


@pytest.fixture(scope="session")
def slide_path(tmp_path_factory: pytest.TempPathFactory, drawn_cells) -> Path:
    """2048 x 1536 px of 0.25 um."""
    return write_slide(tmp_path_factory.mktemp("slides") / "drawn slide ä.tif", draw(2048, 1536, drawn_cells))


@pytest.fixture(scope="session")
def unscaled_path(tmp_path_factory: pytest.TempPathFactory, drawn_cells) -> Path:
    """The same slide without a scale."""
    return write_slide(tmp_path_factory.mktemp("slides") / "no scale.tif", draw(2048, 1536, drawn_cells), mpp=None)


@pytest.fixture(scope="session")
def large_path(tmp_path_factory: pytest.TempPathFactory, drawn_cells) -> Path:
    """4096 x 4096 px, cells on most of it."""
    image = np.tile(draw(2048, 2048, drawn_cells), (2, 2, 1))
    return write_slide(tmp_path_factory.mktemp("slides") / "large.tif", image, levels=4)


@pytest.fixture(scope="session")
def dense_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Scores a tile every 2 um: some 260,000 on the large slide, so that its run outlasts every test."""
    return make_bundle(tmp_path_factory.mktemp("models"), "dense", stride_um=2.0)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def phantom_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("models"), "made of phantoms", training_domain="phantom")


@pytest.fixture
def open_window(qtbot, tmp_path: Path, bundle: Bundle) -> Iterator[Callable[..., MainWindow]]:
    """Shows a window, and opens a slide in it if one is given. All windows of a test share settings and scores."""
    windows: list[MainWindow] = []

    def open_one(slide: Path | None = None, *, model: Bundle | None = bundle, finished: bool = False) -> MainWindow:
        window = build_window(AppPaths.for_user(tmp_path / "data"), bundle_path=model.path if model else None)
        windows.append(window)
        window.resize(1400, 900)
        window.show()
        qtbot.waitExposed(window)
        if slide is not None:
            window.open_path(slide)
            qtbot.waitUntil(lambda: window.specimen.session is not None, timeout=PATIENCE_MS)
        if finished:
            qtbot.waitUntil(lambda: window.specimen.session.progress.state == "finished", timeout=PATIENCE_MS)
        return window

    yield open_one
    for window in windows:
        window.close()
        window.deleteLater()
    assert wait_for_background(20_000), "background work did not end"

"""Colours of the display in a real window: drawn, remembered by slide, and never seen by the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.analysis.plan import make_plan
from app.analysis.tile_reader import TileReader
from app.records.scores import CellState
from app.slides.open import open_slide
from app.ui.colours import Colours
from tests.bundles import expected_probabilities

PATIENCE_MS = 60_000
DARK = Colours(brightness=-40, contrast=30, gamma=0.8)


def test_the_model_gets_the_pixels_of_the_file_whatever_the_screen_shows(
    open_window, slide_path: Path, bundle, qtbot
) -> None:
    window = open_window()
    window.settings.auto_start = False
    window.open_path(slide_path)
    qtbot.waitUntil(lambda: window.specimen.session is not None, timeout=PATIENCE_MS)
    view = window.stage.view
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    before = middle_of(view)
    window.docks.display.coloursChanged.emit(DARK)
    qtbot.waitUntil(lambda: view.has_look and view.is_sharp, timeout=PATIENCE_MS)
    assert middle_of(view) < before - 10
    assert "brightness -40" in window.stage.colours.description
    window.actions_["start_pause"].trigger()
    qtbot.waitUntil(lambda: window.specimen.session.progress.state == "finished", timeout=PATIENCE_MS)
    assert_scores_are_of_the_file(window.specimen.session, slide_path, bundle)

    window.close()
    again = open_window(slide_path)
    qtbot.waitUntil(lambda: again.stage.view.has_look, timeout=PATIENCE_MS)
    assert again.stage.colours.colours == DARK
    again.docks.display.reset.click()
    qtbot.waitUntil(lambda: not again.stage.view.has_look and again.stage.view.is_sharp, timeout=PATIENCE_MS)
    assert middle_of(again.stage.view) > before - 2
    assert again.settings.colours == {}


def middle_of(view) -> float:
    """Mean brightness of the picture without overlays."""
    view.hide_layers_held = True
    image = view.grab_image()
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return float(raw[100:-100, 100:-100, :3].mean())


def assert_scores_are_of_the_file(session, path: Path, bundle) -> None:
    slide = open_slide(path, probe=False)
    card = bundle.card
    plan = make_plan(slide.info.levels, 0.25, tile_px=card.tile_px, mpp=card.mpp, stride_um=card.stride_um)
    reader, scores = TileReader(slide, plan), session.score_map()
    cells = np.flatnonzero(scores.states.ravel() == CellState.SCORED)[::7]
    assert len(cells) > 20
    tiles = np.stack([reader.read(int(cell)) for cell in cells])
    found = scores.probabilities.reshape(-1, scores.probabilities.shape[2])[cells]
    assert np.abs(found - expected_probabilities(tiles)).max() < 1e-3
    slide.close()

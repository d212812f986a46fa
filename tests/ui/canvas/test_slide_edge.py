"""Overlays end where the slide ends, and what cannot be read has one mark."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from pytestqt.qtbot import QtBot

from app.geometry import PointPx
from app.records.scores import CellState, GridSpec
from app.ui.canvas.attention_layer import HIGHEST, AttentionLayer
from app.ui.canvas.heatmap_layer import HeatmapLayer
from app.ui.canvas.layer import Layer
from app.ui.canvas.slide_view import SlideView
from kd.bundle import ClassInfo

PATIENCE_MS = 60_000
Pixels = Callable[[SlideView], npt.NDArray[np.uint8]]
GRID = GridSpec(6, 5, 300.0, 300.0)
"""Of a slide of 1500 x 1100: a column and parts of a row lie beyond it."""


class Scores:
    def __init__(self, state: CellState) -> None:
        self.grid = GRID
        self.states = np.full((GRID.rows, GRID.columns), state, np.uint8)
        self.probabilities = np.ones((GRID.rows, GRID.columns, 1), np.float32)
        self.out_of_domain = np.zeros((GRID.rows, GRID.columns), np.float32)
        self.version = 1


def heatmap(state: CellState) -> HeatmapLayer:
    layer = HeatmapLayer([ClassInfo("x", "x", "#0000ff", "", True)])
    layer.set_scores(Scores(state))
    layer.opacity = 1.0
    return layer


def attention() -> AttentionLayer:
    layer = AttentionLayer(lambda cell: np.full((4, 4), HIGHEST, np.float32))
    layer.set_grid(GRID)
    layer.visible = True
    return layer


@pytest.mark.parametrize("rotation", [0.0, 90.0, 33.0])
@pytest.mark.parametrize(
    "layer", [heatmap(CellState.SCORED), heatmap(CellState.OUT_OF_FOCUS), attention()], ids=["colours", "hatch", "att"]
)
def test_overlays_end_at_the_slide_s_edge(
    layer: Layer, rotation: float, show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot, pixels: Pixels
) -> None:
    view = show(make_slide(np.full((1100, 1500, 3), 255, np.uint8)))
    view.rotate_by(rotation)
    view.center_on(PointPx(1500, 1100), 40)
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    bare = pixels(view)
    view.add_layer(layer)
    changed = (pixels(view) != bare).any(axis=-1)
    glass = (bare == 255).all(axis=-1)
    assert changed[glass].mean() > 0.1
    # A pixel on the edge itself is mixed of glass and surroundings.
    outside = (bare == bare[0, 0]).all(axis=-1) | (bare == bare[-1, -1]).all(axis=-1)
    beyond = outside & ~glass
    assert beyond.mean() > 0.3
    assert not changed[beyond].any()
    # Nothing of the picture depends on which part was painted when.
    view.pan_device(13, -7)
    scrolled = pixels(view)
    view.update_layers()
    assert np.array_equal(scrolled, pixels(view))


def test_what_was_not_scored_yet_is_hardly_seen() -> None:
    layer = heatmap(CellState.PENDING)
    (section,) = layer.legend()
    (dots,) = [swatch for swatch in section.swatches if swatch.hatch == "dots"]
    assert 0 < dots.color.alphaF() < 0.3


def test_an_unreadable_tile_and_an_unreadable_cell_look_the_same(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot, pixels: Pixels
) -> None:
    def marked(bad: bool, layer: HeatmapLayer | None) -> npt.NDArray[np.bool_]:
        slide = make_slide(np.full((1024, 1024, 3), 255, np.uint8), downsamples=(1,))
        slide.bad = [(300, 300, 301, 301)] if bad else []
        view = show(slide)
        view.center_on(PointPx(450, 450), 80)
        qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
        if layer is not None:
            view.add_layer(layer)
        found = pixels(view)
        if layer is not None:
            view.remove_layer(layer)
        # Slide pixels 300-360 both ways, of the tile 256-512 and of the cell 300-600: without outline and words.
        at = view.transform.to_device(PointPx(300, 340))
        part = found[round(at[1]) : round(at[1]) + 60, round(at[0]) : round(at[0]) + 60]
        return np.asarray((part != 255).any(axis=-1))

    tile, cell = marked(True, None), marked(False, heatmap(CellState.FAILED))
    assert 0.1 < tile.mean() < 0.4
    assert np.array_equal(tile, cell)

"""What was seen is tinted in overviews and bordered in close views, on the pixels of the canvas and the minimap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geometry import PointPx, RectPx, SizePx
from app.records.coverage import Coverage, View, quad_of_rect
from app.ui.canvas.coverage_layer import CoverageLayer
from app.ui.canvas.coverage_readout import CoverageReadout

SIZE = SizePx(1500, 1100)
SEEN = RectPx(256, 256, 512, 384)


def layer_of(*views):
    coverage, layer = Coverage(SIZE), CoverageLayer()
    layer.set_slide(SIZE, 0.25)
    for rect, magnification in views:
        coverage.add(View(quad_of_rect(rect), magnification, 1.0))
    layer.show(coverage)
    return layer


@pytest.fixture
def white(show, make_slide):
    return show(make_slide(np.full((SIZE.height, SIZE.width, 3), 250, np.uint8)))


def at(view, pixels, x, y):
    column, row = view.transform.to_device(PointPx(x, y))
    return pixels(view)[int(row), int(column)].astype(int)


def test_overviews_are_tinted_where_seen_the_closer_the_stronger(white, pixels):
    white.add_layer(layer_of((SEEN, 20.0), (RectPx(256, 256, 256, 384), 40.0)))
    white.set_magnification(5.0)
    bare, twenty, forty = (at(white, pixels, x, 400) for x in (1200, 700, 300))
    assert np.all(np.abs(bare - 250) <= 1)
    assert forty[0] < twenty[0] - 10 < bare[0] - 20, "teal takes red away"
    assert at(white, pixels, 260, 260)[0] == forty[0]
    assert at(white, pixels, 250, 250)[0] == bare[0], "not a pixel beyond"


def test_close_views_show_a_border_and_untouched_colours(white, pixels):
    layer = layer_of((SEEN, 20.0))
    white.add_layer(layer)
    white.center_on(PointPx(768, 400), 20.0)
    assert np.all(np.abs(at(white, pixels, 700, 400) - 250) <= 1)
    assert at(white, pixels, 768, 400)[0] < 150
    white.center_on(PointPx(768, 400), 40.0)
    assert np.all(np.abs(at(white, pixels, 768, 400) - 250) <= 1), "nothing was seen at 40x: no border there"


def test_the_minimap_shows_it_also_while_the_canvas_does_not(white, pixels):
    layer = layer_of((RectPx(0, 0, 1500, 1100), 40.0))
    layer.visible = False
    white.add_layer(layer)
    white.minimap.refresh(white._minimap_layers(), now=True)
    assert np.all(np.abs(at(white, pixels, 700, 400) - 250) <= 1)
    corner = white.minimap.grab().toImage().pixelColor(30, 110)
    assert corner.red() < corner.green() - 20


def test_show_tells_what_changed():
    layer, coverage = layer_of((SEEN, 20.0)), Coverage(SIZE)
    coverage.add(View(quad_of_rect(SEEN), 20.0, 1.0))
    assert layer.show(coverage) is None
    changed = coverage.add(View(quad_of_rect(RectPx(1024, 0, 128, 128)), 20.0, 1.0))
    assert layer.show(coverage, changed).contains(PointPx(1088, 64))


@given(st.integers(0, 9), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4), st.sampled_from([10.0, 20.0, 40.0]))
def test_the_border_of_a_rectangle_is_its_outline(left, top, width, height, magnification):
    seen = RectPx(left * 128, top * 128, width * 128, height * 128)
    layer = layer_of((seen, magnification))
    everything = RectPx(0, 0, SIZE.width, SIZE.height)
    edges = set(layer.border(everything, 1))
    inside = Coverage(SIZE)
    columns, rows = min(width, inside.columns - left), min(height, inside.rows - top)
    sides = rows * ((left > 0) + (left + width < inside.columns)) + columns * ((top > 0) + (top + height < inside.rows))
    assert len(edges) == sides, "the slide's own edge is no border"
    assert not layer.border(everything, 3) or magnification == 40.0


def test_the_readout_says_its_shares_and_takes_a_choice(qtbot):
    readout = CoverageReadout()
    qtbot.addWidget(readout)
    readout.show_shares({10.0: 0.999, 20.0: 0.4, 40.0: None})
    assert readout.text.endswith("10x 99 %, 20x 40 %, 40x \N{EN DASH}"), "not all is not 100 %"
    with qtbot.waitSignal(readout.chosen) as chosen:
        from PySide6.QtCore import QPoint, Qt

        qtbot.mouseClick(readout, Qt.MouseButton.LeftButton, pos=QPoint(40, readout.height() - 14))
    assert chosen.args == [40.0]
    readout.show_message("")
    assert readout.isHidden()

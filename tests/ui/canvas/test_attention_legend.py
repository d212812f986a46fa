"""Attention: in a hue of its own, and in the legend only while some of it is on screen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app.geometry import PointPx
from app.records.scores import GridSpec
from app.ui.canvas.attention_layer import HIGHEST, AttentionLayer
from app.ui.canvas.slide_view import SlideView
from kd.data.classes import PALETTE

HUE_APART_DEG = 30


def test_attention_has_no_class_s_hue() -> None:
    (section,) = AttentionLayer(lambda cell: None).legend()
    assert section.ramp is not None
    hues = {color.hue() for color in section.ramp.colors if color.alpha() > 20}
    for name in PALETTE:
        taken = QColor(name).hue()
        if taken >= 0:
            assert all(abs((hue - taken + 180) % 360 - 180) >= HUE_APART_DEG for hue in hues), name


@pytest.mark.parametrize("known", [True, False])
def test_the_legend_lists_attention_only_while_it_is_drawn(
    known: bool, show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot
) -> None:
    maps = {0: np.full((4, 4), HIGHEST, np.float32)} if known else {}
    layer = AttentionLayer(maps.get)
    layer.set_grid(GridSpec(15, 11, 100.0, 100.0))
    layer.visible = True
    view = show(make_slide())
    view.center_on(PointPx(50, 50), 40)
    view.add_layer(layer)
    assert bool(view.legend.sections) == known
    for away in (lambda: view.center_on(PointPx(1200, 900), 40), lambda: view.zoom_by(0.1)):
        view.center_on(PointPx(50, 50), 40)
        with qtbot.waitSignal(view.restedAt, timeout=60_000):
            pass
        assert bool(view.legend.sections) == known
        away()
        with qtbot.waitSignal(view.restedAt, timeout=60_000):
            pass
        assert not view.legend.sections

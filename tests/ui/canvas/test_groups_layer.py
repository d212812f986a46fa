"""Counted groups as flags on the slide; proposals as frames; small dots in the minimap."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from app.geometry import PointPx, RectPx, ViewTransform
from app.records.specimen import CellGroup
from app.ui.canvas.groups_layer import COUNTED, PROPOSED, SMALLER, GroupsLayer

pytestmark = pytest.mark.usefixtures("qapp")


def drawn(layer: GroupsLayer, width: int, height: int, scale: float) -> np.ndarray:
    """The layer on white, with the slide's corner at the top left: (height, width, 3) RGB."""
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(0xFFFFFFFF)
    transform = ViewTransform(PointPx(width / 2 / scale, height / 2 / scale), scale, 0.0, (width, height))
    painter = QPainter(image)
    layer.paint(painter, transform, transform.visible_rect())
    painter.end()
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return flat[:, : width * 3].reshape(height, width, 3).copy()


def share(picture: np.ndarray, color) -> np.ndarray:
    return (np.abs(picture.astype(int) - np.array([color.red(), color.green(), color.blue()])) < 12).all(axis=2)


def layer_of(*cells: int) -> GroupsLayer:
    layer = GroupsLayer()
    layer.set_groups([CellGroup(f"g{n}", "fp", PointPx(1000 + 1000 * n, 1500), c) for n, c in enumerate(cells)])
    return layer


def test_flags_stand_on_their_groups_and_tell_what_counts():
    picture = drawn(layer_of(10, 9), 800, 600, 0.25)
    assert share(picture, COUNTED)[340:375, 230:270].sum() > 100, "the first counts; its tip is at (250, 375)"
    assert share(picture, SMALLER)[340:375, 480:520].sum() > 100
    assert not share(picture, COUNTED)[:, 400:].any() and (picture[380:] == 255).all()


def test_the_minimap_gets_dots_and_no_proposals():
    layer = layer_of(12)
    layer.set_proposed([RectPx(200, 200, 1500, 900)])
    assert share(drawn(layer, 800, 600, 0.25), PROPOSED).sum() > 100
    small = drawn(layer, 160, 120, 0.05)
    assert not share(small, PROPOSED).any() and 10 < share(small, COUNTED).sum() < 80


def test_the_legend_explains_what_is_there_only():
    assert GroupsLayer().legend() == []
    (section,) = layer_of(12).legend()
    assert len(section.swatches) == 1
    (section,) = layer_of(12, 3).legend()
    assert len(section.swatches) == 2

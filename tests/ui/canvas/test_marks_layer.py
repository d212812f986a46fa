"""Marks on the canvas: where they belong at every zoom and turn, and a scrolled picture like a fresh one."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QRegion

from app.geometry import PointPx, RectPx, ViewTransform
from app.records.mark_index import MarkIndex
from app.records.marks import new_mark
from app.records.shapes import ellipse, freehand, line, point, points, polygon, rectangle
from app.ui.canvas.marks_layer import MarksLayer
from app.ui.canvas.outline_path import lines_of, outline_path
from app.ui.canvas.picture import DevicePainter, box_of

WHITE = np.full((1100, 1500, 3), 255, np.uint8)


def some_marks():
    random = np.random.default_rng(2)
    marks = []
    for x, y in random.uniform((50, 50), (1450, 1050), (150, 2)).tolist():
        corners = [(x, y), (x + 60, y + 10), (x + 30, y + 70)]
        shapes = (
            point(x, y),
            line([(x, y), (x + 50, y + 30)]),
            rectangle(RectPx(x, y, 40, 20)),
            ellipse(RectPx(x, y, 25, 45)),
            polygon(corners),
            points(corners),
            rectangle(RectPx(x, y, 2, 2)),
        )
        marks.append(new_mark("array", shapes[len(marks) % len(shapes)], class_key=f"c{len(marks) % 3}"))
    return marks


@pytest.fixture
def layer():
    layer = MarksLayer()
    layer.set_colors({"c0": "#d00000", "c1": "#00a000", "c2": "#0000d0"})
    return layer


@pytest.mark.parametrize("rotation", [0, 90, 37])
@pytest.mark.parametrize("scale", [0.15, 0.7, 3.0])
def test_a_scrolled_picture_is_like_a_fresh_one(show, make_slide, layer, pixels, rotation, scale):
    view = show(make_slide(WHITE))
    layer.index = MarkIndex(some_marks())
    view.add_layer(layer)
    view.rotate_to(rotation)
    view.center_on(PointPx(750, 550))
    view.zoom_by(scale / view.transform.scale)
    pixels(view)
    for dx, dy in ((13, 0), (0, -9), (-40, 25), (3, 3)):
        view.pan_device(dx, dy)
        scrolled = pixels(view)
    view.update_layers()
    fresh = pixels(view)
    assert (fresh != 255).any(), "there are marks in view"
    away = np.abs(scrolled.astype(int) - fresh).max(axis=2)
    # Where a line is cut at the edge of a strip its smoothing may differ by a shade.
    assert (away > 40).mean() < 2e-4


def test_the_same_marks_lie_on_top_in_every_block(layer):
    random = np.random.default_rng(4)
    places = random.uniform((0, 0), (400, 300), (300, 2)).tolist()
    marks = [ellipse(RectPx(x, y, 40, 30)) for x, y in places]
    layer.index = MarkIndex([new_mark("array", shape, class_key=f"c{n % 3}") for n, shape in enumerate(marks)])
    transform = ViewTransform(PointPx(200, 150), 1.0, 0.0, (400.0, 300.0))

    def painted(side: int) -> np.ndarray:
        image = QImage(400, 300, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFF)
        for box in (QRect(x, y, side, side) for x in range(0, 400, side) for y in range(0, 300, side)):
            with DevicePainter(image, QRegion(box)) as painter:
                layer.paint(painter, transform, transform.slide_bounds(*box_of(box)))
        return np.frombuffer(image.constBits(), np.uint8).reshape(300, 400, 4)[..., :3].astype(int)

    assert (np.abs(painted(50) - painted(400)).max(axis=-1) > 40).mean() < 1e-3


@pytest.mark.parametrize("rotation", [0, 37])
@pytest.mark.parametrize("scale", [0.3, 1.0, 6.0])
def test_edges_of_a_rectangle_lie_where_the_transform_says(show, make_slide, layer, pixels, rotation, scale):
    view = show(make_slide(WHITE))
    layer.index = MarkIndex([new_mark("array", rectangle(RectPx(700, 520, 60, 50)), class_key="c0")])
    view.add_layer(layer)
    view.rotate_to(rotation)
    view.center_on(PointPx(730, 545))
    view.zoom_by(scale / view.transform.scale)
    image = pixels(view)
    for place in (PointPx(700, 545), PointPx(730, 520), PointPx(760, 550), PointPx(740, 570)):
        x, y = (round(value) for value in view.transform.to_device(place))
        around = image[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3)
        assert (around[:, 1] < 160).any(), f"no line near {place}"
    x, y = (round(value) for value in view.transform.to_device(PointPx(730, 545)))
    assert (image[y - 1 : y + 2, x - 1 : x + 2] == 255).all(), "the inside stays clear"


def test_dots_stand_for_what_is_too_small_and_for_points(show, make_slide, layer, pixels):
    view = show(make_slide(WHITE))
    layer.index = MarkIndex(
        [
            new_mark("array", rectangle(RectPx(400, 400, 1, 1)), class_key="c1"),
            new_mark("array", point(800, 400), class_key="c2"),
        ]
    )
    view.add_layer(layer)
    image = pixels(view)
    for place, color in ((PointPx(400.5, 400.5), (0, 160, 0)), (PointPx(800, 400), (0, 0, 208))):
        x, y = (int(np.floor(value + 0.5)) for value in view.transform.to_device(place))
        assert tuple(image[y, x]) == color
    layer.leave_out([mark.uuid for mark in layer.index.all() if mark.class_key == "c2"])
    view.update_layers()
    assert tuple(pixels(view)[y, x]) == (255, 255, 255)
    # A small rectangle that is being dragged leaves no dot behind either.
    layer.leave_out([mark.uuid for mark in layer.index.all()])
    view.update_layers()
    x, y = (int(np.floor(value + 0.5)) for value in view.transform.to_device(PointPx(400.5, 400.5)))
    assert tuple(pixels(view)[y, x]) == (255, 255, 255)


def test_marks_of_another_plane_are_faint_and_lie_below(show, make_slide, layer, pixels):
    view = show(make_slide(WHITE))
    marks = [
        replace(new_mark("array", rectangle(RectPx(400, 400, 1, 1)), class_key="c2"), plane=1),
        replace(new_mark("array", rectangle(RectPx(400, 400, 1, 1)), class_key="c1"), plane=0),
        replace(new_mark("array", rectangle(RectPx(600, 500, 200, 100)), class_key="c2"), plane=0),
    ]
    layer.index = MarkIndex(marks)
    view.add_layer(layer)
    x, y = (int(np.floor(value + 0.5)) for value in view.transform.to_device(PointPx(400.5, 400.5)))
    strongest = {}
    for plane in (None, 0, 1, 2):
        layer.plane = plane
        view.update_layers()
        image = pixels(view).astype(int)
        strongest[plane] = image[:, image.shape[1] // 2 :].min() if plane in (0, 1) else None
        if plane == 2:
            assert image[y, x].min() > 100, "both are faint"
        else:
            assert tuple(image[y, x]) == ((0, 0, 208) if plane == 1 else (0, 160, 0))
    assert strongest[0] < 60 < 120 < strongest[1]


def test_outlines_have_no_more_vertices_than_can_be_told_apart():
    angles = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    shape = freehand(np.column_stack((500 + 400 * np.cos(angles), 500 + 400 * np.sin(angles))))
    ((near, closed),) = lines_of(shape, 10.0)
    ((far, _closed),) = lines_of(shape, 0.1)
    assert closed
    assert len(near) > 5_000
    assert 50 < len(far) < 400


def test_a_path_holds_every_line_where_it_belongs(show, make_slide):
    view = show(make_slide(WHITE))
    view.rotate_to(20)
    triangle, segment = polygon([(100, 100), (200, 100), (150, 200)]), line([(300, 300), (400, 350)])
    path = outline_path([*lines_of(triangle, 1.0), *lines_of(segment, 1.0)], view.transform)
    expected = [(100, 100), (200, 100), (150, 200), (100, 100), (300, 300), (400, 350)]
    assert path.elementCount() == 6
    assert [path.elementAt(n).isMoveTo() for n in range(6)] == [True, False, False, False, True, False]
    for n, corner in enumerate(expected):
        element = path.elementAt(n)
        assert (element.x, element.y) == pytest.approx(view.transform.to_device(PointPx(*corner)))

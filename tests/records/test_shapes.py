"""Shapes of marks: what is refused, what they measure, how their handles move."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.geometry import PointPx, RectPx
from app.records.shape_handles import vertices, with_vertex_added, with_vertex_at, without_vertex
from app.records.shapes import (
    FOREIGN_SHAPE,
    MarkKind,
    Shape,
    ShapeError,
    area_um2,
    bounding_rect,
    bounds,
    distance_px,
    ellipse,
    freehand,
    from_geometry,
    from_json_value,
    length_um,
    line,
    lines,
    moved,
    multipolygon,
    outlines,
    point,
    points,
    polygon,
    rectangle,
    to_geometry,
    to_json_value,
)

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
HOLE = [(2, 2), (4, 2), (4, 4), (2, 4)]
number = st.floats(-1e6, 1e6, allow_nan=False)
positions = st.tuples(number, number)
boxes = st.tuples(number, number, st.floats(0, 1e5), st.floats(0, 1e5))
rings = st.lists(positions, min_size=3, max_size=12)
shapes = st.one_of(
    positions.map(lambda p: point(*p)),
    st.lists(positions, min_size=1, max_size=5).map(points),
    st.lists(positions, min_size=2, max_size=8).map(line),
    st.lists(st.lists(positions, min_size=2, max_size=5), min_size=1, max_size=3).map(lines),
    boxes.map(lambda b: rectangle(RectPx(*b))),
    boxes.map(lambda b: ellipse(RectPx(*b))),
    st.builds(polygon, rings, st.lists(rings, max_size=2)).filter(lambda s: all(len(r) > 2 for r in s.parts[0])),
    st.lists(st.tuples(rings, st.lists(rings, max_size=2)), min_size=1, max_size=3).map(multipolygon),
    rings.map(freehand),
)


@UNHURRIED
@given(shapes)
def test_a_shape_survives_being_stored(shape):
    again = from_json_value(to_json_value(shape))
    assert again == shape
    assert hash(again) == hash(shape)


@UNHURRIED
@given(shapes, number, number)
def test_moving_moves_the_bounds(shape, dx, dy):
    before, after = bounds(shape), bounds(moved(shape, dx, dy))
    assert after == pytest.approx((before[0] + dx, before[1] + dy, before[2] + dx, before[3] + dy), abs=1e-6)


@UNHURRIED
@given(shapes)
def test_every_handle_lies_in_the_bounds_and_moves_alone(shape):
    rect = bounding_rect(shape).expanded(1e-6)
    for handle in vertices(shape):
        assert rect.contains(handle.at)
    first = vertices(shape)[0]
    dragged = with_vertex_at(shape, first, PointPx(first.at.x - 5, first.at.y - 5))
    changed = [(a, b) for a, b in zip(vertices(shape), vertices(dragged), strict=True) if a.at != b.at]
    if shape.kind not in (MarkKind.RECTANGLE, MarkKind.ELLIPSE):
        assert [after.at for _, after in changed] == [PointPx(first.at.x - 5, first.at.y - 5)]
    else:
        assert vertices(dragged)[2].at == vertices(shape)[2].at


def test_two_shapes_with_the_same_numbers_in_other_rings_differ():
    one = multipolygon([(SQUARE, [HOLE])])
    two = multipolygon([(SQUARE, []), (HOLE, [])])
    assert one != two
    assert polygon(SQUARE) != freehand(SQUARE)


def test_lengths_and_areas_go_through_mpp():
    assert length_um(line([(0, 0), (30, 40)]), 0.25) == pytest.approx(12.5)
    assert area_um2(polygon(SQUARE, [HOLE]), 0.5) == pytest.approx((100 - 4) * 0.25)
    assert area_um2(ellipse(RectPx(0, 0, 20, 10)), 1.0) == pytest.approx(math.pi * 50)
    assert area_um2(multipolygon([(SQUARE, []), (np.array(SQUARE) + 100, [HOLE])]), 1.0) == pytest.approx(196)
    assert area_um2(line([(0, 0), (30, 40)]), 0.25) == 0


def test_an_outline_that_crosses_itself_encloses_both_halves():
    assert area_um2(polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), 1.0) == pytest.approx(50)


def test_distance_is_zero_inside_but_not_in_a_hole():
    shape = polygon(SQUARE, [HOLE])
    assert distance_px(shape, PointPx(8, 8)) == 0
    assert distance_px(shape, PointPx(3, 3)) == 1
    assert distance_px(shape, PointPx(13, 14)) == 5
    assert distance_px(FOREIGN_SHAPE, PointPx(0, 0)) == math.inf


def test_the_outline_of_an_ellipse_touches_its_box_exactly():
    (ring,) = outlines(ellipse(RectPx(0.1, 0.7, 33.3, 11.1)))
    assert (*ring.min(axis=0), *ring.max(axis=0)) == (0.1, 0.7, 0.1 + 33.3, 0.7 + 11.1)
    assert shapely.Polygon(ring).area == pytest.approx(math.pi / 4 * 33.3 * 11.1, rel=1e-3)


def test_closing_vertices_are_dropped_and_areas_come_back_from_shapely():
    shape = polygon([*SQUARE, SQUARE[0]], [[*HOLE, HOLE[0]]])
    assert [len(ring) for ring in shape.parts[0]] == [4, 4]
    assert from_geometry(to_geometry(shape)) == shape
    with pytest.raises(ShapeError):
        from_geometry(shapely.LineString(SQUARE))


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (MarkKind.POLYGON, (([(0, 0), (1, 1)],),)),
        (MarkKind.LINE, (([(0, 0)],),)),
        (MarkKind.LINE, (([(0, 0), (1, 1)],), ([(0, 0), (1, 1)],))),
        (MarkKind.FREEHAND, ((SQUARE, HOLE),)),
        (MarkKind.POINT, (([(0, 0), (1, 1)],),)),
        (MarkKind.RECTANGLE, (([(5, 5), (1, 1)],),)),
        (MarkKind.POINT, (([(math.nan, 0)],),)),
        (MarkKind.POINT, (([(0, 0, 0)],),)),
        (MarkKind.POLYGON, ()),
        (MarkKind.FOREIGN, (([(0, 0)],),)),
    ],
)
def test_nonsense_is_refused_in_a_sentence(kind, parts):
    with pytest.raises(ShapeError, match=r"\w.*\.$"):
        Shape(kind, parts)


def test_vertices_are_added_and_taken_away_down_to_the_fewest():
    shape = polygon(SQUARE)
    after = vertices(shape)[1]
    more = with_vertex_added(shape, after, PointPx(12, 5))
    assert [v.at for v in vertices(more)][2] == PointPx(12, 5)
    assert without_vertex(more, vertices(more)[2]) == shape
    triangle = without_vertex(shape, vertices(shape)[0])
    with pytest.raises(ShapeError):
        without_vertex(triangle, vertices(triangle)[0])
    with pytest.raises(ShapeError):
        with_vertex_added(rectangle(RectPx(0, 0, 1, 1)), vertices(shape)[0], PointPx(0, 0))


def test_a_dragged_corner_may_cross_the_opposite_one():
    shape = rectangle(RectPx(0, 0, 10, 10))
    dragged = with_vertex_at(shape, vertices(shape)[0], PointPx(15, 12))
    assert bounds(dragged) == (10, 10, 15, 12)


def test_coordinates_cannot_be_changed_from_outside():
    source = np.array(SQUARE, float)
    shape = polygon(source)
    source[0] = 99
    assert bounds(shape) == (0, 0, 10, 10)
    with pytest.raises(ValueError, match="read-only"):
        shape.parts[0][0][0, 0] = 5

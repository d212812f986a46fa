"""Transforms are inverse to each other, keep the anchor of a zoom, and are exact at quarter turns."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geometry import (
    PointPx,
    RectPx,
    ViewTransform,
    fitting_transform,
    magnification_for_scale,
    scale_for_magnification,
    tiles_covering,
)

coordinates = st.floats(-2e5, 2e5)
device = st.floats(-5000, 5000)
scales = st.floats(1e-3, 64.0)
angles = st.floats(-720.0, 720.0)
points = st.builds(PointPx, coordinates, coordinates)
viewports = st.tuples(st.integers(1, 4000).map(float), st.integers(1, 4000).map(float))
transforms = st.builds(ViewTransform, points, scales, angles, viewports)
rects = st.builds(RectPx, coordinates, coordinates, st.floats(1, 1e5), st.floats(1, 1e5))


@given(transforms, points)
def test_slide_to_device_and_back(transform: ViewTransform, point: PointPx) -> None:
    back = transform.to_slide(*transform.to_device(point))
    assert math.hypot(back.x - point.x, back.y - point.y) < 1e-6


@given(transforms, device, device)
def test_device_to_slide_and_back(transform: ViewTransform, x: float, y: float) -> None:
    x_back, y_back = transform.to_device(transform.to_slide(x, y))
    assert math.hypot(x_back - x, y_back - y) < 1e-6


@given(transforms, points)
def test_affine_says_the_same_as_to_device(transform: ViewTransform, point: PointPx) -> None:
    a, b, c, d, tx, ty = transform.affine()
    x, y = transform.to_device(point)
    assert a * point.x + b * point.y + tx == pytest.approx(x, abs=1e-5)
    assert c * point.x + d * point.y + ty == pytest.approx(y, abs=1e-5)


@given(transforms, device, device, scales)
def test_zoom_keeps_the_point_under_the_anchor(transform: ViewTransform, x: float, y: float, scale: float) -> None:
    anchor = transform.to_slide(x, y)
    zoomed = transform.zoomed_at(x, y, scale)
    assert zoomed.scale == scale
    x_after, y_after = zoomed.to_device(anchor)
    assert math.hypot(x_after - x, y_after - y) < 1e-5


@given(transforms, points, device, device)
def test_pan_moves_every_point_by_the_same_device_distance(
    transform: ViewTransform, point: PointPx, dx: float, dy: float
) -> None:
    x0, y0 = transform.to_device(point)
    x1, y1 = transform.panned(dx, dy).to_device(point)
    assert (x1 - x0, y1 - y0) == (pytest.approx(dx, abs=1e-5), pytest.approx(dy, abs=1e-5))


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [(0, (3, 5)), (90, (-5, 3)), (180, (-3, -5)), (270, (5, -3)), (-90, (5, -3)), (450, (-5, 3))],
)
def test_quarter_turns_are_exact_and_clockwise(rotation: float, expected: tuple[float, float]) -> None:
    transform = ViewTransform(PointPx(10, 20), 1.0, rotation, (0.0, 0.0))
    assert transform.to_device(PointPx(13, 25)) == expected


@given(transforms)
def test_visible_rect_holds_every_corner_of_the_viewport(transform: ViewTransform) -> None:
    rect = transform.visible_rect().expanded(1e-6)
    width, height = transform.viewport_device
    for x, y in ((0, 0), (width, 0), (0, height), (width, height)):
        assert rect.contains(transform.to_slide(x, y))


@given(points, scales, st.integers(-8, 8), viewports)
def test_snapped_puts_the_origin_on_a_whole_pixel(
    center: PointPx, scale: float, quarters: int, viewport: tuple[float, float]
) -> None:
    transform = ViewTransform(center, scale, quarters * 90.0, viewport)
    snapped = transform.snapped()
    x, y = snapped.to_device(PointPx(0, 0))
    assert x == pytest.approx(round(x), abs=1e-5)
    assert y == pytest.approx(round(y), abs=1e-5)
    x0, y0 = transform.to_device(PointPx(0, 0))
    assert abs(x - x0) <= 0.5 + 1e-5
    assert abs(y - y0) <= 0.5 + 1e-5


def test_snapped_leaves_other_angles_alone() -> None:
    transform = ViewTransform(PointPx(1.3, 2.7), 0.8, 37.0, (101.0, 50.0))
    assert transform.snapped() is transform


@given(transforms, st.integers(-3000, 3000), st.integers(-3000, 3000))
def test_whole_shift_finds_a_pan_by_whole_pixels(transform: ViewTransform, dx: int, dy: int) -> None:
    assert transform.whole_shift_to(transform.panned(dx, dy)) == (dx, dy)


def test_whole_shift_refuses_fractions_and_other_views() -> None:
    transform = ViewTransform(PointPx(100, 100), 0.5, 30.0, (200.0, 100.0))
    assert transform.whole_shift_to(transform.panned(1.5, 0)) is None
    assert transform.whole_shift_to(transform.zoomed_at(0, 0, 0.6)) is None
    assert transform.whole_shift_to(transform.rotated_to(31.0)) is None
    assert transform.whole_shift_to(transform.resized((201.0, 100.0))) is None


@given(transforms, rects)
def test_device_bounds_hold_the_rectangle(transform: ViewTransform, rect: RectPx) -> None:
    left, top, right, bottom = transform.device_bounds(rect)
    x, y = transform.to_device(rect.center)
    assert left <= x <= right
    assert top <= y <= bottom
    around = transform.slide_bounds(left, top, right, bottom).expanded(1e-5)
    assert around.intersection(rect).width == pytest.approx(rect.width)


@given(rects, viewports, angles)
def test_fitting_shows_the_whole_rectangle(rect: RectPx, viewport: tuple[float, float], rotation: float) -> None:
    transform = fitting_transform(rect, viewport, rotation)
    left, top, right, bottom = transform.device_bounds(rect)
    width, height = viewport
    slack = 1e-6 * max(viewport)
    assert left >= -slack
    assert top >= -slack
    assert right <= width + slack
    assert bottom <= height + slack
    assert (right - left) / width > 0.97 or (bottom - top) / height > 0.97


@given(angles)
def test_rotated_to_stays_within_one_turn(rotation: float) -> None:
    turned = ViewTransform(PointPx(0, 0), 1.0, 0.0, (1.0, 1.0)).rotated_to(rotation)
    assert 0.0 <= turned.rotation_deg < 360.0


@given(st.floats(0.5, 100.0), st.floats(0.05, 10.0))
def test_magnification_and_scale_are_inverse(magnification: float, mpp: float) -> None:
    scale = scale_for_magnification(magnification, mpp)
    assert magnification_for_scale(scale, mpp) == pytest.approx(magnification)


def test_forty_times_is_a_quarter_micron_per_device_pixel() -> None:
    assert scale_for_magnification(40.0, 0.25) == 1.0
    assert scale_for_magnification(20.0, 0.5) == 1.0
    assert scale_for_magnification(10.0, 0.25) == 0.25


@given(rects, st.floats(500, 50000))
def test_tiles_covering_cover_and_touch(rect: RectPx, pitch: float) -> None:
    cells = list(tiles_covering(rect, pitch))
    tiles = [RectPx(column * pitch, row * pitch, pitch, pitch) for column, row in cells]
    assert len(set(cells)) == len(cells)
    covered = sum((t.intersection(rect).width * t.intersection(rect).height) for t in tiles)
    assert covered == pytest.approx(rect.width * rect.height, rel=1e-6)


@given(rects, rects)
def test_intersection_lies_within_both_and_union_around_both(first: RectPx, second: RectPx) -> None:
    union = first.union(second).expanded(1e-6)
    for rect in (first, second):
        assert union.contains(rect.center)
    common = first.intersection(second)
    if not common.is_empty:
        assert first.expanded(1e-6).contains(common.center)
        assert second.expanded(1e-6).contains(common.center)
        assert first.intersects(second)

"""The coverage track: what counts as seen, how much, what comes next, and storing it."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.geometry import PointPx, RectPx, SizePx, ViewTransform
from app.records.coverage import Coverage, CoverageError, View, quad_of_rect, quad_of_view

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SLIDE = SizePx(12_800, 6_400)


def view(x: float, y: float, width: float, height: float, magnification: float = 20, seconds: float = 1) -> View:
    return View(quad_of_rect(RectPx(x, y, width, height)), magnification, seconds)


def everywhere(coverage: Coverage) -> np.ndarray:
    return np.ones((coverage.rows, coverage.columns), np.float32)


def test_only_what_was_in_view_is_seen_and_only_at_its_magnification():
    coverage = Coverage(SLIDE)
    changed = coverage.add(view(1280, 1280, 1280, 640, magnification=20))
    assert changed == RectPx(1280, 1280, 1280, 640)
    seen = coverage.seen(20)
    assert seen.sum() == 10 * 5
    assert seen[10:15, 10:20].all()
    assert not coverage.seen(40).any()
    assert (coverage.seen(10) == seen).all()


@UNHURRIED
@given(st.sampled_from([1.25, 2.5, 5.0, 10.0, 20.0, 40.0]), st.floats(0.02, 0.5))
def test_the_named_magnifications_are_exact(magnification, short):
    coverage = Coverage(SizePx(1000, 1000))
    coverage.add(view(0, 0, 1000, 1000, magnification * (1 - short) / 1.001))
    assert not coverage.seen(magnification).any()
    coverage.add(view(0, 0, 1000, 1000, magnification))
    assert coverage.seen(magnification).all()


def test_one_pixel_per_pixel_of_a_nominal_40x_scan_counts_as_40x():
    coverage = Coverage(SizePx(1000, 1000))
    coverage.add(view(0, 0, 1000, 1000, 40 * 0.25 / 0.2528))
    assert coverage.seen(40).all()


def test_dwell_is_kept_by_band_and_stops_at_its_limit():
    coverage = Coverage(SizePx(256, 128))
    coverage.add(view(0, 0, 128, 128, magnification=10, seconds=2))
    coverage.add(view(0, 0, 128, 128, magnification=40, seconds=3))
    coverage.add(view(0, 0, 256, 128, magnification=5, seconds=1000))
    assert coverage.dwell_s(10).tolist() == [[5, 0]]
    assert coverage.dwell_s(40).tolist() == [[3, 0]]
    assert coverage.dwell_s().tolist() == [[63.75 + 5, 63.75]]


@UNHURRIED
@given(st.floats(-180, 180), st.floats(0.05, 2), st.floats(0, 12_800), st.floats(0, 6_400))
def test_a_turned_view_covers_exactly_the_cells_whose_middle_it_shows(rotation, scale, x, y):
    transform = ViewTransform(PointPx(x, y), scale, rotation, (1920, 1080))
    coverage = Coverage(SLIDE)
    coverage.add(View(quad_of_view(transform), 20, 1))
    for (row, column), seen in np.ndenumerate(coverage.seen(20)[::3, ::3]):
        device = transform.to_device(PointPx((3 * column + 0.5) * 128, (3 * row + 0.5) * 128))
        beyond = max(-device[0], device[0] - 1920, -device[1], device[1] - 1080)
        if abs(beyond) > 1e-6:
            assert seen == (beyond < 0)


def test_corners_may_be_given_either_way_round():
    there, back = Coverage(SLIDE), Coverage(SLIDE)
    corners = quad_of_rect(RectPx(1000, 1000, 1920, 1080))
    there.add(View(corners, 20, 1))
    back.add(View(corners[::-1], 20, 1))
    assert there.seen(20).any()
    assert (there.seen(20) == back.seen(20)).all()


def test_views_beside_the_slide_change_nothing():
    coverage = Coverage(SLIDE)
    assert coverage.add(view(-5000, -5000, 1000, 1000)) is None
    assert coverage.add(view(20_000, 0, 1000, 1000)) is None
    assert not coverage.codes.any()


@pytest.mark.parametrize(("magnification", "seconds"), [(0, 1), (20, 0), (math.nan, 1), (20, math.inf)])
def test_a_view_without_magnification_or_time_is_refused(magnification, seconds):
    with pytest.raises(CoverageError):
        Coverage(SLIDE).add(view(0, 0, 100, 100, magnification, seconds))


@pytest.mark.parametrize("finer", [0.25, 0.5, 1, 2, 4])
def test_share_of_the_cellular_area_is_the_same_from_any_resolution_of_the_mask(finer):
    coverage = Coverage(SizePx(128 * 128, 64 * 128))
    shape = (int(64 * finer), int(128 * finer))
    mask = np.zeros(shape, np.bool_)
    mask[: shape[0] // 2, : shape[1] // 4] = True
    weights = coverage.cellular_weights(mask)
    assert weights.sum() == pytest.approx(32 * 32)
    assert coverage.share_seen(weights, 10) == 0
    coverage.add(view(0, 0, 16 * 128, 64 * 128, magnification=10))
    assert coverage.share_seen(weights, 10) == pytest.approx(0.5)
    assert coverage.share_seen(weights, 20) == 0
    assert coverage.share_seen(coverage.cellular_weights(np.zeros(shape, np.bool_)), 10) is None


def test_background_that_was_seen_does_not_count():
    coverage = Coverage(SLIDE)
    weights = everywhere(coverage) * 0
    weights[0, 0] = weights[49, 99] = 1
    coverage.add(view(128, 128, 12_400, 6_100))
    assert coverage.share_seen(weights, 20) == 0


@settings(UNHURRIED, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.sampled_from([(1920, 1080), (300, 200), (60, 40)]))
def test_going_to_the_next_unseen_field_again_and_again_sees_all_cellular_area(seed, cells, field):
    random = np.random.default_rng(seed)
    coverage = Coverage(SLIDE)
    weights = everywhere(coverage) * 0
    weights[random.integers(0, 50, cells), random.integers(0, 100, cells)] = random.uniform(0.1, 1, cells)
    at, steps = PointPx(0, 0), 0
    while (rect := coverage.next_unseen(weights, 20, at, SizePx(*field))) is not None:
        coverage.add(View(quad_of_rect(rect), 20, 1))
        at, steps = rect.center, steps + 1
        assert steps <= cells
    assert coverage.share_seen(weights, 20) == 1


def test_the_next_field_is_the_nearest_and_shows_as_much_as_it_can():
    coverage = Coverage(SLIDE)
    weights = everywhere(coverage) * 0
    weights[10, 10:14] = 1
    weights[40, 90] = 1
    near = coverage.next_unseen(weights, 10, PointPx(0, 0), SizePx(640, 384))
    assert near.contains(PointPx(10.5 * 128, 10.5 * 128))
    coverage.add(View(quad_of_rect(near), 10, 1))
    assert coverage.seen(10)[10, 10:14].all()
    far = coverage.next_unseen(weights, 10, near.center, SizePx(640, 384))
    assert far.contains(PointPx(90.5 * 128, 40.5 * 128))


def test_coverage_survives_being_stored_and_is_small():
    coverage = Coverage(SizePx(80_000, 60_000))
    random = np.random.default_rng(3)
    for x, y in random.uniform((0, 0), (78_000, 59_000), (500, 2)):
        coverage.add(view(x, y, 1920, 1080, random.choice([5, 10, 20, 40]), random.uniform(0.3, 9)))
    blob = coverage.to_blob()
    again = Coverage.from_blob(blob)
    assert (again.codes == coverage.codes).all()
    assert (again.dwell == coverage.dwell).all()
    assert again.slide_size == coverage.slide_size
    assert len(blob) < 100_000


@pytest.mark.parametrize("blob", [b"", b"FNC1", b"FNC1" + bytes(12), b"x" * 40])
def test_damaged_coverage_is_refused(blob):
    with pytest.raises(CoverageError):
        Coverage.from_blob(blob)


def test_cut_coverage_is_refused():
    blob = Coverage(SLIDE).to_blob()
    with pytest.raises(CoverageError):
        Coverage.from_blob(blob[:-5])

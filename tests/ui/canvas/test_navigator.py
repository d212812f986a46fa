"""Moves of the view: limits, anchors, fitting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geometry import PointPx, SizePx
from app.ui.canvas.navigator import MAX_SCALE, OBJECTIVES, Navigator

VIEWPORT = (1000.0, 700.0)


def navigator(mpp: float | None = 0.25) -> Navigator:
    return Navigator(SizePx(40_000, 30_000), mpp, VIEWPORT)


def test_it_starts_fitted_and_refits_until_moved() -> None:
    nav = navigator()
    fitted = nav.transform.scale
    nav.resize((500.0, 350.0))
    assert nav.transform.scale == pytest.approx(fitted / 2)
    nav.zoom_by(2.0)
    nav.resize(VIEWPORT)
    assert nav.transform.scale == pytest.approx(fitted)
    nav.zoom_by(4.0)
    nav.fit()
    assert nav.transform.scale == pytest.approx(fitted)


def test_turning_a_fitted_slide_keeps_it_whole_in_view() -> None:
    nav = navigator()
    nav.rotate_by(90)
    left, top, right, bottom = nav.transform.device_bounds(nav.bounds)
    assert (left >= -1, top >= -1, right <= 1001, bottom <= 701) == (True,) * 4
    assert bottom - top == pytest.approx(700 * 0.98, rel=0.01)


@given(
    st.lists(st.floats(0.7, 1.4), min_size=1, max_size=40),
    st.floats(0, 1000),
    st.floats(0, 700),
)
def test_a_long_zoom_does_not_drift_from_its_anchor(factors: list[float], x: float, y: float) -> None:
    nav = navigator()
    nav.center_on(PointPx(20_000, 15_000), 10)
    anchor = nav.transform.to_slide(x, y)
    for factor in factors:
        nav.zoom_by(factor, (x, y))
        # Held back at the slide's edge it cannot keep the anchor; what is given out is snapped by up to a pixel.
        center, pixel = nav.transform.center, 1 / nav.transform.scale
        if not pixel < center.x < 40_000 - pixel or not pixel < center.y < 30_000 - pixel:
            return
    scale_ratio = nav.transform.scale / 0.25
    x_after, y_after = nav.transform.to_device(anchor)
    # Half a device pixel from snapping before, stretched, and half a pixel after.
    allowed = 0.5 + 0.5 * max(1.0, scale_ratio) + 1e-6
    if min(nav.transform.scale, 0.02) == 0.02:
        assert abs(x_after - x) <= allowed
        assert abs(y_after - y) <= allowed


def test_the_size_has_limits() -> None:
    nav = navigator()
    nav.zoom_by(1e9)
    assert nav.transform.scale == MAX_SCALE
    nav.zoom_by(1e-9)
    left, _, right, _ = nav.transform.device_bounds(nav.bounds)
    assert 300 < right - left < 1000
    tiny = Navigator(SizePx(20, 20), None, VIEWPORT)
    assert tiny.transform.scale > MAX_SCALE
    tiny.zoom_by(2.0)
    tiny.zoom_by(0.001)
    assert tiny.transform.scale == pytest.approx(0.5)


@pytest.mark.parametrize("magnification", OBJECTIVES)
@pytest.mark.parametrize("mpp", [0.1, 0.25, 8.0])
def test_every_objective_is_had_on_a_small_crop(magnification: float, mpp: float) -> None:
    nav = Navigator(SizePx(2048, 2048), mpp, VIEWPORT)
    nav.set_magnification(magnification)
    assert nav.magnification == pytest.approx(magnification)


def test_the_slide_cannot_be_lost() -> None:
    nav = navigator()
    nav.set_magnification(40)
    nav.pan(10**7, -(10**7))
    assert nav.transform.center.x == pytest.approx(0, abs=1)
    assert nav.transform.center.y == pytest.approx(30_000, abs=1)


def test_without_mpp_there_is_no_magnification() -> None:
    nav = navigator(mpp=None)
    assert nav.magnification is None
    with pytest.raises(ValueError, match="mpp"):
        nav.set_magnification(20)
    before = nav.transform.scale
    nav.center_on(PointPx(100, 100), 20)
    assert nav.transform.scale == before

"""The scale of a file is known, missing or impossible, and never guessed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.slides.scale import judge_mpp
from app.slides.slide import MppState


@given(st.floats(0.052, 9.7), st.floats(0.98, 1.02))
def test_a_plausible_scale_is_the_mean_of_x_and_y(x: float, ratio: float) -> None:
    mpp, state, raw, note = judge_mpp(x, x * ratio)
    assert state is MppState.KNOWN and note is None
    assert mpp == pytest.approx((x + x * ratio) / 2)
    assert raw == (x, x * ratio)


@pytest.mark.parametrize(("x", "y"), [(None, None), (0.25, None), (None, 0.25)])
def test_without_both_axes_it_is_missing(x: float | None, y: float | None) -> None:
    assert judge_mpp(x, y) == (None, MppState.MISSING, None, None)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (352.8, 352.8),  # a 72-dpi tag
        (84.67, 84.67),  # a 300-dpi tag
        (0.049, 0.049),
        (10.01, 10.01),
        (0.0, 0.0),
        (-0.25, -0.25),
        (math.nan, math.nan),
        (math.inf, math.inf),
        (0.25, 0.5),  # the axes contradict each other
        (0.25, 0.27),
    ],
)
def test_what_no_slide_has_is_impossible_and_told(x: float, y: float) -> None:
    mpp, state, _, note = judge_mpp(x, y)
    assert mpp is None and state is MppState.IMPOSSIBLE
    assert note is not None and note.endswith("not used.")

"""Transparent pixels on a background, to the last bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.slides.tiff_colours import lay_on_background

byte = st.integers(0, 255)


@given(byte, byte, byte, st.booleans())
def test_it_is_the_rounded_mixture_and_never_wraps_around(
    colour: int, alpha: int, background: int, premultiplied: bool
) -> None:
    shown = lay_on_background(
        np.full((1, 2, 3), colour, np.uint8),
        np.full((1, 2, 1), alpha, np.uint8),
        (background, 0, 0),
        premultiplied=premultiplied,
    )
    own = colour if premultiplied else colour * alpha / 255
    expected = min(255.0, own + background * (255 - alpha) / 255)
    assert shown.shape == (1, 2, 3) and shown.dtype == np.uint8
    assert abs(int(shown[0, 0, 0]) - expected) <= 0.5

"""Letterbox bars are found, filled, and shown alone."""

from __future__ import annotations

import numpy as np
import pytest

from kd.benchmark.real_cells import bars_only, content_box, without_bars


def letterboxed(top: int, bottom: int, *, side: int = 100) -> np.ndarray:
    """Noise between two bars of one colour, as uint8 (side, side, 3)."""
    image = np.full((side, side, 3), (90, 120, 160), np.uint8)
    image[top : side - bottom] = np.random.default_rng(0).integers(0, 255, (side - top - bottom, side, 3))
    return image


@pytest.mark.parametrize("depth", [0, 5, 30])
def test_the_picture_between_the_bars_is_found(depth: int) -> None:
    top, bottom, left, right = content_box(letterboxed(depth, depth))
    # one more row counts to a bar that was found
    margin = depth + 1 if depth else 0
    assert (top, bottom, left, right) == (margin, 100 - margin, 0, 100)
    turned = content_box(letterboxed(depth, depth).transpose(1, 0, 2))
    assert turned == (0, 100, margin, 100 - margin)


def test_a_background_of_one_colour_on_one_side_is_no_bar() -> None:
    assert content_box(letterboxed(20, 0)) == (0, 100, 0, 100)


def test_no_row_of_the_bar_is_left_and_the_picture_stays() -> None:
    image = letterboxed(30, 30)
    filled = without_bars(image)
    assert filled.shape == image.shape
    assert np.array_equal(filled[31:69], image[31:69])
    assert (filled.reshape(100, -1).std(1) > 20).all()
    alone = bars_only(image)
    assert (alone[31:69] == 128).all()
    assert np.array_equal(alone[:30], image[:30])

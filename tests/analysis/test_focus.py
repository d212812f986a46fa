"""Tiles that are clearly out of focus are told from sharp ones, whatever their stain and how many cells they hold."""

import cv2
import numpy as np
import pytest

from app.analysis.focus import MIN_SAMPLE, FocusJudge, sharpness
from tests.drawn_slides import BLUE, RED, draw


def tile(seed, colour=BLUE, cells=6, blur_px=0.5):
    rng = np.random.default_rng(seed)
    image = draw(384, 384, [(int(x), int(y), colour) for x, y in rng.integers(40, 340, (cells, 2))])
    grain = rng.normal(0, 12, (192, 192, 1)).astype(np.float32)
    image = np.clip(image + cv2.resize(grain, (384, 384))[..., None] * (image < 200), 0, 255).astype(np.uint8)
    blurred = cv2.GaussianBlur(image, (0, 0), max(0.1, 4 * blur_px))
    return np.ascontiguousarray(cv2.resize(blurred, (96, 96), interpolation=cv2.INTER_AREA))


@pytest.fixture(scope="module")
def judge():
    return FocusJudge([tile(seed, cells=12) for seed in range(20)])


@pytest.mark.parametrize("cells", [1, 3, 12])
@pytest.mark.parametrize("colour", [RED, BLUE])
def test_sharp_tiles_stay_and_defocused_ones_go(judge, cells, colour):
    for seed in range(100, 110):
        assert not judge.is_out_of_focus(tile(seed, colour, cells), 0.5)
        assert judge.is_out_of_focus(tile(seed, colour, cells, blur_px=6.0), 0.5)


def test_slight_blur_is_let_pass(judge):
    assert not any(judge.is_out_of_focus(tile(seed, cells=8, blur_px=1.0), 0.5) for seed in range(200, 210))


def test_tiles_with_hardly_any_cells_are_not_judged(judge):
    assert not judge.is_out_of_focus(tile(1, blur_px=6.0), 0.1)


def test_sharpness_falls_with_blur():
    values = [sharpness(tile(1, blur_px=blur)) for blur in (0.25, 0.5, 1, 2, 4)]
    assert values == sorted(values, reverse=True)


def test_without_enough_to_compare_with_nothing_is_called_out_of_focus():
    blurred = [tile(seed, blur_px=6.0) for seed in range(MIN_SAMPLE - 1)]
    assert not any(FocusJudge(blurred).is_out_of_focus(t, 0.5) for t in blurred)
    all_blurred = FocusJudge([tile(seed, blur_px=6.0) for seed in range(20)])
    assert not all_blurred.is_out_of_focus(tile(50, blur_px=6.0), 0.5), "a slide that is blurred all over"

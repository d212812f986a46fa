"""Tiles that are clearly out of focus are told from sharp ones, by themselves: whatever their stain, contrast and
number of cells, and without anything sharp to compare with. Of what has no edges nothing is said."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.focus import (
    MIN_CELLULARITY,
    SURE_CELLULARITY,
    blurred_share,
    focus_score,
    focus_scores,
    is_out_of_focus,
    quick_focus_scores,
    sample_cells,
)
from tests.drawn_slides import BLUE, RED, draw

MPP = 0.5


def tile(seed, colour=BLUE, cells=6, blur_um=0.25, mpp=MPP):
    """48 um of glass with textured cells 9 um wide, through a Gaussian blur."""
    rng = np.random.default_rng(seed)
    image = draw(384, 384, [(int(x), int(y), colour) for x, y in rng.integers(40, 340, (cells, 2))], radius_px=36)
    grain = rng.normal(0, 12, (192, 192, 1)).astype(np.float32)
    image = np.clip(image + cv2.resize(grain, (384, 384))[..., None] * (image < 200), 0, 255).astype(np.uint8)
    blurred = cv2.GaussianBlur(image, (0, 0), blur_um / 0.125)
    side = round(48 / mpp)
    return np.ascontiguousarray(cv2.resize(blurred, (side, side), interpolation=cv2.INTER_AREA))


@pytest.mark.parametrize("cells", [1, 3, 12])
@pytest.mark.parametrize("colour", [RED, BLUE])
@pytest.mark.parametrize("mpp", [0.25, 0.5])
def test_sharp_tiles_stay_and_defocused_ones_go(colour, cells, mpp):
    for seed in range(100, 106):
        assert not is_out_of_focus(focus_score(tile(seed, colour, cells, mpp=mpp), mpp), 0.5)
        assert is_out_of_focus(focus_score(tile(seed, colour, cells, blur_um=4.0, mpp=mpp), mpp), 0.5)


def test_slight_blur_is_let_pass():
    assert not any(is_out_of_focus(focus_score(tile(seed, cells=8, blur_um=0.5), MPP), 0.5) for seed in range(8))


def test_the_score_falls_with_blur():
    values = [focus_score(tile(1, blur_um=blur), MPP) for blur in (0.25, 0.5, 1, 2, 4)]
    assert values == sorted(values, reverse=True)
    assert values[-1] >= 1.0


@settings(max_examples=20)
@given(st.floats(0.5, 1.0), st.integers(0, 50))
def test_contrast_and_brightness_do_not_matter(contrast, darker):
    sharp = tile(7, cells=8)
    pale = (235 - (235 - sharp.astype(np.float32)) * contrast - darker).clip(0, 255).astype(np.uint8)
    assert focus_score(pale, MPP) == pytest.approx(focus_score(sharp, MPP), rel=0.25)


def test_of_what_has_no_edges_nothing_is_said():
    glass = np.full((96, 96, 3), 236, np.uint8)
    y, x = np.mgrid[0:96, 0:96]
    colloid = (200 - 30 * np.exp(-((x - 48) ** 2 + (y - 48) ** 2) / 3000.0)).astype(np.uint8)
    for smooth in (glass, np.repeat(colloid[..., None], 3, axis=2)):
        score = focus_score(smooth, MPP)
        assert np.isnan(score)
        assert not is_out_of_focus(score, 1.0)


def test_tiles_with_hardly_any_cells_are_not_called_out_of_focus():
    score = focus_score(tile(1, blur_um=5.0), MPP)
    assert is_out_of_focus(score, MIN_CELLULARITY)
    assert not is_out_of_focus(score, MIN_CELLULARITY / 2)
    assert is_out_of_focus(1.5, SURE_CELLULARITY) and not is_out_of_focus(1.5, SURE_CELLULARITY / 1.5)


@pytest.mark.parametrize("mpp", [0.25, 0.5])
def test_tiles_judged_together_score_as_each_alone(mpp):
    """More than go into one stack; no tile sees the one above or below it."""
    tiles = np.stack([tile(seed, cells=1 + seed % 9, blur_um=0.25 + seed % 4, mpp=mpp) for seed in range(20)])
    tiles[5] = 236
    alone = [focus_score(one, mpp) for one in tiles]
    assert np.isnan(alone[5]) and np.isfinite(alone[6])
    assert np.allclose(focus_scores(tiles, mpp), alone, rtol=1e-6, equal_nan=True)
    assert len(focus_scores(tiles[:0], mpp)) == 0
    assert np.isnan(focus_scores(tiles[:, :4, :4], mpp)).all()


def test_a_quick_look_says_the_same_of_each_tile():
    """Sharp, blurred, without edges, and with edges only where the quick look does not look."""
    tiles = [tile(seed, cells=8) for seed in range(4)] + [tile(seed, cells=8, blur_um=4.0) for seed in range(4)]
    above = np.concatenate([tiles[0][:24], np.full((72, 96, 3), 236, np.uint8)])
    stack = np.stack([*tiles, above, np.full((96, 96, 3), 236, np.uint8)])
    whole, quick = focus_scores(stack, MPP), quick_focus_scores(stack, np.arange(len(stack)), MPP)
    assert [is_out_of_focus(s, 0.5) for s in quick] == [False] * 4 + [True] * 4 + [False] * 2
    assert np.array_equal(quick[4:], whole[4:], equal_nan=True)
    assert np.isfinite(quick[8]) and np.isnan(quick[9])
    some = np.array([1, 4, 7])
    assert np.array_equal(quick_focus_scores(stack, some, MPP), quick[some])


def test_the_blurred_share_of_a_picture():
    sharp, soft = tile(3, cells=12), tile(3, cells=12, blur_um=4.0)
    assert blurred_share(np.hstack([sharp] * 4), MPP) == 0.0
    assert blurred_share(np.hstack([sharp, soft, soft, soft]), MPP) == 0.75
    assert blurred_share(np.full((300, 300, 3), 236, np.uint8), MPP) is None


def test_the_sample_is_spread_over_the_cellular_tiles():
    cellularity = np.zeros((40, 50), np.float32)
    cellularity[10:30] = 0.5
    chosen = sample_cells(cellularity)
    assert len(chosen) == len(set(chosen.tolist())) and (cellularity.ravel()[chosen] > 0).all()
    assert chosen.min() == 10 * 50 and chosen.max() == 30 * 50 - 1
    assert len(sample_cells(np.zeros((3, 3), np.float32))) == 0

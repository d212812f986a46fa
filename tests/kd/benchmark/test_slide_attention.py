"""Tiles of a slide image, and the correlation of attention maps."""

from __future__ import annotations

import numpy as np
import pytest

from kd.benchmark.measure import correlation_per_tile
from kd.benchmark.slide_attention import tiles
from kd.errors import KdError


def test_tiles_are_cut_at_the_models_scale_and_glass_is_left_out() -> None:
    image = np.full((200, 400, 3), 240, np.uint8)
    image[:, :200] = np.random.default_rng(0).integers(0, 255, (25, 25, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    found = tiles(image, 0.25, 0.5, 50)  # half the pixels: 100 x 200, of which the left half shows something
    assert found.shape == (4, 50, 50, 3)
    with pytest.raises(KdError, match="no tile"):
        tiles(image[:, 200:], 0.25, 0.5, 50)


def test_correlation_is_pearsons_and_zero_for_a_constant_map() -> None:
    random = np.random.default_rng(1)
    ours, theirs = (random.random((3, 36)).astype(np.float32) for _ in "ot")
    expected = [np.corrcoef(a, b)[0, 1] for a, b in zip(ours, theirs, strict=True)]
    assert correlation_per_tile(ours, theirs) == pytest.approx(expected, abs=1e-6)
    assert correlation_per_tile(ours * 2 + 1, ours) == pytest.approx([1, 1, 1], abs=1e-5)
    assert correlation_per_tile(np.ones((1, 36), np.float32), ours[:1])[0] == 0.0

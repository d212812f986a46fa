"""Corruptions: the same for every model, different from patch to patch, and real."""

from __future__ import annotations

import numpy as np
import pytest

from kd.benchmark.shifts import SHIFTS, shifted
from kd.errors import KdError


@pytest.fixture
def images() -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.repeat(rng.integers(60, 230, (1, 32, 32, 3), dtype=np.uint8), 4, axis=0)


@pytest.mark.parametrize("name", SHIFTS)
def test_a_shift_depends_on_the_row_alone(name: str, images: np.ndarray) -> None:
    once = shifted(name, images, np.array([0, 1, 2]))
    assert once.dtype == np.uint8 and once.shape == (3, 32, 32, 3)
    assert np.array_equal(once[2], shifted(name, images, np.array([2]))[0])
    assert (once != images[:3]).mean() > 0.3


@pytest.mark.parametrize("name", ["stain", "noise"])
def test_equal_patches_are_not_corrupted_alike(name: str, images: np.ndarray) -> None:
    one, other = shifted(name, images, np.array([0, 1]))
    assert not np.array_equal(one, other)


def test_an_unknown_shift_is_refused(images: np.ndarray) -> None:
    with pytest.raises(KdError, match="fog"):
        shifted("fog", images, np.array([0]))

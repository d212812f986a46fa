"""Two flags of a scored tile: the model wavers between classes, and the tile is unlike what it was trained on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UNCERTAIN_MARGIN = 0.4
"""Uncertain: the calibrated probabilities of the two most likely classes are closer than this (.7 against .3)."""


def is_uncertain(probabilities: npt.NDArray[np.float32]) -> bool:
    """Whether one tile's class is uncertain, from its calibrated probabilities (C,)."""
    return bool(uncertain(probabilities))


def uncertain(probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Of tiles (..., C), whether their class is uncertain: (...)."""
    classes = probabilities.shape[-1]
    if classes < 2:
        return np.zeros(probabilities.shape[:-1], bool)
    top = np.partition(probabilities, classes - 2, axis=-1)
    flags: npt.NDArray[np.bool_] = top[..., -1] - top[..., -2] < UNCERTAIN_MARGIN
    return flags


def is_unlike(out_of_domain: float | None, threshold: float | None) -> bool:
    """Whether an out-of-domain score lies above the card's threshold; without one nothing is flagged."""
    return out_of_domain is not None and threshold is not None and out_of_domain > threshold

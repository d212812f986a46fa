"""Judging the scale that a file states."""

from __future__ import annotations

import math

from app.slides.slide import MPP_MAX_UM, MPP_MIN_UM, MppState

MAX_ANISOTROPY = 0.05
"""x and y may differ by this share; tiles resampled by their mean would be distorted beyond it."""


def judge_mpp(
    x_um: float | None, y_um: float | None
) -> tuple[float | None, MppState, tuple[float, float] | None, str | None]:
    """(mpp in um/px or None, state, what the file says, a note for the user or None).

    The mpp is the mean of x and y. It is ``IMPOSSIBLE`` outside 0.05-10 um/px or when x and y differ
    by more than 5 %, and never guessed.
    """
    if x_um is None or y_um is None:
        return None, MppState.MISSING, None, None
    raw = (x_um, y_um)
    if not all(math.isfinite(value) and MPP_MIN_UM <= value <= MPP_MAX_UM for value in raw):
        note = f"The file states {x_um:.4g} x {y_um:.4g} µm per pixel, which no microscope slide has; it is not used."
        return None, MppState.IMPOSSIBLE, raw, note
    mean = (x_um + y_um) / 2
    if abs(x_um - y_um) > MAX_ANISOTROPY * mean:
        note = f"The file states {x_um:.4g} µm per pixel across but {y_um:.4g} down; such a scale is not used."
        return None, MppState.IMPOSSIBLE, raw, note
    return mean, MppState.KNOWN, raw, None

"""Dice overlap of segmentations by image, and its intervals over images or their groups."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kd.segment.classes import CYTOPLASM, NUCLEUS

Masks = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]
MEASURED = {"nucleus": NUCLEUS, "cytoplasm": CYTOPLASM}


def dice(found: Masks, truth: Masks, value: int) -> FloatArray:
    """Per image, 2 |A and B| / (|A| + |B|) of one class; NaN where neither mask holds it. Masks (n, H, W)."""
    a, b = (found == value), (truth == value)
    total = a.sum((1, 2)) + b.sum((1, 2))
    with np.errstate(invalid="ignore"):
        result: FloatArray = 2.0 * (a & b).sum((1, 2)) / total
    return result


def dice_table(found: Masks, truth: Masks) -> dict[str, FloatArray]:
    """Per image: Dice of nucleus and cytoplasm, of the whole cell, and ``mean``, that of nucleus and cytoplasm."""
    table = {name: dice(found, truth, value) for name, value in MEASURED.items()}
    table["cell"] = dice((found > 0).astype(np.uint8), (truth > 0).astype(np.uint8), 1)
    table["mean"] = (table["nucleus"] + table["cytoplasm"]) / 2.0
    return table


def interval(
    values: FloatArray, groups: npt.NDArray[np.str_], resamples: int = 2000, seed: int = 0
) -> dict[str, float]:
    """Mean of per-image values (n,) and its 95 % interval, whole groups drawn with replacement; NaN is left out."""
    present = np.isfinite(values)
    names, group_of = np.unique(groups[present], return_inverse=True)
    sums = np.bincount(group_of, weights=values[present], minlength=len(names))
    sizes = np.bincount(group_of, minlength=len(names))
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1.0 / len(names)), size=resamples)
    means = (drawn @ sums) / np.maximum(drawn @ sizes, 1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {"value": float(values[present].mean()), "low": float(low), "high": float(high)}

"""Which precision a model card allows. Apart from the runtime, so that the window need not load one to know."""

from __future__ import annotations

import os

from app.analysis.runtime.tuning import recall
from kd.bundle import Bundle

MIN_TOP1_AGREEMENT = 0.995
"""Share of tiles on which a reduced precision must have given the same top class as fp32 when measured."""
ON_CPU = ("fp32", "int8")
ON_GPU = ("fp32", "fp16")
FP16_NEEDS_GPU = (
    "fp16 runs on a GPU only, since a CPU turns it into fp32 at every step and is no faster with it; choose another "
    "precision, or name the device cpu as well to have it run all the same."
)


def intended_precision(bundle: Bundle, asked: str = "auto", keep: str = "") -> tuple[str, str]:
    """The precision to try first on a CPU, and why in words for the user.

    int8 is taken when asked for, or on ``auto`` when the bundle holds it and its card's measured agreement
    allows it, unless fp32 was measured to be faster on this machine. On ``auto`` the precision of scores that are there
    already is kept (``keep``), whatever is faster. The runtime still checks it against the reference tiles and may fall
    back to fp32.
    """
    if asked != "auto":
        return asked, "chosen by the user"
    if keep in ON_CPU and keep in bundle.precisions:
        return keep, "as the scores that are stored"
    allowed, why = _agrees(bundle, "int8")
    if not allowed:
        return "fp32", why
    tuning = recall(bundle, os.cpu_count() or 1)
    # Measured without int8 means that it was refused: it is tried again, so that this is told again.
    if tuning is not None and tuning.precision == "fp32" and "int8" in tuning.tiles_per_s:
        return "fp32", "int8 was measured not to be faster on this machine"
    return "int8", why


def intended_on_gpu(bundle: Bundle, asked: str = "auto", keep: str = "") -> tuple[str, str]:
    """The same for a GPU, whose reduced precision is fp16."""
    if asked != "auto":
        return asked, "chosen by the user"
    if keep in ON_GPU and keep in bundle.precisions:
        return keep, "as the scores that are stored"
    allowed, why = _agrees(bundle, "fp16")
    return ("fp16" if allowed else "fp32"), why


def _agrees(bundle: Bundle, precision: str) -> tuple[bool, str]:
    """Whether the bundle and its card allow a reduced precision, and why (not)."""
    if precision not in bundle.precisions:
        return False, f"the bundle holds no {precision} model"
    top1 = bundle.card.agreement.get(precision, {}).get("top1")
    if top1 is None:
        return False, f"the card does not say how well {precision} agrees"
    if top1 < MIN_TOP1_AGREEMENT:
        return False, f"{precision} agrees with fp32 on {top1:.2%} of tiles only"
    return True, f"{precision} agrees with fp32 on {top1:.2%} of tiles"

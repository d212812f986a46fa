"""Which precision a model card allows. Apart from the runtime, so that the window need not load one to know."""

from __future__ import annotations

import os

from app.analysis.runtime.tuning import recall
from kd.bundle import Bundle

MIN_TOP1_AGREEMENT = 0.995
"""Share of tiles on which a reduced precision must have given the same top class as fp32 when measured."""


def intended_precision(bundle: Bundle, asked: str = "auto", keep: str = "") -> tuple[str, str]:
    """The precision to try first on a CPU, and why in words for the user.

    int8 is taken when asked for, or on ``auto`` when the bundle holds it and its card's measured agreement
    allows it, unless fp32 was measured to be faster on this machine. On ``auto`` the precision of scores that are there
    already is kept (``keep``), whatever is faster. The runtime still checks it against the reference tiles and may fall
    back to fp32.
    """
    if asked in ("fp32", "int8"):
        return asked, "chosen by the user"
    if keep in bundle.precisions:
        return keep, "as the scores that are stored"
    if "int8" not in bundle.precisions:
        return "fp32", "the bundle holds no int8 model"
    top1 = bundle.card.agreement.get("int8", {}).get("top1")
    if top1 is None:
        return "fp32", "the card does not say how well int8 agrees"
    if top1 < MIN_TOP1_AGREEMENT:
        return "fp32", f"int8 agrees with fp32 on {top1:.2%} of tiles only"
    tuning = recall(bundle, os.cpu_count() or 1)
    # Measured without int8 means that it was refused: it is tried again, so that this is told again.
    if tuning is not None and tuning.precision == "fp32" and "int8" in tuning.tiles_per_s:
        return "fp32", "int8 was measured not to be faster on this machine"
    return "int8", f"int8 agrees with fp32 on {top1:.2%} of tiles"

"""All scores of one slide at one moment, with what they were made from: what exports and reports are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.records.findings import RankedField, SlideSummary
from app.records.provenance import Provenance
from app.records.scores import GridSpec
from app.records.weighed_slide import WeighedSlide
from kd.bundle import ClassInfo


@dataclass(frozen=True)
class SlideScores:
    """``states`` (rows, columns) uint8, ``probabilities`` (rows, columns, C) and ``out_of_domain`` (rows, columns)
    float32. ``slide_mpp`` is um per level-0 pixel. ``complete`` is False while tiles are pending. ``notices`` are the
    sentences that the user was shown; ``demonstration`` stamps results that mean nothing on this slide. ``may_rank`` is
    False for a phantom model on a real slide without demonstration mode: exports then name no class. ``weighed``: what
    a slide model made of these very scores, where one was asked."""

    slide_name: str
    grid: GridSpec
    states: npt.NDArray[np.uint8]
    probabilities: npt.NDArray[np.float32]
    out_of_domain: npt.NDArray[np.float32]
    classes: tuple[ClassInfo, ...]
    slide_mpp: float
    provenance: Provenance
    summary: SlideSummary
    ranked_fields: tuple[RankedField, ...]
    notices: tuple[str, ...]
    demonstration: bool
    may_rank: bool
    complete: bool
    weighed: WeighedSlide | None = None

"""The scores of a moment, frozen for export."""

from __future__ import annotations

from collections.abc import Sequence

from app.records.findings import RankedField, SlideSummary
from app.records.slide_scores import SlideScores
from app.session.events import Notice
from app.session.score_map import ScoreMap
from kd.bundle import ClassInfo


def freeze(
    scores: ScoreMap,
    slide_name: str,
    classes: tuple[ClassInfo, ...],
    mpp: float,
    *,
    summary: SlideSummary,
    ranked_fields: Sequence[RankedField],
    notices: Sequence[Notice],
    demonstration: bool,
) -> SlideScores:
    """A copy that no run changes any more. ``mpp`` is that of level 0."""
    frozen = scores.copy()
    return SlideScores(
        slide_name=slide_name,
        grid=frozen.grid,
        states=frozen.states,
        probabilities=frozen.probabilities,
        out_of_domain=frozen.out_of_domain,
        classes=classes,
        mpp=mpp,
        provenance=frozen.provenance,
        summary=summary,
        ranked_fields=tuple(ranked_fields),
        notices=tuple(notice.text for notice in notices),
        demonstration=demonstration,
        complete=summary.pending == 0,
    )

"""The scores of a moment, frozen for export."""

from __future__ import annotations

from collections.abc import Sequence

from app.analysis.findings import rank, summarise
from app.analysis.suspicion import Criterion
from app.records.slide_scores import SlideScores
from app.session.events import Notice
from app.session.score_map import ScoreMap
from kd.bundle import BundleCard

RANKED_FIELDS = 50


def freeze(
    scores: ScoreMap,
    slide_name: str,
    card: BundleCard,
    slide_mpp: float,
    *,
    notices: Sequence[Notice],
    may_rank: bool,
    demonstration: bool,
) -> SlideScores:
    """A copy that no run changes any more, with its summary. ``slide_mpp`` is um per level-0 pixel."""
    frozen = scores.copy()
    ranking = rank(frozen.grid, frozen.states, frozen.probabilities, frozen.out_of_domain, Criterion.of_card(card))
    summary = summarise(frozen.states, frozen.probabilities, card.classes, may_rank=may_rank)
    return SlideScores(
        slide_name=slide_name,
        grid=frozen.grid,
        states=frozen.states,
        probabilities=frozen.probabilities,
        out_of_domain=frozen.out_of_domain,
        classes=card.classes,
        slide_mpp=slide_mpp,
        provenance=frozen.provenance,
        summary=summary,
        ranked_fields=ranking.standing_out[:RANKED_FIELDS] if may_rank else (),
        notices=tuple(notice.text for notice in notices),
        demonstration=demonstration,
        may_rank=may_rank,
        complete=summary.pending == 0,
    )

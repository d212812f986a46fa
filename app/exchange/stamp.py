"""What every export says of itself: research use, and where its numbers mean nothing."""

from __future__ import annotations

from app.records.provenance import RESEARCH_USE_ONLY
from app.records.slide_scores import SlideScores

DEMONSTRATION = "DEMONSTRATION MODE: made with a phantom model; the scores mean nothing on this slide."


def stamp_lines(scores: SlideScores) -> list[str]:
    """Sentences that belong at the head of an export."""
    provenance = scores.provenance
    lines = [
        RESEARCH_USE_ONLY,
        f"FNAScope {provenance.program_version}; model {provenance.model_name} {provenance.model_hash}; "
        f"slide {provenance.slide_fingerprint}; {provenance.date}",
    ]
    if scores.demonstration:
        lines.append(DEMONSTRATION)
    if not scores.complete:
        lines.append(f"Incomplete: {scores.summary.pending} tiles were not yet looked at.")
    return lines + list(scores.notices)

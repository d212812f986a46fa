"""What every export says of itself: research use, scale, and where its numbers mean nothing."""

from __future__ import annotations

from app.records.provenance import RESEARCH_USE_ONLY, Provenance
from app.records.slide_scores import SlideScores

DEMONSTRATION = "DEMONSTRATION MODE: made with a phantom model; the scores mean nothing on this slide."
NO_CLASS_NAMED = "PHANTOM MODEL on a real slide: its scores mean nothing here, so no tile is given a class."


def stamp_lines(scores: SlideScores) -> list[str]:
    """Sentences that belong at the head of an export."""
    provenance = scores.provenance
    lines = [
        RESEARCH_USE_ONLY,
        f"FNAScope {provenance.program_version}; model {provenance.model_name} {provenance.model_hash}; "
        f"cells found by {provenance.cell_finder}; slide {provenance.slide_fingerprint}; {provenance.date}",
        scale_line(scores),
    ]
    if plane_line(provenance):
        lines.append(plane_line(provenance))
    warning = meaningless_because(scores)
    if warning:
        lines.append(warning)
    if not scores.complete:
        lines.append(f"Incomplete: {scores.summary.pending} tiles were not yet looked at.")
    return lines + list(scores.notices)


def scale_line(scores: SlideScores) -> str:
    """The slide's scale, who stated it, and at which scale the model saw the tiles."""
    source = "calibrated by the user" if scores.provenance.mpp_source == "calibrated" else "from the file"
    return f"Scale {scores.slide_mpp:.5g} um/px, {source}; the model saw {scores.provenance.mpp_used:.5g} um/px"


def plane_line(provenance: Provenance) -> str:
    """Which focal plane of a stack was scored; empty for the only plane of a slide (and the lowest of a stack)."""
    if provenance.fusion:
        return f"Scored on the picture fused from all focal planes (rule {provenance.fusion})"
    return f"Scored on focal plane {provenance.focal_plane + 1}" if provenance.focal_plane > 0 else ""


def meaningless_because(scores: SlideScores) -> str:
    """The sentence for scores that mean nothing on this slide; empty for all others."""
    if scores.demonstration:
        return DEMONSTRATION
    return "" if scores.may_rank else NO_CLASS_NAMED

"""The summary of a slide with everything that its scores were made from."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from app.exchange.atomic import written_whole
from app.exchange.heatmap_png import MARKS_EXPLAINED
from app.exchange.stamp import stamp_lines
from app.records.findings import RankedField
from app.records.provenance import RESEARCH_USE_ONLY
from app.records.slide_scores import SlideScores


def write_summary_json(scores: SlideScores, target: Path) -> Path:
    """Write ``summary.json``: research-use line, counts and shares, ranked fields, grid, whole provenance with the
    key under which equal results are stored. Where the model may name no class, ``per_class`` is empty.
    Raises ExportError."""
    summary = scores.summary if scores.may_rank else replace(scores.summary, per_class=())
    content = {
        "research_use": RESEARCH_USE_ONLY,
        "demonstration": scores.demonstration,
        "classes_named": scores.may_rank,
        "complete": scores.complete,
        "notes": stamp_lines(scores)[1:],
        "slide": scores.slide_name,
        "slide_mpp": scores.slide_mpp,
        "model_mpp": scores.provenance.mpp_used,
        "summary": asdict(summary),
        "ranked_fields": [_field(field, scores) for field in scores.ranked_fields],
        "classes": [asdict(info) for info in scores.classes],
        "grid": asdict(scores.grid),
        "heatmaps": f"heatmap-CLASS.png covers the slide: probability as opacity. {MARKS_EXPLAINED}",
        "provenance": {**asdict(scores.provenance), "plan_key": scores.provenance.plan_key},
    }
    with written_whole(target) as stream:
        json.dump(content, stream, indent=2, ensure_ascii=False, allow_nan=False)
        stream.write("\n")
    return target


def _field(field: RankedField, scores: SlideScores) -> dict[str, Any]:
    """``rect`` is in level-0 pixels, ``rect_um`` the same in um."""
    in_um = {side: round(length * scores.slide_mpp, 2) for side, length in asdict(field.rect).items()}
    return {**asdict(field), "class_key": scores.classes[field.class_index].key, "rect_um": in_um}

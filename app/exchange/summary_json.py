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
from app.records.weighed_slide import ATTENTION_NOTE, WeighedSlide

ATTENDED_FIELDS = 50


def write_summary_json(scores: SlideScores, target: Path) -> Path:
    """Write ``summary.json``: research-use line, counts and shares, ranked fields, grid, whole provenance with the
    key under which equal results are stored. Where the model may name no class, ``per_class`` is empty.
    ``slide_model`` is null, or what a slide model made of the slide. Raises ExportError."""
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
        "slide_model": None if scores.weighed is None else _weighed(scores.weighed, scores),
        "classes": [asdict(info) for info in scores.classes],
        "grid": asdict(scores.grid),
        "heatmaps": f"heatmap-CLASS.png covers the slide: probability as opacity. {MARKS_EXPLAINED}",
        "provenance": {**asdict(scores.provenance), "plan_key": scores.provenance.plan_key},
    }
    with written_whole(target) as stream:
        json.dump(content, stream, indent=2, ensure_ascii=False, allow_nan=False)
        stream.write("\n")
    return target


def _weighed(weighed: WeighedSlide, scores: SlideScores) -> dict[str, Any]:
    """Probabilities of the slide by class key, what they were made with, and the fields that were looked at most."""
    return {
        "note": f"{ATTENTION_NOTE} Valid at the class prior of the training data.",
        "probabilities": {
            info.key: round(float(p), 6) for info, p in zip(weighed.classes, weighed.probabilities, strict=True)
        },
        "prior": {info.key: share for info, share in zip(weighed.classes, weighed.prior, strict=True)},
        "classes": [asdict(info) for info in weighed.classes],
        "tiles": weighed.tiles,
        "tiles_weighed": len(weighed.cells),
        "attended_fields": [_field(field, scores) for field in weighed.fields[:ATTENDED_FIELDS]],
        "provenance": {
            "slide_model": weighed.model_name,
            "slide_model_hash": weighed.model_hash,
            "trained_on": weighed.trained_on,
            "student": weighed.student_name,
            "plan_key": weighed.plan_key,
            "precision": weighed.precision,
            "device": weighed.device,
            "date": weighed.date,
        },
    }


def _field(field: RankedField, scores: SlideScores) -> dict[str, Any]:
    """``rect`` is in level-0 pixels, ``rect_um`` the same in um."""
    in_um = {side: round(length * scores.slide_mpp, 2) for side, length in asdict(field.rect).items()}
    return {**asdict(field), "class_key": scores.classes[field.class_index].key, "rect_um": in_um}

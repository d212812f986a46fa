"""What the reader did, as one table: verdicts on gallery fields, counted groups, marks."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from app.exchange.atomic import written_whole
from app.exchange.marks_geojson import keeps_members
from app.geometry import RectPx
from app.records.marks import Mark
from app.records.provenance import RESEARCH_USE_ONLY
from app.records.shapes import bounding_rect
from app.records.specimen import CellGroup, GalleryDecision

COLUMNS = (
    "what", "slide", "x_px", "y_px", "width_px", "height_px", "verdict", "class", "model_probability", "cells",
    "note", "author", "at_utc", "plan_key", "uuid",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_decisions_csv(
    decisions: Iterable[GalleryDecision], groups: Iterable[CellGroup], marks: Iterable[Mark], target: Path
) -> Path:
    """Rows in order of their time. ``slide`` is its fingerprint; places are level-0 pixels, of a mark its bounds.
    ``model_probability`` is what the model had shown when the field was judged. Raises ExportError."""
    rows = [_decision(decision) for decision in decisions]
    rows += [_group(group) for group in groups]
    rows += [_mark(mark) for mark in marks if not keeps_members(mark)]
    with written_whole(target) as stream:
        stream.write(f"# {RESEARCH_USE_ONLY}\n")
        writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for row in sorted(rows, key=lambda row: (row["at_utc"], row["uuid"])):
            writer.writerow({name: _plain(value) for name, value in row.items()})
    return target


def _decision(decision: GalleryDecision) -> dict[str, str]:
    probability = "" if decision.probability is None else f"{decision.probability:.6g}"
    return {
        "what": "field",
        "slide": decision.slide,
        **_place(decision.rect),
        "verdict": decision.verdict.value,
        "class": decision.class_key or "",
        "model_probability": probability,
        "note": decision.note,
        "author": decision.author,
        "at_utc": decision.at_utc,
        "plan_key": decision.plan_key,
        "uuid": decision.uuid,
    }


def _group(group: CellGroup) -> dict[str, str]:
    return {
        "what": "group",
        "slide": group.slide,
        "x_px": f"{group.at.x:.2f}",
        "y_px": f"{group.at.y:.2f}",
        "cells": str(group.cells),
        "author": group.author,
        "at_utc": group.at_utc,
        "uuid": group.uuid,
    }


def _mark(mark: Mark) -> dict[str, str]:
    rect = bounding_rect(mark.shape)
    return {
        "what": f"mark: {mark.shape.kind.value}",
        "slide": mark.slide,
        **({} if rect is None else _place(rect)),
        "class": mark.class_key or "",
        "note": mark.note,
        "author": mark.author,
        "at_utc": mark.created_utc,
        "uuid": mark.uuid,
    }


def _place(rect: RectPx) -> dict[str, str]:
    return {
        "x_px": f"{rect.x:.2f}",
        "y_px": f"{rect.y:.2f}",
        "width_px": f"{rect.width:.2f}",
        "height_px": f"{rect.height:.2f}",
    }


def _plain(text: str) -> str:
    """A note that begins like a formula must not become one in a spreadsheet; negative numbers stay numbers."""
    if text.startswith(_FORMULA) and not text.lstrip("+-").replace(".", "", 1).isdigit():
        return f"'{text}"
    return text

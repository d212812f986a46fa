"""Scores as GeoJSON that QuPath opens: tiles with class, colour and measurements, and the ranked fields.

The form is QuPath's (0.4 and newer): ``properties.objectType``, ``classification`` with name and colour,
``measurements`` as a map. Coordinates are level-0 pixels.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from app.exchange.atomic import written_whole
from app.exchange.stamp import meaningless_because, stamp_lines
from app.geometry import RectPx
from app.records.scores import CellState
from app.records.slide_scores import SlideScores
from kd.bundle import ClassInfo

UNRELIABLE = {
    int(CellState.OUT_OF_FOCUS): ("Out of focus", (160, 160, 160)),
    int(CellState.FAILED): ("Could not be read", (0, 0, 0)),
}


def write_scores_geojson(scores: SlideScores, target: Path) -> Path:
    """Write a FeatureCollection: one tile per scored, blurred or failed cell, one annotation per ranked field.

    Background is left out. Where the scores mean nothing, a locked annotation over the slide says so; where the
    model may name no class either, scored tiles have none and their measurements are called ``PHANTOM p CLASS``.
    The member ``fnascope`` of the collection carries the provenance and the research-use line; QuPath passes it
    over. Raises ExportError.
    """
    about = {"notes": stamp_lines(scores), "provenance": asdict(scores.provenance)}
    with written_whole(target) as stream:
        stream.write('{"type": "FeatureCollection",\n')
        stream.write(f'"fnascope": {json.dumps(about, ensure_ascii=False)},\n"features": [')
        for i, feature in enumerate(_features(scores)):
            stream.write(",\n" if i else "\n")
            stream.write(json.dumps(feature, ensure_ascii=False, allow_nan=False))
        stream.write("\n]}\n")
    return target


def _features(scores: SlideScores) -> Iterator[dict[str, Any]]:
    plan = scores.provenance.plan_key
    warning = meaningless_because(scores)
    if warning:
        whole = RectPx(0, 0, *scores.provenance.slide_size_px)
        properties = {"objectType": "annotation", "name": warning, "isLocked": True}
        yield _feature(plan, "warning", whole, properties, None, {})
    for number, field in enumerate(scores.ranked_fields, 1):
        measurements = {"Suspicion": _number(field.score), "Tiles": field.cells}
        properties = {"objectType": "annotation", "name": f"Field {number}", "isLocked": True}
        info = scores.classes[field.class_index]
        yield _feature(plan, f"field {number}", field.rect, properties, _classification(info), measurements)
    states = scores.states.ravel()
    cells = np.flatnonzero((states != CellState.PENDING) & (states != CellState.BACKGROUND))
    probabilities = scores.probabilities.reshape(len(states), -1)[cells]
    tops = [scores.classes[index] for index in probabilities.argmax(axis=1)]
    classifications = {info.key: _classification(info) for info in scores.classes}
    prefix = "p" if scores.may_rank else "PHANTOM p"
    names = [f"{prefix} {info.name}" for info in scores.classes]
    grid = scores.grid
    # Python's own numbers: numpy's take three times as long to write.
    of_cells = zip(
        cells.tolist(),
        states[cells].tolist(),
        tops,
        probabilities.tolist(),
        scores.out_of_domain.ravel()[cells].tolist(),
        strict=True,
    )
    for cell, state, top, chances, strange in of_cells:
        row, column = divmod(cell, grid.columns)
        rect = RectPx(column * grid.stride_px, row * grid.stride_px, grid.tile_px, grid.tile_px)
        measured: dict[str, float] = {}
        classification: dict[str, Any] | None
        if state == CellState.SCORED:
            classification = classifications[top.key] if scores.may_rank else None
            measured = {name: _number(p) for name, p in zip(names, chances, strict=True)}
            measured["Out of domain"] = _number(strange)
        else:
            name, color = UNRELIABLE[state]
            classification = {"name": name, "color": list(color)}
        yield _feature(plan, f"cell {cell}", rect, {"objectType": "tile"}, classification, measured)


def _feature(
    plan: str,
    name: str,
    rect: RectPx,
    properties: dict[str, Any],
    classification: dict[str, Any] | None,
    measurements: dict[str, float],
) -> dict[str, Any]:
    # The same result gets the same id again, so that a repeated import replaces rather than doubles.
    identity = uuid.uuid5(uuid.NAMESPACE_OID, f"{plan} {name}")
    corners = [(rect.x, rect.y), (rect.right, rect.y), (rect.right, rect.bottom), (rect.x, rect.bottom)]
    classified = {} if classification is None else {"classification": classification}
    ring = [[round(x, 2), round(y, 2)] for x, y in (*corners, corners[0])]
    return {
        "type": "Feature",
        "id": str(identity),
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {**properties, **classified, "measurements": measurements},
    }


def _classification(info: ClassInfo) -> dict[str, Any]:
    return {"name": info.name, "color": [int(info.color[i : i + 2], 16) for i in (1, 3, 5)]}


def _number(value: float) -> float:
    return float(f"{value:.6g}")

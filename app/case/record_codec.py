"""Records of a case as rows: a kind, a key and JSON text. Lossless both ways."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from app.geometry import PointPx, RectPx
from app.records.bethesda import BethesdaCategory
from app.records.coverage import Quad
from app.records.marks import Mark, MarkClass
from app.records.shapes import from_json_value, to_json_value
from app.records.specimen import (
    AdequateAnyway,
    CellGroup,
    GalleryDecision,
    Place,
    ReadingMode,
    Sheet,
    Signature,
    Specimen,
    SpecimenSlide,
    Verdict,
)

Record = Mark | MarkClass | Specimen | SpecimenSlide | GalleryDecision | CellGroup | Sheet | Signature

KINDS: Mapping[type, str] = {
    Mark: "mark",
    MarkClass: "class",
    Specimen: "specimen",
    SpecimenSlide: "slide",
    GalleryDecision: "decision",
    CellGroup: "group",
    Sheet: "sheet",
    Signature: "signature",
}
"""The words stand in the file and must not change."""


def encode(record: Record) -> str:
    """The record as JSON text."""
    if isinstance(record, Mark):
        return _text(_mark_values(record))
    return _text(asdict(record))


def decode(kind: str, text: str) -> Record:
    """The opposite of ``encode``. Raises ``ValueError`` (``KeyError``, ``TypeError``) for anything else."""
    return _DECODERS[kind](json.loads(text))


def encode_place(place: Place) -> str:
    """A place as JSON text."""
    return _text(asdict(place))


def decode_place(text: str) -> Place:
    """The opposite of ``encode_place``."""
    values = json.loads(text)
    return Place(**{**values, "center": PointPx(**values["center"])})


def encode_corners(corners: Quad) -> str:
    """Corners of a view as a flat JSON list."""
    return _text([value for corner in corners for value in (corner.x, corner.y)])


def decode_corners(text: str) -> Quad:
    """The opposite of ``encode_corners``."""
    x0, y0, x1, y1, x2, y2, x3, y3 = json.loads(text)
    return PointPx(x0, y0), PointPx(x1, y1), PointPx(x2, y2), PointPx(x3, y3)


def _text(value: object) -> str:
    # The defaults of json keep NaN and Infinity, which other programs store in measurements, and escape
    # what is not ASCII: half a surrogate pair from a foreign file would not pass into SQLite otherwise.
    return _ENCODER.encode(value)


def _plain_number(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a {type(value).__name__} cannot be stored in a case")


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_plain_number)


def _mark_values(mark: Mark) -> dict[str, Any]:
    values: dict[str, Any] = {
        "uuid": mark.uuid,
        "slide": mark.slide,
        "shape": to_json_value(mark.shape),
        "class_key": mark.class_key,
        "note": mark.note,
        "author": mark.author,
        "created_utc": mark.created_utc,
        "modified_utc": mark.modified_utc,
    }
    if mark.plane:
        values["plane"] = mark.plane
    if mark.locked:
        values["locked"] = True
    if mark.properties:
        values["properties"] = dict(mark.properties)
    return values


def _mark(values: dict[str, Any]) -> Mark:
    return Mark(**{**values, "shape": from_json_value(values["shape"])})


def _specimen(values: dict[str, Any]) -> Specimen:
    category = values.get("category_before_ai")
    return Specimen(**{**values, "category_before_ai": None if category is None else BethesdaCategory(category)})


def _slide(values: dict[str, Any]) -> SpecimenSlide:
    width, height = values["size_px"]
    return SpecimenSlide(**{**values, "size_px": (width, height), "paths": tuple(values["paths"])})


def _decision(values: dict[str, Any]) -> GalleryDecision:
    return GalleryDecision(**{**values, "rect": RectPx(**values["rect"]), "verdict": Verdict(values["verdict"])})


def _group(values: dict[str, Any]) -> CellGroup:
    return CellGroup(**{**values, "at": PointPx(**values["at"])})


def _sheet(values: dict[str, Any]) -> Sheet:
    category = values["category"]
    return Sheet(
        **{
            **values,
            "category": None if category is None else BethesdaCategory(category),
            "adequate_anyway": AdequateAnyway(values["adequate_anyway"]),
            "reading_mode": ReadingMode(values["reading_mode"]),
        }
    )


def _signature(values: dict[str, Any]) -> Signature:
    return Signature(**{**values, "sheet": _sheet(values["sheet"])})


_DECODERS: Mapping[str, Callable[[dict[str, Any]], Record]] = {
    "mark": _mark,
    "class": lambda values: MarkClass(**values),
    "specimen": _specimen,
    "slide": _slide,
    "decision": _decision,
    "group": _group,
    "sheet": _sheet,
    "signature": _signature,
}

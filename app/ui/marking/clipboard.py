"""Copying marks: as a table for people and spreadsheets, and as GeoJSON for this program and others."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from app.exchange.qupath_feature import feature_of, mark_of
from app.geometry import PointPx
from app.records.marks import Mark, MarkClass, new_mark
from app.records.shapes import MarkKind, bounding_rect, moved
from app.ui.marking.measures import measure
from app.ui.marking.words import kind_name, tr

MIME = "application/geo+json"
MOST = 10_000
"""So many marks are copied at most; for more there is the export."""


def copy_marks(
    marks: Sequence[Mark], classes: Sequence[MarkClass], name_of: Callable[[str | None], str], mpp: float | None
) -> None:
    """Put marks on the clipboard."""
    rows = [[tr("Class"), tr("Shape"), tr("Size"), "x px", "y px", tr("Note")]]
    for mark in marks[:MOST]:
        box = bounding_rect(mark.shape)
        if box is not None:
            place = [f"{box.center.x:.1f}", f"{box.center.y:.1f}"]
            row = [name_of(mark.class_key), kind_name(mark.shape.kind), measure(mark.shape, mpp), *place, mark.note]
            rows.append([cell.replace("\t", " ").replace("\n", " ") for cell in row])
    features = [feature_of(mark, classes) for mark in marks[:MOST]]
    data = QMimeData()
    data.setText("\n".join("\t".join(row) for row in rows))
    data.setData(MIME, json.dumps({"type": "FeatureCollection", "features": features}).encode())
    QGuiApplication.clipboard().setMimeData(data)


def paste_marks(slide: str, classes: Sequence[MarkClass], at: PointPx) -> list[Mark]:
    """Fresh marks like those on the clipboard, their common middle at a place; empty where there are none."""
    raw = bytes(QGuiApplication.clipboard().mimeData().data(MIME).data())
    try:
        value = json.loads(raw) if raw else {}
        copied = [mark_of(feature, slide, classes) for feature in value.get("features", ())]
    except (ValueError, TypeError, AttributeError, KeyError):
        return []
    copied = [mark for mark in copied if mark.shape.kind is not MarkKind.FOREIGN]
    boxes = [box for mark in copied if (box := bounding_rect(mark.shape)) is not None]
    if not boxes:
        return []
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.union(box)
    dx, dy = at.x - whole.center.x, at.y - whole.center.y
    return [_fresh(replace(mark, shape=moved(mark.shape, dx, dy)), slide) for mark in copied]


def _fresh(mark: Mark, slide: str) -> Mark:
    made = new_mark(slide, mark.shape, class_key=mark.class_key, note=mark.note, author=mark.author)
    return replace(made, plane=mark.plane)

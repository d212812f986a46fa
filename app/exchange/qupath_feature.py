"""One mark as a GeoJSON Feature in QuPath's dialect, and back, without losing what this program does not know.

Facts taken from QuPath's QuPathTypeAdapters and GsonTools (GPL; nothing copied): ``id`` is a UUID (before 0.4 the
name of a Java class); ``properties`` holds objectType, name, color, classification, isLocked, measurements
(a map, before 0.4 a list of name and value), metadata (a map of text), childObjects. QuPath refuses a
classification object with a name and no color, and a name that is null.

What cannot be rebuilt from the fields of a mark stays in ``mark.properties["geojson"]``:
``feature`` (the Feature, without its geometry where that can be rebuilt), ``uuid`` and ``modified_utc`` as
imported, and ``parent`` and ``children`` where QuPath had nested it.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.exchange.geojson_geometry import geometry_of, is_rebuilt, plane_of, shape_of
from app.records.marks import Mark, MarkClass
from app.records.shapes import FOREIGN_SHAPE, MarkKind, Shape, ShapeError
from app.records.times import utc_now

FORMAT = "geojson"
_GREY = [128, 128, 128]
_OWN = "fnascope:"
_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class _Fields:
    """What a Feature says in words that a mark has."""

    note: str
    class_name: str | None
    locked: bool
    author: str
    created_utc: str
    modified_utc: str
    kind: str
    others: Mapping[str, Any]


def mark_of(
    feature: Mapping[str, Any],
    slide: str,
    classes: Sequence[MarkClass] = (),
    used: frozenset[str] | set[str] = frozenset(),
    now: str = "",
) -> Mark:
    """A mark on a slide (its fingerprint) from a Feature.

    The class key is that of the class with this name (or key) in ``classes``, else the name itself. ``used``
    are uuids that are taken; a Feature without a usable one gets a fresh one. ``now`` is for what does not say
    when it was made. What has no shape that can be drawn becomes a foreign mark.
    """
    fields = _fields(feature)
    raw_id = feature.get("id")
    mark_uuid = raw_id if isinstance(raw_id, str) and _is_uuid(raw_id) and raw_id not in used else str(uuid.uuid4())
    now = now or utc_now()
    shape, plane = _read_geometry(feature.get("geometry"))
    if fields.kind and (shape.kind is MarkKind.POLYGON or shape.kind is MarkKind.RECTANGLE):
        shape = _as_drawn(shape, fields.kind)
    modified = fields.modified_utc or now
    kept: dict[str, Any] = {"feature": dict(feature), "uuid": mark_uuid, "modified_utc": modified}
    if shape.kind is not MarkKind.FOREIGN and is_rebuilt(shape, plane, feature.get("geometry")):
        del kept["feature"]["geometry"]
    return Mark(
        uuid=mark_uuid,
        slide=slide,
        shape=shape,
        class_key=key_of_class(fields.class_name, classes),
        note=fields.note,
        author=fields.author,
        created_utc=fields.created_utc or now,
        modified_utc=modified,
        plane=plane,
        locked=fields.locked,
        properties={**fields.others, FORMAT: kept},
    )


def feature_of(mark: Mark, classes: Sequence[MarkClass] = ()) -> dict[str, Any]:
    """The Feature of a mark: as it was imported, with what was changed here since."""
    kept = mark.properties.get(FORMAT)
    kept = kept if isinstance(kept, dict) and isinstance(kept.get("feature"), dict) else None
    was: dict[str, Any] = kept["feature"] if kept else {}
    fields = _fields(was)
    feature: dict[str, Any] = {"type": "Feature"}
    feature["id"] = was["id"] if kept and "id" in was and kept.get("uuid") == mark.uuid else mark.uuid
    if mark.shape.kind is not MarkKind.FOREIGN:
        feature["geometry"] = _geometry(mark, was)
    properties = was.get("properties")
    properties = dict(properties) if isinstance(properties, dict) else {}
    if not kept:
        properties["objectType"] = "annotation"
    if mark.note != fields.note:
        _set(properties, "name", mark.note or None)
    if mark.class_key != key_of_class(fields.class_name, classes):
        _set(properties, "classification", _classification(mark.class_key, classes))
    if mark.locked != fields.locked:
        _set(properties, "isLocked", True if mark.locked else None)
    if kept is None or kept.get("modified_utc") != mark.modified_utc:
        _add_own(properties, mark)
    if kept and "id" not in was and kept.get("uuid") == mark.uuid and kept.get("modified_utc") == mark.modified_utc:
        del feature["id"]
    if properties or not kept or isinstance(was.get("properties"), dict):
        feature["properties"] = properties
    return {**feature, **{key: value for key, value in was.items() if key not in feature}}


def key_of_class(name: str | None, classes: Sequence[MarkClass]) -> str | None:
    """The key of the class with this name or key, else the name itself; None for no class."""
    if not name:
        return None
    for known in classes:
        if name in (known.name, known.key):
            return known.key
    return name


def class_of(mark: Mark) -> MarkClass | None:
    """The class that an imported mark brought along, named by itself; None for none."""
    kept = mark.properties.get(FORMAT)
    properties = kept["feature"].get("properties") if isinstance(kept, dict) else None
    classification = properties.get("classification") if isinstance(properties, dict) else None
    name = _class_name(classification)
    return None if name is None else MarkClass(name, name, _color(classification))


def _color(classification: Any) -> str:
    color = classification.get("color") if isinstance(classification, dict) else None
    if isinstance(color, list) and len(color) >= 3 and all(type(v) is int and 0 <= v <= 255 for v in color[:3]):
        return "#{:02x}{:02x}{:02x}".format(*color[:3])
    packed = classification.get("colorRGB") if isinstance(classification, dict) else None
    if type(packed) is int:
        # Before 0.4: a Java integer, alpha in the highest byte.
        return f"#{packed & 0xFFFFFF:06x}"
    return "#{:02x}{:02x}{:02x}".format(*_GREY)


def _fields(feature: Mapping[str, Any]) -> _Fields:
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    name = properties.get("name")
    metadata = properties.get("metadata")
    own = {k[len(_OWN) :]: v for k, v in metadata.items() if k.startswith(_OWN)} if isinstance(metadata, dict) else {}
    return _Fields(
        note=name if isinstance(name, str) else "",
        class_name=_class_name(properties.get("classification")),
        locked=properties.get("isLocked") is True,
        author=str(own.get("author", "")),
        created_utc=str(own.get("created", "")),
        modified_utc=str(own.get("modified", "")),
        kind=str(own.get("kind", "")),
        others=_parsed(own.get("properties")),
    )


def _class_name(classification: Any) -> str | None:
    if isinstance(classification, str):
        return classification or None
    if not isinstance(classification, dict):
        return None
    name, names = classification.get("name"), classification.get("names")
    if isinstance(name, str):
        return name or None
    return ": ".join(str(part) for part in names) or None if isinstance(names, list) else None


def _classification(class_key: str | None, classes: Sequence[MarkClass]) -> dict[str, Any] | None:
    if class_key is None:
        return None
    for known in classes:
        if known.key == class_key:
            digits = known.color.lstrip("#")
            return {"name": known.name, "color": [int(digits[i : i + 2], 16) for i in (0, 2, 4)]}
    return {"name": class_key, "color": _GREY}


def _read_geometry(geometry: Any) -> tuple[Shape, int]:
    if not isinstance(geometry, dict):
        return FOREIGN_SHAPE, 0
    try:
        return shape_of(geometry), plane_of(geometry)
    except ShapeError:
        return FOREIGN_SHAPE, 0


def _geometry(mark: Mark, was: Mapping[str, Any]) -> dict[str, Any]:
    raw = was.get("geometry")
    if isinstance(raw, dict):
        shape, plane = _read_geometry(raw)
        if plane == mark.plane and _as_drawn(shape, str(mark.shape.kind)) == mark.shape:
            return raw
        return geometry_of(mark.shape, mark.plane, like=raw)
    return geometry_of(mark.shape, mark.plane)


def _as_drawn(shape: Shape, kind: str) -> Shape:
    """GeoJSON has one word for polygons, rectangles and freehand outlines; the mark's own word decides."""
    if shape.kind is MarkKind.RECTANGLE and kind in (MarkKind.POLYGON, MarkKind.FREEHAND):
        (left, top), (right, bottom) = shape.parts[0][0].tolist()
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        return Shape(MarkKind(kind), ((corners,),))  # type: ignore[arg-type]
    if shape.kind is MarkKind.POLYGON and kind == MarkKind.FREEHAND and len(shape.parts[0]) == 1:
        return replace(shape, kind=MarkKind.FREEHAND)
    return shape


def _add_own(properties: dict[str, Any], mark: Mark) -> None:
    metadata = properties.get("metadata")
    metadata = dict(metadata) if isinstance(metadata, dict) else {}
    own = {"author": mark.author, "created": mark.created_utc, "modified": mark.modified_utc}
    if mark.shape.kind in (MarkKind.FREEHAND, MarkKind.POLYGON):
        own["kind"] = str(mark.shape.kind)
    others = {key: value for key, value in mark.properties.items() if key != FORMAT}
    if others:
        own["properties"] = json.dumps(others)
    properties["metadata"] = {**metadata, **{_OWN + key: value for key, value in own.items() if value}}


def _parsed(text: Any) -> Mapping[str, Any]:
    try:
        value = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return {key: part for key, part in value.items() if key != FORMAT} if isinstance(value, dict) else {}


def _set(properties: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        properties.pop(key, None)
    else:
        properties[key] = value


def _is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None

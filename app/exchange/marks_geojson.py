"""Marks from and to GeoJSON files, exchanging with QuPath without loss in both directions.

Read: a FeatureCollection, a Feature, a geometry, or lists of them; plain, gzip or zip, as QuPath writes them.
Objects that QuPath had nested become marks of their own and are nested again when written.
"""

from __future__ import annotations

import gzip
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from app.exchange.atomic import written_whole
from app.exchange.qupath_feature import FORMAT, class_of, feature_of, mark_of
from app.records.bulk import without_collecting
from app.records.marks import Mark, MarkClass
from app.records.provenance import RESEARCH_USE_ONLY
from app.records.shapes import FOREIGN_SHAPE, MarkKind, bounds
from app.records.times import utc_now

COLLECTION = "collection"
"""Beside ``FORMAT`` in a mark's properties: members of the collection that it came from."""
GEOMETRY_TYPES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)
_NESTS = ("childObjects", "children")
_REPORT_EVERY = 1000
_DEEPEST = 100

Progress = Callable[[int, int], None]
"""Called with done and total from time to time; an exception that it raises ends the work (cancel)."""


class ImportFileError(Exception):
    """A file of marks cannot be read; the message is one sentence: what, which file, what to do."""


@dataclass(frozen=True, slots=True)
class MarksFile:
    """What a file held: marks in its order, classes that the caller did not know, members of the collection other
    than its features, whether it was a bare list (and not a collection), and sentences for the user."""

    marks: tuple[Mark, ...]
    new_classes: tuple[MarkClass, ...] = ()
    members: Mapping[str, Any] = field(default_factory=dict)
    bare_list: bool = False
    notes: tuple[str, ...] = ()


def read_geojson(
    path: Path, slide: str, classes: Sequence[MarkClass] = (), progress: Progress | None = None
) -> MarksFile:
    """The marks of a file, for the slide with this fingerprint. Raises ``ImportFileError``."""
    with without_collecting():
        return _read(path, slide, classes, progress)


def _read(path: Path, slide: str, classes: Sequence[MarkClass], progress: Progress | None) -> MarksFile:
    value = _load(path)
    members = {k: v for k, v in value.items() if k != "features"} if _is_collection(value) else {}
    if _is_deeper_than(_DEEPEST, members):
        raise ImportFileError(_too_deep(path))
    marks: list[Mark] = []
    used: set[str] = set()
    now = utc_now()
    features = list(_features(value, path))
    for number, feature in enumerate(features):
        if progress is not None and number % _REPORT_EVERY == 0:
            progress(number, len(features))
        for mark in _marks_of(feature, slide, classes, used, now, None):
            if _is_deeper_than(_DEEPEST, mark.properties):
                raise ImportFileError(_too_deep(path))
            marks.append(mark)
    foreign = sum(mark.shape.kind is MarkKind.FOREIGN for mark in marks)
    notes = (
        (f"{foreign} objects have no shape that can be drawn; they are kept and exported again.",) if foreign else ()
    )
    return MarksFile(tuple(marks), _new_classes(marks, classes), members, isinstance(value, list), notes)


def write_geojson(
    path: Path,
    marks: Sequence[Mark],
    classes: Sequence[MarkClass] = (),
    *,
    like: MarksFile | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write marks as a FeatureCollection (or as a bare list, ``like`` the file they came from), whole or not at all.

    ``classes`` give names and colours to class keys. What marks of ``members_mark`` hold becomes members of the
    collection, a later file's before an earlier one's; a bounding box only where it still holds all marks. Raises
    ``ExportError``.
    """
    keepers = [mark for mark in marks if keeps_members(mark)]
    if keepers:
        marks = [mark for mark in marks if not keeps_members(mark)]
    members: dict[str, Any] = {}
    for held in (*(_members_in(mark) for mark in keepers), like.members if like is not None else None):
        members.update(held or {})
    if "bbox" in members and not _holds_all(members["bbox"], marks):
        del members["bbox"]
    about = members.get("fnascope")
    members["fnascope"] = {**(about if isinstance(about, dict) else {}), "notice": RESEARCH_USE_ONLY}
    bare_list = like is not None and like.bare_list
    with written_whole(path) as stream:
        head = {**members, "type": "FeatureCollection"}
        stream.write("[" if bare_list else f'{json.dumps(head)[:-1]}, "features": [')
        for number, feature in enumerate(_nested(marks, classes)):
            if progress is not None and number % _REPORT_EVERY == 0:
                progress(number, len(marks))
            stream.write(",\n" if number else "\n")
            stream.write(json.dumps(feature))
        stream.write("\n]\n" if bare_list else "\n]}\n")
    return path


def members_mark(file: MarksFile, slide: str) -> Mark | None:
    """A mark without a shape that keeps in a case what a collection held besides its features, so that it is written
    again with them, and goes when the import is undone. None where there was nothing but what every file has."""
    members = {key: value for key, value in file.members.items() if key != "type"}
    if members.get("fnascope") == {"notice": RESEARCH_USE_ONLY}:
        del members["fnascope"]
    if not members:
        return None
    # The same file brought twice is kept once.
    name = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(members, sort_keys=True))
    now = utc_now()
    return Mark(
        str(name), slide, FOREIGN_SHAPE, created_utc=now, modified_utc=now, properties={FORMAT: {COLLECTION: members}}
    )


def keeps_members(mark: Mark) -> bool:
    """Whether a mark is one of ``members_mark``: nothing that anybody has drawn or counts."""
    return _members_in(mark) is not None


def is_same(mark: Mark, held: Mark | None) -> bool:
    """Whether a mark that was read is the one that a case holds; when it was read makes no difference."""
    return held is not None and _timeless(mark) == _timeless(held)


def _timeless(mark: Mark) -> Mark:
    kept = mark.properties.get(FORMAT)
    properties = mark.properties
    if isinstance(kept, dict):
        properties = {**properties, FORMAT: {**kept, "modified_utc": ""}}
    return replace(mark, created_utc="", modified_utc="", properties=properties)


def _members_in(mark: Mark) -> Mapping[str, Any] | None:
    """What ``members_mark`` keeps in a mark; None for every other mark."""
    if mark.shape.kind is not MarkKind.FOREIGN:
        return None
    kept = mark.properties.get(FORMAT)
    members = kept.get(COLLECTION) if isinstance(kept, dict) else None
    return members if isinstance(members, dict) else None


def _holds_all(bbox: Any, marks: Sequence[Mark]) -> bool:
    """Whether a GeoJSON bounding box (left, top, right, bottom) still holds all marks."""
    if not (isinstance(bbox, list) and len(bbox) == 4 and all(type(value) in (int, float) for value in bbox)):
        return True
    boxes = [box for mark in marks if (box := bounds(mark.shape)) is not None]
    return all(box[0] >= bbox[0] and box[1] >= bbox[1] and box[2] <= bbox[2] and box[3] <= bbox[3] for box in boxes)


def _new_classes(marks: Sequence[Mark], classes: Sequence[MarkClass]) -> tuple[MarkClass, ...]:
    known = {known.key for known in classes}
    found = {mark.class_key: mark for mark in marks if mark.class_key is not None and mark.class_key not in known}
    return tuple(brought for mark in found.values() if (brought := class_of(mark)) is not None)


def _load(path: Path) -> Any:
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        elif data[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(BytesIO(data)) as archive:
                names = [name for name in archive.namelist() if name.lower().endswith((".geojson", ".json"))]
                if not names:
                    raise ImportFileError(f"{path} holds no GeoJSON file: choose another one.")
                data = archive.read(names[0])
        return json.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read ({error.strerror or error}): check the file.") from error
    except (ValueError, RecursionError, EOFError, zipfile.BadZipFile) as error:
        raise ImportFileError(f"{path} is not a GeoJSON file ({error}): export it again.") from error


def _is_collection(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "FeatureCollection"


def _features(value: Any, path: Path) -> Iterator[dict[str, Any]]:
    """Features of whatever QuPath takes as GeoJSON, in order."""
    if isinstance(value, list):
        for part in value:
            yield from _features(part, path)
    elif _is_collection(value) and isinstance(value.get("features"), list):
        yield from _features(value["features"], path)
    elif isinstance(value, dict) and value.get("type") == "Feature":
        yield value
    elif isinstance(value, dict) and value.get("type") in GEOMETRY_TYPES:
        yield {"type": "Feature", "geometry": value, "properties": {}}
    else:
        raise ImportFileError(f"{path} holds something that is not a GeoJSON Feature: export it again.")


def _is_deeper_than(most: int, value: Any) -> bool:
    """Whether lists and maps lie deeper in each other; without recursion, which is what deep ones would exhaust."""
    layer = [value]
    for _ in range(most):
        nested: list[Any] = []
        for part in layer:
            for inner in part.values() if isinstance(part, dict) else part:
                if type(inner) is dict or type(inner) is list:
                    nested.append(inner)
        if not nested:
            return False
        layer = nested
    return True


def _too_deep(path: Path) -> str:
    return f"{path} is nested too deeply to be a file of marks: export it again."


def _marks_of(
    feature: dict[str, Any], slide: str, classes: Sequence[MarkClass], used: set[str], now: str, parent: str | None
) -> Iterator[Mark]:
    properties = feature.get("properties")
    nest = next((n for n in _NESTS if isinstance(properties, dict) and isinstance(properties.get(n), list)), None)
    children: list[Any] = []
    if isinstance(properties, dict) and nest is not None and all(isinstance(c, dict) for c in properties[nest]):
        children = properties[nest]
        # The list stays in its place, empty: it is filled again when the mark is written.
        feature = {**feature, "properties": {**properties, nest: []}}
    mark = mark_of(feature, slide, classes, used, now)
    used.add(mark.uuid)
    if parent is not None:
        mark = replace(mark, properties={**mark.properties, FORMAT: {**mark.properties[FORMAT], "parent": parent}})
    yield mark
    for child in children:
        yield from _marks_of(child, slide, classes, used, now, mark.uuid)


def _nested(marks: Sequence[Mark], classes: Sequence[MarkClass]) -> Iterator[dict[str, Any]]:
    """Features in the order of the marks, children inside the parent that they had, if that is written too."""
    written = {mark.uuid for mark in marks}
    children: dict[str, list[Mark]] = {}
    tops = []
    for mark in marks:
        parent = _parent(mark)
        if parent in written and parent is not None:
            children.setdefault(parent, []).append(mark)
        else:
            tops.append(mark)
    for mark in tops:
        yield _with_children(mark, children, classes)


def _with_children(mark: Mark, children: Mapping[str, list[Mark]], classes: Sequence[MarkClass]) -> dict[str, Any]:
    feature = feature_of(mark, classes)
    properties = feature.get("properties")
    nest = next((n for n in _NESTS if isinstance(properties, dict) and n in properties), _NESTS[0])
    own = [_with_children(child, children, classes) for child in children.get(mark.uuid, ())]
    if own:
        feature["properties"] = {**(properties if isinstance(properties, dict) else {}), nest: own}
    return feature


def _parent(mark: Mark) -> str | None:
    kept = mark.properties.get(FORMAT)
    parent = kept.get("parent") if isinstance(kept, dict) else None
    return parent if isinstance(parent, str) else None

"""Marks from and to GeoJSON files, exchanging with QuPath without loss in both directions.

Read: a FeatureCollection, a Feature, a geometry, or lists of them; plain, gzip or zip, as QuPath writes them.
Objects that QuPath had nested become marks of their own and are nested again when written.
"""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from app.exchange.atomic import written_whole
from app.exchange.qupath_feature import FORMAT, class_of, feature_of, mark_of
from app.records.marks import Mark, MarkClass
from app.records.provenance import RESEARCH_USE_ONLY
from app.records.shapes import MarkKind

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
    value = _load(path)
    members = {k: v for k, v in value.items() if k != "features"} if _is_collection(value) else {}
    marks: list[Mark] = []
    used: set[str] = set()
    features = list(_features(value, path))
    for number, feature in enumerate(features):
        if progress is not None and number % _REPORT_EVERY == 0:
            progress(number, len(features))
        before = len(marks)
        marks.extend(_marks_of(feature, slide, classes, used, None))
        if any(_depth(mark.properties) > _DEEPEST for mark in marks[before:]):
            raise ImportFileError(f"{path} is nested too deeply to be a file of marks: export it again.")
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

    ``classes`` give names and colours to class keys. Raises ``ExportError``.
    """
    members: dict[str, Any] = dict(like.members) if like is not None else {}
    about = members.get("fnascope")
    members["fnascope"] = {**(about if isinstance(about, dict) else {}), "notice": RESEARCH_USE_ONLY}
    bare_list = like is not None and like.bare_list
    with written_whole(path) as stream:
        head = {"type": "FeatureCollection", **members}
        stream.write("[" if bare_list else f'{json.dumps(head)[:-1]}, "features": [')
        for number, feature in enumerate(_nested(marks, classes)):
            if progress is not None and number % _REPORT_EVERY == 0:
                progress(number, len(marks))
            stream.write(",\n" if number else "\n")
            stream.write(json.dumps(feature))
        stream.write("\n]\n" if bare_list else "\n]}\n")
    return path


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


def _depth(value: Any) -> int:
    """How deep lists and maps lie in each other; without recursion, which is what deep ones would exhaust."""
    depth, layer = 0, [value]
    while layer and depth <= _DEEPEST:
        depth += 1
        nested = [part for part in layer if isinstance(part, (dict, list))]
        layer = [inner for part in nested for inner in (part.values() if isinstance(part, dict) else part)]
    return depth


def _marks_of(
    feature: dict[str, Any], slide: str, classes: Sequence[MarkClass], used: set[str], parent: str | None
) -> Iterator[Mark]:
    properties = feature.get("properties")
    nest = next((n for n in _NESTS if isinstance(properties, dict) and isinstance(properties.get(n), list)), None)
    children: list[Any] = []
    if isinstance(properties, dict) and nest is not None and all(isinstance(c, dict) for c in properties[nest]):
        children = properties[nest]
        # The list stays in its place, empty: it is filled again when the mark is written.
        feature = {**feature, "properties": {**properties, nest: []}}
    mark = mark_of(feature, slide, classes, used)
    used.add(mark.uuid)
    if parent is not None:
        mark = replace(mark, properties={**mark.properties, FORMAT: {**mark.properties[FORMAT], "parent": parent}})
    yield mark
    for child in children:
        yield from _marks_of(child, slide, classes, used, mark.uuid)


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

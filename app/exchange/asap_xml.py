"""Marks from the XML files of ASAP (computationalpathologygroup/ASAP).

Facts taken from ASAP's XmlRepository and PolyQtAnnotation (GPL; nothing copied): types Dot, Polygon, Spline,
PointSet, Measurement, Rectangle; ``PartOfGroup`` names a group or is "None"; groups have a colour and may lie
in groups; coordinates are level-0 pixels in the order of ``Order``; a spline is drawn as a closed centripetal
Catmull-Rom curve through its points. A polygon in a group for exclusion (``Exclude`` and the like, or ``_2``
in Camelyon16's files) is cut out of the areas that it lies in.
"""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from app.exchange.marks_geojson import ImportFileError
from app.exchange.qupath_feature import key_of_class
from app.records.marks import Mark, MarkClass
from app.records.shapes import (
    CLOSED_KINDS,
    MarkKind,
    Ring,
    Shape,
    ShapeError,
    box,
    from_geometry,
    line,
    point,
    points,
    polygon,
    to_geometry,
)
from app.records.times import utc_now

FORMAT = "asap"
EXCLUDING_GROUPS = frozenset({"exclude", "excludes", "excluded", "exclusion", "exclusions", "hole", "holes"})
_GREY = "#808080"
_SPLINE_STEP_PX = 4.0
_MOST_STEPS = 16
_AUTOMATIC_NAME = re.compile(r"(Annotation \d+|_\d+|)")


@dataclass(frozen=True, slots=True)
class AsapGroup:
    """A group of the file: its name, ``#rrggbb`` colour, and the group that it lies in (empty: none)."""

    name: str
    color: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class AsapFile:
    """Marks in the order of the file, classes that the caller did not know, its groups, sentences for the user."""

    marks: tuple[Mark, ...]
    new_classes: tuple[MarkClass, ...]
    groups: tuple[AsapGroup, ...]
    notes: tuple[str, ...]


def read_asap(
    path: Path,
    slide: str,
    classes: Sequence[MarkClass] = (),
    *,
    author: str = "",
    excluding_groups: Collection[str] | None = None,
) -> AsapFile:
    """The marks of a file, for the slide with this fingerprint.

    The class key is that of the class with the group's name in ``classes``, else the group's name. What the
    file says of each mark stays in ``mark.properties["asap"]``. ``excluding_groups`` (default: by their
    usual names) are cut out. Raises ``ImportFileError``.
    """
    root = _root(path)
    groups = tuple(
        AsapGroup(group.get("Name", ""), group.get("Color", ""), _group_name(group))
        for group in root.iterfind("AnnotationGroups/Group")
    )
    names = {group.name for group in groups} | {_group_name(each) for each in root.iterfind("Annotations/Annotation")}
    excluding = _excluding(names) if excluding_groups is None else set(excluding_groups)
    marks: list[Mark] = []
    excludes: list[Mark] = []
    notes: list[str] = []
    for number, element in enumerate(root.iterfind("Annotations/Annotation"), 1):
        try:
            mark = _mark(element, slide, classes, author, groups)
        except (ShapeError, ValueError) as error:
            notes.append(f"Annotation {number} ({element.get('Name', '')}) was left out: {error}")
            continue
        is_hole = _group_name(element) in excluding and mark.shape.kind in CLOSED_KINDS
        (excludes if is_hole else marks).append(mark)
    kept, more_notes = _cut_out(marks, excludes)
    used = {mark.class_key for mark in kept}
    brought = (MarkClass(group.name, group.name, group.color or _GREY) for group in groups)
    return AsapFile(tuple(kept), tuple(c for c in brought if c.key in used), groups, (*notes, *more_notes))


def _root(path: Path) -> ET.Element:
    try:
        data = path.read_bytes()
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise ImportFileError(f"{path} has a document type, which no ASAP file has: export it again from ASAP.")
        root = ET.fromstring(data)
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read ({error.strerror or error}): check the file.") from error
    except (ET.ParseError, ValueError, LookupError) as error:
        raise ImportFileError(f"{path} is not an XML file ({error}): export it again from ASAP.") from error
    if root.tag != "ASAP_Annotations" and root.find("Annotations") is None:
        raise ImportFileError(f"{path} is not a file of ASAP (its root is {root.tag}): choose another one.")
    return root


def _mark(
    element: ET.Element, slide: str, classes: Sequence[MarkClass], author: str, groups: Sequence[AsapGroup]
) -> Mark:
    kind, name, group = element.get("Type", ""), element.get("Name", ""), _group_name(element)
    xy = _coordinates(element)
    now = utc_now()
    kept: dict[str, object] = {**element.attrib, "groups": _path(group, groups)}
    if kind == "Spline":
        kept["control_points"] = xy.tolist()
    return Mark(
        uuid=str(uuid.uuid4()),
        slide=slide,
        shape=_shape(kind, xy),
        class_key=key_of_class(group, classes),
        note="" if _AUTOMATIC_NAME.fullmatch(name) else name,
        author=author,
        created_utc=now,
        modified_utc=now,
        properties={FORMAT: kept},
    )


def _shape(kind: str, xy: Ring) -> Shape:
    match kind:
        case "Dot" if len(xy) == 1:
            return point(*xy[0])
        case "Dot" | "PointSet":
            return points(xy)
        case "Measurement":
            return line(xy)
        case "Rectangle" if _is_upright(xy):
            (left, top), (right, bottom) = xy.min(axis=0), xy.max(axis=0)
            return box(MarkKind.RECTANGLE, left, top, right, bottom)
        case "Spline" if len(xy) >= 3:
            return polygon(closed_spline(xy))
        case "Polygon" | "Rectangle" | "Spline":
            return polygon(xy) if len(xy) >= 3 else line(xy)
        case _:
            raise ShapeError(f"the type {kind or 'none'} is unknown.")


def closed_spline(xy: Ring) -> Ring:
    """A closed centripetal Catmull-Rom curve through the points (N >= 3, 2), as vertices about 4 px apart.

    Source: Yuksel, Schaefer, Keyser, "On the parameterization of Catmull-Rom curves" (2009), by the pyramid of
    Barry and Goldman.
    """
    keep = (xy != np.roll(xy, 1, axis=0)).any(axis=1)
    p1 = xy[keep]
    if len(p1) < 3:
        return xy
    p0, p2, p3 = np.roll(p1, 1, axis=0), np.roll(p1, -1, axis=0), np.roll(p1, -2, axis=0)
    lengths = [np.sqrt(np.hypot(*(b - a).T)) for a, b in ((p0, p1), (p1, p2), (p2, p3))]
    pieces = []
    for i in range(len(p1)):
        t1, t2, t3 = np.cumsum([length[i] for length in lengths])
        steps = int(np.clip(np.ceil((t2 - t1) ** 2 / _SPLINE_STEP_PX), 1, _MOST_STEPS))
        t = np.linspace(t1, t2, steps, endpoint=False)[:, None]
        a1 = _between(p0[i], p1[i], 0.0, t1, t)
        a2 = _between(p1[i], p2[i], t1, t2, t)
        a3 = _between(p2[i], p3[i], t2, t3, t)
        b1, b2 = _between(a1, a2, 0.0, t2, t), _between(a2, a3, t1, t3, t)
        pieces.append(_between(b1, b2, t1, t2, t))
        pieces[-1][0] = p1[i]
    return np.concatenate(pieces)


def _between(
    a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], start: float, stop: float, t: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.asarray((stop - t) / (stop - start) * a + (t - start) / (stop - start) * b)


def _coordinates(element: ET.Element) -> Ring:
    rows = []
    for place, node in enumerate(element.iterfind("Coordinates/Coordinate")):
        # Some locales wrote a decimal comma.
        x, y = (float(node.get(axis, "").replace(",", ".")) for axis in ("X", "Y"))
        rows.append((int(node.get("Order", place)), x, y))
    if not rows:
        raise ShapeError("it has no coordinates.")
    rows.sort(key=lambda row: row[0])
    return np.array([row[1:] for row in rows])


def _cut_out(marks: Sequence[Mark], excludes: Sequence[Mark]) -> tuple[list[Mark], list[str]]:
    if not excludes:
        return list(marks), []
    notes: list[str] = []
    holes = [_valid(mark.shape) for mark in excludes]
    tree = shapely.STRtree(holes)
    used: set[int] = set()
    kept = []
    for mark in marks:
        if mark.shape.kind in CLOSED_KINDS:
            area = _valid(mark.shape)
            inside = [int(i) for i in tree.query(area) if area.intersection(holes[i]).area > 0]
            if inside:
                used.update(inside)
                cut = _with_holes(
                    mark, area.difference(shapely.union_all([holes[i] for i in inside])), excludes, inside
                )
                if cut is None:
                    notes.append(f"A mark of class {mark.class_key} was left out: it lies wholly in an excluded area.")
                    continue
                mark = cut
        kept.append(mark)
    lonely = [mark for i, mark in enumerate(excludes) if i not in used]
    if lonely:
        notes.append(f"{len(lonely)} excluded areas lie in no other area and were imported as marks.")
    return kept + lonely, notes


def _with_holes(mark: Mark, area: shapely.Geometry, excludes: Sequence[Mark], inside: Sequence[int]) -> Mark | None:
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon" and part.area > 0]
    if not parts:
        return None
    shape = from_geometry(parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts))
    cut = [excludes[i].properties[FORMAT] for i in inside]
    return replace(mark, shape=shape, properties={FORMAT: {**mark.properties[FORMAT], "cut_out": cut}})


def _valid(shape: Shape) -> shapely.Geometry:
    geometry = to_geometry(shape)
    return geometry if geometry.is_valid else shapely.make_valid(geometry)


def _excluding(names: set[str]) -> set[str]:
    found = {name for name in names if name.casefold() in EXCLUDING_GROUPS}
    return found | ({"_2"} if {"_0", "_2"} <= names else set())


def _is_upright(xy: Ring) -> bool:
    if len(xy) != 4:
        return False
    sides = np.diff(np.vstack((xy, xy[:1])), axis=0) == 0
    return bool((sides.sum(axis=1) == 1).all() and (sides[:-1] != sides[1:]).all())


def _group_name(element: ET.Element) -> str:
    name = element.get("PartOfGroup", "None")
    return "" if name == "None" else name


def _path(group: str, groups: Sequence[AsapGroup]) -> list[Mapping[str, str]]:
    """The group and those it lies in, from the inside out."""
    known = {each.name: each for each in groups}
    path: list[Mapping[str, str]] = []
    while group in known and len(path) < len(groups):
        path.append({"name": group, "color": known[group].color})
        group = known[group].parent
    return path

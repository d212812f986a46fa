"""Shapes of marks as GeoJSON geometries, in the form that QuPath writes and reads.

Facts taken from QuPath's ROITypeAdapters (GPL; nothing copied): coordinates are level-0 pixels; a plane other
than the first stands in ``plane`` {c, z, t}; an ellipse is a polygon with ``isEllipse`` whose bounding box counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from app.records.shapes import (
    MarkKind,
    Ring,
    Shape,
    ShapeError,
    box,
    line,
    lines,
    multipolygon,
    outlines,
    point,
    points,
    polygon,
)

_EXACT_INTEGERS = 2.0**53
_NUMBERS = {int, float}
_BARE = {"type", "coordinates"}
_OWN_MEMBERS = frozenset({"type", "coordinates", "geometries", "bbox", "isEllipse"})


def shape_of(geometry: Mapping[str, Any]) -> Shape:
    """The shape of a geometry. Raises ``ShapeError`` for what cannot be drawn (collections, nothing, nonsense)."""
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or not coordinates:
        raise ShapeError("The geometry has no coordinates.")
    match geometry.get("type"):
        case "Point":
            return point(*_positions([coordinates])[0])
        case "MultiPoint":
            return points(_positions(coordinates))
        case "LineString":
            return line(_positions(coordinates))
        case "MultiLineString":
            return lines(_positions(part) for part in coordinates)
        case "Polygon":
            return _polygon(coordinates, is_ellipse=geometry.get("isEllipse") is True)
        case "MultiPolygon":
            return multipolygon(_rings(part) for part in coordinates)
        case other:
            raise ShapeError(f"A geometry of type {other} cannot be drawn.")


def plane_of(geometry: Mapping[str, Any]) -> int:
    """The focal plane (z) of a geometry; 0 when it does not say."""
    plane = geometry.get("plane")
    z = plane.get("z") if isinstance(plane, dict) else None
    return z if isinstance(z, int) and not isinstance(z, bool) and z >= 0 else 0


def geometry_of(shape: Shape, plane: int = 0, like: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The geometry of a shape (not foreign) on a focal plane.

    ``like`` is the geometry that it replaces: its members that do not speak of the outline are kept.
    """
    geometry: dict[str, Any] = _bare_geometry(shape)
    kept = {key: value for key, value in (like or {}).items() if key not in _OWN_MEMBERS}
    before = kept.pop("plane", None)
    if plane != plane_of({"plane": before}) or isinstance(before, dict):
        before = {"c": -1, "z": 0, "t": 0} if not isinstance(before, dict) else before
        geometry["plane"] = {**before, "z": plane}
    if shape.kind is MarkKind.ELLIPSE:
        geometry["isEllipse"] = True
    return {**geometry, **kept}


def is_rebuilt(shape: Shape, plane: int, geometry: Any) -> bool:
    """Whether ``geometry_of`` gives this geometry back, number for number."""
    if shape.kind is MarkKind.POLYGON and plane == 0 and isinstance(geometry, dict) and geometry.keys() == _BARE:
        return geometry["type"] == "Polygon" and _are_rings(shape.parts[0], geometry["coordinates"])
    return bool(geometry_of(shape, plane) == geometry)


def _are_rings(rings: Sequence[Ring], listed: list[Any]) -> bool:
    """Whether these positions are the rings, each closed by its first vertex."""
    return len(rings) == len(listed) and all(
        len(positions) == len(ring) + 1
        and positions[0] == positions[-1]
        and list(chain.from_iterable(positions[:-1])) == ring.ravel().tolist()
        for ring, positions in zip(rings, listed, strict=True)
    )


def _bare_geometry(shape: Shape) -> dict[str, Any]:
    match shape.kind:
        case MarkKind.POINT:
            return {"type": "Point", "coordinates": _listed(shape.parts[0][0])[0]}
        case MarkKind.POINTS:
            return {"type": "MultiPoint", "coordinates": _listed(shape.parts[0][0])}
        case MarkKind.LINE:
            return {"type": "LineString", "coordinates": _listed(shape.parts[0][0])}
        case MarkKind.LINES:
            return {"type": "MultiLineString", "coordinates": [_listed(part[0]) for part in shape.parts]}
        case MarkKind.MULTIPOLYGON:
            parts = [[_closed(ring) for ring in part] for part in shape.parts]
            return {"type": "MultiPolygon", "coordinates": parts}
        case MarkKind.FOREIGN:
            raise ShapeError("A foreign object has no geometry of its own.")
        case _:
            return {"type": "Polygon", "coordinates": [_closed(ring) for ring in outlines(shape)]}


def _polygon(coordinates: Sequence[Any], *, is_ellipse: bool) -> Shape:
    outer, holes = _rings(coordinates)
    if is_ellipse or (not holes and _is_upright_rectangle(outer)):
        (left, top), (right, bottom) = outer.min(axis=0), outer.max(axis=0)
        return box(MarkKind.ELLIPSE if is_ellipse else MarkKind.RECTANGLE, left, top, right, bottom)
    return polygon(outer, holes)


def _is_upright_rectangle(ring: Ring) -> bool:
    if len(ring) != 5 or (ring[0] != ring[-1]).any():
        return False
    steps = np.diff(ring, axis=0)
    across = steps == 0
    return bool((across.sum(axis=1) == 1).all() and (across[:-1] != across[1:]).all())


def _rings(coordinates: Any) -> tuple[Ring, list[Ring]]:
    if not isinstance(coordinates, list) or not coordinates:
        raise ShapeError("A polygon has no rings.")
    rings = [_positions(ring) for ring in coordinates]
    return rings[0], rings[1:]


def _positions(coordinates: Any) -> Ring:
    """Pairs x, y (N, 2); further ordinates are left out (the caller keeps the original)."""
    try:
        flat = list(chain.from_iterable(coordinates)) if set(map(len, coordinates)) == {2} else [None]
        if set(map(type, flat)) <= _NUMBERS:
            return np.array(flat, np.float64).reshape(-1, 2)
        pairs = [(position[0], position[1]) for position in coordinates]
        if not all(type(value) in (int, float) for pair in pairs for value in pair):
            raise ShapeError("A coordinate is not a number.")
        return np.array(pairs, np.float64).reshape(-1, 2)
    except (TypeError, IndexError, KeyError, OverflowError) as error:
        raise ShapeError("The coordinates of a geometry are not positions.") from error


def _closed(ring: Ring) -> list[list[float]]:
    listed = _listed(ring)
    return [*listed, listed[0]]


def _listed(ring: npt.NDArray[np.float64]) -> list[list[float]]:
    """Whole numbers without a fraction, as QuPath writes them."""
    rows: list[list[float]] = ring.tolist()
    return [[int(v) if v.is_integer() and abs(v) < _EXACT_INTEGERS else v for v in row] for row in rows]

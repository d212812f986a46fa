"""Shapes of marks, in level-0 pixels: what they are made of and how they are measured.

Microns appear only through the mpp that the caller gives.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from app.geometry import PointPx, RectPx

Ring = npt.NDArray[np.float64]
"""Vertices (N, 2) as x, y in level-0 pixels; read-only. Closed rings do not repeat their first vertex."""

ELLIPSE_VERTICES = 100
"""So many vertices stand for an ellipse where a program knows polygons only (QuPath's own number)."""


class ShapeError(ValueError):
    """Coordinates that make no shape; the message is one sentence."""


class MarkKind(StrEnum):
    """What a mark looks like; the words are stored on disk and must not change.

    ``POINTS`` and ``LINES`` are several points or lines in one mark. ``FOREIGN`` is an object of another
    program that has no shape this program can draw; it is kept whole and exported again.
    """

    POINT = "point"
    POINTS = "points"
    LINE = "line"
    LINES = "lines"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    POLYGON = "polygon"
    MULTIPOLYGON = "multipolygon"
    FREEHAND = "freehand"
    FOREIGN = "foreign"


CLOSED_KINDS = frozenset(
    {MarkKind.RECTANGLE, MarkKind.ELLIPSE, MarkKind.POLYGON, MarkKind.MULTIPOLYGON, MarkKind.FREEHAND}
)
BOX_KINDS = frozenset({MarkKind.RECTANGLE, MarkKind.ELLIPSE})
_SINGLE_PART_KINDS = frozenset(MarkKind) - {MarkKind.LINES, MarkKind.MULTIPOLYGON, MarkKind.FOREIGN}
_EXACT_KINDS = BOX_KINDS | {MarkKind.POINT}
_FEWEST_VERTICES = dict.fromkeys(MarkKind, 3) | {
    MarkKind.POINT: 1,
    MarkKind.POINTS: 1,
    MarkKind.LINE: 2,
    MarkKind.LINES: 2,
    MarkKind.RECTANGLE: 2,
    MarkKind.ELLIPSE: 2,
}
_HOLED_KINDS = frozenset({MarkKind.POLYGON, MarkKind.MULTIPOLYGON})


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A kind and its parts; each part is an outer ring (or the one list of points) and then its holes.

    A rectangle or ellipse has one ring of two rows: left, top and right, bottom. Use the functions below
    to make one. Raises ``ShapeError`` for coordinates that make no such shape.
    """

    kind: MarkKind
    parts: tuple[tuple[Ring, ...], ...]

    def __post_init__(self) -> None:
        parts = tuple([tuple([_ring(ring) for ring in part]) for part in self.parts])
        object.__setattr__(self, "parts", parts)
        if self.kind is MarkKind.FOREIGN:
            if parts:
                raise ShapeError("An object of another program without a drawable shape has no coordinates.")
            return
        if not parts or not all(parts):
            raise ShapeError(f"A {self.kind} needs at least one part.")
        if self.kind in _SINGLE_PART_KINDS and len(parts) > 1:
            raise ShapeError(f"A {self.kind} has one part, not {len(parts)}.")
        if self.kind not in _HOLED_KINDS and any(len(part) > 1 for part in parts):
            raise ShapeError(f"A {self.kind} has no holes.")
        fewest = _FEWEST_VERTICES[self.kind]
        for part in parts:
            for ring in part:
                if len(ring) < fewest:
                    raise ShapeError(f"A {self.kind} needs at least {fewest} vertices, not {len(ring)}.")
        if self.kind in _EXACT_KINDS and len(parts[0][0]) != fewest:
            raise ShapeError(f"A {self.kind} is given by {fewest} rows of coordinates, not {len(parts[0][0])}.")
        if self.kind in BOX_KINDS and (parts[0][0][1] < parts[0][0][0]).any():
            raise ShapeError(f"A {self.kind} is given as left, top, right, bottom.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Shape):
            return NotImplemented
        return self.kind == other.kind and _layout(self) == _layout(other) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash((self.kind, self.to_bytes()))

    def to_bytes(self) -> bytes:
        """All coordinates as bytes: equal exactly when every number is."""
        return b"".join((ring + 0.0).tobytes() for part in self.parts for ring in part)

    @property
    def is_closed(self) -> bool:
        """True for shapes with an inside."""
        return self.kind in CLOSED_KINDS


def point(x: float, y: float) -> Shape:
    """A single point."""
    return Shape(MarkKind.POINT, ((np.array([[x, y]]),),))


def points(xy: npt.ArrayLike) -> Shape:
    """Several points (N, 2) that are one mark."""
    return Shape(MarkKind.POINTS, ((np.asarray(xy, np.float64),),))


def line(xy: npt.ArrayLike) -> Shape:
    """An open line through the points (N >= 2, 2)."""
    return Shape(MarkKind.LINE, ((np.asarray(xy, np.float64),),))


def lines(many: Iterable[npt.ArrayLike]) -> Shape:
    """Several open lines that are one mark."""
    return Shape(MarkKind.LINES, tuple((np.asarray(xy, np.float64),) for xy in many))


def rectangle(rect: RectPx) -> Shape:
    """An axis-parallel rectangle."""
    return Shape(MarkKind.RECTANGLE, ((np.array([[rect.x, rect.y], [rect.right, rect.bottom]]),),))


def ellipse(rect: RectPx) -> Shape:
    """The axis-parallel ellipse that fills the rectangle."""
    return Shape(MarkKind.ELLIPSE, ((np.array([[rect.x, rect.y], [rect.right, rect.bottom]]),),))


def box(kind: MarkKind, left: float, top: float, right: float, bottom: float) -> Shape:
    """A rectangle or ellipse from its exact edges (no sum of left and width that could round)."""
    return Shape(kind, ((np.array([[left, top], [right, bottom]]),),))


def polygon(outer: npt.ArrayLike, holes: Iterable[npt.ArrayLike] = ()) -> Shape:
    """A polygon with holes; rings (N >= 3, 2) with or without the closing vertex."""
    return Shape(MarkKind.POLYGON, (_open_rings(outer, holes),))


def multipolygon(parts: Iterable[tuple[npt.ArrayLike, Iterable[npt.ArrayLike]]]) -> Shape:
    """Several polygons, each (outer ring, holes), that are one mark."""
    return Shape(MarkKind.MULTIPOLYGON, tuple(_open_rings(outer, holes) for outer, holes in parts))


def freehand(xy: npt.ArrayLike) -> Shape:
    """A closed outline drawn by hand."""
    return Shape(MarkKind.FREEHAND, (_open_rings(xy, ()),))


FOREIGN_SHAPE = Shape(MarkKind.FOREIGN, ())


def bounds(shape: Shape) -> tuple[float, float, float, float] | None:
    """Left, top, right, bottom; None for a foreign object."""
    if not shape.parts:
        return None
    # Holes count too: in files of other programs they may lie outside.
    rings = [ring for part in shape.parts for ring in part]
    every = rings[0] if len(rings) == 1 else np.concatenate(rings)
    (left, top), (right, bottom) = every.min(axis=0), every.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def bounding_rect(shape: Shape) -> RectPx | None:
    """The smallest rectangle around the shape; None for a foreign object."""
    edges = bounds(shape)
    return None if edges is None else RectPx(edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1])


def outlines(shape: Shape) -> list[Ring]:
    """What is to be drawn: every ring or line, boxes and ellipses as rings (closed ones without repetition)."""
    if shape.kind in BOX_KINDS:
        return [_box_outline(shape)]
    return [ring for part in shape.parts for ring in part]


def to_geometry(shape: Shape) -> shapely.Geometry:
    """The same as a shapely geometry (empty for a foreign object); ellipses as polygons."""
    match shape.kind:
        case MarkKind.FOREIGN:
            return shapely.GeometryCollection()
        case MarkKind.POINT:
            return shapely.Point(shape.parts[0][0][0])
        case MarkKind.POINTS:
            return shapely.MultiPoint(shape.parts[0][0])
        case MarkKind.LINE:
            return shapely.LineString(shape.parts[0][0])
        case MarkKind.LINES:
            return shapely.MultiLineString([part[0] for part in shape.parts])
        case MarkKind.MULTIPOLYGON:
            return shapely.MultiPolygon([shapely.Polygon(part[0], part[1:]) for part in shape.parts])
        case MarkKind.RECTANGLE | MarkKind.ELLIPSE:
            return shapely.Polygon(_box_outline(shape))
        case MarkKind.POLYGON | MarkKind.FREEHAND:
            return shapely.Polygon(shape.parts[0][0], shape.parts[0][1:])


def from_geometry(geometry: shapely.Geometry) -> Shape:
    """A polygon or multipolygon from shapely. Raises ``ShapeError`` for anything else or nothing."""
    if isinstance(geometry, shapely.Polygon) and not geometry.is_empty:
        return polygon(geometry.exterior.coords, [ring.coords for ring in geometry.interiors])
    if isinstance(geometry, shapely.MultiPolygon) and not geometry.is_empty:
        return multipolygon((part.exterior.coords, [ring.coords for ring in part.interiors]) for part in geometry.geoms)
    raise ShapeError(f"An area is needed, not a {geometry.geom_type}.")


def length_um(shape: Shape, mpp: float) -> float:
    """Length of a line or of all edges of a closed shape, in um (``mpp`` in um per level-0 pixel)."""
    return float(to_geometry(shape).length) * mpp


def area_um2(shape: Shape, mpp: float) -> float:
    """Area in square um, 0 for shapes without an inside; where an outline crosses itself, what it encloses."""
    if shape.kind is MarkKind.ELLIPSE:
        width, height = shape.parts[0][0][1] - shape.parts[0][0][0]
        return float(np.pi / 4 * width * height) * mpp * mpp
    geometry = to_geometry(shape)
    return float((geometry if geometry.is_valid else shapely.make_valid(geometry)).area) * mpp * mpp


def distance_px(shape: Shape, at: PointPx) -> float:
    """Distance of a point from the shape, 0 inside a closed one; infinite for a foreign object."""
    if shape.kind is MarkKind.FOREIGN:
        return float("inf")
    return float(shapely.distance(to_geometry(shape), shapely.Point(at.x, at.y)))


def moved(shape: Shape, dx_px: float, dy_px: float) -> Shape:
    """The shape after a shift."""
    shift = np.array([dx_px, dy_px])
    return replace(shape, parts=tuple(tuple(ring + shift for ring in part) for part in shape.parts))


def to_json_value(shape: Shape) -> dict[str, Any]:
    """As plain values: ``kind`` and ``parts``; each ring in base64 of its float64 pairs, little endian."""
    packed = [[_packed(ring) for ring in part] for part in shape.parts]
    return {"kind": str(shape.kind), "parts": packed}


def from_json_value(value: dict[str, Any]) -> Shape:
    """The opposite of ``to_json_value``. Raises ``ValueError`` (also ``ShapeError``), ``KeyError``, ``TypeError``."""
    parts: Sequence[Sequence[str]] = value["parts"]
    rings = tuple([tuple([_unpacked(text) for text in part]) for part in parts])
    return Shape(MarkKind(value["kind"]), rings)


def _packed(ring: Ring) -> str:
    return binascii.b2a_base64(ring.astype("<f8", copy=False).tobytes(), newline=False).decode("ascii")


def _unpacked(text: str) -> Ring:
    return np.frombuffer(binascii.a2b_base64(text), "<f8").reshape(-1, 2)


def _ring(ring: Ring) -> Ring:
    vertices_xy = np.array(ring, np.float64)
    if vertices_xy.ndim != 2 or vertices_xy.shape[1] != 2:
        raise ShapeError("Coordinates of a mark are pairs of x and y.")
    if not np.isfinite(vertices_xy).all():
        raise ShapeError("A coordinate of a mark is not a finite number.")
    vertices_xy.flags.writeable = False
    return vertices_xy


def _open_rings(outer: npt.ArrayLike, holes: Iterable[npt.ArrayLike]) -> tuple[Ring, ...]:
    return tuple(_without_closing(np.asarray(ring, np.float64)) for ring in (outer, *holes))


def _without_closing(ring: Ring) -> Ring:
    if len(ring) > 3 and (ring[0] == ring[-1]).all():
        return ring[:-1]
    return ring


def _layout(shape: Shape) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(len(ring) for ring in part) for part in shape.parts)


def _box_outline(shape: Shape) -> Ring:
    (left, top), (right, bottom) = shape.parts[0][0]
    if shape.kind is MarkKind.RECTANGLE:
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    angles = np.arange(ELLIPSE_VERTICES) * (2 * np.pi / ELLIPSE_VERTICES)
    x = (left + right) / 2 + (right - left) / 2 * np.cos(angles)
    y = (top + bottom) / 2 + (bottom - top) / 2 * np.sin(angles)
    ring = np.column_stack((np.clip(x, left, right), np.clip(y, top, bottom)))
    # The four extreme vertices are exact, so that the box can be read back from the ring without rounding.
    quarter = ELLIPSE_VERTICES // 4
    ring[0, 0], ring[quarter, 1], ring[2 * quarter, 0], ring[3 * quarter, 1] = right, bottom, left, top
    return ring

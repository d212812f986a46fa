"""Handles of a shape: the vertices that can be dragged, added and taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.geometry import PointPx
from app.records.shapes import BOX_KINDS, MarkKind, Ring, Shape, ShapeError, box


@dataclass(frozen=True, slots=True)
class Vertex:
    """A handle of a shape: which part, ring and index it is (corner 0-3, clockwise, for boxes), and where."""

    part: int
    ring: int
    index: int
    at: PointPx


def vertices(shape: Shape) -> list[Vertex]:
    """All handles that can be dragged."""
    if shape.kind in BOX_KINDS:
        (left, top), (right, bottom) = shape.parts[0][0]
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        return [Vertex(0, 0, i, PointPx(float(x), float(y))) for i, (x, y) in enumerate(corners)]
    return [
        Vertex(p, r, i, PointPx(float(x), float(y)))
        for p, part in enumerate(shape.parts)
        for r, ring in enumerate(part)
        for i, (x, y) in enumerate(ring)
    ]


def with_vertex_at(shape: Shape, vertex: Vertex, to: PointPx) -> Shape:
    """The shape with one handle dragged; the corner opposite stays where a box is dragged."""
    if shape.kind in BOX_KINDS:
        opposite = vertices(shape)[(vertex.index + 2) % 4].at
        return box(
            shape.kind, min(opposite.x, to.x), min(opposite.y, to.y), max(opposite.x, to.x), max(opposite.y, to.y)
        )
    ring = shape.parts[vertex.part][vertex.ring].copy()
    ring[vertex.index] = (to.x, to.y)
    return _with_ring(shape, vertex, ring)


def with_vertex_added(shape: Shape, after: Vertex, at: PointPx) -> Shape:
    """The shape with a vertex put in after another. Raises ``ShapeError`` for boxes and single points."""
    if shape.kind in BOX_KINDS | {MarkKind.POINT}:
        raise ShapeError(f"A {shape.kind} takes no further vertices.")
    ring = shape.parts[after.part][after.ring]
    return _with_ring(shape, after, np.insert(ring, after.index + 1, (at.x, at.y), axis=0))


def without_vertex(shape: Shape, vertex: Vertex) -> Shape:
    """The shape with one vertex less. Raises ``ShapeError`` when too few would be left, and for boxes."""
    if shape.kind in BOX_KINDS:
        raise ShapeError(f"A {shape.kind} keeps its four corners.")
    return _with_ring(shape, vertex, np.delete(shape.parts[vertex.part][vertex.ring], vertex.index, axis=0))


def _with_ring(shape: Shape, where: Vertex, ring: Ring) -> Shape:
    part = list(shape.parts[where.part])
    part[where.ring] = ring
    parts = list(shape.parts)
    parts[where.part] = tuple(part)
    return replace(shape, parts=tuple(parts))

"""Many outlines as one painter path, built without a call for each vertex."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QDataStream
from PySide6.QtGui import QPainterPath

from app.geometry import ViewTransform
from app.records.shapes import MarkKind, Ring, Shape

_ELEMENT = np.dtype([("type", ">i4"), ("x", ">f8"), ("y", ">f8")])
_MOVE_TO, _LINE_TO = 0, 1
_CIRCLE_VERTICES = ((60.0, 24), (float("inf"), 48))
"""Up to which length on the screen (device px) an ellipse has how many: they leave it by a quarter of a pixel."""
_VERTEX_EVERY_PX = 1.5
_FEW_VERTICES = 64

Line = tuple[npt.NDArray[np.float64], bool]
"""Vertices (N, 2), and whether the last is joined with the first."""


def lines_of(shape: Shape, scale: float) -> list[Line]:
    """What is drawn of a shape at a scale (device px per level-0 px): no more vertices than can be told apart.

    The same at every place of the view, as scrolled pictures must be.
    """
    if not shape.parts:
        return []
    if shape.kind is MarkKind.RECTANGLE:
        (left, top), (right, bottom) = shape.parts[0][0]
        return [(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), True)]
    if shape.kind is MarkKind.ELLIPSE:
        first, last = shape.parts[0][0]
        size_px = float(np.abs(last - first).max()) * scale
        count = next(count for limit, count in _CIRCLE_VERTICES if size_px < limit)
        return [((first + last) / 2 + _circle(count) * ((last - first) / 2), True)]
    return [(_thinned(ring, scale), shape.is_closed) for part in shape.parts for ring in part]


@lru_cache(maxsize=4)
def _circle(vertices: int) -> Ring:
    angles = np.linspace(0.0, 2.0 * np.pi, vertices, endpoint=False)
    return np.column_stack((np.cos(angles), np.sin(angles)))


def outline_path(lines: Sequence[Line], transform: ViewTransform, per_unit: float = 1.0) -> QPainterPath:
    """The lines as one path, in device pixels divided by ``per_unit``."""
    return outline_paths([lines], transform, per_unit)[0]


def outline_paths(
    groups: Sequence[Sequence[Line]], transform: ViewTransform, per_unit: float = 1.0
) -> list[QPainterPath]:
    """One path for each group of lines: cheaper than one by one."""
    lines = [line for group in groups for line in group]
    paths = [QPainterPath() for _ in groups]
    if not lines:
        return paths
    ends = np.cumsum([len(vertices) + closed for vertices, closed in lines])
    # Qt reads a path from a stream in one go; the format is that of QPainterPath's operator<<.
    elements = np.empty(int(ends[-1]), _ELEMENT)
    elements["type"] = _LINE_TO
    elements["type"][np.concatenate(([0], ends[:-1]))] = _MOVE_TO
    parts: list[Ring] = []
    for vertices, closed in lines:
        parts.append(vertices)
        if closed:
            parts.append(vertices[:1])
    x, y = np.concatenate(parts).T
    a, b, c, d, tx, ty = (value / per_unit for value in transform.affine())
    elements["x"], elements["y"] = a * x + b * y + tx, c * x + d * y + ty
    last = start = 0
    for path, group in zip(paths, groups, strict=True):
        last += len(group)
        end = int(ends[last - 1]) if last else 0
        data = struct.pack(">i", end - start) + elements[start:end].tobytes() + struct.pack(">ii", 0, 0)
        stream = QDataStream(QByteArray(data))
        stream >> path
        start = end
    return paths


def to_device(points: Ring, transform: ViewTransform) -> npt.NDArray[np.float64]:
    """Points (N, 2) of the slide in device pixels."""
    a, b, c, d, tx, ty = transform.affine()
    x, y = points.T
    return np.column_stack((a * x + b * y + tx, c * x + d * y + ty))


def _thinned(ring: Ring, scale: float) -> Ring:
    count = len(ring)
    if count <= _FEW_VERTICES:
        return ring
    side = float((ring.max(axis=0) - ring.min(axis=0)).max()) * scale
    # An outline is some four sides long; a finely wound one is thinned no further than to the few.
    wanted = max(_FEW_VERTICES, 4.0 * side / _VERTEX_EVERY_PX)
    return ring[:: max(1, int(count // wanted))]

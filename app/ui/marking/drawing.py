"""Shapes while they are drawn: what each press, move and release adds, until the shape is finished. No Qt here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import shapely

from app.geometry import PointPx, RectPx
from app.records.shapes import MarkKind, Shape, ellipse, freehand, line, point, polygon, rectangle

SLOP_SHARE = 1.0
"""A press and release within the tolerance is a click: the shape is then spanned by a second click."""

FREEHAND_TOLERANCE = 0.12
"""An outline drawn by hand is smoothed by at most this share of the tolerance of a click."""


@dataclass
class Drawing:
    """One shape in the making. Points are level-0 pixels; ``near_px`` is how near counts as the same place,
    ``upright`` (Shift) asks for squares, circles and lines at steps of 45 degrees.

    ``finished`` is the shape once it is complete; ``preview`` is what to show meanwhile.
    """

    finished: Shape | None = None

    @property
    def started(self) -> bool:
        return False

    @property
    def preview(self) -> Shape | None:
        return None

    @property
    def vertices(self) -> list[PointPx]:
        """Those that were set one by one, to be shown as handles."""
        return []

    def press(self, at: PointPx, near_px: float, upright: bool) -> None:
        """The button goes down."""

    def move(self, at: PointPx, pressed: bool, upright: bool) -> None:
        """The pointer moves, with the button held or not."""

    def release(self, at: PointPx, near_px: float, upright: bool) -> None:
        """The button comes up."""

    def finish(self) -> None:
        """Enter, or a double click: make do with what is there."""

    def back(self) -> None:
        """Backspace: take the last step back."""


class PointDrawing(Drawing):
    """One click."""

    def press(self, at: PointPx, near_px: float, upright: bool) -> None:
        self.finished = point(at.x, at.y)


@dataclass
class SpanDrawing(Drawing):
    """A line, rectangle or ellipse between two places: dragged, or clicked twice."""

    kind: MarkKind = MarkKind.LINE
    _from: PointPx | None = None
    _to: PointPx | None = None
    _clicked: bool = False

    @property
    def started(self) -> bool:
        return self._from is not None

    @property
    def preview(self) -> Shape | None:
        return self._shape()

    def press(self, at: PointPx, near_px: float, upright: bool) -> None:
        if self._from is None:
            self._from = self._to = at
        else:
            self._to = self._held(at, upright)

    def move(self, at: PointPx, pressed: bool, upright: bool) -> None:
        if self._from is not None:
            self._to = self._held(at, upright)

    def release(self, at: PointPx, near_px: float, upright: bool) -> None:
        if self._from is None:
            return
        self._to = self._held(at, upright)
        if math.dist((self._from.x, self._from.y), (at.x, at.y)) > near_px * SLOP_SHARE:
            self.finish()

    def finish(self) -> None:
        self.finished = self._shape()

    def back(self) -> None:
        self._from = self._to = None

    def _held(self, at: PointPx, upright: bool) -> PointPx:
        start = self._from
        if not upright or start is None:
            return at
        dx, dy = at.x - start.x, at.y - start.y
        if self.kind is not MarkKind.LINE:
            side = max(abs(dx), abs(dy))
            return PointPx(start.x + math.copysign(side, dx), start.y + math.copysign(side, dy))
        step = round(math.atan2(dy, dx) / (math.pi / 4)) * (math.pi / 4)
        length = dx * math.cos(step) + dy * math.sin(step)
        return PointPx(start.x + length * math.cos(step), start.y + length * math.sin(step))

    def _shape(self) -> Shape | None:
        a, b = self._from, self._to
        if a is None or b is None or a == b:
            return None
        if self.kind is MarkKind.LINE:
            return line([(a.x, a.y), (b.x, b.y)])
        rect = RectPx(min(a.x, b.x), min(a.y, b.y), abs(b.x - a.x), abs(b.y - a.y))
        if rect.is_empty:
            return None
        return rectangle(rect) if self.kind is MarkKind.RECTANGLE else ellipse(rect)


@dataclass
class PolygonDrawing(Drawing):
    """A click for each vertex; closed by a double click, Enter, or a click on the first vertex."""

    _vertices: list[PointPx] = field(default_factory=list)
    _pointer: PointPx | None = None

    @property
    def started(self) -> bool:
        return bool(self._vertices)

    @property
    def vertices(self) -> list[PointPx]:
        return list(self._vertices)

    @property
    def preview(self) -> Shape | None:
        corners = [(v.x, v.y) for v in self._vertices]
        if self._pointer is not None and self._vertices and self._pointer != self._vertices[-1]:
            corners.append((self._pointer.x, self._pointer.y))
        if len(corners) < 2:
            return None
        return line(corners) if len(corners) == 2 else polygon(corners)

    def press(self, at: PointPx, near_px: float, upright: bool) -> None:
        if self._vertices and _near(at, self._vertices[0], near_px) and len(self._vertices) >= 3:
            self.finish()
        elif not self._vertices or not _near(at, self._vertices[-1], near_px / 4):
            self._vertices.append(at)
            self._pointer = at

    def move(self, at: PointPx, pressed: bool, upright: bool) -> None:
        self._pointer = at

    def finish(self) -> None:
        if len(self._vertices) >= 3:
            self.finished = polygon([(v.x, v.y) for v in self._vertices])

    def back(self) -> None:
        if self._vertices:
            self._vertices.pop()


@dataclass
class FreehandDrawing(Drawing):
    """Drawn with the button held; closed when it is released."""

    _path: list[PointPx] = field(default_factory=list)

    @property
    def started(self) -> bool:
        return bool(self._path)

    @property
    def preview(self) -> Shape | None:
        return line([(p.x, p.y) for p in self._path]) if len(self._path) > 1 else None

    def press(self, at: PointPx, near_px: float, upright: bool) -> None:
        self._path = [at]

    def move(self, at: PointPx, pressed: bool, upright: bool) -> None:
        if pressed and self._path and at != self._path[-1]:
            self._path.append(at)

    def release(self, at: PointPx, near_px: float, upright: bool) -> None:
        self.move(at, True, upright)
        outline = np.array([(p.x, p.y) for p in self._path])
        smooth = shapely.LineString(outline).simplify(near_px * FREEHAND_TOLERANCE) if len(outline) > 1 else None
        self._path = []
        if smooth is not None and float(smooth.length) > 2 * near_px and len(smooth.coords) >= 3:
            self.finished = freehand(np.asarray(smooth.coords))

    def back(self) -> None:
        self._path = []


def drawing_of(kind: MarkKind) -> Drawing:
    """A new drawing of a kind of shape."""
    if kind is MarkKind.POINT:
        return PointDrawing()
    if kind is MarkKind.POLYGON:
        return PolygonDrawing()
    if kind is MarkKind.FREEHAND:
        return FreehandDrawing()
    return SpanDrawing(kind=kind)


def _near(a: PointPx, b: PointPx, by_px: float) -> bool:
    return math.dist((a.x, a.y), (b.x, b.y)) <= by_px

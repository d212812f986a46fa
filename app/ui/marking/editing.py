"""Selecting, moving and reshaping marks with the pointer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.geometry import PointPx, RectPx
from app.records.marks import Mark
from app.records.shape_handles import Vertex, vertices, with_vertex_added, with_vertex_at, without_vertex
from app.records.shapes import BOX_KINDS, MarkKind, Shape, ShapeError, bounding_rect, moved
from app.ui.marking.mark_set import MarkSet
from app.ui.marking.words import edit_label, of_marks, tr

MOST_HANDLES = 400
"""Of marks with more vertices only the one under the pointer is shown."""


@dataclass
class _Drag:
    """What is dragged: a vertex of one mark, or whole marks; ``frame`` is a rubber band."""

    start: PointPx
    marks: list[Mark]
    vertex: Vertex | None = None
    label: str = ""
    frame: bool = False


class Editing:
    """The select tool. ``shapes`` are those of the marks that are being dragged, by uuid."""

    def __init__(self, marks: MarkSet) -> None:
        self._marks = marks
        self._drag: _Drag | None = None
        self.shapes: dict[str, Shape] = {}
        self.rubber: RectPx | None = None
        self.hovered: Vertex | None = None
        self.inserting: PointPx | None = None
        """Where Alt and a click would add a vertex."""

    @property
    def dragging(self) -> bool:
        return self._drag is not None

    @property
    def target(self) -> Mark | None:
        """The mark whose vertices can be dragged: the only one that is selected, unless it is locked."""
        selected = self._marks.selected
        if len(selected) != 1 or selected[0].locked or not self._marks.can_edit:
            return None
        return selected[0]

    def press(self, at: PointPx, near_px: float, visible: RectPx, *, shift: bool, alt: bool) -> bool:
        """The button goes down. False when it found nothing to drag: then the slide is moved."""
        self.hover(at, near_px, alt=alt)
        target = self.target
        if target is not None and self.hovered is not None and not shift:
            if alt:
                self.remove_hovered()
            else:
                self._drag = _Drag(at, [target], self.hovered, edit_label(target.shape.kind))
            return True
        if target is not None and alt and self.inserting is not None:
            self._insert(target, at, near_px)
            return True
        hit = self._marks.at(at, near_px)
        if shift:
            if hit is not None:
                self._marks.select([hit.uuid], toggle=True)
            else:
                self._drag, self.rubber = _Drag(at, [], frame=True), RectPx(at.x, at.y, 0.0, 0.0)
            return True
        if hit is None or not self._marks.is_selected(hit.uuid) or not self._marks.can_edit or _is_ground(hit, visible):
            return False
        movable = self._marks.editable
        kinds = [mark.shape.kind for mark in movable]
        if movable:
            self._drag = _Drag(at, movable, label=of_marks(tr("Move {0}"), tr("Move {0} marks"), kinds))
        return bool(movable)

    def click(self, at: PointPx, near_px: float) -> None:
        """A press and release in one place with nothing dragged: select what lies there, or nothing."""
        hit = self._marks.at(at, near_px)
        self._marks.select([] if hit is None else [hit.uuid])

    def hover(self, at: PointPx, near_px: float, *, alt: bool) -> None:
        """Find out what lies under the pointer."""
        target = self.target
        self.hovered = None if target is None else nearest_vertex(target.shape, at, near_px)
        edge = nearest_edge(target.shape, at, near_px) if target is not None and alt and not self.hovered else None
        self.inserting = None if edge is None else edge[1]

    def move(self, at: PointPx) -> None:
        """The pointer moves while the button is held."""
        drag = self._drag
        if drag is None:
            return
        if drag.frame:
            x, y = min(at.x, drag.start.x), min(at.y, drag.start.y)
            self.rubber = RectPx(x, y, abs(at.x - drag.start.x), abs(at.y - drag.start.y))
        elif drag.vertex is not None:
            (mark,) = drag.marks
            self.shapes = {mark.uuid: with_vertex_at(mark.shape, drag.vertex, at)}
        else:
            by = (at.x - drag.start.x, at.y - drag.start.y)
            self.shapes = {mark.uuid: moved(mark.shape, *by) for mark in drag.marks}

    def release(self, at: PointPx, near_px: float) -> None:
        """The button comes up: what was dragged becomes an edit."""
        drag, self._drag = self._drag, None
        shapes, self.shapes = self.shapes, {}
        rubber, self.rubber = self.rubber, None
        if drag is None:
            return
        if drag.frame and rubber is not None:
            self._marks.select([mark.uuid for mark in self._marks.inside(rubber)], add=True)
        elif shapes and math.dist((drag.start.x, drag.start.y), (at.x, at.y)) > near_px / 4:
            self._marks.reshape(drag.label, [(mark, shapes[mark.uuid]) for mark in drag.marks])

    def cancel(self) -> bool:
        """Drop what is being dragged. True when there was something."""
        had = self._drag is not None
        self._drag, self.rubber, self.shapes = None, None, {}
        return had

    def add_vertex(self, at: PointPx, near_px: float) -> bool:
        """A double click on an edge of the selected mark. True when it was one."""
        target = self.target
        return target is not None and self._insert(target, at, near_px)

    def remove_hovered(self) -> bool:
        """Take the vertex under the pointer away. True when there was one."""
        target, vertex = self.target, self.hovered
        if target is None or vertex is None or target.shape.kind in BOX_KINDS | {MarkKind.POINT}:
            return False
        try:
            shape = without_vertex(target.shape, vertex)
        except ShapeError:
            return True
        self.hovered = None
        self._marks.reshape(tr("Remove vertex"), [(target, shape)])
        return True

    def _insert(self, target: Mark, at: PointPx, near_px: float) -> bool:
        edge = nearest_edge(target.shape, at, near_px)
        if edge is None:
            return False
        try:
            shape = with_vertex_added(target.shape, edge[0], edge[1])
        except ShapeError:
            return False
        self._marks.reshape(tr("Add vertex"), [(target, shape)])
        return True


def nearest_vertex(shape: Shape, at: PointPx, within_px: float) -> Vertex | None:
    """The handle under a point, if there is one."""
    best, found = within_px, None
    if shape.kind in BOX_KINDS:
        for corner in vertices(shape):
            away = math.dist((corner.at.x, corner.at.y), (at.x, at.y))
            if away <= best:
                best, found = away, corner
        return found
    for p, part in enumerate(shape.parts):
        for r, ring in enumerate(part):
            away_px = np.hypot(*(ring - (at.x, at.y)).T)
            index = int(away_px.argmin())
            if away_px[index] <= best:
                best = float(away_px[index])
                found = Vertex(p, r, index, PointPx(float(ring[index, 0]), float(ring[index, 1])))
    return found


def nearest_edge(shape: Shape, at: PointPx, within_px: float) -> tuple[Vertex, PointPx] | None:
    """The vertex before the edge under a point, and the place on the edge; None for boxes and points."""
    if shape.kind in BOX_KINDS | {MarkKind.POINT, MarkKind.POINTS, MarkKind.FOREIGN}:
        return None
    best, found = within_px, None
    for p, part in enumerate(shape.parts):
        for r, ring in enumerate(part):
            first = ring if shape.is_closed else ring[:-1]
            along = np.roll(ring, -1, axis=0)[: len(first)] - first
            squared = np.maximum((along**2).sum(axis=1), 1e-12)
            share = np.clip((((at.x, at.y) - first) * along).sum(axis=1) / squared, 0.0, 1.0)
            places = first + along * share[:, None]
            away = np.hypot(*(places - (at.x, at.y)).T)
            index = int(away.argmin())
            if away[index] <= best:
                best = float(away[index])
                place = PointPx(float(places[index, 0]), float(places[index, 1]))
                found = Vertex(p, r, index, PointPx(float(ring[index, 0]), float(ring[index, 1]))), place
    return found


def handles(shape: Shape, visible: RectPx) -> list[Vertex]:
    """The vertices to show as handles: none of shapes with more than can be told apart."""
    if shape.kind not in BOX_KINDS and sum(len(ring) for part in shape.parts for ring in part) > MOST_HANDLES:
        return []
    return [vertex for vertex in vertices(shape) if visible.contains(vertex.at)]


def _is_ground(mark: Mark, visible: RectPx) -> bool:
    """An area that fills the view is what one works on, not what one drags."""
    box = bounding_rect(mark.shape)
    return box is not None and mark.shape.is_closed and box.union(visible) == box

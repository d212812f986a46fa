"""Which marks lie in view: an index for 100,000 marks that keeps up with edits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from app.geometry import PointPx, RectPx
from app.records.marks import Mark
from app.records.shapes import bounds, distance_px

Boxes = npt.NDArray[np.float64]
Quad = Sequence[tuple[float, float]]
"""Four corners x, y in level-0 pixels, around a turned rectangle."""

Specks = tuple[Boxes, npt.NDArray[np.int32], npt.NDArray[np.bool_]]

_MOST_PIECES = 24
_HIGHEST_PLANE = 2**31 - 1
OVERLAY_MAX = 50_000
"""So many marks may have changed since the tree was built before a query builds it anew."""


class MarkIndex:
    """Marks of one slide by place. For one thread (the one that draws).

    A tree (STRtree) holds the bounding boxes as they were when it was built; what changed since is looked
    through one by one (about 5 us per thousand). Queries build a fresh tree only after ``OVERLAY_MAX``
    changes; after a large import, make a new index on a worker: ``MarkIndex(marks)``.
    """

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        self._marks: list[Mark | None] = []
        self._slot_of: dict[str, int] = {}
        self._boxes: Boxes = np.empty((0, 4))
        self._class_codes = np.empty(0, np.int32)
        self._planes = np.empty(0, np.int32)
        self._in_tree = np.empty(0, np.bool_)
        self._count = 0
        self._changes = 0
        self._overlay: npt.NDArray[np.int64] | None = None
        self._tree = shapely.STRtree([])
        self._tree_slots = np.empty(0, np.int64)
        self.class_keys: list[str | None] = []
        for mark in marks:
            self.put(mark)
        self.rebuild()

    def __len__(self) -> int:
        return self._count

    def __contains__(self, uuid: str) -> bool:
        return self.get(uuid) is not None

    def get(self, uuid: str) -> Mark | None:
        slot = self._slot_of.get(uuid)
        return None if slot is None else self._marks[slot]

    def all(self) -> list[Mark]:
        """All marks in drawing order."""
        return [mark for mark in self._marks if mark is not None]

    def put(self, mark: Mark) -> None:
        """Add a mark, or replace the one with the same uuid, in whose place in the drawing order it comes.

        A mark that comes back after a removal (undo) returns to its place.
        """
        slot = self._slot_of.get(mark.uuid)
        if slot is None:
            slot = len(self._marks)
            self._marks.append(mark)
            self._slot_of[mark.uuid] = slot
            self._grow(slot + 1)
            self._count += 1
        elif self._marks[slot] is None:
            self._count += 1
        self._marks[slot] = mark
        self._boxes[slot] = bounds(mark.shape) or (np.nan,) * 4
        self._class_codes[slot] = self._class_code(mark.class_key)
        self._planes[slot] = min(mark.plane, _HIGHEST_PLANE)
        self._touch(slot)

    def remove(self, uuid: str) -> None:
        """Forget a mark; one that is not there is no error."""
        slot = self._slot_of.get(uuid)
        if slot is not None and self._marks[slot] is not None:
            self._count -= 1
            self._marks[slot] = None
            self._boxes[slot] = np.nan
            self._touch(slot)

    def apply(self, changes: Iterable[tuple[Mark | None, Mark | None]]) -> None:
        """Follow an edit, undo or redo: pairs of a mark before and after (None: it was not, or is no more)."""
        for before, after in changes:
            if after is not None:
                self.put(after)
            elif before is not None:
                self.remove(before.uuid)

    def query(self, area: RectPx | Quad, at_least_px: float = 0.0) -> list[Mark]:
        """Marks whose bounding box touches an area, in drawing order.

        The area is a rectangle, or the four corners of one that is turned, such as a strip of a turned view.
        ``at_least_px``: only those whose longer side has at least this many level-0 pixels; ``split`` gives
        the others as specks, so that a view of the whole slide need not draw 100,000 outlines.
        """
        slots = self._slots(area)
        if at_least_px > 0:
            slots = slots[self._sides(slots) >= at_least_px]
        return self._at(slots)

    def split(
        self, area: RectPx | Quad, size_px: float, leave_out: Iterable[str] = (), on_plane: int | None = None
    ) -> tuple[list[Mark], Specks]:
        """What ``query`` finds of at least a size, and the smaller ones as specks, both without some uuids.

        Specks: middles (N, 2) and class codes (N,), indices into ``class_keys``, and which of them (N,) lie on a
        focal plane (None: all).
        """
        slots = self._slots(area)
        is_large = self._sides(slots) >= size_px
        gone_uuids = frozenset(leave_out)
        large = [mark for mark in self._at(slots[is_large]) if mark.uuid not in gone_uuids]
        slots = slots[~is_large]
        gone = [slot for uuid in gone_uuids if (slot := self._slot_of.get(uuid)) is not None]
        if gone:
            slots = slots[~np.isin(slots, gone)]
        near = np.ones(len(slots), np.bool_) if on_plane is None else self._planes[slots] == on_plane
        boxes = self._boxes[slots]
        return large, ((boxes[:, :2] + boxes[:, 2:]) / 2, self._class_codes[slots], near)

    def hit(self, at: PointPx, tolerance_px: float) -> Mark | None:
        """The mark under a point: the nearest within the tolerance; of several the smallest, then the topmost."""
        around = RectPx(at.x - tolerance_px, at.y - tolerance_px, 2 * tolerance_px, 2 * tolerance_px)
        best: tuple[float, float, int] | None = None
        for slot in self._slots(around):
            mark = self._marks[slot]
            if mark is None or (distance := distance_px(mark.shape, at)) > tolerance_px:
                continue
            size = float(np.prod(self._boxes[slot, 2:] - self._boxes[slot, :2]))
            rank = (distance, size, -int(slot))
            best = rank if best is None else min(best, rank)
        return None if best is None else self._marks[-best[2]]

    def rebuild(self) -> None:
        """Make a fresh tree over all marks (about 0.1 s for 100,000)."""
        alive = np.flatnonzero(~np.isnan(self._boxes[: len(self._marks), 0]))
        self._tree = shapely.STRtree(shapely.box(*self._boxes[alive].T))
        self._tree_slots = alive
        self._in_tree[:] = False
        self._in_tree[alive] = True
        self._changes = 0
        self._overlay = None

    def _at(self, slots: npt.NDArray[np.int64]) -> list[Mark]:
        return [mark for slot in slots.tolist() if (mark := self._marks[slot]) is not None]

    def _slots(self, area: RectPx | Quad) -> npt.NDArray[np.int64]:
        if self._changes > OVERLAY_MAX:
            self.rebuild()
        rect, hits = self._tree_hits(area)
        found = self._tree_slots[hits]
        found = found[self._in_tree[found]]
        if self._changes:
            if self._overlay is None:
                outside = ~self._in_tree[: len(self._marks)] & ~np.isnan(self._boxes[: len(self._marks), 0])
                self._overlay = np.flatnonzero(outside)
            x0, y0, x1, y1 = self._boxes[self._overlay].T
            touches = (x0 <= rect.right) & (x1 >= rect.x) & (y0 <= rect.bottom) & (y1 >= rect.y)
            found = np.concatenate((found, self._overlay[touches]))
        return np.sort(found)

    def _tree_hits(self, area: RectPx | Quad) -> tuple[RectPx, npt.NDArray[np.int64]]:
        """A rectangle around the area, and what of the tree touches the area itself."""
        if isinstance(area, RectPx):
            return area, self._tree.query(shapely.box(area.x, area.y, area.right, area.bottom))
        quad = np.asarray(area, np.float64)
        (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
        pieces = _boxes_along(quad)
        hits = self._tree.query(shapely.box(*pieces.T))[1]
        if len(pieces) > 1:
            hits = np.unique(hits)
        hits = hits[_touches(quad, self._boxes[self._tree_slots[hits]])]
        return RectPx(float(left), float(top), float(right - left), float(bottom - top)), hits

    def _sides(self, slots: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        left, top, right, bottom = self._boxes[slots].T
        return np.asarray(np.maximum(right - left, bottom - top))

    def _touch(self, slot: int) -> None:
        self._in_tree[slot] = False
        self._changes += 1
        self._overlay = None

    def _class_code(self, class_key: str | None) -> int:
        if class_key not in self.class_keys:
            self.class_keys.append(class_key)
        return self.class_keys.index(class_key)

    def _grow(self, needed: int) -> None:
        room = len(self._boxes)
        if needed <= room:
            return
        more = max(needed, 2 * room, 1024) - room
        self._boxes = np.concatenate((self._boxes, np.full((more, 4), np.nan)))
        self._class_codes = np.concatenate((self._class_codes, np.zeros(more, np.int32)))
        self._planes = np.concatenate((self._planes, np.zeros(more, np.int32)))
        self._in_tree = np.concatenate((self._in_tree, np.zeros(more, np.bool_)))


def _boxes_along(quad: Boxes) -> Boxes:
    """Upright boxes (N, 4) that together cover a turned rectangle: one around all of a thin strip would be large."""
    a, b, c, d = quad
    if np.hypot(*(b - a)) < np.hypot(*(d - a)):
        a, b, c, d = b, c, d, a
    count = int(np.clip(np.hypot(*(b - a)) / max(np.hypot(*(d - a)), 1e-9), 1, _MOST_PIECES))
    share = np.linspace(0.0, 1.0, count + 1)[:, None]
    near, far = a + (b - a) * share, d + (c - d) * share
    corners = np.stack((near[:-1], near[1:], far[:-1], far[1:]))
    return np.hstack((corners.min(axis=0), corners.max(axis=0)))


def _touches(quad: Boxes, boxes: Boxes) -> npt.NDArray[np.bool_]:
    """Which upright boxes touch a turned rectangle whose bounding box they touch (separating axes)."""
    middles, halves = (boxes[:, :2] + boxes[:, 2:]) / 2 - quad.mean(axis=0), (boxes[:, 2:] - boxes[:, :2]) / 2
    touching = np.ones(len(boxes), np.bool_)
    for side in (quad[1] - quad[0], quad[3] - quad[0]):
        length = float(np.hypot(*side))
        axis = side / max(length, 1e-9)
        touching &= np.abs(middles @ axis) <= length / 2 + halves @ np.abs(axis)
    return touching

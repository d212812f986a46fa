"""Which tiles to score next: the visible ones first, then in the plan's order. Thread-safe."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from app.analysis.plan import CellIndices, TilePlan, cells_touching
from app.geometry import RectPx

FIRST_OF_MANY = 100
"""Where a field has many tiles, as at 10x, so many with most cells come first: they are what is looked at."""
MANY = 4 * FIRST_OF_MANY


class TileQueue:
    """Hands out each cell of ``order`` once. ``set_visible`` takes effect with the next ``take``. ``cellularity`` is
    that of each cell of the plan, row-major."""

    def __init__(
        self,
        plan: TilePlan,
        order: CellIndices,
        visible: RectPx | None = None,
        cellularity: npt.NDArray[np.float32] | None = None,
    ) -> None:
        self._cellularity = cellularity
        self._plan = plan
        self._order = order
        self._next = 0
        self._lock = threading.Lock()
        self._rank = np.full(plan.cells, -1, np.int64)
        """Place in the order; -1 for cells that are not wanted."""
        self._rank[order] = np.arange(len(order))
        self._waiting = self._rank >= 0
        """Of each cell whether it is wanted and not handed out."""
        self._remaining = len(order)
        self._given_back = np.zeros(0, np.int64)
        self._field = np.zeros(0, np.int64)
        """All cells that touch the visible field."""
        self._visible = np.zeros(0, np.int64)
        """Those of them that come next, in this order."""
        self.looks = 0
        """Grows when another field becomes visible."""
        if visible is not None:
            self.set_visible(visible)

    @property
    def remaining(self) -> int:
        return self._remaining

    def set_visible(self, rect: RectPx) -> None:
        """From now on the cells that touch ``rect`` come first."""
        field = cells_touching(self._plan.grid, rect)
        # Sorting would hold up the threads that score; what is handed out meanwhile is left out in the end.
        waiting = field[self._waiting[field]]
        ordered = self._most_cellular_first(waiting, self._rank[waiting])
        with self._lock:
            self._field = field
            self._visible = ordered[self._waiting[ordered]]
            self.looks += 1

    def take(self, count: int) -> CellIndices:
        """The next cells, at most ``count`` of them; none when all were handed out."""
        with self._lock:
            taken = self._from_visible(count)
            if len(taken) == 0:
                taken = self._from_given_back(count)
            if len(taken) == 0:
                taken = self._from_order(count)
            self._waiting[taken] = False
            self._remaining -= len(taken)
            return taken

    def share(self, batch: int, most: int, takers: int) -> int:
        """How many to take at a time: whole batches, at least one and at most ``most``, and few enough that so many
        ``takers`` all have something to do to the end of the field, or of the slide."""
        left = len(self._visible) or self._remaining
        return max(batch, min(most, left // (2 * takers)) // batch * batch)

    def give_back(self, cells: CellIndices) -> None:
        """Cells that were handed out and not scored are handed out again, the visible ones next."""
        if len(cells) == 0:
            return
        with self._lock:
            cells = cells[np.argsort(self._rank[cells])]
            self._visible = np.concatenate([cells[np.isin(cells, self._field)], self._visible])
            # All of them, since the field may move on before they are taken; and none twice.
            others = self._given_back[self._waiting[self._given_back]]
            self._given_back = np.concatenate([cells, others])
            self._waiting[cells] = True
            self._remaining += len(cells)

    def _most_cellular_first(self, cells: CellIndices, places: CellIndices) -> CellIndices:
        """In the plan's order, which shares decoded pixels; of many, those with most cells before the others."""
        if self._cellularity is not None and len(cells) > MANY:
            first = np.argpartition(-self._cellularity[cells], FIRST_OF_MANY)[:FIRST_OF_MANY]
            places[first] -= len(self._order)
        return cells[np.argsort(places)]

    def _from_visible(self, count: int) -> CellIndices:
        taken, self._visible = self._visible[:count], self._visible[count:]
        return taken

    def _from_given_back(self, count: int) -> CellIndices:
        # Some may have come into view and gone meanwhile.
        waiting = self._given_back[self._waiting[self._given_back]]
        taken, self._given_back = waiting[:count], waiting[count:]
        return taken

    def _from_order(self, count: int) -> CellIndices:
        taken: list[CellIndices] = []
        found = 0
        while found < count and self._next < len(self._order):
            chunk = self._order[self._next : self._next + count - found]
            self._next += len(chunk)
            chunk = chunk[self._waiting[chunk]]
            taken.append(chunk)
            found += len(chunk)
        return np.concatenate(taken) if taken else np.zeros(0, np.int64)

"""Parts of a viewport that are small enough to be painted between two frames."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QRegion

from app.ui.canvas.picture import area_of, rects_of

FEW_PARTS = 4
"""More parts of a block than this are painted as the one box around them: each has a price of its own."""
MOST_ADDED = 1.5
"""Fewer are too, when the box is no larger than they are times this."""


def blocks_of(region: QRegion, size: tuple[int, int], block_px: int) -> Iterator[QRect]:
    """A region of a viewport (width, height) in rectangles of at most about so many pixels, the middle's first.

    They follow one lattice of nearly square blocks, whatever the region: a long strip of a turned view would ask for
    tiles of half of it. A region no larger than a block is not cut. Later ones cost nothing until they are asked for.
    """
    if area_of(region) <= block_px and len(rects_of(region)) <= FEW_PARTS:
        yield from _gathered(region)
        return
    region = QRegion(region)
    for cell in _lattice(*size, block_px):
        if region.intersects(cell):
            yield from _gathered(region & cell)


@lru_cache(maxsize=8)
def _lattice(width: int, height: int, block_px: int) -> list[QRect]:
    """A viewport in blocks, the middle's first."""
    columns = max(1, round(width / math.sqrt(block_px)))
    rows = max(1, math.ceil(width * height / (columns * block_px)))
    lefts = np.linspace(0, width, columns + 1).astype(int).tolist()
    tops = np.linspace(0, height, rows + 1).astype(int).tolist()
    cells = [
        QRect(left, top, right - left, bottom - top)
        for top, bottom in itertools.pairwise(tops)
        for left, right in itertools.pairwise(lefts)
    ]
    middle = QPoint(width // 2, height // 2)
    return sorted(cells, key=lambda cell: (cell.center() - middle).manhattanLength())


def _gathered(region: QRegion) -> list[QRect]:
    """The parts of a region, or the one box around them."""
    parts, box = rects_of(region), region.boundingRect()
    if len(parts) > FEW_PARTS or box.width() * box.height() <= MOST_ADDED * area_of(region):
        return [box] if parts else []
    return parts

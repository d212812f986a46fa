"""Parts of a viewport that are small enough to be painted between two frames."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QRegion

from app.ui.canvas.picture import area_of, rects_of

FEW_PARTS = 4
"""More parts of a block than this are painted as the one box around them: each has a price of its own."""


def blocks_of(region: QRegion, size: tuple[int, int], block_px: int) -> list[QRect]:
    """A region of a viewport (width, height) in rectangles of at most about so many pixels, the middle's first.

    They follow one lattice of nearly square blocks, whatever the region: a long strip of a turned view would ask for
    tiles of half of it. A region no larger than a block is not cut.
    """
    if area_of(region) <= block_px and len(rects_of(region)) <= FEW_PARTS:
        return rects_of(region)
    width, height = size
    columns = max(1, round(width / math.sqrt(block_px)))
    rows = max(1, math.ceil(width * height / (columns * block_px)))
    lefts = np.linspace(0, width, columns + 1).astype(int).tolist()
    tops = np.linspace(0, height, rows + 1).astype(int).tolist()
    found = []
    for top, bottom in zip(tops, tops[1:], strict=False):
        for left, right in zip(lefts, lefts[1:], strict=False):
            part = region & QRegion(left, top, right - left, bottom - top)
            parts = rects_of(part)
            found += parts if len(parts) <= FEW_PARTS else [part.boundingRect()]
    middle = QPoint(width // 2, height // 2)
    return sorted(found, key=lambda block: (block.center() - middle).manhattanLength())

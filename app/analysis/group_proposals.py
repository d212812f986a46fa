"""Places that may be groups of cells, from the cell map: something to look at first, never a count."""

from __future__ import annotations

import math
from collections.abc import Iterable

import cv2
import numpy as np

from app.analysis.cell_map import CellMap
from app.geometry import PointPx, RectPx

SMALLEST_UM2 = 700.0
"""Ten follicular cells that lie close cover about so much."""
WIDEST_UM = 400.0
"""What is wider is a sheet, a clot of blood or a fold: it is proposed in one field of this width at its densest."""
MARGIN_UM = 12.0


def propose_groups(cell_map: CellMap, mpp: float, already: Iterable[PointPx] = (), limit: int = 24) -> list[RectPx]:
    """Rectangles (level-0 pixels) around connected cellular areas, the largest first.

    ``mpp`` is um per level-0 pixel. Areas that hold a point of ``already`` (groups that were counted) are left out.
    """
    found = cell_map.cells.view(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    pitch = cell_map.pitch_px
    smallest = SMALLEST_UM2 / (pitch * mpp) ** 2
    widest = max(1, math.ceil(WIDEST_UM / (pitch * mpp)))
    taken = list(already)
    proposed: list[RectPx] = []
    for index in sorted(range(1, count), key=lambda i: -int(stats[i, cv2.CC_STAT_AREA])):
        if stats[index, cv2.CC_STAT_AREA] < smallest or len(proposed) >= limit:
            break
        left, top, width, height = (int(stats[index, field]) for field in range(4))
        left, width = _densest(found[top : top + height].sum(axis=0), left, width, widest)
        top, height = _densest(found[:, left : left + width].sum(axis=1), top, height, widest)
        rect = RectPx(left * pitch, top * pitch, width * pitch, height * pitch).expanded(MARGIN_UM / mpp)
        if not any(rect.contains(point) for point in taken):
            proposed.append(rect)
    return proposed


def _densest(profile: np.ndarray, start: int, length: int, widest: int) -> tuple[int, int]:
    """The part of at most ``widest`` within (start, length) that holds most; ``profile`` is over the whole axis."""
    if length <= widest:
        return start, length
    sums = np.convolve(profile[start : start + length], np.ones(widest), "valid")
    return start + int(sums.argmax()), widest

"""Which suspicious tiles belong together: one cluster of cells is one group. Pure functions."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from app.records.scores import GridSpec

LINK_SUSPICION = 0.3
"""Between two suspicious tiles, tiles that reach this keep them in one group (as in hysteresis thresholding)."""
MAX_FIELD_CELLS = 9
"""A group wider or higher than this many tiles is split, so that a field still fits on a screen."""

Mask = npt.NDArray[np.bool_]
Cells = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Rows and columns of some cells."""


def group_tiles(grid: GridSpec, suspicion: npt.NDArray[np.float32], usable: Mask, minimum: float) -> list[Cells]:
    """The groups of tiles whose ``suspicion`` (rows, columns) reaches ``minimum``, in no particular order.

    Tiles that overlap or touch, also by a corner, and tiles joined by less suspicious ones (``LINK_SUSPICION``) are one
    group. Tiles that are not ``usable`` belong to none and join nothing. A group larger than ``MAX_FIELD_CELLS`` is
    split around its peaks.
    """
    suspicious = usable & (suspicion >= minimum)
    if not suspicious.any():
        return []
    linked = (usable & (suspicion >= min(LINK_SUSPICION, minimum))).astype(np.uint8)
    reach = _touching_cells(grid)
    if reach > 1:
        linked = np.asarray(cv2.dilate(linked, np.ones((reach, reach), np.uint8)), np.uint8)
    _, labels = cv2.connectedComponents(linked, connectivity=8)
    rows, columns = np.nonzero(suspicious)
    label = labels[rows, columns]
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    groups: list[Cells] = []
    for part in np.split(order, starts[1:]):
        groups += _split(suspicion, (rows[part], columns[part]))
    return groups


def _touching_cells(grid: GridSpec) -> int:
    """Tiles at most this many cells apart overlap or touch."""
    return max(1, int(grid.tile_px / grid.stride_px + 1e-6))


def _split(suspicion: npt.NDArray[np.float32], cells: Cells) -> list[Cells]:
    """The group itself, or windows around its peaks, highest first, when it is too large for one field."""
    rows, columns = cells
    parts: list[Cells] = []
    while len(rows):
        if max(np.ptp(rows), np.ptp(columns)) < MAX_FIELD_CELLS:
            return [*parts, (rows, columns)]
        peak = int(np.argmax(suspicion[rows, columns]))
        reach = MAX_FIELD_CELLS // 2
        near = (np.abs(rows - rows[peak]) <= reach) & (np.abs(columns - columns[peak]) <= reach)
        parts.append((rows[near], columns[near]))
        rows, columns = rows[~near], columns[~near]
    return parts

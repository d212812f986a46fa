"""What scores come to: counts per class, and the fields to look at first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.geometry import RectPx
from app.records.findings import ClassShare, RankedField, SlideSummary
from app.records.scores import CellState, GridSpec
from kd.bundle import ClassInfo

MIN_SUSPICION = 0.5
"""A tile enters the ranking when its suspicious classes together reach this probability."""
FIELD_REACH_CELLS = 2
"""Tiles this close to a field's peak belong to it: a field is at most 5 x 5 tiles, about what 40x shows."""

States = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]


def summarise(
    states: States, probabilities: Probabilities, classes: Sequence[ClassInfo], *, may_rank: bool
) -> SlideSummary:
    """Counts over ``states`` (rows, columns) and ``probabilities`` (rows, columns, C)."""
    counts = np.bincount(states.ravel(), minlength=len(CellState))
    scored = states == CellState.SCORED
    top = np.bincount(probabilities[scored].argmax(axis=1), minlength=len(classes))
    total = int(counts[CellState.SCORED])
    shares = tuple(
        ClassShare(info.key, info.name, int(n), int(n) / total if total else 0.0)
        for info, n in zip(classes, top, strict=True)
    )
    suspicious = sum(share.share for share, info in zip(shares, classes, strict=True) if info.suspicious)
    return SlideSummary(
        tiles_scored=total,
        failed=int(counts[CellState.FAILED]),
        background=int(counts[CellState.BACKGROUND]),
        out_of_focus=int(counts[CellState.OUT_OF_FOCUS]),
        pending=int(counts[CellState.PENDING]),
        per_class=shares,
        suspicious_share=suspicious if may_rank else None,
    )


def rank_fields(
    grid: GridSpec,
    states: States,
    probabilities: Probabilities,
    suspicious: Sequence[int],
    limit: int,
    *,
    min_suspicion: float = MIN_SUSPICION,
) -> list[RankedField]:
    """The most suspicious fields, highest first; neighbouring suspicious tiles are one field.

    A tile's suspicion is the summed probability of the ``suspicious`` classes. The highest tile takes its
    suspicious neighbours within ``FIELD_REACH_CELLS`` into its field, then the highest of the rest does, and so
    on (greedy non-maximum suppression). Of equal peaks the field with the larger sum comes first.
    """
    if not suspicious:
        return []
    suspicion = probabilities[..., list(suspicious)].sum(axis=2)
    free = (states == CellState.SCORED) & (suspicion >= min_suspicion)
    rows, columns = np.nonzero(free)
    ranking = np.argsort(-suspicion[rows, columns], kind="stable")
    fields: list[tuple[float, float, RankedField]] = []
    # Only fields below the last peak that still counts can be left out, so that ties are ranked by their sums.
    for row, column in zip(rows[ranking], columns[ranking], strict=True):
        if not free[row, column]:
            continue
        peak = float(suspicion[row, column])
        if len(fields) >= limit and round(peak, 3) < round(fields[limit - 1][0], 3):
            break
        window = (
            slice(max(0, row - FIELD_REACH_CELLS), row + FIELD_REACH_CELLS + 1),
            slice(max(0, column - FIELD_REACH_CELLS), column + FIELD_REACH_CELLS + 1),
        )
        taken = free[window]
        members_y, members_x = np.nonzero(taken)
        rect = _bounds(grid, members_y + window[0].start, members_x + window[1].start)
        likely = int(suspicious[int(probabilities[row, column, list(suspicious)].argmax())])
        field = RankedField(rect, min(1.0, peak), likely, len(members_y), int(row) * grid.columns + int(column))
        fields.append((peak, float(suspicion[window][taken].sum()), field))
        free[window] = False
    fields.sort(key=lambda f: (-round(f[0], 3), -f[1]))
    return [field for _, _, field in fields[:limit]]


def _bounds(grid: GridSpec, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> RectPx:
    x, y = float(columns.min()) * grid.stride_px, float(rows.min()) * grid.stride_px
    right = float(columns.max()) * grid.stride_px + grid.tile_px
    bottom = float(rows.max()) * grid.stride_px + grid.tile_px
    return RectPx(x, y, right - x, bottom - y)

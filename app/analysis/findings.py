"""What scores come to: counts per class, and the fields to look at first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.analysis.certainty import is_uncertain, is_unlike
from app.analysis.grouping import Cells, group_tiles
from app.analysis.suspicion import Criterion, around, needed_evidence
from app.geometry import RectPx
from app.records.findings import ClassShare, RankedField, Ranking, SlideSummary
from app.records.scores import CellState, GridSpec
from kd.bundle import ClassInfo

MIN_SUSPICION = 0.5
"""A tile enters the ranking when its suspicious classes together reach this probability."""

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


def rank(
    grid: GridSpec,
    states: States,
    probabilities: Probabilities,
    out_of_domain: npt.NDArray[np.float32],
    criterion: Criterion,
) -> Ranking:
    """The suspicious groups of a slide by their evidence, strongest first; one group of cells is one field.

    Groups that look harmless on the whole (evidence not above 0) are left out; those that only lack evidence because
    they are unlike the training data come last. Tiles that are out of focus, failed or
    not scored yet take no part. ``out_of_domain`` (rows, columns) as the model gave it.
    """
    cellular = int((states != CellState.BACKGROUND).sum())
    needed = needed_evidence(cellular)
    if not criterion.suspicious:
        return Ranking((), needed, cellular)
    usable = states == CellState.SCORED
    suspicion = criterion.suspicion(probabilities)
    familiar = np.zeros_like(out_of_domain)
    taken = usable & (suspicion >= MIN_SUSPICION)
    found = []
    for cells in group_tiles(grid, suspicion, usable, MIN_SUSPICION):
        neighbours = around(cells, usable, taken)
        evidence = criterion.evidence(probabilities, out_of_domain, cells, neighbours)
        if evidence <= 0.0 and criterion.evidence(probabilities, familiar, cells, neighbours) <= 0.0:
            continue
        rows, columns = cells
        best = int(np.argmax(suspicion[cells]))
        row, column = int(rows[best]), int(columns[best])
        peak = probabilities[row, column]
        likely = max(criterion.suspicious, key=lambda index: float(probabilities[..., index][cells].sum()))
        found.append(
            RankedField(
                rect=_bounds(grid, cells),
                score=min(1.0, float(suspicion[row, column])),
                class_index=likely,
                cells=len(rows),
                peak_cell=row * grid.columns + column,
                evidence=round(evidence, 4),
                uncertain=is_uncertain(peak),
                unlike_training=is_unlike(float(np.median(out_of_domain[cells])), criterion.unlike_at),
            )
        )
    found.sort(key=lambda field: (-field.evidence, field.peak_cell))
    return Ranking(tuple(found), needed, cellular)


def rank_fields(
    grid: GridSpec, states: States, probabilities: Probabilities, suspicious: Sequence[int], limit: int
) -> list[RankedField]:
    """The first fields of a slide where something stands out, for a model of which nothing more is known."""
    nothing_strange = np.zeros(states.shape, np.float32)
    ranking = rank(grid, states, probabilities, nothing_strange, Criterion(tuple(suspicious)))
    return list(ranking.standing_out[:limit])


def _bounds(grid: GridSpec, cells: Cells) -> RectPx:
    rows, columns = cells
    x, y = float(columns.min()) * grid.stride_px, float(rows.min()) * grid.stride_px
    right = float(columns.max()) * grid.stride_px + grid.tile_px
    bottom = float(rows.max()) * grid.stride_px + grid.tile_px
    return RectPx(x, y, right - x, bottom - y)

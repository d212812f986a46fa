"""What scores come to: counts per class, and the fields to look at first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.analysis.certainty import is_uncertain, is_unlike
from app.analysis.grouping import Cells, Mask, group_tiles
from app.analysis.suspicion import Criterion, evidence_of_groups, needed_evidence
from app.geometry import RectPx
from app.records.findings import ClassShare, RankedField, Ranking, SlideSummary
from app.records.scores import CellState, GridSpec
from kd.bundle import SUSPICIOUS_THRESHOLD, ClassInfo

MIN_SUSPICION = SUSPICIOUS_THRESHOLD
"""A tile enters the ranking when its suspicious classes together reach this probability."""
MAX_FIELDS = 500
"""More than a reader looks at; a model that finds everything suspicious must not slow the window down."""

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
    taken = usable & (suspicion >= MIN_SUSPICION)
    groups = group_tiles(grid, suspicion, usable, MIN_SUSPICION)
    evidence, if_familiar = (
        evidence_of_groups(_log_ratios(criterion, probabilities, strange, usable), groups, usable & ~taken)
        for strange in (out_of_domain, np.zeros_like(out_of_domain))
    )
    order = np.argsort(-evidence, kind="stable")
    order = order[(evidence[order] > 0.0) | (if_familiar[order] > 0.0)][:MAX_FIELDS]
    fields = [
        _field(grid, groups[n], float(evidence[n]), suspicion, probabilities, out_of_domain, criterion)
        for n in order.tolist()
    ]
    fields.sort(key=lambda field: (-field.evidence, field.peak_cell))
    return Ranking(tuple(fields), needed, cellular)


def _log_ratios(
    criterion: Criterion, probabilities: Probabilities, out_of_domain: npt.NDArray[np.float32], usable: Mask
) -> npt.NDArray[np.float64]:
    """Evidence of the single tiles (rows, columns); 0 where there is none."""
    ratios = np.zeros(usable.shape)
    ratios[usable] = criterion.log_ratio(probabilities[usable], out_of_domain[usable])
    return ratios


def _field(
    grid: GridSpec,
    cells: Cells,
    evidence: float,
    suspicion: npt.NDArray[np.float32],
    probabilities: Probabilities,
    out_of_domain: npt.NDArray[np.float32],
    criterion: Criterion,
) -> RankedField:
    best = int(np.argmax(suspicion[cells]))
    row, column = int(cells[0][best]), int(cells[1][best])
    sums = probabilities[cells].sum(axis=0)
    return RankedField(
        rect=bounds(grid, cells),
        score=min(1.0, float(suspicion[row, column])),
        class_index=max(criterion.suspicious, key=lambda index: float(sums[index])),
        cells=len(cells[0]),
        peak_cell=row * grid.columns + column,
        evidence=round(evidence, 4),
        uncertain=is_uncertain(probabilities[row, column]),
        unlike_training=is_unlike(float(np.median(out_of_domain[cells])), criterion.unlike_at),
    )


def rank_fields(
    grid: GridSpec, states: States, probabilities: Probabilities, suspicious: Sequence[int], limit: int
) -> list[RankedField]:
    """The first fields of a slide where something stands out, for a model of which nothing more is known."""
    nothing_strange = np.zeros(states.shape, np.float32)
    ranking = rank(grid, states, probabilities, nothing_strange, Criterion(tuple(suspicious)))
    return list(ranking.standing_out[:limit])


def bounds(grid: GridSpec, cells: Cells) -> RectPx:
    """The smallest rectangle around the tiles of some cells, in level-0 pixels."""
    rows, columns = cells
    x, y = float(columns.min()) * grid.stride_px, float(rows.min()) * grid.stride_px
    right = float(columns.max()) * grid.stride_px + grid.tile_px
    bottom = float(rows.max()) * grid.stride_px + grid.tile_px
    return RectPx(x, y, right - x, bottom - y)

"""The fields that a slide model looked at most: groups of heavy tiles, by their share of its attention."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.analysis.certainty import is_uncertain, is_unlike
from app.analysis.findings import MAX_FIELDS, MIN_SUSPICION, Probabilities, States, bounds
from app.analysis.grouping import Cells, group_tiles
from app.analysis.suspicion import Criterion
from app.records.findings import RankedField, Ranking
from app.records.scores import CellState, GridSpec

HEAVY = 2.0
"""A tile enters the order when it counts at least so many times as much as the average tile."""

Floats = npt.NDArray[np.float32]


def rank_by_attention(
    grid: GridSpec,
    states: States,
    probabilities: Probabilities,
    out_of_domain: Floats,
    criterion: Criterion,
    weights: Floats,
) -> Ranking:
    """Groups of neighbouring tiles of at least ``HEAVY`` weight, largest share of all attention first.

    ``weights`` (rows, columns) as of ``slide_model.weight_map``. Scores and flags of a field are the student's; none of
    them decides its place. Empty where all tiles weigh much alike.
    """
    usable = states == CellState.SCORED
    total = float(weights[usable].sum())
    cellular = int((states != CellState.BACKGROUND).sum())
    if total <= 0.0:
        return Ranking((), 0.0, cellular, by_attention=True)
    groups = group_tiles(grid, weights * (MIN_SUSPICION / HEAVY), usable, MIN_SUSPICION)
    shares = np.array([weights[cells].sum() / total for cells in groups], np.float64)
    order = np.argsort(-shares, kind="stable")[:MAX_FIELDS]
    suspicion = criterion.suspicion(probabilities) if criterion.suspicious else np.zeros(states.shape, np.float32)

    def field(cells: Cells, share: float) -> RankedField:
        heaviest = int(np.argmax(weights[cells]))
        row, column = int(cells[0][heaviest]), int(cells[1][heaviest])
        return RankedField(
            rect=bounds(grid, cells),
            score=min(1.0, float(suspicion[cells].max())),
            class_index=int(probabilities[cells].sum(axis=0).argmax()),
            cells=len(cells[0]),
            peak_cell=row * grid.columns + column,
            uncertain=is_uncertain(probabilities[row, column]),
            unlike_training=is_unlike(float(np.median(out_of_domain[cells])), criterion.unlike_at),
            attention=share,
            heaviest=float(weights[row, column]),
        )

    fields = tuple(field(groups[n], float(shares[n])) for n in order.tolist())
    return Ranking(fields, 0.0, cellular, by_attention=True)

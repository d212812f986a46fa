"""Whether a field can be judged at all: what is blurred was not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.geometry import RectPx
from app.records.scores import CellState

if TYPE_CHECKING:
    from app.session.slide_session import SlideSession

BLURRED_SHARE = 0.5
"""A field is blurred when more than this share of its judged cellular tiles is out of focus."""


def is_blurred(session: SlideSession, rect: RectPx, plane: int) -> bool:
    """Whether most cellular tiles in a level-0 rectangle are out of focus on a focal plane, as far as they have been
    judged on it. Returns at once."""
    scores = session.score_map()
    if scores is None or scores.provenance.focal_plane != plane:
        return False
    stride = scores.grid.stride_px
    rows = slice(max(0, int(rect.y // stride)), int(rect.bottom // stride) + 1)
    columns = slice(max(0, int(rect.x // stride)), int(rect.right // stride) + 1)
    counts = np.bincount(scores.states[rows, columns].ravel(), minlength=len(CellState))
    blurred, sharp = int(counts[CellState.OUT_OF_FOCUS]), int(counts[CellState.SCORED])
    return blurred > BLURRED_SHARE * (blurred + sharp)

"""What lies under the pointer: where it is on the slide, and what the student said of that tile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.analysis.certainty import is_uncertain, is_unlike
from app.geometry import PointPx
from app.records.scores import CellState

if TYPE_CHECKING:
    from app.session.score_map import ScoreMap
    from kd.bundle import BundleCard


@dataclass(frozen=True, slots=True)
class TileReading:
    """State of the tile in words (empty when scored and told), its calibrated probabilities, and its flags: unlike the
    training data, and uncertain (see ``app.analysis.certainty``)."""

    state: str
    probabilities: tuple[float, ...] = ()
    out_of_domain: bool = False
    uncertain: bool = False


def tr(text: str) -> str:
    """Translate in the context of the readout."""
    return QCoreApplication.translate("PointerReadout", text)


def position_text(point: PointPx, mpp: float | None) -> str:
    """Slide position: micrometres where the scale is known, and level-0 pixels."""
    pixels = f"{point.x:,.0f}, {point.y:,.0f} px"
    if mpp is None:
        return pixels
    return f"{point.x * mpp:,.0f}, {point.y * mpp:,.0f} µm  ({pixels})"


def tile_reading(cell: tuple[int, int], score_map: ScoreMap, card: BundleCard, *, may_rank: bool = True) -> TileReading:
    """What is known of the tile at (row, column). Without ``may_rank`` (a phantom model on a real slide) no
    probability is told: it would read as a finding."""
    row, column = cell
    state = CellState(int(score_map.states[row, column]))
    names = {
        CellState.PENDING: tr("not scored"),
        CellState.BACKGROUND: tr("empty, not scored"),
        CellState.OUT_OF_FOCUS: tr("out of focus, not reliable"),
        CellState.FAILED: tr("could not be read"),
    }
    if state is not CellState.SCORED:
        return TileReading(names[state])
    if not may_rank:
        return TileReading(tr("scored; not told, because a phantom model means nothing on a real slide"))
    probabilities = score_map.probabilities[row, column]
    flagged = is_unlike(float(score_map.out_of_domain[row, column]), card.out_of_domain_threshold)
    return TileReading("", tuple(float(p) for p in probabilities), flagged, is_uncertain(probabilities))

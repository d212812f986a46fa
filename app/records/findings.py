"""What the scores of a slide come to: counts per state and class, and the ranked fields."""

from __future__ import annotations

from dataclasses import dataclass

from app.geometry import RectPx


@dataclass(frozen=True, slots=True)
class ClassShare:
    """Tiles whose most likely class is this one, and their share of the scored tiles (0 when none)."""

    key: str
    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class SlideSummary:
    """Counts of a slide's tiles by state, and of the scored ones by most likely class.

    ``suspicious_share`` is the share of scored tiles whose most likely class is a suspicious one; None
    when the model may not say so of this slide (phantom model without demonstration mode).
    """

    tiles_scored: int
    failed: int
    background: int
    out_of_focus: int
    pending: int
    per_class: tuple[ClassShare, ...]
    suspicious_share: float | None


@dataclass(frozen=True, slots=True)
class RankedField:
    """A field to look at: ``rect`` in level-0 pixels, ``score`` the highest suspicious probability in it,
    ``class_index`` the most likely suspicious class there, ``cells`` the number of grid cells grouped in it,
    ``peak_cell`` the row-major index of the cell with the highest score."""

    rect: RectPx
    score: float
    class_index: int
    cells: int
    peak_cell: int

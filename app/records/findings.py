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
    ``peak_cell`` the row-major index of the cell with the highest score. ``evidence`` is the logarithm (nats) of how
    much better a suspicious group explains its tiles than a harmless one. ``uncertain``: the model wavers between
    classes at the peak; ``unlike_training``: most of its tiles are flagged as unlike the training data.

    In an order by a slide model's attention ``attention`` is the field's share of all of it (0 to 1), ``heaviest`` how
    many times as much as the average tile its heaviest one counts, which is then ``peak_cell``, and ``class_index`` is
    of all classes. Else both are None."""

    rect: RectPx
    score: float
    class_index: int
    cells: int
    peak_cell: int
    evidence: float = 0.0
    uncertain: bool = False
    unlike_training: bool = False
    attention: float | None = None
    heaviest: float | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Suspicious groups of a slide, strongest evidence first, and the evidence ``needed`` to stand out among its
    ``cellular_tiles``. Where none stands out the slide has no ranking: what there is are weak candidates.
    ``by_attention``: the groups are those that a slide model looked at most, which needs no evidence."""

    fields: tuple[RankedField, ...]
    needed: float
    cellular_tiles: int
    by_attention: bool = False

    @property
    def stands_out(self) -> bool:
        """Whether at least one field has the evidence that this slide needs."""
        if self.by_attention:
            return bool(self.fields)
        return bool(self.fields) and self.fields[0].evidence >= self.needed and self.fields[0].evidence > 0.0

    @property
    def standing_out(self) -> tuple[RankedField, ...]:
        """All fields where one stands out: it makes the weaker ones beside it worth a look. Else none."""
        return self.fields if self.stands_out else ()

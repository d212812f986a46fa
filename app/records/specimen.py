"""A specimen (one aspirated site with 1..n slides) and what its readers decide about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.geometry import PointPx, RectPx
from app.records.bethesda import BethesdaCategory

GROUPS_NEEDED = 6
CELLS_NEEDED = 10
"""Adequate: at least 6 groups of at least 10 well-preserved follicular cells."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """The case itself. ``case_id`` never changes; ``reader`` is the name that new entries carry.

    ``ai_seen_utc`` is when the model's findings were first on screen in this case (empty: never), and
    ``category_before_ai`` the category that was chosen by then. Both are facts that no undo takes back.
    """

    case_id: str
    title: str = ""
    site: str = ""
    reader: str = ""
    created_utc: str = ""
    ai_seen_utc: str = ""
    category_before_ai: BethesdaCategory | None = None

    @property
    def key(self) -> str:
        return "specimen"


@dataclass(frozen=True, slots=True)
class SpecimenSlide:
    """One slide of the specimen. ``paths`` are where it was last seen, newest first: hints, not identity.

    ``calibrated_mpp`` is the scale that a human gave where the file has none (um per level-0 pixel).
    """

    fingerprint: str
    size_px: tuple[int, int]
    paths: tuple[str, ...] = ()
    stain: str = ""
    label: str = ""
    calibrated_mpp: float | None = None
    added_utc: str = ""

    @property
    def key(self) -> str:
        return self.fingerprint


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader was on a slide, to open there again."""

    slide: str
    center: PointPx
    scale: float
    rotation_deg: float = 0.0
    plane: int = 0
    at_utc: str = ""


class Verdict(StrEnum):
    """What the reader did with a field of the gallery."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    DOTTED = "dotted"


@dataclass(frozen=True, slots=True)
class GalleryDecision:
    """A verdict on a field, tied to the place on the slide, so that it outlives new scores.

    ``probability`` and ``plan_key`` say what the model had shown and from which run; ``mark_uuid`` names
    the dot that was set.
    """

    uuid: str
    slide: str
    rect: RectPx
    verdict: Verdict
    class_key: str | None = None
    probability: float | None = None
    plan_key: str = ""
    mark_uuid: str | None = None
    note: str = ""
    author: str = ""
    at_utc: str = ""

    @property
    def key(self) -> str:
        return self.uuid


@dataclass(frozen=True, slots=True)
class CellGroup:
    """A group of follicular cells that the human marked and counted. ``mark_uuid`` names its mark, if any."""

    uuid: str
    slide: str
    at: PointPx
    cells: int
    mark_uuid: str | None = None
    author: str = ""
    at_utc: str = ""

    @property
    def key(self) -> str:
        return self.uuid


class AdequateAnyway(StrEnum):
    """Why a specimen with fewer groups is adequate nevertheless."""

    NO = ""
    ATYPIA = "atypia"
    COLLOID = "abundant colloid"
    INFLAMMATION = "inflammatory nodule"


class ReadingMode(StrEnum):
    """Whether the reader saw the model's findings before choosing a category."""

    AI_SHOWN = "ai shown"
    HUMAN_FIRST = "human first"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The reader's conclusion. ``checklist``: feature key to present (True) or absent (False), else not assessed."""

    category: BethesdaCategory | None = None
    subtype: str = ""
    checklist: Mapping[str, bool] = field(default_factory=dict)
    adequate_anyway: AdequateAnyway = AdequateAnyway.NO
    comment: str = ""
    reading_mode: ReadingMode = ReadingMode.AI_SHOWN

    @property
    def key(self) -> str:
        return "sheet"


@dataclass(frozen=True, slots=True)
class Signature:
    """A sign-off (``reason`` empty) or a later amendment, with the sheet and adequacy as signed. Never changed."""

    uuid: str
    reader: str
    signed_utc: str
    sheet: Sheet
    groups_counted: int
    adequate: bool
    reason: str = ""

    @property
    def key(self) -> str:
        return self.uuid

    @property
    def is_amendment(self) -> bool:
        return bool(self.reason)


@dataclass(frozen=True, slots=True)
class Adequacy:
    """``counted`` of ``needed`` groups have enough cells; ``reason`` says why fewer may do."""

    counted: int
    groups: int
    needed: int
    adequate: bool
    reason: AdequateAnyway


def adequacy(groups: Iterable[CellGroup], anyway: AdequateAnyway = AdequateAnyway.NO) -> Adequacy:
    """The counter "4 of 6 groups of at least 10 cells", over all slides of the specimen."""
    cells = [group.cells for group in groups]
    counted = sum(count >= CELLS_NEEDED for count in cells)
    enough = counted >= GROUPS_NEEDED or anyway is not AdequateAnyway.NO
    return Adequacy(counted, len(cells), GROUPS_NEEDED, enough, anyway)

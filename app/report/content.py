"""Everything that a report of one specimen says, gathered before anything is laid out."""

from __future__ import annotations

from dataclasses import dataclass

from app.records.bethesda import BethesdaCategory
from app.records.specimen import Adequacy, ReadingMode, Sheet, Signature

SEEN_AT = (10, 20, 40)
"""Coverage is told for these magnifications and higher ones."""


@dataclass(frozen=True, slots=True)
class ReportSlide:
    """One slide of the specimen.

    ``seen`` are the shares (0-1) of the cellular area seen at ``SEEN_AT``; None where it is not known. ``mpp`` is um
    per level-0 pixel. ``file_name`` and ``label_jpeg`` stay empty unless the reader asked for them. ``metadata`` is
    what the file says of itself, de-identified.
    """

    name: str
    fingerprint: str
    size_px: tuple[int, int]
    mpp: float | None
    mpp_calibrated: bool = False
    stain: str = ""
    phantom: bool = False
    seen: tuple[float | None, float | None, float | None] = (None, None, None)
    file_name: str = ""
    label_jpeg: bytes = b""
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportField:
    """A field that the reader confirmed. ``jpeg`` has its scale bar (and stamp, if any) in its pixels.

    ``bar_um`` is the length of that bar, None where the scale is unknown. ``model_class`` is what the model took it
    for; empty where the report may not say so.
    """

    slide_name: str
    jpeg: bytes
    size_px: tuple[int, int]
    bar_um: float | None = None
    place: str = ""
    confirmed_by: str = ""
    note: str = ""
    model_class: str = ""


@dataclass(frozen=True, slots=True)
class ReportModel:
    """The card in short. ``facts`` are label and text; ``precision`` and ``device`` are those of the run."""

    name: str
    hash: str
    training_domain: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadingFacts:
    """How reader and model met. ``ai_seen_utc`` is when the model's findings were first on screen (empty: never),
    ``category_before_ai`` the category that was chosen by then."""

    mode: ReadingMode
    ai_seen_utc: str = ""
    category_before_ai: BethesdaCategory | None = None


@dataclass(frozen=True, slots=True)
class ReportContent:
    """See the module. ``model`` None: the report has no content of a model, and ``no_model_because`` is the sentence
    that says why. ``fields_not_chosen`` counts confirmed fields that the reader left out,
    ``fields_without_slide`` those whose slide could not be found or read. ``made_utc`` is the time
    of the report; equal contents give equal files."""

    title: str
    site: str
    reader: str
    sheet: Sheet
    adequacy: Adequacy
    slides: tuple[ReportSlide, ...]
    fields: tuple[ReportField, ...]
    reading: ReadingFacts
    made_utc: str
    program_version: str
    fields_not_chosen: int = 0
    fields_without_slide: int = 0
    signatures: tuple[Signature, ...] = ()
    model: ReportModel | None = None
    no_model_because: str = ""
    demonstration: bool = False

"""Gathers what a report of the open case says: records of the case, pictures and coverage of its slides, the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.case.case_store import CaseStore
from app.geometry import PixelRegion, RectPx
from app.records.scores import CellState
from app.records.specimen import GalleryDecision, SpecimenSlide, Verdict
from app.records.times import utc_now
from app.report.content import SEEN_AT, ReadingFacts, ReportContent, ReportField, ReportModel, ReportSlide
from app.report.picture import bar_length_um, field_jpeg, plain_jpeg
from app.report.wording import DEMONSTRATION
from app.session import setup
from app.session.cell_source import CellSource
from app.session.slide_session import SlideSession
from app.slides.deidentified import deidentified
from app.slides.open import open_slide
from app.slides.slide import RgbImage, Slide, SlideError
from kd.bundle import BundleCard

PICTURE_PX = (800, 600)
FIELD_UM = 160.0
"""Width of what a picture shows: one field at 40x; wider where the confirmed field is."""
WIDEST_FIELD_UM = 480.0
_LABEL_PX = 480
_METRICS_TOLD = {"balanced_accuracy": "balanced accuracy", "auroc": "AUROC", "ece": "calibration error"}

Progress = Callable[[float], None]


class ReportCancelledError(Exception):
    """The user does not want the report any more."""


@dataclass(frozen=True)
class ReportOptions:
    """What the reader asks for. ``chosen`` are the uuids of confirmed fields to show (None: all)."""

    chosen: frozenset[str] | None = None
    file_names: bool = False
    labels: bool = False


def confirmed_fields(store: CaseStore) -> list[GalleryDecision]:
    """The fields that the reader confirmed, oldest first."""
    found = [decision for decision in store.decisions() if decision.verdict is Verdict.CONFIRMED]
    return sorted(found, key=lambda decision: (decision.at_utc, decision.uuid))


def gather(
    store: CaseStore,
    session: SlideSession,
    options: ReportOptions,
    data_dir: Path,
    *,
    on_progress: Progress = lambda share: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> ReportContent:
    """The content of a report as the case stands now. Reads slides: for a worker.

    ``session`` is that of the slide on screen; the model and what it said are told of this slide only. Raises
    ``ReportCancelledError`` soon after ``keep_going`` said no.
    """
    decisions = confirmed_fields(store)
    wanted = [d for d in decisions if options.chosen is None or d.uuid in options.chosen]
    slides, fields = [], {}
    entries = store.slides()
    model, no_model_because = _model(store, session)
    demonstration = model is not None and _is_demonstration(session)
    for number, entry in enumerate(entries):
        here = [decision for decision in wanted if decision.slide == entry.fingerprint]
        steps = _Steps(on_progress, keep_going, number / len(entries), 1 / len(entries))
        with _slide_of(entry, session) as slide:
            name = f"Slide {number + 1}"
            slides.append(_slide_facts(store, entry, slide, session, name, options, data_dir, steps))
            for done, decision in enumerate(here):
                steps.tell(0.5 + 0.5 * done / len(here))
                told = session.bundle.card if model is not None and session.bundle is not None else None
                of_model = told if entry.fingerprint == session.slide.info.fingerprint else None
                field = _field(slide, entry, session, decision, name, of_model, DEMONSTRATION if demonstration else "")
                if field is not None:
                    fields[decision.uuid] = field
    on_progress(1.0)
    specimen = store.specimen
    return ReportContent(
        title=specimen.title,
        site=specimen.site,
        reader=specimen.reader,
        sheet=store.sheet,
        adequacy=store.adequacy(),
        slides=tuple(slides),
        fields=tuple(fields[d.uuid] for d in wanted if d.uuid in fields),
        fields_not_chosen=len(decisions) - len(wanted),
        fields_without_slide=len(wanted) - len(fields),
        reading=ReadingFacts(store.sheet.reading_mode, specimen.ai_seen_utc, specimen.category_before_ai),
        made_utc=utc_now(),
        program_version=setup.program_version(),
        signatures=tuple(store.signatures()),
        model=model,
        no_model_because=no_model_because,
        demonstration=demonstration,
    )


@dataclass(frozen=True)
class _Steps:
    """The part of the whole progress that belongs to one slide."""

    on_progress: Progress
    keep_going: Callable[[], bool]
    start: float
    length: float

    def tell(self, share: float) -> None:
        if not self.keep_going():
            raise ReportCancelledError("The report was cancelled.")
        self.on_progress(self.start + self.length * share)


@contextmanager
def _slide_of(entry: SpecimenSlide, session: SlideSession) -> Iterator[Slide | None]:
    """The slide, open; None where it lies nowhere that is known, or is another one by now."""
    if entry.fingerprint == session.slide.info.fingerprint:
        yield session.slide
        return
    slide = None
    for path in entry.paths:
        try:
            slide = open_slide(Path(path))
        except SlideError:
            continue
        if slide.info.fingerprint == entry.fingerprint:
            break
        slide.close()
        slide = None
    try:
        yield slide
    finally:
        if slide is not None:
            slide.close()


def _mpp(slide: Slide, entry: SpecimenSlide, session: SlideSession) -> float | None:
    if slide is session.slide:
        return session.mpp
    return entry.calibrated_mpp or slide.info.mpp


def _slide_facts(
    store: CaseStore,
    entry: SpecimenSlide,
    slide: Slide | None,
    session: SlideSession,
    name: str,
    options: ReportOptions,
    data_dir: Path,
    steps: _Steps,
) -> ReportSlide:
    if slide is None:
        return ReportSlide(name, entry.fingerprint, entry.size_px, entry.calibrated_mpp, stain=entry.stain)
    info, mpp = slide.info, _mpp(slide, entry, session)
    label = b""
    if options.labels and "label" in info.associated_images:
        label = plain_jpeg(slide.associated_image("label"), _LABEL_PX)
    source = session.cells if slide is session.slide else CellSource(slide, mpp, info.focal_planes.middle, data_dir)
    return ReportSlide(
        name,
        entry.fingerprint,
        entry.size_px,
        mpp,
        mpp_calibrated=mpp is not None and mpp != info.mpp,
        stain=entry.stain or info.stain or "",
        phantom=info.phantom,
        seen=_seen(store, entry, source, steps),
        file_name=info.path.name if options.file_names else "",
        label_jpeg=label,
        metadata=tuple(deidentified(info).items()),
    )


def _seen(
    store: CaseStore, entry: SpecimenSlide, source: CellSource, steps: _Steps
) -> tuple[float | None, float | None, float | None]:
    coverage = store.coverage(entry.fingerprint)
    if coverage is None or not source.can_scan:
        return None, None, None
    found = source.scan(lambda share: steps.tell(0.5 * share), steps.keep_going)
    if found is None:
        raise ReportCancelledError("The report was cancelled.")
    weights = found.cellular_weights(coverage.rows, coverage.columns, coverage.cell_px)
    low, middle, high = (coverage.share_seen(weights, at) for at in SEEN_AT)
    return low, middle, high


def _field(
    slide: Slide | None,
    entry: SpecimenSlide,
    session: SlideSession,
    decision: GalleryDecision,
    name: str,
    card: BundleCard | None,
    stamp: str,
) -> ReportField | None:
    """The picture of a confirmed field; None where its slide is not there or cannot be read."""
    if slide is None:
        return None
    mpp = _mpp(slide, entry, session)
    rect, width_um = _picture_rect(decision.rect, mpp)
    try:
        pixels = read_picture(slide, rect, PICTURE_PX)
    except SlideError:
        return None
    model_class = ""
    if card is not None and decision.probability is not None:
        model_class = next((info.name for info in card.classes if info.key == decision.class_key), "")
    middle = decision.rect.center
    unit = mpp / 1000 if mpp else 1.0
    return ReportField(
        name,
        field_jpeg(pixels, width_um, stamp),
        PICTURE_PX,
        None if width_um is None else bar_length_um(width_um),
        place=f"x {middle.x * unit:.2f}, y {middle.y * unit:.2f} {'mm' if mpp else 'px'}",
        confirmed_by=decision.author,
        note=decision.note,
        model_class=model_class,
    )


def _picture_rect(rect: RectPx, mpp: float | None) -> tuple[RectPx, float | None]:
    """What the picture shows, in level-0 pixels, and its width in um where the scale is known."""
    shape = PICTURE_PX[1] / PICTURE_PX[0]
    widest = max(rect.width, rect.height / shape)
    if mpp is None:
        width = max(float(PICTURE_PX[0]), widest)
    else:
        width = min(max(FIELD_UM, widest * mpp), WIDEST_FIELD_UM) / mpp
    middle = rect.center
    shown = RectPx(middle.x - width / 2, middle.y - width * shape / 2, width, width * shape)
    return shown, None if mpp is None else width * mpp


def read_picture(slide: Slide, rect: RectPx, size_px: tuple[int, int]) -> RgbImage:
    """A rectangle (level-0 px) of a slide's middle focal plane at this size (width, height): uint8 (h, w, 3) RGB.
    Raises ``SlideError``."""
    info = slide.info
    wanted = rect.width / size_px[0]
    level = max((i for i, entry in enumerate(info.levels) if entry.downsample <= max(wanted, 1.0)), default=0)
    down = info.levels[level].downsample
    region = PixelRegion(
        math.floor(rect.x / down),
        math.floor(rect.y / down),
        max(1, round(rect.width / down)),
        max(1, round(rect.height / down)),
    )
    pixels = slide.read(region, level, info.focal_planes.middle)
    method = cv2.INTER_AREA if region.width > size_px[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size_px, interpolation=method), np.uint8)


def _is_demonstration(session: SlideSession) -> bool:
    return session.may_rank and not setup.may_rank(session.slide.info, session.bundle, False)


def _model(store: CaseStore, session: SlideSession) -> tuple[ReportModel | None, str]:
    """The card in short, or why the report holds nothing of a model."""
    bundle, score_map = session.bundle, session.score_map()
    if bundle is None:
        return None, "No model was loaded."
    card = bundle.card
    if not session.may_rank:
        return None, (
            f"This report holds nothing of a model: {card.name} was trained on phantoms (synthetic cells) only, and "
            "this is a real slide, on which its scores mean nothing."
        )
    if score_map is None or not score_map.counts()[CellState.SCORED]:
        return None, f"The model {card.name} was loaded, but nothing on this slide was scored."
    if not store.specimen.ai_seen_utc:
        return None, f"The model {card.name} was loaded, but its findings were not shown; they are not reported."
    counts, made = score_map.counts(), score_map.provenance
    facts = [("Covers", _covers(card)), *_metrics(card)]
    facts.append(
        (
            "This slide",
            f"{counts[CellState.SCORED]:,} tiles scored at {made.mpp_used:.3g} \N{MICRO SIGN}m/px ({made.precision}), "
            f"{counts[CellState.OUT_OF_FOCUS]:,} out of focus, {counts[CellState.PENDING]:,} not scored",
        )
    )
    standing = [
        n.text for n in session.notices if n.severity != "info" and n.key not in ("phantom-model", "demonstration")
    ]
    facts += [("Note", text) for text in standing]
    domain = "phantoms (synthetic cells)" if card.is_phantom else card.training_domain
    return ReportModel(card.name, bundle.hash, domain, tuple(facts)), ""


def _covers(card: BundleCard) -> str:
    stains = ", ".join(card.stains) or "no stain named"
    preparations = f"; {', '.join(card.preparations)}" if card.preparations else ""
    return f"{stains}{preparations}; classes: {', '.join(info.name for info in card.classes)}"


def _metrics(card: BundleCard) -> list[tuple[str, str]]:
    """The few figures of the card's test, with their intervals, in words of the card."""
    test: Mapping[str, Any] = card.metrics.get("test", card.metrics)
    told = []
    for key, name in _METRICS_TOLD.items():
        value = test.get(key)
        if isinstance(value, Mapping) and {"value", "low", "high"} <= value.keys():
            told.append(f"{name} {value['value']:.3f} ({value['low']:.3f}-{value['high']:.3f})")
        elif isinstance(value, (int, float)):
            told.append(f"{name} {value:.3f}")
    where = "phantom test" if card.is_phantom else "its test"
    return [("Measured", f"in {where}: {', '.join(told)}")] if told else []

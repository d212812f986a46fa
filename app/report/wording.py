"""What a report says, in words and in order: the one source of the PDF and the HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.records.bethesda import CATEGORIES, CHECKLIST, SOURCE_DOI, BethesdaCategory
from app.records.provenance import RESEARCH_USE_ONLY
from app.records.specimen import (
    CELLS_NEEDED,
    AdequateAnyway,
    ReadingMode,
    Sheet,
    Signature,
)
from app.report.content import SEEN_AT, ReadingFacts, ReportContent, ReportField, ReportSlide

TITLE = "Thyroid FNA cytology report"
NO_CATEGORY = "\N{EN DASH}"
DEMONSTRATION = "DEMONSTRATION - NOT A RESULT"
DEMONSTRATION_SENTENCE = (
    "Demonstration mode: a model that was trained on phantoms (synthetic cells) was used on a real slide. "
    "What it found means nothing."
)


_STAINS = {"pap": "Papanicolaou", "mgg": "May-Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}nwald-Giemsa"}


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its text; a label alone or a text alone is a line of its own."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """All texts of a report. ``left`` and ``right`` are the two columns of sections below the fields."""

    title: str
    status: str
    signed: bool
    stamp: str
    identity: tuple[Row, ...]
    numeral: str
    category: str
    category_lines: tuple[str, ...]
    adequacy: str
    adequacy_lines: tuple[str, ...]
    comment: str
    fields_title: str
    captions: tuple[str, ...]
    left: tuple[Section, ...]
    right: tuple[Section, ...]
    provenance: str
    research_use: str = RESEARCH_USE_ONLY


def word(content: ReportContent) -> Wording:
    """Put a content into words."""
    category, lines = _category(content.sheet)
    adequacy, adequacy_lines = _adequacy(content)
    signed = bool(content.signatures)
    return Wording(
        title=TITLE,
        status=_status(content.signatures),
        signed=signed,
        stamp=DEMONSTRATION if content.demonstration else "",
        identity=_identity(content),
        numeral=content.sheet.category.value if content.sheet.category else NO_CATEGORY,
        category=category,
        category_lines=lines,
        adequacy=adequacy,
        adequacy_lines=adequacy_lines,
        comment=content.sheet.comment.strip(),
        fields_title=_fields_title(content),
        captions=tuple(_caption(number, field) for number, field in enumerate(content.fields, start=1)),
        left=_sections(
            ("Nuclear features", _checklist(content.sheet)),
            ("Sign-off", _history(content.signatures)),
        ),
        right=_sections(
            ("Slides and what was seen", _slides(content.slides)),
            ("Reading and model", _reading_and_model(content)),
        ),
        provenance=_provenance(content),
    )


def all_text(wording: Wording) -> str:
    """Every text, to see which characters are needed."""
    rows = [row for section in (*wording.left, *wording.right) for row in section.rows]
    return "\n".join(
        (
            wording.title, wording.status, wording.stamp, wording.numeral, wording.category, wording.adequacy,
            wording.comment, wording.fields_title, wording.provenance, wording.research_use,
            *wording.category_lines, *wording.adequacy_lines, *wording.captions,
            *(section.title for section in (*wording.left, *wording.right)),
            *(f"{row.label} {row.text}" for row in (*wording.identity, *rows)),
        )
    )  # fmt: skip


def time_text(stamp: str) -> str:
    """``2026-01-31T12:00:00.123Z`` for people: ``2026-01-31 12:00 UTC``."""
    try:
        at = datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(UTC)
    except ValueError:
        return stamp
    return at.strftime("%Y-%m-%d %H:%M UTC")


def category_text(category: BethesdaCategory, subtype: str = "") -> str:
    """Numeral and name, e.g. ``III Atypia of undetermined significance (nuclear)``."""
    return f"{category.value} {CATEGORIES[category].name}" + (f" ({subtype})" if subtype else "")


def risk_text(category: BethesdaCategory) -> str:
    """The published risk of malignancy of a category: mean and range in percent."""
    facts = CATEGORIES[category]
    return f"{facts.rom_mean} % ({facts.rom_low}\N{EN DASH}{facts.rom_high} %)"


def reading_sentence(reading: ReadingFacts, category: BethesdaCategory | None) -> str:
    """Which way reader and model met, as it was and not only as it was meant."""
    before = reading.category_before_ai
    if not reading.ai_seen_utc:
        meant = " (human first)" if reading.mode is ReadingMode.HUMAN_FIRST else ""
        return f"Read without the model{meant}: its findings have not been on screen in this case."
    seen = time_text(reading.ai_seen_utc)
    if before is None:
        sentence = f"The model's findings were on screen (from {seen}) before a category was chosen."
        if reading.mode is ReadingMode.HUMAN_FIRST:
            sentence += " They were hidden later (human first), after they had been seen."
        return sentence
    meant = "Human first: category" if reading.mode is ReadingMode.HUMAN_FIRST else "Category"
    sentence = f"{meant} {before.value} was chosen before the model's findings were shown ({seen})"
    if category is not None and category is not before:
        return f"{sentence}; it was changed to {category.value} after they were seen."
    return f"{sentence}; it was not changed after."


def _status(signatures: tuple[Signature, ...]) -> str:
    if not signatures:
        return "DRAFT - NOT SIGNED"
    amendments = sum(s.is_amendment for s in signatures)
    return "SIGNED" if not amendments else f"SIGNED, AMENDED ({amendments})"


def _identity(content: ReportContent) -> tuple[Row, ...]:
    last = content.signatures[-1] if content.signatures else None
    signed_by = ", ".join(dict.fromkeys(signature.reader for signature in content.signatures))
    return (
        Row("Case", content.title or "(no name given)"),
        Row("Site", content.site or "not stated"),
        Row("Reader", signed_by or content.reader or "not stated"),
        Row("Signed" if last else "Made", time_text(last.signed_utc if last else content.made_utc)),
    )


def _category(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    if sheet.category is None:
        return "No category chosen", ()
    lines = [f"Subtype: {sheet.subtype}"] if sheet.subtype else []
    lines.append(f"Published risk of malignancy of this category: {risk_text(sheet.category)}, mean (range) in adults")
    lines.append(f"The Bethesda System, 2023 edition, doi {SOURCE_DOI}")
    return CATEGORIES[sheet.category].name, tuple(lines)


def _adequacy(content: ReportContent) -> tuple[str, tuple[str, ...]]:
    facts = content.adequacy
    if facts.counted <= facts.needed:
        lines = [f"{facts.counted} of {facts.needed} groups of at least {CELLS_NEEDED} follicular cells"]
    else:
        lines = [f"{facts.counted} groups of at least {CELLS_NEEDED} follicular cells; {facts.needed} are needed"]
    if facts.groups > facts.counted:
        smaller = facts.groups - facts.counted
        lines.append(f"{smaller} smaller group{'s' if smaller > 1 else ''} marked")
    if facts.reason is not AdequateAnyway.NO:
        lines.append(f"Adequate anyway because of: {facts.reason.value}")
    return ("Adequate" if facts.adequate else "Not adequate"), tuple(lines)


def _fields_title(content: ReportContent) -> str:
    shown, left_out, lost = len(content.fields), content.fields_not_chosen, content.fields_without_slide
    if not shown + left_out + lost:
        return "No field was confirmed"
    title = f"Confirmed fields ({shown})"
    if left_out:
        title += f"; {left_out} more confirmed, left out by the reader"
    return f"{title}; {lost} more on slides that could not be read" if lost else title


def _caption(number: int, field: ReportField) -> str:
    parts = [f"{number}  {field.slide_name}"]
    if field.bar_um is None:
        parts.append("scale unknown")
    if field.model_class:
        parts.append(f"model: {field.model_class}")
    if field.note:
        parts.append(field.note)
    return " · ".join(parts)


def _checklist(sheet: Sheet) -> Iterable[Row]:
    present = [name for key, name in CHECKLIST.items() if sheet.checklist.get(key) is True]
    absent = [name for key, name in CHECKLIST.items() if sheet.checklist.get(key) is False]
    rest = len(CHECKLIST) - len(present) - len(absent)
    if present:
        yield Row("Present", "; ".join(present))
    if absent:
        yield Row("Absent", "; ".join(absent))
    if rest == len(CHECKLIST):
        yield Row("", "None assessed")
    elif rest:
        yield Row("", f"{rest} of {len(CHECKLIST)} not assessed")


def _slides(slides: tuple[ReportSlide, ...]) -> Iterable[Row]:
    for slide in slides:
        parts = [_STAINS.get(slide.stain.lower(), slide.stain)] if slide.stain else []
        if slide.phantom:
            parts.append("phantom (synthetic)")
        parts.append(f"{slide.size_px[0]:,} \N{MULTIPLICATION SIGN} {slide.size_px[1]:,} px")
        source = ", calibrated by the user" if slide.mpp_calibrated else ""
        parts.append(f"{slide.mpp:.4g} µm/px{source}" if slide.mpp else "scale unknown")
        parts.append(f"fingerprint {slide.fingerprint[:12]}")
        if slide.file_name:
            parts.append(f"file {slide.file_name}")
        yield Row(slide.name, ", ".join(parts))
        yield Row("Seen", _seen(slide))


def _seen(slide: ReportSlide) -> str:
    shares = [f"{_percent(s)} at {at}x or more" for at, s in zip(SEEN_AT, slide.seen, strict=True) if s is not None]
    return "cellular area: " + ", ".join(shares) if shares else "share of the cellular area not known"


def _percent(share: float) -> str:
    """Never 100 % or 0 % unless it is all or nothing."""
    if 0 < share < 0.01:
        return "under 1 %"
    return f"{min(99, round(100 * share)) if share < 1 else 100} %"


def _reading_and_model(content: ReportContent) -> Iterable[Row]:
    yield Row("Reading", reading_sentence(content.reading, content.sheet.category))
    model = content.model
    if model is None:
        yield Row("Model", content.no_model_because or "No model was used.")
        return
    yield Row("Model", f"{model.name}, {model.hash[:12]}; trained on {model.training_domain}")
    for label, text in model.facts:
        yield Row(label, text)


def _history(signatures: tuple[Signature, ...]) -> Iterable[Row]:
    if not signatures:
        yield Row("", "Not signed: a draft that may still change.")
    before: Signature | None = None
    for signature in signatures:
        when = time_text(signature.signed_utc)
        if before is None:
            category = signature.sheet.category
            text = (
                f"{signature.reader}: {category_text(category, signature.sheet.subtype) if category else 'no category'}"
            )
            yield Row(when, f"signed by {text}")
        else:
            changed = f"; {what_changed(before, signature)}"
            yield Row(when, f"amended by {signature.reader}: {signature.reason}{changed}")
        before = signature


def what_changed(before: Signature, after: Signature) -> str:
    """What an amendment changed, in words."""
    old, new, changes = before.sheet, after.sheet, []
    if (old.category, old.subtype) != (new.category, new.subtype):
        names = [category_text(s.category, s.subtype) if s.category else "none" for s in (old, new)]
        changes.append(f"category changed from {names[0]} to {names[1]}")
    if (before.adequate, before.groups_counted) != (after.adequate, after.groups_counted):
        words = [f"{'adequate' if s.adequate else 'not adequate'} ({s.groups_counted} groups)" for s in (before, after)]
        changes.append(f"adequacy from {words[0]} to {words[1]}")
    if dict(old.checklist) != dict(new.checklist):
        changes.append("nuclear features changed")
    if old.comment != new.comment:
        changes.append("comment changed")
    return ", ".join(changes) or "sheet unchanged"


def _provenance(content: ReportContent) -> str:
    parts = [f"FNAScope {content.program_version}", f"report made {time_text(content.made_utc)}"]
    parts += [f"{slide.name}: fingerprint {slide.fingerprint}" for slide in content.slides]
    if content.model is not None:
        parts.append(f"model {content.model.name} {content.model.hash}")
    return "; ".join(parts)


def _sections(*titled: tuple[str, Iterable[Row]]) -> tuple[Section, ...]:
    return tuple(Section(title, tuple(rows)) for title, rows in titled)

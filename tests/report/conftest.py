"""A report with everything in it, and variations of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app.geometry import PointPx
from app.records.bethesda import BethesdaCategory
from app.records.specimen import CellGroup, ReadingMode, Sheet, Signature, adequacy
from app.report.content import ReadingFacts, ReportContent, ReportField, ReportModel, ReportSlide
from app.report.picture import bar_length_um, field_jpeg


def picture(seed: int, stamp: str = "") -> bytes:
    """A field of 640 x 480 px, 160 um wide."""
    rng = np.random.default_rng(seed)
    small = rng.integers(120, 240, (12, 16, 3), dtype=np.uint8)
    return field_jpeg(np.kron(small, np.ones((40, 40, 1), np.uint8)), 160.0, stamp)


def field(number: int, **kwargs: str) -> ReportField:
    return ReportField("Slide 1", picture(number), (640, 480), bar_length_um(160.0), **kwargs)


@pytest.fixture
def content() -> Callable[..., ReportContent]:
    """Makes a content; keywords replace what it holds."""

    def make(**replaced: object) -> ReportContent:
        groups = [CellGroup(f"g{n}", "fp", PointPx(0, 0), 8 + n) for n in range(6)]
        sheet = Sheet(
            BethesdaCategory.AUS,
            "nuclear",
            {"grooves": True, "pale_chromatin": True, "psammoma": False},
            comment="Scattered groups with nuclear grooves.\nRepeat aspiration suggested.",
            reading_mode=ReadingMode.HUMAN_FIRST,
        )
        full = ReportContent(
            title="A-2026-0117",
            site="Right lobe, lower pole",
            reader="Dr. Ana Lindqvist",
            sheet=sheet,
            adequacy=adequacy(groups),
            slides=(
                ReportSlide(
                    "Slide 1",
                    "0123456789abcdef0123456789abcdef",
                    (80_000, 60_000),
                    0.2528,
                    stain="Papanicolaou",
                    seen=(1.0, 0.87, 0.123),
                    metadata=(("Levels", "1, 4, 16"),),
                ),
            ),
            fields=tuple(field(number, model_class="Atypical") for number in range(4)),
            reading=ReadingFacts(ReadingMode.HUMAN_FIRST, "2026-01-31T12:10:00.000Z", BethesdaCategory.AUS),
            made_utc="2026-01-31T12:30:00.000Z",
            program_version="0.1.0",
            signatures=(Signature("s1", "Dr. Ana Lindqvist", "2026-01-31T12:20:00.000Z", sheet, 4, False),),
            model=ReportModel(
                "demo-student", "fedcba9876543210fedcba98", "thyroid FNA", (("Accuracy", "0.91 (0.88-0.94)"),)
            ),
        )
        return replace(full, **replaced)

    return make

"""The preview shows the page that the PDF has."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QGuiApplication, QImage

from app.records.specimen import Adequacy, AdequateAnyway, ReadingMode, Sheet
from app.report.content import ReadingFacts, ReportContent, ReportField
from app.report.picture import field_jpeg
from app.ui.dialogs.report_preview import page_image

RED = np.full((300, 400, 3), (200, 30, 30), np.uint8)


def page(qapp: QGuiApplication, title: str, fields: int) -> np.ndarray:
    content = ReportContent(
        title, "", "", Sheet(), Adequacy(0, 0, 6, False, AdequateAnyway.NO), (),
        tuple(ReportField("Slide 1", field_jpeg(RED, None), (400, 300)) for _ in range(fields)),
        ReadingFacts(ReadingMode.AI_SHOWN), "2026-01-01T00:00:00.000Z", "0",
    )  # fmt: skip
    image = page_image(content, 840).convertToFormat(QImage.Format.Format_RGB888)
    assert (image.width(), image.height()) == (840, 1188), "A4"
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : 840 * 3].reshape(1188, 840, 3).copy()


def test_pictures_and_texts_are_drawn(qapp):
    bare, full = page(qapp, "A", 0), page(qapp, "A", 3)
    red = (np.abs(full.astype(int) - (200, 30, 30)) < 25).all(axis=2)
    assert red.mean() > 0.05, "three pictures"
    assert (bare[:12, 400] != 255).any() and (bare < 90).all(axis=2).sum() > 2000, "the bar at the top, and letters"


def test_latin_and_chinese_titles_are_drawn_as_such(qapp):
    pages = [page(qapp, title, 0) for title in ("AB", "CD", "王小明", "李小明")]
    for number, one in enumerate(pages):
        for other in pages[number + 1 :]:
            assert (one != other).any()

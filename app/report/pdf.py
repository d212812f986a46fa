"""The report as a PDF of one A4 page, with embedded fonts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

from app.report.content import ReportContent
from app.report.fitting import lay_out
from app.report.fonts import Face, FaceSet
from app.report.pen import LINE, Color, Pen
from app.report.wording import TITLE
from app.report.writing import write_whole

HAIRLINE_MM = 0.2


class PdfPen(Pen):
    """Draws on the present page of a document whose unit is the millimetre."""

    def __init__(self, faces: FaceSet, pdf: FPDF, scale: float) -> None:
        super().__init__(faces, scale)
        self._pdf = pdf
        self._added: set[str] = set()

    def put(self, x: float, baseline: float, face: Face, text: str, size_pt: float, color: Color) -> None:
        if face.family not in self._added:
            self._pdf.add_font(face.family, fname=face.path, collection_font_number=face.number)
            self._added.add(face.family)
        self._pdf.set_font(face.family, size=size_pt)
        self._pdf.set_text_color(*color)
        self._pdf.text(x, baseline, text)

    def rule(self, x: float, y: float, width_mm: float, color: Color = LINE) -> None:
        self._pdf.set_draw_color(*color)
        self._pdf.set_line_width(HAIRLINE_MM)
        self._pdf.line(x, y, x + width_mm, y)

    def box(self, x: float, y: float, width_mm: float, height_mm: float, color: Color, radius_mm: float = 0.0) -> None:
        self._pdf.set_fill_color(*color)
        self._pdf.rect(
            x, y, width_mm, height_mm, style="F", round_corners=radius_mm > 0, corner_radius=radius_mm or 1.0
        )

    def picture(self, x: float, y: float, width_mm: float, height_mm: float, jpeg: bytes, description: str) -> None:
        self._pdf.image(io.BytesIO(jpeg), x, y, width_mm, height_mm, alt_text=description)

    @contextmanager
    def turned(self, degrees: float, x: float, y: float, opacity: float) -> Iterator[None]:
        with self._pdf.local_context(fill_opacity=opacity), self._pdf.rotation(degrees, x, y):
            yield


def pdf_bytes(content: ReportContent) -> bytes:
    """One page. Equal contents give equal bytes on one machine (its fonts serve what the bundled ones lack)."""
    page, faces, scale = lay_out(content)
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_title(f"{TITLE}: {content.title}" if content.title else TITLE)
    pdf.set_author(content.reader)
    pdf.set_creator(f"FNAScope {content.program_version}")
    pdf.set_producer(f"FNAScope {content.program_version}")
    pdf.set_subject(page.wording.research_use)
    pdf.set_lang("en")
    pdf.set_creation_date(_moment(content.made_utc))
    pdf.add_page()
    page.draw(PdfPen(faces, pdf, scale))
    return bytes(pdf.output())


def write_pdf(content: ReportContent, target: Path) -> Path:
    """Write the PDF whole or not at all. Raises ``ReportError``."""
    return write_whole(target, pdf_bytes(content))


def _moment(stamp: str) -> datetime:
    try:
        return datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)

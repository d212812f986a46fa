"""The report as a PDF of one A4 page, with embedded fonts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

from app.report.content import ReportContent
from app.report.fitting import fit
from app.report.fonts import FaceSet
from app.report.page import Page
from app.report.pen import Pen
from app.report.wording import all_text, word
from app.report.writing import write_whole


def pdf_bytes(content: ReportContent) -> bytes:
    """One page. Equal contents give equal bytes on one machine (its fonts serve what the bundled ones lack)."""
    wording = word(content)
    faces = FaceSet(all_text(wording))
    page, scale = fit(Page(wording, content.fields, faces.missing), Pen(faces))
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_title(f"{wording.title}: {content.title}" if content.title else wording.title)
    pdf.set_author(content.reader)
    pdf.set_creator(f"FNAScope {content.program_version}")
    pdf.set_producer(f"FNAScope {content.program_version}")
    pdf.set_subject(wording.research_use)
    pdf.set_lang("en")
    pdf.set_creation_date(_moment(content.made_utc))
    pdf.add_page()
    page.draw(Pen(faces, pdf, scale))
    return bytes(pdf.output())


def write_pdf(content: ReportContent, target: Path) -> Path:
    """Write the PDF whole or not at all. Raises ``ReportError``."""
    return write_whole(target, pdf_bytes(content))


def _moment(stamp: str) -> datetime:
    try:
        return datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)

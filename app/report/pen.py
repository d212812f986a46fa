"""Puts text, boxes and pictures on a PDF page, or only measures them. Lengths in mm, type sizes in points."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator

from fpdf import FPDF

from app.report.fonts import FaceSet

MM_PER_PT = 25.4 / 72
LINE_SPACING = 1.32
ELLIPSIS = "..."
Color = tuple[int, int, int]

INK: Color = (29, 34, 38)
MUTED: Color = (96, 105, 113)
LINE: Color = (205, 210, 214)
GROUND: Color = (243, 246, 248)
ACCENT: Color = (29, 106, 138)
ALARM: Color = (176, 36, 24)


class Pen:
    """All drawing goes through here; without a document (``pdf`` None) it draws nothing and measures the same.

    ``scale`` shrinks all type.
    """

    def __init__(self, faces: FaceSet, pdf: FPDF | None = None, scale: float = 1.0) -> None:
        self.faces, self.scale = faces, scale
        self._pdf = pdf
        self._added: set[str] = set()

    def line_mm(self, size_pt: float) -> float:
        """Height of a line of type."""
        return size_pt * self.scale * MM_PER_PT * LINE_SPACING

    def width_mm(self, text: str, size_pt: float, *, bold: bool = False) -> float:
        return self.faces.width_em(text, bold=bold) * size_pt * self.scale * MM_PER_PT

    def wrapped(self, text: str, width_mm: float, size_pt: float, *, bold: bool = False) -> list[str]:
        """The text in lines of at most this width; broken at spaces, between Chinese characters, else anywhere."""
        lines: list[str] = []
        for paragraph in text.split("\n"):
            line, used = "", 0.0
            for word in _words(paragraph.replace("\t", " ")):
                bare = self.width_mm(word.rstrip(), size_pt, bold=bold)
                if line and used + bare > width_mm:
                    lines.append(line.rstrip())
                    line, used = "", 0.0
                while used + bare > width_mm and len(word) > 1:
                    fit = self._fitting(word, width_mm, size_pt, bold=bold)
                    lines.append(word[:fit])
                    word = word[fit:]
                    bare = self.width_mm(word.rstrip(), size_pt, bold=bold)
                line += word
                used += self.width_mm(word, size_pt, bold=bold)
            lines.append(line.rstrip())
        return lines

    def cut(self, text: str, width_mm: float, size_pt: float, *, bold: bool = False) -> str:
        """The text on one line, ending in dots where it is too long."""
        if self.width_mm(text, size_pt, bold=bold) <= width_mm:
            return text
        room = width_mm - self.width_mm(ELLIPSIS, size_pt, bold=bold)
        return text[: self._fitting(text, room, size_pt, bold=bold)].rstrip() + ELLIPSIS

    def text(self, x: float, y: float, text: str, size_pt: float, *, bold: bool = False, color: Color = INK) -> None:
        """One line whose top is at ``y``."""
        if self._pdf is None:
            return
        self._pdf.set_text_color(*color)
        size = size_pt * self.scale
        baseline = y + size * MM_PER_PT * (LINE_SPACING / 2 + 0.36)
        for face, piece in self.faces.runs(text, bold=bold):
            if face.family not in self._added:
                self._pdf.add_font(face.family, fname=face.path, collection_font_number=face.number)
                self._added.add(face.family)
            self._pdf.set_font(face.family, size=size)
            self._pdf.text(x, baseline, piece)
            x += sum(face.advances[ord(c)] for c in piece) * size * MM_PER_PT

    def paragraph(
        self, x: float, y: float, text: str, width_mm: float, size_pt: float, *, bold: bool = False, color: Color = INK
    ) -> float:
        """Wrapped text from ``y`` on; returns where it ends."""
        for line in self.wrapped(text, width_mm, size_pt, bold=bold):
            self.text(x, y, line, size_pt, bold=bold, color=color)
            y += self.line_mm(size_pt)
        return y

    def rule(self, x: float, y: float, width_mm: float, color: Color = LINE, thickness_mm: float = 0.2) -> None:
        if self._pdf is not None:
            self._pdf.set_draw_color(*color)
            self._pdf.set_line_width(thickness_mm)
            self._pdf.line(x, y, x + width_mm, y)

    def box(self, x: float, y: float, width_mm: float, height_mm: float, color: Color, radius_mm: float = 0.0) -> None:
        """A filled box."""
        if self._pdf is not None:
            self._pdf.set_fill_color(*color)
            if radius_mm:
                self._pdf.rect(x, y, width_mm, height_mm, style="F", round_corners=True, corner_radius=radius_mm)
            else:
                self._pdf.rect(x, y, width_mm, height_mm, style="F")

    def picture(self, x: float, y: float, width_mm: float, height_mm: float, jpeg: bytes, description: str) -> None:
        if self._pdf is not None:
            self._pdf.image(io.BytesIO(jpeg), x, y, width_mm, height_mm, alt_text=description)

    def stamp(self, text: str, page_mm: tuple[float, float]) -> None:
        """A large pale text across the page."""
        if self._pdf is None:
            return
        size = 34.0 / self.scale
        width = self.width_mm(text, size, bold=True)
        middle_x, middle_y = page_mm[0] / 2, page_mm[1] / 2
        with self._pdf.local_context(fill_opacity=0.16), self._pdf.rotation(52, middle_x, middle_y):
            self.text(middle_x - width / 2, middle_y, text, size, bold=True, color=ALARM)

    def _fitting(self, text: str, width_mm: float, size_pt: float, *, bold: bool) -> int:
        """How many characters fit; at least one."""
        used, count = 0.0, 0
        for character in text:
            used += self.width_mm(character, size_pt, bold=bold)
            if used > width_mm:
                break
            count += 1
        return max(1, count)


def _words(text: str) -> Iterator[str]:
    """Pieces between which a line may break, each with the spaces that follow it."""
    word = ""
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        closing = unicodedata.category(character) in ("Pe", "Pf", "Po")
        if word and ((word[-1] == " " and character != " ") or (wide and not closing)):
            yield word
            word = ""
        word += character
    if word:
        yield word

"""Lays text in lines and measures it; pens that draw (on a PDF page, on a screen) are made from this one.

Lengths in mm, type sizes in points.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from app.report.fonts import Face, FaceSet

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
    """Measures as it would draw. ``scale`` shrinks all type."""

    def __init__(self, faces: FaceSet, scale: float = 1.0) -> None:
        self.faces, self.scale = faces, scale

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
        size = size_pt * self.scale
        baseline = y + size * MM_PER_PT * (LINE_SPACING / 2 + 0.36)
        for face, piece in self.faces.runs(text, bold=bold):
            self.put(x, baseline, face, piece, size, color)
            x += sum(face.advances[ord(c)] for c in piece) * size * MM_PER_PT

    def paragraph(
        self, x: float, y: float, text: str, width_mm: float, size_pt: float, *, bold: bool = False, color: Color = INK
    ) -> float:
        """Wrapped text from ``y`` on; returns where it ends."""
        for line in self.wrapped(text, width_mm, size_pt, bold=bold):
            self.text(x, y, line, size_pt, bold=bold, color=color)
            y += self.line_mm(size_pt)
        return y

    def stamp(self, text: str, page_mm: tuple[float, float]) -> None:
        """A large pale text across the page."""
        size = 34.0 / self.scale
        width = self.width_mm(text, size, bold=True)
        middle_x, middle_y = page_mm[0] / 2, page_mm[1] / 2
        with self.turned(52, middle_x, middle_y, 0.16):
            self.text(middle_x - width / 2, middle_y, text, size, bold=True, color=ALARM)

    # What a pen that draws does; this one only measures.

    def put(self, x: float, baseline: float, face: Face, text: str, size_pt: float, color: Color) -> None:
        """A piece of text in one face, of this very size."""
        return

    def rule(self, x: float, y: float, width_mm: float, color: Color = LINE) -> None:
        """A hairline."""
        return

    def box(self, x: float, y: float, width_mm: float, height_mm: float, color: Color, radius_mm: float = 0.0) -> None:
        """A filled box."""
        return

    def picture(self, x: float, y: float, width_mm: float, height_mm: float, jpeg: bytes, description: str) -> None:
        """A JPEG, stretched to the size."""
        return

    @contextmanager
    def turned(self, degrees: float, x: float, y: float, opacity: float) -> Iterator[None]:
        """What is drawn meanwhile is turned counterclockwise about a point, and shines through."""
        yield

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

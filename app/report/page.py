"""The page: where everything of a report goes on A4, and how much of it fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.report.content import ReportField
from app.report.pen import ACCENT, ALARM, GROUND, INK, LINE, MUTED, Pen
from app.report.wording import DEMONSTRATION_SENTENCE, Row, Section, Wording

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
MARGIN_MM = 15.0
TOP_MM = 12.0
BOTTOM_MM = 9.0
_INNER_MM = WIDTH_MM - 2 * MARGIN_MM
_GAP_MM = 3.0
_COLUMN_GAP_MM = 8.0
_COLUMN_MM = (_INNER_MM - _COLUMN_GAP_MM) / 2
_LABEL_MM = 34.0
_IDENTITY_MM = (54.0, 42.0, 34.0, 38.0)
_PICTURE_SHAPE = 0.75
"""Height of a picture over its width."""
MOST_COLUMNS = 5
_SMALLEST_SHARE = 0.75
_SMALLEST_PICTURE_MM = 31.0
_COLUMNS_TRIED = {1: (2, 3), 2: (2, 3), 4: (2, 4, 5)}
"""Few pictures may be larger; four are never three and one."""
_TITLE_PT, _NAME_PT, _HEAD_PT, _TEXT_PT, _SMALL_PT = 16.0, 9.5, 9.0, 8.0, 6.6


@dataclass(frozen=True, slots=True)
class Grid:
    """How the pictures lie: columns, how many of them are shown, and their size as a share of a full column."""

    columns: int
    shown: int
    share: float = 1.0

    @property
    def picture_mm(self) -> float:
        return self.share * (_INNER_MM - (self.columns - 1) * _GAP_MM) / self.columns

    @property
    def rows(self) -> int:
        return math.ceil(self.shown / self.columns) if self.shown else 0


def choose_grid(count: int, height_mm: float, caption_mm: float) -> Grid:
    """The largest pictures of which all ``count`` fit in a height; else as many small ones as fit."""
    for columns in _COLUMNS_TRIED.get(count, (3, 4, 5)):
        grid = Grid(columns, count)
        if not count:
            return grid
        share = (height_mm / grid.rows - caption_mm) / (grid.picture_mm * _PICTURE_SHAPE)
        grid = Grid(columns, count, min(1.0, share))
        if share >= _SMALLEST_SHARE and grid.picture_mm >= _SMALLEST_PICTURE_MM:
            return grid
    grid = Grid(MOST_COLUMNS, count)
    rows = max(0, math.floor(height_mm / row_mm(grid, caption_mm)))
    return Grid(MOST_COLUMNS, min(count, rows * MOST_COLUMNS))


def row_mm(grid: Grid, caption_mm: float) -> float:
    return grid.picture_mm * _PICTURE_SHAPE + caption_mm


class Page:
    """Draws a report with a pen, from the top; ``wording`` and ``fields`` are of the same content."""

    def __init__(self, wording: Wording, fields: Sequence[ReportField], unprintable: str) -> None:
        self.wording, self.fields = wording, fields
        self.unprintable = unprintable

    def room_mm(self, pen: Pen) -> float:
        """Height left for pictures when everything else stands; negative when that alone is too much."""
        return HEIGHT_MM - BOTTOM_MM - self._footer_mm(pen) - self._below_mm(pen) - self._above(measuring(pen))

    def grid(self, pen: Pen) -> Grid:
        return choose_grid(len(self.fields), self.room_mm(pen), self.caption_mm(pen))

    def draw(self, pen: Pen) -> None:
        """The whole page. What does not fit was told in the wording before (``fit``)."""
        y = self._above(pen)
        y = self._fields(pen, y, self.grid(pen))
        self._sections(pen, y)
        self._footer(pen)
        if self.wording.stamp:
            pen.stamp(self.wording.stamp, (WIDTH_MM, HEIGHT_MM))

    def _above(self, pen: Pen) -> float:
        """Everything down to the title of the fields; returns where they may begin."""
        y = self._header(pen, TOP_MM)
        y = self._identity(pen, y)
        y = self._conclusion(pen, y)
        if self.wording.comment:
            y = self._heading(pen, MARGIN_MM, y, "Comment")
            y = pen.paragraph(MARGIN_MM, y, self.wording.comment, _INNER_MM, _TEXT_PT) + 2.5
        return self._heading(pen, MARGIN_MM, y, self.wording.fields_title, _INNER_MM)

    def _header(self, pen: Pen, y: float) -> float:
        pen.box(0, 0, WIDTH_MM, 3.0, ALARM if self.wording.stamp else ACCENT)
        pen.text(MARGIN_MM, y - 1.2, self.wording.title, _TITLE_PT, bold=True)
        status, color = self.wording.status, ACCENT if self.wording.signed else ALARM
        width = pen.width_mm(status, _TEXT_PT, bold=True)
        x = WIDTH_MM - MARGIN_MM - width - 2.6
        pen.box(x - 2.6, y, width + 5.2, pen.line_mm(_TEXT_PT) + 1.6, color, 1.2)
        pen.text(x, y + 0.8, status, _TEXT_PT, bold=True, color=(255, 255, 255))
        y += pen.line_mm(_TITLE_PT)
        if self.wording.stamp:
            y = pen.paragraph(MARGIN_MM, y, DEMONSTRATION_SENTENCE, _INNER_MM, _TEXT_PT, bold=True, color=ALARM) + 1
        return y + 0.6

    def _identity(self, pen: Pen, y: float) -> float:
        rows = self.wording.identity
        pen.rule(MARGIN_MM, y, _INNER_MM)
        bottoms, x = [], MARGIN_MM
        for row, width in zip(rows, _IDENTITY_MM, strict=True):
            pen.text(x, y + 1.4, row.label, _SMALL_PT, color=MUTED)
            below = y + 1.4 + pen.line_mm(_SMALL_PT)
            bottoms.append(pen.paragraph(x, below, row.text, width, _NAME_PT, bold=True))
            x += width + 4.0
        return max(bottoms) + 2.6

    def _conclusion(self, pen: Pen, y: float) -> float:
        """The two answers side by side in one box: category and adequacy."""
        dry = measuring(pen)
        bottom = max(self._category(dry, y + 2.6), self._adequacy(dry, y + 2.6)) + 2.6
        pen.box(MARGIN_MM, y, _INNER_MM, bottom - y, GROUND, 1.8)
        self._category(pen, y + 2.6)
        self._adequacy(pen, y + 2.6)
        return bottom + 3.4

    def _category(self, pen: Pen, y: float) -> float:
        words, size = self.wording, 24.0
        x, width = MARGIN_MM + 4.0, 106.0
        pen.text(x, y, "Bethesda category, chosen by the reader", _SMALL_PT, color=MUTED)
        y += pen.line_mm(_SMALL_PT)
        pen.text(x, y - 0.6, words.numeral, size, bold=True, color=ACCENT)
        indent = max(14.0, pen.width_mm(words.numeral, size, bold=True) + 4.0)
        end = y + pen.line_mm(size)
        y = pen.paragraph(x + indent, y + 0.8, words.category, width - indent, 13.0, bold=True)
        for line in words.category_lines:
            y = pen.paragraph(x + indent, y, line, width - indent, _TEXT_PT, color=INK if "risk" in line else MUTED)
        return max(y, end)

    def _adequacy(self, pen: Pen, y: float) -> float:
        x, width = MARGIN_MM + 116.0, _INNER_MM - 120.0
        pen.text(x, y, "Adequacy of the specimen", _SMALL_PT, color=MUTED)
        y += pen.line_mm(_SMALL_PT)
        y = pen.paragraph(x, y + 0.8, self.wording.adequacy, width, 13.0, bold=True)
        for line in self.wording.adequacy_lines:
            y = pen.paragraph(x, y, line, width, _TEXT_PT)
        return y

    def _heading(self, pen: Pen, x: float, y: float, text: str, width_mm: float = _COLUMN_MM) -> float:
        y = pen.paragraph(x, y, text, width_mm, _HEAD_PT, bold=True, color=ACCENT)
        return y + 0.8

    def _fields(self, pen: Pen, y: float, grid: Grid) -> float:
        caption_mm = self.caption_mm(pen)
        width, height = grid.picture_mm, grid.picture_mm * _PICTURE_SHAPE
        for number, field in enumerate(self.fields[: grid.shown]):
            row, column = divmod(number, grid.columns)
            x, top = MARGIN_MM + column * (width + _GAP_MM), y + row * (height + caption_mm)
            caption = self.wording.captions[number]
            # A hairline around it: beyond the slide's edge a picture is as white as the paper.
            pen.box(x - 0.12, top - 0.12, width + 0.24, height + 0.24, LINE)
            pen.picture(x, top, width, height, field.jpeg, f"Confirmed field {caption}")
            pen.text(x, top + height + 0.5, pen.cut(caption, width, _SMALL_PT), _SMALL_PT, color=MUTED)
        y += grid.rows * (height + caption_mm)
        more = len(self.fields) - grid.shown
        if more:
            text = f"+{more} more field{'s' if more > 1 else ''} confirmed: they stand in the HTML report"
            pen.text(MARGIN_MM, y, text, _TEXT_PT, bold=True)
        return y + (self._more_mm(pen) if self.fields else 0.0)

    def _more_mm(self, pen: Pen) -> float:
        return pen.line_mm(_TEXT_PT) + 1.0

    def caption_mm(self, pen: Pen) -> float:
        return pen.line_mm(_SMALL_PT) + 1.8

    def _below_mm(self, pen: Pen) -> float:
        """Height of the two columns of sections and of the line "+n more"."""
        return self._sections(measuring(pen), 0.0) + (self._more_mm(pen) if self.fields else 0.0)

    def _sections(self, pen: Pen, y: float) -> float:
        pen.rule(MARGIN_MM, y + 0.4, _INNER_MM)
        columns = ((MARGIN_MM, self.wording.left), (MARGIN_MM + _COLUMN_MM + _COLUMN_GAP_MM, self.wording.right))
        return max(self.column(pen, x, y + 2.6, sections) for x, sections in columns)

    def column(self, pen: Pen, x: float, y: float, sections: Sequence[Section]) -> float:
        for section in sections:
            y = self._heading(pen, x, y, section.title)
            labels = [pen.width_mm(row.label, _TEXT_PT) for row in section.rows if row.text]
            indent = min(_LABEL_MM, max(labels, default=0.0) + 2.5) if any(labels) else 0.0
            for row in section.rows:
                y = self._row(pen, x, y, row, indent)
            y += 2.2
        return y

    def _row(self, pen: Pen, x: float, y: float, row: Row, indent: float) -> float:
        start = indent if row.label else 0.0
        below = y
        if row.label:
            below = pen.paragraph(x, y, row.label, indent - 1.5, _TEXT_PT, color=MUTED)
        return max(below, pen.paragraph(x + start, y, row.text, _COLUMN_MM - start, _TEXT_PT)) + 0.4

    def _footer_lines(self) -> list[str]:
        lines = [self.wording.provenance]
        if self.unprintable:
            codes = ", ".join(f"U+{ord(c):04X}" for c in self.unprintable[:8])
            more = f" and {len(self.unprintable) - 8} more" if len(self.unprintable) > 8 else ""
            lines.append(f'Printed as "?", because no font here shows them: {codes}{more}. The HTML report has them.')
        return lines

    def _footer_mm(self, pen: Pen) -> float:
        lines = sum(len(pen.wrapped(text, _INNER_MM, _SMALL_PT)) for text in self._footer_lines())
        return 1.6 + lines * pen.line_mm(_SMALL_PT) + pen.line_mm(_TEXT_PT) + 1.0

    def _footer(self, pen: Pen) -> None:
        y = HEIGHT_MM - BOTTOM_MM - self._footer_mm(pen)
        pen.rule(MARGIN_MM, y, _INNER_MM, LINE)
        y += 1.6
        for text in self._footer_lines():
            y = pen.paragraph(MARGIN_MM, y, text, _INNER_MM, _SMALL_PT, color=MUTED)
        y += 0.6
        pen.text(MARGIN_MM, y, self.wording.research_use, _TEXT_PT, bold=True)
        page = "Page 1 of 1"
        pen.text(WIDTH_MM - MARGIN_MM - pen.width_mm(page, _TEXT_PT), y, page, _TEXT_PT, color=MUTED)


def measuring(pen: Pen) -> Pen:
    return Pen(pen.faces, pen.scale)

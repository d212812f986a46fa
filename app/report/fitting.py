"""What a page leaves out when not everything fits on it, and how it says so."""

from __future__ import annotations

from dataclasses import replace

from app.report.content import ReportContent
from app.report.fonts import FaceSet
from app.report.page import MOST_COLUMNS, Grid, Page, row_mm
from app.report.pen import Pen
from app.report.wording import Row, Section, all_text, word

SCALES = (1.0, 0.94, 0.88, 0.82)
_SHORTEST_COMMENT = 200
_FEWEST_ROWS = 2
_LEFT_OUT = "[Shortened]"


def lay_out(content: ReportContent) -> tuple[Page, FaceSet, float]:
    """The page of a content, the faces of its texts, and the scale of its type: what a pen needs to draw it."""
    wording = word(content)
    faces = FaceSet(all_text(wording))
    page, scale = fit(Page(wording, content.fields, faces.missing), Pen(faces))
    return page, faces, scale


def fit(page: Page, pen: Pen) -> tuple[Page, float]:
    """A page that fits and the scale of its type. Pictures give way first, then type becomes smaller, then long
    texts are shortened, which the page says."""
    one_row_mm = row_mm(Grid(MOST_COLUMNS, 1), page.caption_mm(pen))
    for wanted_mm in (one_row_mm if page.fields else 0.0, 0.0):
        for scale in SCALES:
            if page.room_mm(Pen(pen.faces, scale)) >= wanted_mm:
                return page, scale
    smallest = Pen(pen.faces, SCALES[-1])
    while page.room_mm(smallest) < 0:
        shorter = _shortened(page, smallest)
        if shorter is None:
            break
        page = shorter
    return page, SCALES[-1]


def _shortened(page: Page, pen: Pen) -> Page | None:
    """The page with a little less text; None when nothing more may go."""
    words = page.wording
    body, _, _ = words.comment.partition("\n[Shortened: ")
    if len(body) > _SHORTEST_COMMENT:
        kept = body[: max(_SHORTEST_COMMENT, int(len(body) * 0.85))].rstrip()
        note = "\n[Shortened: the whole comment stands in the HTML report and in the case.]"
        return Page(replace(words, comment=kept + note), page.fields, page.unprintable)
    heights = {side: page.column(pen, 0.0, 0.0, getattr(words, side)) for side in ("left", "right")}
    side = max(heights, key=lambda name: heights[name])
    sections = list(getattr(words, side))
    longest = max(range(len(sections)), key=lambda n: len(sections[n].rows))
    rows = [row for row in sections[longest].rows if not row.text.startswith(_LEFT_OUT)]
    if len(rows) <= _FEWEST_ROWS:
        return None
    total = len(rows) + _left_out(sections[longest])
    # The newest of a history and the first of everything else matter most.
    newest_first = sections[longest].title == "Sign-off"
    kept_rows = rows[1:] if newest_first else rows[:-1]
    told = Row("", f"{_LEFT_OUT} {total - len(kept_rows)} lines are left out here: they stand in the HTML report.")
    new_rows = (told, *kept_rows) if newest_first else (*kept_rows, told)
    sections[longest] = replace(sections[longest], rows=tuple(new_rows))
    shorter = replace(words, left=tuple(sections)) if side == "left" else replace(words, right=tuple(sections))
    return Page(shorter, page.fields, page.unprintable)


def _left_out(section: Section) -> int:
    """How many lines were left out before."""
    for row in section.rows:
        if row.text.startswith(_LEFT_OUT):
            return int(row.text.split()[1])
    return 0

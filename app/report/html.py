"""The report as one HTML file: the words and pictures of the PDF, nothing left out, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from app.report.content import ReportContent, ReportSlide
from app.report.wording import DEMONSTRATION_SENTENCE, Row, Section, Wording, word
from app.report.writing import write_whole

_STYLE = """
:root { color-scheme: light; }
body { font: 14px/1.45 Inter, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif;
  color: #1d2226; background: #e9ebed; margin: 0; }
main { max-width: 900px; margin: 24px auto; background: #fff; padding: 32px 44px 24px; border-top: 8px solid #1d6a8a; }
main.demonstration { border-top-color: #b02418; }
header { display: flex; justify-content: space-between; align-items: center; gap: 16px; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 14px; color: #1d6a8a; margin: 18px 0 4px; }
.status { background: #b02418; color: #fff; border-radius: 5px; padding: 3px 10px; font-weight: 600; font-size: 12px; }
.status.signed { background: #1d6a8a; }
.stamp { color: #b02418; font-weight: 700; border: 2px solid #b02418; padding: 6px 10px; margin: 10px 0; }
.identity { display: grid; grid-template-columns: repeat(4, 1fr); gap: 16px; border-top: 1px solid #cdd2d6;
  margin: 12px 0; padding-top: 8px; }
.identity b { display: block; overflow-wrap: anywhere; } .identity span, dt, figcaption, .muted { color: #606971; }
.conclusion { display: grid; grid-template-columns: 3fr 2fr; gap: 24px; background: #f3f6f8; border-radius: 8px;
  padding: 14px 18px; }
.category { display: grid; grid-template-columns: auto 1fr; column-gap: 18px; }
.numeral { color: #1d6a8a; font-size: 40px; font-weight: 700; line-height: 1.1; }
.answer { font-size: 19px; font-weight: 600; }
.comment { white-space: pre-wrap; overflow-wrap: anywhere; }
.fields { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px; }
figure { margin: 0; break-inside: avoid; } figure img { width: 100%; display: block; border-radius: 3px; }
figcaption { font-size: 12px; overflow-wrap: anywhere; }
.columns { display: grid; grid-template-columns: 1fr 1fr; gap: 28px; border-top: 1px solid #cdd2d6; margin-top: 14px; }
dl { display: grid; grid-template-columns: minmax(60px, max-content) 1fr; gap: 3px 12px; margin: 0; }
dt { max-width: 150px; } dd { margin: 0; overflow-wrap: anywhere; } dd.whole { grid-column: 1 / 3; }
table { border-collapse: collapse; font-size: 12px; } td { padding: 1px 14px 1px 0; vertical-align: top; }
footer { border-top: 1px solid #cdd2d6; margin-top: 18px; padding-top: 6px; font-size: 12px; color: #606971;
  overflow-wrap: anywhere; } footer b { color: #1d2226; display: block; margin-top: 4px; font-size: 14px; }
@media print { body { background: #fff; } main { margin: 0; max-width: none; padding: 0; }
  @page { size: A4; margin: 12mm; } }
""".strip()
_NOTHING_FROM_ELSEWHERE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def html_text(content: ReportContent) -> str:
    """The whole file. Equal contents give equal text."""
    words = word(content)
    stamped = ' class="demonstration"' if words.stamp else ""
    body = "\n".join(
        (
            f"<main{stamped}>",
            _head(words),
            _conclusion(words),
            f'<h2>Comment</h2><div class="comment">{escape(words.comment)}</div>' if words.comment else "",
            _fields(content, words),
            f'<div class="columns">{_column(words.left)}{_column(words.right)}</div>',
            "".join(_details(slide) for slide in content.slides),
            f"<footer>{escape(words.provenance)}<b>{escape(words.research_use)}</b></footer>",
            "</main>",
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_NOTHING_FROM_ELSEWHERE}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(words.title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def write_html(content: ReportContent, target: Path) -> Path:
    """Write the HTML whole or not at all. Raises ``ReportError``."""
    return write_whole(target, html_text(content).encode("utf-8", "replace"))


def _head(words: Wording) -> str:
    stamp = ""
    if words.stamp:
        stamp = f'<div class="stamp">{escape(words.stamp)}<br>{escape(DEMONSTRATION_SENTENCE)}</div>'
    identity = "".join(
        f"<div><span>{escape(row.label)}</span><b>{escape(row.text)}</b></div>" for row in words.identity
    )
    signed = " signed" if words.signed else ""
    return (
        f'<header><h1>{escape(words.title)}</h1><span class="status{signed}">{escape(words.status)}</span></header>'
        f'{stamp}<div class="identity">{identity}</div>'
    )


def _conclusion(words: Wording) -> str:
    def lines(texts: Sequence[str]) -> str:
        return "".join(f"<div>{escape(text)}</div>" for text in texts)

    return (
        '<div class="conclusion"><div><span class="muted">Bethesda category, chosen by the reader</span>'
        f'<div class="category"><div class="numeral">{escape(words.numeral)}</div><div>'
        f'<div class="answer">{escape(words.category)}</div>{lines(words.category_lines)}</div></div></div>'
        '<div><span class="muted">Adequacy of the specimen</span>'
        f'<div class="answer">{escape(words.adequacy)}</div>{lines(words.adequacy_lines)}</div></div>'
    )


def _fields(content: ReportContent, words: Wording) -> str:
    figures = "".join(
        f'<figure><img src="data:image/jpeg;base64,{base64.b64encode(field.jpeg).decode()}" '
        f'alt="Confirmed field {escape(caption)}"><figcaption>{escape(caption)}'
        f"{_more_of(field.place, field.confirmed_by)}</figcaption></figure>"
        for field, caption in zip(content.fields, words.captions, strict=True)
    )
    return f'<h2>{escape(words.fields_title)}</h2><div class="fields">{figures}</div>'


def _more_of(place: str, confirmed_by: str) -> str:
    parts = [place] if place else []
    if confirmed_by:
        parts.append(f"confirmed by {confirmed_by}")
    return f"<br>{escape(', '.join(parts))}" if parts else ""


def _column(sections: Sequence[Section]) -> str:
    return "<div>" + "".join(f"<h2>{escape(s.title)}</h2><dl>{_rows(s.rows)}</dl>" for s in sections) + "</div>"


def _rows(rows: Sequence[Row]) -> str:
    return "".join(
        f"<dt>{escape(row.label)}</dt><dd>{escape(row.text)}</dd>"
        if row.label
        else f'<dd class="whole">{escape(row.text)}</dd>'
        for row in rows
    )


def _details(slide: ReportSlide) -> str:
    """The file's own metadata, de-identified, and the label where it was asked for."""
    parts = []
    if slide.label_jpeg:
        label = base64.b64encode(slide.label_jpeg).decode()
        parts.append(
            f"<h2>{escape(slide.name)}: label, included on request</h2>"
            f'<img src="data:image/jpeg;base64,{label}" alt="Label" style="max-width: 320px">'
        )
    if slide.metadata:
        rows = "".join(f"<tr><td class='muted'>{escape(k)}</td><td>{escape(v)}</td></tr>" for k, v in slide.metadata)
        parts.append(f"<h2>{escape(slide.name)}: metadata, de-identified</h2><table>{rows}</table>")
    return "".join(parts)

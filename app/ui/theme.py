"""Light and dark: one palette each and a small style sheet, both made for looking at slides.

Neutral greys throughout, so that nothing beside the slide tints how its colours are seen.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from string import Template

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from app.resources import resource_path

THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Colors:
    """The named colours of one theme, ``#rrggbb``."""

    window: str
    panel: str
    raised: str
    canvas: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_text: str
    accent_soft: str
    info: str
    warning: str
    error: str


LIGHT = Colors(
    window="#f1f2f3",
    panel="#fbfbfc",
    raised="#ffffff",
    canvas="#dcdee0",
    line="#d3d6d9",
    text="#1d2226",
    muted="#59626a",
    faint="#a3aab0",
    accent="#1d6a8a",
    accent_text="#ffffff",
    accent_soft="#d9e9f0",
    info="#e3edf3",
    warning="#fbedc8",
    error="#f8dcd8",
)
DARK = Colors(
    window="#1f2224",
    panel="#26292c",
    raised="#2f3337",
    canvas="#17191b",
    line="#3b4045",
    text="#e4e7e9",
    muted="#a3abb2",
    faint="#656c73",
    accent="#5fb0d0",
    accent_text="#0d1b22",
    accent_soft="#2a434f",
    info="#233640",
    warning="#4a3c15",
    error="#51271f",
)

_current = LIGHT


def colors() -> Colors:
    """The colours of the theme in use."""
    return _current


def apply_theme(app: QApplication, theme: str) -> None:
    """Set palette and style sheet; ``theme`` is ``system``, ``light`` or ``dark``."""
    global _current
    dark = theme == "dark" or (theme == "system" and app.styleHints().colorScheme() == Qt.ColorScheme.Dark)
    _current = DARK if dark else LIGHT
    app.setPalette(_palette(_current))
    app.setStyleSheet(_style_sheet(_current))


def prepare_application(app: QApplication) -> None:
    """Style and font that both themes share."""
    app.setStyle("Fusion")
    _choose_font(app)


def _choose_font(app: QApplication) -> None:
    """The desktop's own font; the bundled one on Linux where none is set (it would be any font, or none)."""
    families = []
    for name in ("Inter-Regular", "Inter-SemiBold"):
        font_id = QFontDatabase.addApplicationFont(str(resource_path(f"fonts/{name}.ttf")))
        families += QFontDatabase.applicationFontFamilies(font_id)
    generic = {"", "sans serif", "sans-serif", "sans", "dejavu sans", "helvetica"}
    if families and sys.platform.startswith("linux") and app.font().family().lower() in generic:
        font = QFont(families[0])
        font.setPointSizeF(9.5)
        # Figures of one width, so that nothing jumps; and "86x64" stays as it is written.
        font.setFeature(QFont.Tag("tnum"), 1)
        font.setFeature(QFont.Tag("calt"), 0)
        app.setFont(font)


def _palette(c: Colors) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for name, value in (
        (role.Window, c.window),
        (role.WindowText, c.text),
        (role.Base, c.raised),
        (role.AlternateBase, c.panel),
        (role.Text, c.text),
        (role.PlaceholderText, c.muted),
        (role.Button, c.panel),
        (role.ButtonText, c.text),
        (role.BrightText, "#ffffff"),
        (role.ToolTipBase, c.raised),
        (role.ToolTipText, c.text),
        (role.Highlight, c.accent),
        (role.HighlightedText, c.accent_text),
        (role.Link, c.accent),
        (role.LinkVisited, c.accent),
        (role.Light, c.raised),
        (role.Midlight, c.panel),
        (role.Mid, c.line),
        (role.Dark, c.canvas),
        (role.Shadow, c.line),
        (role.Accent, c.accent),
    ):
        palette.setColor(name, QColor(value))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(c.faint))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(c.line))
    return palette


def _style_sheet(c: Colors) -> str:
    text = resource_path("style/fnascope.qss").read_text(encoding="utf-8")
    named = {name: getattr(c, name) for name in Colors.__slots__}
    named["icons"] = resource_path("icons").as_posix()
    return Template(text).substitute(named)

"""Fonts of the report: which face shows which character, and how wide it is.

The bundled faces show Latin text and Chinese characters. For others the machine's own fonts are searched; what no
font shows is printed as a question mark, and the report says so.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from app.resources import resource_path

REPLACEMENT = "?"

_LIKELY_NAMES = (
    "NotoSansCJK-Regular.ttc", "NotoSansKR-Regular.otf", "malgun.ttf", "AppleSDGothicNeo.ttc", "msyh.ttc",
    "PingFang.ttc", "Arial Unicode.ttf", "segoeui.ttf", "arial.ttf", "DejaVuSans.ttf", "NotoSans-Regular.ttf",
    "NotoSansMono-Regular.ttf", "seguisym.ttf",
)  # fmt: skip
"""Fonts of the common systems that cover many scripts, best first."""


@dataclass(frozen=True)
class Face:
    """One font file: ``family`` is its name within the document, ``advances`` the widths by character in em."""

    family: str
    path: Path
    number: int
    advances: dict[int, float]


@lru_cache(maxsize=16)
def load_face(family: str, path: Path, number: int = 0) -> Face:
    """Read a font file. Raises ``OSError`` or ``TTLibError`` for what is none."""
    with TTFont(path, fontNumber=number, lazy=True) as font:
        em = font["head"].unitsPerEm
        widths = font["hmtx"].metrics
        advances = {code: widths[glyph][0] / em for code, glyph in font.getBestCmap().items()}
    return Face(family, path, number, advances)


def bundled_faces() -> tuple[Face, Face, Face]:
    """Regular, semibold, and the one for Chinese characters."""
    return (
        load_face("regular", resource_path("fonts/Inter-Regular.ttf")),
        load_face("semibold", resource_path("fonts/Inter-SemiBold.ttf")),
        load_face("cjk", resource_path("fonts/DroidSansFallback.ttf")),
    )


class FaceSet:
    """The faces that one document needs. ``missing`` are the characters of ``texts`` that none of them shows."""

    def __init__(self, texts: str) -> None:
        self.regular, self.semibold, self._cjk = bundled_faces()
        self._others: list[Face] = [self._cjk]
        self._advances: dict[tuple[str, bool], float] = {}
        wanted = {ord(c) for c in texts if unicodedata.category(c)[0] != "C" and not c.isspace()}
        missing = wanted - self.regular.advances.keys() - self._cjk.advances.keys()
        for number, path in enumerate(_system_fonts() if missing else ()):
            found = _face_or_none(f"system{number}", path)
            if found is not None and missing & found.advances.keys():
                self._others.append(found)
                missing -= found.advances.keys()
            if not missing:
                break
        self.missing = "".join(map(chr, sorted(missing)))

    def face_of(self, character: str, *, bold: bool = False) -> Face | None:
        """The first face that shows a character; None when none does."""
        code = ord(character)
        first = self.semibold if bold else self.regular
        return next((face for face in (first, *self._others) if code in face.advances), None)

    def runs(self, text: str, *, bold: bool = False) -> Iterator[tuple[Face, str]]:
        """The text in pieces of one face each; what cannot be shown is replaced."""
        piece, face = "", None
        for character in text:
            here = self.face_of(character, bold=bold)
            if here is None:
                here, character = self.semibold if bold else self.regular, REPLACEMENT
            if here is not face and piece and face is not None:
                yield face, piece
                piece = ""
            face, piece = here, piece + character
        if piece and face is not None:
            yield face, piece

    def width_em(self, text: str, *, bold: bool = False) -> float:
        """Width of a text in em."""
        return sum(self._advance(character, bold) for character in text)

    def _advance(self, character: str, bold: bool) -> float:
        known = self._advances.get((character, bold))
        if known is None:
            face, shown = next(self.runs(character, bold=bold))
            known = self._advances[character, bold] = face.advances[ord(shown)]
        return known


def _face_or_none(family: str, path: Path) -> Face | None:
    try:
        return load_face(family, path)
    except (OSError, TTLibError, KeyError, AttributeError):
        # A font of the machine that cannot be read is no reason to have no report.
        return None


def _system_fonts() -> list[Path]:
    """The likely fonts that this machine has."""
    found: dict[str, Path] = {}
    for folder in _font_folders():
        for root, _, files in os.walk(folder):
            for name in files:
                if name in _LIKELY_NAMES:
                    found.setdefault(name, Path(root) / name)
    return [found[name] for name in _LIKELY_NAMES if name in found]


def _font_folders() -> list[Path]:
    home = Path.home()
    if sys.platform == "win32":
        windows = Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        return [windows, home / "AppData/Local/Microsoft/Windows/Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts"]

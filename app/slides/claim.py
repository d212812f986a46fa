"""A reader's word that a file is its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.slides.slide import Slide


@dataclass(frozen=True, slots=True)
class Claim:
    """Which reader takes a file, as what, and how it is opened.

    ``open`` raises ``SlideError`` when the file turns out to be damaged or of a kind that cannot be
    shown correctly.
    """

    reader: str
    format: str
    open: Callable[[], Slide]

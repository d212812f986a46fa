"""Opening a slide."""

from __future__ import annotations

from pathlib import Path

from app.slides.probe import probe_once
from app.slides.readers import check_readable, open_unprobed, unreadable
from app.slides.slide import Slide


def open_slide(path: Path | str, *, probe: bool = True) -> Slide:
    """Open a slide: a file, an MRXS file or its folder, or a folder with one DICOM slide.

    With ``probe`` a content that this process has not opened before is first opened in a child
    process with a time and a memory limit, so that a hostile file cannot take this process down.
    Takes up to 5 s for such a file: not for the GUI thread. Raises ``SlideError`` with one sentence
    for the user.
    """
    path = Path(path)
    check_readable(path)
    if probe:
        try:
            probe_once(path)
        except OSError as error:
            raise unreadable(path, error) from error
    return open_unprobed(path)

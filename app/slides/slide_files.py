"""Which files of a folder are slides. Told from their endings: no file is parsed before it is probed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from app.slides.fingerprint import dicom_series
from app.slides.slide import SlideError

SLIDE_ENDINGS = frozenset((".bif", ".mrxs", ".ndpi", ".scn", ".svs", ".svslide", ".tif", ".tiff", ".vms", ".vmu"))
"""Flat JPEG and PNG images open as slides too, but in a folder they mostly are snapshots and labels."""

_DICOM_ENDINGS = frozenset((".dcm", ""))


def slide_files(
    folder: Path, *, recursive: bool = True, keep_going: Callable[[], bool] = lambda: True
) -> Iterator[Path]:
    """The slides in a folder in the order of their names; one file for each DICOM series, ``.mrxs`` for MRXS.

    Hidden files and folders are left out. Ends early when ``keep_going`` answers False. Raises SlideError when the
    folder cannot be read.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name.casefold())
    except OSError as error:
        raise SlideError(f"The folder {folder} cannot be read ({error.strerror}).") from error
    seen_series: set[object] = set()
    for entry in entries:
        path = Path(entry.path)
        if not keep_going():
            return
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if recursive and not (path / "Slidedat.ini").is_file():
                yield from slide_files(path, recursive=True, keep_going=keep_going)
        elif path.suffix.lower() in SLIDE_ENDINGS:
            yield path
        elif path.suffix.lower() in _DICOM_ENDINGS:
            series = dicom_series(path)
            if series is not None and series not in seen_series:
                seen_series.add(series)
                yield path

"""The OpenSlide library: loaded on first use, new enough, with one cache for all slides."""

from __future__ import annotations

import ctypes
from pathlib import Path
from threading import Lock
from typing import Any

from app.slides.slide import SlideError

MINIMUM_OPENSLIDE = (4, 0, 1)
SHARED_CACHE_BYTES = 64 * 2**20


class _Library:
    """The loaded OpenSlide library with the one cache that all handles of this process share."""

    def __init__(self) -> None:
        try:
            import openslide_bin
            from openslide import OpenSlideError, lowlevel
        except ImportError as error:
            raise SlideError(f"OpenSlide is not installed ({error}); run: pip install openslide-bin") from error
        version = str(lowlevel.get_version())
        numbers = tuple(int(part) for part in version.split("-")[0].split(".") if part.isdigit())
        if numbers < MINIMUM_OPENSLIDE:
            needed = ".".join(map(str, MINIMUM_OPENSLIDE))
            raise SlideError(
                f"OpenSlide {version} is installed, but {needed} or newer is needed because older ones have known "
                "vulnerabilities; run: pip install --upgrade openslide-bin"
            )
        self.version = version
        self.lowlevel: Any = lowlevel
        self.error_type: type[Exception] = OpenSlideError
        self.cache: Any = lowlevel.cache_create(SHARED_CACHE_BYTES)
        # Indexing gives a function object of our own: openslide-python's copy keeps its argument types.
        self.read_region: Any = openslide_bin.libopenslide1["openslide_read_region"]
        self.read_region.restype = None
        corner_level_size = [ctypes.c_int64, ctypes.c_int64, ctypes.c_int32, ctypes.c_int64, ctypes.c_int64]
        self.read_region.argtypes = [ctypes.c_void_p, ctypes.c_void_p, *corner_level_size]


_library: _Library | None = None
_library_lock = Lock()


def library() -> _Library:
    """The OpenSlide library, loaded on first use. Raises ``SlideError`` when missing or below 4.0.1."""
    global _library
    with _library_lock:
        if _library is None:
            _library = _Library()
        return _library


def detect_vendor(path: Path) -> str | None:
    """The vendor name that OpenSlide gives the file, or None when it does not know it."""
    vendor: str | None = library().lowlevel.detect_vendor(str(path))
    return vendor

"""OpenSlide handles: pixels straight into numpy, and a fresh handle after an error.

An OpenSlide handle that met one undecodable tile fails every later call. ``HandlePool`` therefore
reopens the file, finds out whether the region itself is bad, and retires the spoilt handle once the
reads that other threads still run on it have ended.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from app.slides.openslide_library import library
from app.slides.slide import SlideError, TileReadError, UnsupportedSlideError

log = logging.getLogger(__name__)

BgraImage = npt.NDArray[np.uint8]
"""uint8 (H, W, 4): blue, green, red, alpha, colours premultiplied by alpha."""

_T = TypeVar("_T")


class _Handle:
    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.users = 0
        self.retired = False


class HandlePool:
    """The current handle of one file, shared by all threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lib = library()
        self._lock = Lock()
        self._closed = False
        self._current = _Handle(self._open_raw())

    def call(self, function: Callable[[Any], _T]) -> _T:
        """Run a function on the OpenSlide handle, once more on a fresh one if the handle was spoilt.

        Raises ``TileReadError`` when it fails on the fresh handle as well.
        """
        with self._borrowed() as handle:
            try:
                return function(handle.raw)
            except self._lib.error_type:
                pass
        return self._call_on_fresh_handle(function, spoilt=handle)

    def read_bgra(self, x0: int, y0: int, level: int, width: int, height: int) -> BgraImage:
        """Premultiplied BGRA pixels; ``x0``, ``y0`` in level-0 pixels, size in pixels of the level."""
        pixels: BgraImage = np.empty((height, width, 4), np.uint8)

        def read(raw: Any) -> None:
            self._lib.read_region(raw, pixels.ctypes.data, x0, y0, level, width, height)
            message = self._lib.lowlevel.get_error(raw)
            if message is not None:
                raise self._lib.error_type(message)

        self.call(read)
        return pixels if sys.byteorder == "little" else pixels[..., ::-1]

    def close(self) -> None:
        """Close once the running reads have ended; later calls raise ``SlideError``."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._retire(self._current)

    @contextmanager
    def _borrowed(self) -> Iterator[_Handle]:
        with self._lock:
            if self._closed:
                raise SlideError(f"{self._path.name} is closed.")
            handle = self._current
            handle.users += 1
        try:
            yield handle
        finally:
            with self._lock:
                handle.users -= 1
                self._close_if_unused(handle)

    def _call_on_fresh_handle(self, function: Callable[[Any], _T], spoilt: _Handle) -> _T:
        # A handle of its own: one in use could be spoilt by another thread's bad tile meanwhile.
        fresh = _Handle(self._open_raw())
        try:
            result = function(fresh.raw)
        except self._lib.error_type as error:
            self._lib.lowlevel.close(fresh.raw)
            self._replace(spoilt, _Handle(self._open_raw()))
            raise TileReadError(f"A part of {self._path.name} cannot be decoded ({error}).") from error
        self._replace(spoilt, fresh)
        return result

    def _replace(self, spoilt: _Handle, fresh: _Handle) -> None:
        with self._lock:
            if self._closed or self._current is not spoilt:
                self._lib.lowlevel.close(fresh.raw)
                return
            self._current = fresh
            self._retire(spoilt)

    def _retire(self, handle: _Handle) -> None:
        handle.retired = True
        self._close_if_unused(handle)

    def _close_if_unused(self, handle: _Handle) -> None:
        if handle.retired and handle.users == 0 and handle.raw is not None:
            self._lib.lowlevel.close(handle.raw)
            handle.raw = None

    def _open_raw(self) -> Any:
        try:
            raw = self._lib.lowlevel.open(str(self._path))
        except self._lib.error_type as error:
            if not self._path.exists():
                name = self._path.name
                raise SlideError(f"{name} is no longer there; check that its drive is connected.") from error
            raise opening_error(self._path, str(error)) from error
        self._lib.lowlevel.set_cache(raw, self._lib.cache)
        return raw


_AS_JPEG = "export it as an 8-bit RGB slide with JPEG compression"
_UNSUPPORTED = (
    (r"Unsupported TIFF compression: (\d+)", "is compressed in a way unknown here (TIFF compression {})", _AS_JPEG),
    (r"Unsupported transfer syntax (\S+)", "is compressed in a way unknown here (transfer syntax {})", _AS_JPEG),
    (r"BitsAllocated value (\d+)", "stores {} bits per channel instead of 8", _AS_JPEG),
    (
        r"Couldn't get image flavor",
        "is a DICOM file that does not say that it is a slide image (it has no ImageType)",
        "export it again as a DICOM whole-slide image",
    ),
)


def opening_error(path: Path, message: str) -> SlideError:
    """OpenSlide's message in the user's words."""
    log.info("OpenSlide on %s: %s", path, message)
    for pattern, reason, advice in _UNSUPPORTED:
        found = re.search(pattern, message)
        if found is not None:
            words = reason.format(*found.groups())
            return UnsupportedSlideError(f"{path.name} {words}; {advice}.")
    return SlideError(f"{path.name} is damaged or incomplete; copy it again from the scanner or export it anew.")

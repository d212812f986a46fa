"""Which pages of a TIFF file make up its levels and focal planes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tifffile

from app.geometry import SizePx
from app.slides.slide import SlideError
from app.slides.tiff_pixels import TiffPage, unsupported_because

log = logging.getLogger(__name__)

_TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_REDUCED_IMAGE = 1
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _ORIENTATION = 282, 283, 296, 274
_NDPI_FOCAL_OFFSET, _ICC_PROFILE = 65424, 34675
UM_PER_RESOLUTION_UNIT = {2: 25400.0, 3: 10000.0}
"""Micrometres in an inch and a centimetre, by the value of the ResolutionUnit tag."""

# What tifffile finds odd is judged by this package and told in the slide's words.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)


def is_tiff(path: Path) -> bool:
    """True when the file begins as TIFF and BigTIFF files do."""
    with path.open("rb") as file:
        return file.read(4) in _TIFF_MAGICS


@contextmanager
def opened_tiff(path: Path) -> Iterator[Any]:
    """A ``tifffile.TiffFile`` whose damage is told as ``SlideError``."""
    try:
        with tifffile.TiffFile(path) as tiff:
            yield tiff
    except (SlideError, MemoryError, OSError):
        raise
    except Exception as error:
        # tifffile raises whatever the damaged bytes lead to (ValueError, struct.error, ZeroDivisionError ...).
        log.info("tifffile on %s: %r", path, error)
        raise SlideError(
            f"{path.name} is a damaged or incomplete TIFF file; copy it again from the scanner."
        ) from error


def page_sizes(tiff: Any) -> list[SizePx]:
    """Width and height of each page of the file."""
    return [SizePx(int(page.imagewidth), int(page.imagelength)) for page in tiff.pages]


def full_size_pages(tiff: Any) -> int:
    """How many pages of the first page's size stand beside each other: more than one is a stack of something."""
    pages = [page for page in tiff.pages if int(page.keyframe.subfiletype) & _REDUCED_IMAGE == 0]
    first = tiff.pages[0]
    return sum((page.imagewidth, page.imagelength) == (first.imagewidth, first.imagelength) for page in pages)


def pages_of_levels(tiff: Any, sizes: Sequence[SizePx]) -> list[list[TiffPage]] | None:
    """The tiled pages with exactly these sizes, one plane each, or None.

    None when a level has no page or several, or when a page cannot be decoded here.
    """
    found = []
    # tifffile reads a page's tags anew whenever it is asked for, which took most of the time of opening.
    tiled = [page for page in tiff.pages if page.is_tiled]
    for size in sizes:
        pages = [page for page in tiled if (int(page.imagewidth), int(page.imagelength)) == (size.width, size.height)]
        if len(pages) != 1 or unsupported_because(pages[0]) is not None:
            return None
        found.append([TiffPage(pages[0])])
    return found


def ndpi_focal_planes(tiff: Any) -> int:
    """How many focal planes the pages of an NDPI file belong to (by their offset from the slide's centre)."""
    return len({page.tags.valueof(_NDPI_FOCAL_OFFSET, 0) for page in tiff.pages})


def resolution_um(page: Any) -> tuple[float, float] | None:
    """um per pixel in x and y from a page's resolution tags, None when they state no length."""
    um = UM_PER_RESOLUTION_UNIT.get(int(page.tags.valueof(_RESOLUTION_UNIT, 2)))
    x, y = _ratio(page.tags.valueof(_X_RESOLUTION)), _ratio(page.tags.valueof(_Y_RESOLUTION))
    return (um / x, um / y) if um and x and y else None


def icc_profile(page: Any) -> bytes | None:
    """The colour profile that a page carries."""
    value = page.tags.valueof(_ICC_PROFILE)
    return value if isinstance(value, bytes) and value else None


def orientation_tag(page: Any) -> int:
    """The page's Orientation tag, 1 when it has none."""
    value = page.tags.valueof(_ORIENTATION, 1)
    return value if isinstance(value, int) else 1


def _ratio(value: Any) -> float | None:
    if not isinstance(value, tuple) or len(value) != 2 or value[1] == 0:
        return None
    return float(value[0]) / float(value[1])

"""NDPI files with several focal planes, of which OpenSlide shows one.

A plane has its own pages, told apart by their offset from the slide's centre (tag 65424, in nm), as tifffile documents
the format. Checked against files that were written for the tests in that layout, not against a scanner's.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.geometry import PixelRegion, SizePx
from app.slides.claim import Claim
from app.slides.levels import levels_from_sizes
from app.slides.openslide_library import detect_vendor
from app.slides.openslide_reader import OpenSlideSlide
from app.slides.padding import read_padded
from app.slides.slide import FocalPlanes, RgbImage, Slide, SlideError, SlideInfo
from app.slides.tiff_layout import is_tiff, opened_tiff
from app.slides.tiff_pixels import TiffPage, TiffPixels, unsupported_because

log = logging.getLogger(__name__)

_LENS, _FOCAL_OFFSET_NM = 65421, 65424
_NM_PER_UM = 1000.0


def claims(path: Path) -> Claim | None:
    """NDPI with more than one focal plane, of which every page can be decoded here."""
    if not is_tiff(path) or detect_vendor(path) != "hamamatsu":
        return None
    try:
        with opened_tiff(path) as tiff:
            stack = _stack(tiff)
    except (SlideError, ValueError) as error:
        log.info("%s: %s", path.name, error)
        return None
    if stack is None:
        return None
    offsets_nm, pages = stack
    return Claim("ndpi-stack", "NDPI stack", lambda: NdpiStack(path, offsets_nm, pages))


def _stack(tiff: Any) -> tuple[list[int], list[list[TiffPage]]] | None:
    """Offsets of the planes in nm, lowest first, and ``pages[level][plane]``; None when this is no complete stack."""
    found: dict[SizePx, dict[int, Any]] = {}
    for page in tiff.pages:
        # The macro image and the map have lenses of -1 and -2.
        if float(page.tags.valueof(_LENS, 0)) <= 0:
            continue
        size = SizePx(int(page.imagewidth), int(page.imagelength))
        found.setdefault(size, {})[_signed(int(page.tags.valueof(_FOCAL_OFFSET_NM, 0)))] = page
    offsets = sorted({offset for planes in found.values() for offset in planes})
    if len(offsets) < 2:
        return None
    levels = []
    for size in sorted(found, key=lambda size: -size.width):
        planes = found[size]
        readable = all(unsupported_because(page) is None for page in planes.values())
        if set(planes) == set(offsets) and readable:
            levels.append([TiffPage(planes[offset]) for offset in offsets])
        elif not levels:
            return None
    return offsets, levels


def _signed(value: int) -> int:
    """Of an offset that was read without its sign, in 64 or 32 bits."""
    if value >= 1 << 63:
        return value - (1 << 64)
    return value - (1 << 32) if value >= 1 << 31 else value


class NdpiStack:
    """What the file says comes from OpenSlide, pixels from its pages (see ``Slide``)."""

    def __init__(self, path: Path, offsets_nm: Sequence[int], pages: Sequence[Sequence[TiffPage]]) -> None:
        self._one: Slide = OpenSlideSlide(path)
        try:
            info = self._one.info
            spacing = (offsets_nm[-1] - offsets_nm[0]) / (len(offsets_nm) - 1) / _NM_PER_UM
            notes = tuple(note for note in info.notes if "focal planes" not in note)
            self._info = replace(
                info,
                levels=levels_from_sizes([level[0].size for level in pages]),
                focal_planes=FocalPlanes(len(offsets_nm), spacing),
                reader=f"{info.reader.partition(',')[0]}, focal planes by tifffile",
                notes=(*notes, "Focal planes of NDPI were checked on written files only, not on a scanner's."),
            )
            self._pixels = TiffPixels(path, pages, info.background_rgb)
        except BaseException:
            self._one.close()
            raise

    @property
    def info(self) -> SlideInfo:
        return self._info

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        self._info.check_plane(plane)
        size = self._info.levels[level].size
        return read_padded(
            region, size, self._info.background_rgb, lambda inside: self._pixels.read(inside, level, plane)
        )

    def associated_image(self, name: str) -> RgbImage:
        return self._one.associated_image(name)

    def close(self) -> None:
        self._one.close()
        self._pixels.close()

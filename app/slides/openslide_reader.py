"""Slides that OpenSlide reads: SVS, NDPI, MRXS, SCN, BIF, VMS, DICOM, CZI and generic tiled TIFF."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.geometry import PixelRegion, SizePx
from app.slides.claim import Claim
from app.slides.fingerprint import fingerprint_file
from app.slides.levels import levels_from_sizes, slow_overview_note
from app.slides.openslide_handle import BgraImage, HandlePool
from app.slides.openslide_library import detect_vendor, library
from app.slides.padding import read_padded
from app.slides.phantom_mark import phantom_and_stain
from app.slides.scale import judge_mpp
from app.slides.slide import WHITE, RgbImage, SlideError, SlideInfo
from app.slides.stored_tiles import StoredTiles
from app.slides.tiff_colours import lay_on_background
from app.slides.tiff_layout import is_tiff, ndpi_focal_planes, opened_tiff, pages_of_levels
from app.slides.tiff_pixels import TiffPage, TiffPixels
from app.slides.tile_size import preferred_tile_px

log = logging.getLogger(__name__)

Rgb = tuple[int, int, int]

_DIRECT_VENDORS = ("aperio", "generic-tiff")
"""Vendors whose levels are plain TIFF pages without overlap."""


def claims(path: Path) -> Claim | None:
    """Whatever OpenSlide recognises."""
    vendor = detect_vendor(path)
    return None if vendor is None else Claim("openslide", vendor, lambda: OpenSlideSlide(path))


class OpenSlideSlide:
    """A slide that OpenSlide knows (see ``Slide``).

    OpenSlide tells what the slide is. Its pixels come through OpenSlide too, except for pyramids of
    plain TIFF pages, which ``TiffPixels`` decodes faster and without interpolation.
    """

    def __init__(self, path: Path) -> None:
        self._pool = HandlePool(path)
        self._direct: TiffPixels | None = None
        self._pages: list[list[TiffPage]] | None = None
        try:
            self._info, self._native_downsamples = self._pool.call(lambda raw: _read_info(path, raw))
            if self._info.vendor in _DIRECT_VENDORS:
                self._pages = _tiff_pages(self._info)
            # OpenSlide knows the vendors' rules for tiles that are missing.
            if self._pages and not any(page.has_missing_tiles for pages in self._pages for page in pages):
                self._direct = TiffPixels(path, self._pages, self._info.background_rgb)
            if self._direct is not None:
                self._info = replace(self._info, reader=f"{self._info.reader}, pixels by tifffile")
        except BaseException:
            self._pool.close()
            raise

    @property
    def info(self) -> SlideInfo:
        return self._info

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        self._info.check_plane(plane)
        size = self._info.levels[level].size
        return read_padded(region, size, self._info.background_rgb, lambda inner: self._read_inside(inner, level))

    def stored_tiles(self, level: int, plane: int = 0) -> StoredTiles | None:
        """See ``app.slides.stored_tiles``."""
        self._info.check_plane(plane)
        return self._pages[level][0].stored_tiles() if self._pages else None

    def associated_image(self, name: str) -> RgbImage:
        if name not in self._info.associated_images:
            raise SlideError(f"{self._info.path.name} has no image called {name}.")
        image = self._pool.call(lambda raw: library().lowlevel.read_associated_image(raw, name))
        pixels = np.asarray(image.convert("RGBA"))
        background = self._info.background_rgb
        return lay_on_background(pixels[..., :3], pixels[..., 3:], background, premultiplied=False)

    def close(self) -> None:
        self._pool.close()
        if self._direct is not None:
            self._direct.close()

    def _read_inside(self, region: PixelRegion, level: int) -> RgbImage:
        if self._direct is not None:
            return self._direct.read(region, level, 0)
        # OpenSlide takes the corner in level-0 pixels and divides by its own downsample again.
        downsample = self._native_downsamples[level]
        x0, y0 = round(region.x * downsample), round(region.y * downsample)
        return flatten(self._pool.read_bgra(x0, y0, level, region.width, region.height), self._info.background_rgb)


def _tiff_pages(info: SlideInfo) -> list[list[TiffPage]] | None:
    try:
        with opened_tiff(info.path) as tiff:
            return pages_of_levels(tiff, [level.size for level in info.levels])
    except SlideError as error:
        # OpenSlide opened it, so OpenSlide reads it; ``SlideInfo.reader`` says which of both it is.
        log.info("%s", error)
        return None


def flatten(pixels: BgraImage, background: Rgb) -> RgbImage:
    """Premultiplied BGRA (H, W, 4) laid on a background colour: RGB (H, W, 3)."""
    rgb = np.empty((*pixels.shape[:2], 3), np.uint8)
    for channel in range(3):
        rgb[..., channel] = pixels[..., 2 - channel]
    alpha = pixels[..., 3]
    if alpha.min() < 255:
        clear = (255 - alpha).astype(np.uint16)
        for channel, value in enumerate(background):
            rgb[..., channel] += ((clear * value + 127) // 255).astype(np.uint8)
    return rgb


def _read_info(path: Path, raw: Any) -> tuple[SlideInfo, tuple[float, ...]]:
    low = library().lowlevel
    properties = {name: low.get_property_value(raw, name) or "" for name in low.get_property_names(raw)}
    count = low.get_level_count(raw)
    levels = levels_from_sizes([SizePx(*low.get_level_dimensions(raw, level)) for level in range(count)])
    mpp, state, mpp_raw, mpp_note = judge_mpp(
        _number(properties.get("openslide.mpp-x")), _number(properties.get("openslide.mpp-y"))
    )
    phantom, stain = phantom_and_stain(properties.get("tiff.ImageDescription"))
    info = SlideInfo(
        path=path,
        vendor=properties.get("openslide.vendor", "unknown"),
        reader=f"OpenSlide {library().version}",
        levels=levels,
        mpp=mpp,
        mpp_state=state,
        mpp_raw=mpp_raw,
        objective_power=_number(properties.get("openslide.objective-power")),
        fingerprint=fingerprint_file(path, properties.get("openslide.quickhash-1")),
        background_rgb=_background(properties.get("openslide.background-color")),
        associated_images=tuple(low.get_associated_image_names(raw)),
        properties=properties,
        phantom=phantom,
        stain=stain,
        notes=tuple(note for note in (mpp_note, slow_overview_note(levels), _planes_note(path, properties)) if note),
        tile_px=preferred_tile_px(
            int(_number(properties.get("openslide.level[0].tile-width")) or 0),
            int(_number(properties.get("openslide.level[0].tile-height")) or 0),
        ),
        icc_profile=low.read_icc_profile(raw) if low.get_icc_profile_size(raw) > 0 else None,
    )
    return info, tuple(low.get_level_downsample(raw, level) for level in range(count))


def _planes_note(path: Path, properties: dict[str, str]) -> str | None:
    """OpenSlide shows the middle plane of a focal stack without a word; the user gets one."""
    planes = 1
    if properties.get("openslide.vendor") == "hamamatsu" and is_tiff(path):
        try:
            with opened_tiff(path) as tiff:
                planes = ndpi_focal_planes(tiff)
        except SlideError as error:
            log.info("%s", error)
    else:
        planes = int(_number(properties.get("dicom.TotalPixelMatrixFocalPlanes")) or 1)
    if planes == 1:
        return None
    return f"The file holds {planes} focal planes, of which one is shown; exported as OME-TIFF all of them are."


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _background(text: str | None) -> Rgb:
    if text is None or len(text) != 6:
        return WHITE
    try:
        red, green, blue = bytes.fromhex(text)
    except ValueError:
        return WHITE
    return red, green, blue

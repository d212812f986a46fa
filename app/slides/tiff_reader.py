"""TIFF files that OpenSlide would show incompletely: OME-TIFF pyramids and focal stacks, turned images."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from app.geometry import PixelRegion, SizePx
from app.slides.claim import Claim
from app.slides.fingerprint import fingerprint_file
from app.slides.levels import levels_from_sizes, slow_overview_note
from app.slides.ome_xml import OmeImage, is_ome_xml, parse_ome_xml
from app.slides.openslide_library import detect_vendor
from app.slides.orientation import Orientation, orientation_from_tag
from app.slides.padding import read_padded
from app.slides.phantom_mark import phantom_and_stain
from app.slides.scale import judge_mpp
from app.slides.slide import (
    EXPORT_BRIGHTFIELD,
    WHITE,
    FocalPlanes,
    RgbImage,
    Slide,
    SlideError,
    SlideInfo,
    UnsupportedSlideError,
)
from app.slides.tiff_colours import unsuitable_colours
from app.slides.tiff_layout import (
    full_size_pages,
    icc_profile,
    is_tiff,
    opened_tiff,
    orientation_tag,
    page_sizes,
    resolution_um,
)
from app.slides.tiff_pixels import TiffPage, TiffPixels, segment_size, unsupported_because
from app.slides.tile_size import preferred_tile_px

log = logging.getLogger(__name__)

_TEXT_TAGS = {"ImageDescription": 270, "Make": 271, "Model": 272, "Software": 305, "DateTime": 306}


def claims(path: Path) -> Claim | None:
    """OME-TIFF; and generic tiled TIFF that OpenSlide would show turned, incompletely or too dark.

    What tifffile cannot parse is left to the other readers.
    """
    if not is_tiff(path):
        return None
    try:
        with opened_tiff(path) as tiff:
            return _claim(path, tiff)
    except SlideError as error:
        log.info("%s", error)
        return None


def _claim(path: Path, tiff: Any) -> Claim | None:
    first = tiff.pages[0]
    if is_ome_xml(first.description):
        return Claim("tiff", "OME-TIFF", lambda: _open_ome(path))
    if detect_vendor(path) != "generic-tiff":
        return None
    count = full_size_pages(tiff)
    if count > 1:
        return Claim("tiff", "TIFF stack", lambda: _refuse_stack(path, count))
    plain = orientation_from_tag(orientation_tag(first)).is_plain
    reason = unsuitable_colours(first)
    if reason is not None:
        return Claim("tiff", "TIFF pyramid", lambda: _refuse(path, reason))
    return Claim("tiff", "turned TIFF pyramid", lambda: _open_turned(path)) if not plain else None


def _refuse(path: Path, reason: str) -> NoReturn:
    raise _refusal(path, reason)


def _refuse_stack(path: Path, count: int) -> NoReturn:
    raise UnsupportedSlideError(
        f"{path.name} holds {count} images of full size without saying what they are (focal planes, channels or "
        "times); export it as OME-TIFF, which says so."
    )


class TiffSlide:
    """A slide decoded tile by tile with tifffile and imagecodecs (see ``Slide``)."""

    def __init__(self, info: SlideInfo, pages: Sequence[Sequence[TiffPage]], orientation: Orientation) -> None:
        self._info = info
        self._pixels = TiffPixels(info.path, pages, info.background_rgb)
        self._orientation = orientation

    @property
    def info(self) -> SlideInfo:
        return self._info

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        self._info.check_plane(plane)
        size = self._info.levels[level].size

        def read_inside(inside: PixelRegion) -> RgbImage:
            stored = self._orientation.stored_region(inside, size)
            pixels = self._pixels.read(stored, level, plane)
            return pixels if self._orientation.is_plain else self._orientation.apply(pixels)

        return read_padded(region, size, self._info.background_rgb, read_inside)

    def associated_image(self, name: str) -> RgbImage:
        raise SlideError(f"{self._info.path.name} has no image called {name}.")

    def close(self) -> None:
        self._pixels.close()


def _open_ome(path: Path) -> Slide:
    with opened_tiff(path) as tiff:
        description = tiff.pages[0].description
        image = _checked_ome_image(path, description)
        series = tiff.series[0]
        if series.axes.lstrip("Z") not in ("YXS", "SYX", "YX") or series.axes.count("Z") > 1:
            raise _refusal(path, f"holds an image of the unusual shape {series.axes}")
        levels = [list(level.pages) for level in series.levels]
        if any(page is None for level in levels for page in level) or len({len(level) for level in levels}) != 1:
            raise SlideError(f"{path.name} is incomplete: some of its focal planes are missing; export it again.")
        for level in levels:
            reason = unsupported_because(level[0])
            if reason is not None:
                raise _refusal(path, reason)
        facts = _Facts(
            vendor="OME-TIFF",
            mpp=(image.mpp_x, image.mpp_y),
            objective_power=image.objective_power,
            planes=FocalPlanes(len(levels[0]), image.plane_spacing_um if len(levels[0]) > 1 else None),
            properties=_text_properties(tiff.pages[0]),
            icc_profile=icc_profile(tiff.pages[0]),
        )
        return _slide(path, levels, facts, Orientation())


def _checked_ome_image(path: Path, description: str) -> OmeImage:
    try:
        image = parse_ome_xml(description)
    except ValueError as error:
        raise SlideError(f"{path.name} holds damaged OME-XML, so its planes are unknown; export it again.") from error
    if image is None or len(image.files) > 1:
        raise UnsupportedSlideError(
            f"{path.name} is one of several files that make up one image; export that image as a single OME-TIFF file."
        )
    if image.times > 1:
        raise _refusal(path, f"is a time series of {image.times} images")
    if image.channels > 1:
        raise _refusal(path, f"holds {image.channels} separate channels, as fluorescence images do")
    return image


def _open_turned(path: Path) -> Slide:
    with opened_tiff(path) as tiff:
        first = tiff.pages[0]
        reason = unsupported_because(first)
        if reason is not None:
            raise _refusal(path, reason)
        sizes = page_sizes(tiff)
        # Levels shrink both sides alike; anything else is a label or a macro image.
        pages = [
            page
            for page, size in zip(tiff.pages, sizes, strict=True)
            if page.is_tiled and _same_proportions(size, sizes[0])
        ]
        orientation = orientation_from_tag(orientation_tag(first))
        mpp = resolution_um(first) or (None, None)
        stored_turned = orientation.shown_size(SizePx(1, 2)) == SizePx(2, 1)
        facts = _Facts(
            vendor="generic-tiff",
            mpp=(mpp[1], mpp[0]) if stored_turned else mpp,
            objective_power=None,
            planes=FocalPlanes(),
            properties=_text_properties(first),
            icc_profile=icc_profile(first),
        )
        pages.sort(key=lambda page: -int(page.imagewidth))
        return _slide(path, [[page] for page in pages], facts, orientation)


@dataclass(frozen=True)
class _Facts:
    vendor: str
    mpp: tuple[float | None, float | None]
    objective_power: float | None
    planes: FocalPlanes
    properties: dict[str, str]
    icc_profile: bytes | None


def _slide(path: Path, levels: Sequence[Sequence[Any]], facts: _Facts, orientation: Orientation) -> Slide:
    pages = [[TiffPage(page) for page in level] for level in levels]
    mpp, state, raw, mpp_note = judge_mpp(*facts.mpp)
    slide_levels = levels_from_sizes([orientation.shown_size(level[0].size) for level in pages])
    phantom, stain = phantom_and_stain(facts.properties.get("tiff.ImageDescription"))
    info = SlideInfo(
        path=path,
        vendor=facts.vendor,
        reader="tifffile",
        levels=slide_levels,
        mpp=mpp,
        mpp_state=state,
        mpp_raw=raw,
        objective_power=facts.objective_power,
        fingerprint=fingerprint_file(path),
        background_rgb=WHITE,
        focal_planes=facts.planes,
        properties=facts.properties,
        phantom=phantom,
        stain=stain,
        notes=tuple(note for note in (mpp_note, slow_overview_note(slide_levels)) if note),
        tile_px=preferred_tile_px(*segment_size(levels[0][0].keyframe)),
        icc_profile=facts.icc_profile,
    )
    return TiffSlide(info, pages, orientation)


def _text_properties(page: Any) -> dict[str, str]:
    texts = {name: page.tags.valueof(code) for name, code in _TEXT_TAGS.items()}
    return {f"tiff.{name}": text for name, text in texts.items() if isinstance(text, str)}


def _refusal(path: Path, reason: str) -> UnsupportedSlideError:
    return UnsupportedSlideError(f"{path.name} {reason}; {EXPORT_BRIGHTFIELD}.")


def _same_proportions(size: SizePx, base: SizePx) -> bool:
    return abs(size.width * base.height - size.height * base.width) <= base.width + base.height

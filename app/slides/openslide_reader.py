"""Slides that OpenSlide reads: SVS, NDPI, MRXS, SCN, BIF, VMS, DICOM, CZI and generic tiled TIFF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from app.geometry import PixelRegion, SizePx
from app.slides.fingerprint import fingerprint_file
from app.slides.levels import levels_from_sizes
from app.slides.openslide_handle import BgraImage, HandlePool, detect_vendor, library
from app.slides.padding import read_padded
from app.slides.phantom_mark import read_phantom_mark
from app.slides.scale import judge_mpp
from app.slides.slide import RgbImage, SlideError, SlideInfo

Rgb = tuple[int, int, int]

WHITE: Rgb = (255, 255, 255)


def claims(path: Path) -> str | None:
    """OpenSlide's name of the file's vendor, or None when OpenSlide does not know the file."""
    return detect_vendor(path)


class OpenSlideSlide:
    """A slide read through OpenSlide (see ``Slide``)."""

    def __init__(self, path: Path) -> None:
        self._pool = HandlePool(path)
        try:
            self._info, self._native_downsamples = self._pool.call(lambda raw: _read_info(path, raw))
        except BaseException:
            self._pool.close()
            raise

    @property
    def info(self) -> SlideInfo:
        return self._info

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        if plane != 0:
            raise ValueError(f"plane {plane} of a slide with one focal plane")
        size = self._info.levels[level].size
        return read_padded(region, size, self._info.background_rgb, lambda inner: self._read_inside(inner, level))

    def associated_image(self, name: str) -> RgbImage:
        if name not in self._info.associated_images:
            raise SlideError(f"{self._info.path.name} has no image called {name}.")
        image = self._pool.call(lambda raw: library().lowlevel.read_associated_image(raw, name))
        pixels = np.asarray(image.convert("RGBA"))
        return _blend_straight(pixels, self._info.background_rgb)

    def close(self) -> None:
        self._pool.close()

    def _read_inside(self, region: PixelRegion, level: int) -> RgbImage:
        # OpenSlide takes the corner in level-0 pixels and divides by its own downsample again.
        downsample = self._native_downsamples[level]
        x0, y0 = round(region.x * downsample), round(region.y * downsample)
        return flatten(self._pool.read_bgra(x0, y0, level, region.width, region.height), self._info.background_rgb)


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


def _blend_straight(pixels: RgbImage, background: Rgb) -> RgbImage:
    """Straight (not premultiplied) RGBA laid on a background colour."""
    alpha = pixels[..., 3:].astype(np.uint16)
    mixed = pixels[..., :3] * alpha + np.array(background, np.uint16) * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def _read_info(path: Path, raw: Any) -> tuple[SlideInfo, tuple[float, ...]]:
    low = library().lowlevel
    properties = {name: low.get_property_value(raw, name) or "" for name in low.get_property_names(raw)}
    count = low.get_level_count(raw)
    levels = levels_from_sizes([SizePx(*low.get_level_dimensions(raw, level)) for level in range(count)])
    mpp, state, mpp_raw, note = judge_mpp(
        _number(properties.get("openslide.mpp-x")), _number(properties.get("openslide.mpp-y"))
    )
    phantom = read_phantom_mark(properties.get("tiff.ImageDescription"))
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
        phantom=phantom is not None,
        stain=phantom.get("stain") if phantom is not None else None,
        notes=(note,) if note else (),
    )
    return info, tuple(low.get_level_downsample(raw, level) for level in range(count))


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

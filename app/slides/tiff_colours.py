"""From the samples of a TIFF page, as they are stored, to RGB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from app.slides.slide import RgbImage

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, YCBCR = 0, 1, 2, 3, 6
_PREMULTIPLIED, _STRAIGHT = 1, 2
_SAMPLES = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, YCBCR: 3}

Samples = npt.NDArray[np.uint8]
"""uint8 (H, W, samples) as stored."""


def unsuitable_colours(page: Any) -> str | None:
    """Why a page's colours cannot be shown faithfully by any reader, as the end of "it ...", or None."""
    page = page.keyframe
    bits, photometric = page.bitspersample, int(page.photometric)
    if bits != 8 or page.sampleformat != 1:
        return f"stores {_bits_in_words(bits, page.sampleformat)} per channel instead of 8"
    if photometric not in _SAMPLES:
        return f"stores colours as {page.photometric.name} instead of RGB"
    if not _SAMPLES[photometric] <= page.samplesperpixel <= _SAMPLES[photometric] + 1:
        return f"has {page.samplesperpixel} channels instead of RGB"
    return None


def colour_conversion(page: Any) -> Callable[[Samples, tuple[int, int, int]], RgbImage]:
    """The function (samples of a page, background colour) -> RGB (H, W, 3), for colours that are not unsuitable."""
    photometric = int(page.photometric)
    extra = tuple(int(kind) for kind in page.extrasamples)
    palette = None
    if photometric == _PALETTE:
        # TIFF palettes hold 16 bits per entry.
        palette = (np.asarray(page.colormap) >> 8).astype(np.uint8).T

    def convert(samples: Samples, background: tuple[int, int, int]) -> RgbImage:
        if palette is not None:
            rgb: RgbImage = palette[samples[..., 0]]
        elif photometric in (_RGB, YCBCR):
            rgb = samples[..., :3]
        else:
            grey = samples[..., :1] if photometric == _BLACK_IS_ZERO else 255 - samples[..., :1]
            rgb = np.repeat(grey, 3, axis=2)
        if extra and extra[0] in (_PREMULTIPLIED, _STRAIGHT):
            return lay_on_background(rgb, samples[..., -1:], background, premultiplied=extra[0] == _PREMULTIPLIED)
        return rgb

    return convert


def lay_on_background(
    rgb: RgbImage, alpha: Samples, background: tuple[int, int, int], *, premultiplied: bool
) -> RgbImage:
    """RGB (H, W, 3) with alpha (H, W, 1), laid on a background colour and rounded."""
    opaque = alpha.astype(np.uint32)
    own = rgb.astype(np.uint32) * (255 if premultiplied else opaque)
    mixed = own + np.array(background, np.uint32) * (255 - opaque)
    # Premultiplied colours may, against the rules, be brighter than their alpha.
    shown: RgbImage = np.minimum((mixed + 127) // 255, 255).astype(np.uint8)
    return shown


def _bits_in_words(bits: Any, sample_format: int) -> str:
    kind = {2: "signed ", 3: "floating-point "}.get(int(sample_format), "")
    return f"{bits} {kind}bits" if isinstance(bits, int) else "channels of unequal depth"

"""Seeded corruptions of test patches: the same images for every model, all stronger than what augmentation shows.

``stain``: gain and mixing of the three optical densities; ``blur``: Gaussian; ``jpeg``: quality 25; ``noise``: sensor
noise; ``scale``: the middle 70 % enlarged. Applied patch by patch; the row number seeds the draw.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from kd.data.image_cache import ImageArray
from kd.errors import KdError

Rgb = npt.NDArray[np.uint8]

STAIN_GAIN = 0.45
STAIN_MIXING = 0.10
BLUR_SIGMA_PX = 1.6
JPEG_QUALITY = 25
NOISE = 0.09
KEPT_SIDE = 0.7


def stain(image: Rgb, random: np.random.Generator) -> Rgb:
    """``OD' = M diag(g) OD``: gains within 1 +- ``STAIN_GAIN``, mixing between channels."""
    density = -np.log(np.maximum(image, 1) / 255.0)
    gain = 1.0 + random.uniform(-STAIN_GAIN, STAIN_GAIN, 3)
    mixing = np.eye(3) + random.normal(0.0, STAIN_MIXING, (3, 3))
    return _clipped(np.exp(-np.maximum(density @ (mixing * gain).T, 0.0)) * 255.0)


def blur(image: Rgb, random: np.random.Generator) -> Rgb:
    """Gaussian blur, sigma ``BLUR_SIGMA_PX``."""
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(BLUR_SIGMA_PX)))


def jpeg(image: Rgb, random: np.random.Generator) -> Rgb:
    """Through JPEG at ``JPEG_QUALITY``."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return np.asarray(Image.open(buffer))


def noise(image: Rgb, random: np.random.Generator) -> Rgb:
    """Independent normal noise on every value, deviation ``NOISE`` of full scale."""
    return _clipped(image + random.normal(0.0, NOISE * 255.0, image.shape))


def scale(image: Rgb, random: np.random.Generator) -> Rgb:
    """The middle ``KEPT_SIDE`` of the patch, enlarged to its size: another magnification."""
    side = image.shape[0]
    margin = round(side * (1.0 - KEPT_SIDE) / 2)
    inner = Image.fromarray(image[margin : side - margin, margin : side - margin])
    return np.asarray(inner.resize((side, side), Image.Resampling.BICUBIC))


SHIFTS: dict[str, Callable[[Rgb, np.random.Generator], Rgb]] = {
    "stain": stain, "blur": blur, "jpeg": jpeg, "noise": noise, "scale": scale,
}  # fmt: skip


def shifted(name: str, images: ImageArray, rows: npt.NDArray[np.int64]) -> ImageArray:
    """The named corruption of ``rows``, uint8 (n, H, W, 3). Raises KdError for an unknown name."""
    if name not in SHIFTS:
        raise KdError(f"There is no shift '{name}'; there are {', '.join(SHIFTS)}.")
    number = list(SHIFTS).index(name)
    return np.stack([SHIFTS[name](images[row], np.random.default_rng((number, int(row)))) for row in rows])


def _clipped(values: npt.NDArray[np.floating]) -> Rgb:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)

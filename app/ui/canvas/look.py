"""Colours of the display: brightness, contrast, gamma, colour profile. Made on loader threads, never for scores."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from app.slides.slide import RgbImage
from app.ui.colours import Colours

Look = Callable[[RgbImage], RgbImage]
"""From the file's pixels (H, W, 3) to those on the screen; for any thread."""

_MIDDLE = 0.5


def curve(colours: Colours) -> npt.NDArray[np.uint8]:
    """Brightness, contrast and gamma as one table of 256 values.

    Gamma bends between black and white, contrast turns about the middle (100 triples the slope, -100 leaves none),
    brightness shifts by up to half the range.
    """
    value = np.arange(256, dtype=np.float64) / 255.0
    value = value ** (1.0 / colours.gamma)
    slope = 3.0 ** (colours.contrast / 100.0) if colours.contrast >= 0 else 1.0 + colours.contrast / 100.0
    value = (value - _MIDDLE) * slope + _MIDDLE + 0.5 * colours.brightness / 100.0
    return np.rint(np.clip(value, 0.0, 1.0) * 255.0).astype(np.uint8)


def make_look(colours: Colours, icc_profile: bytes | None) -> Look | None:
    """What to do with each tile; None when its pixels are shown as the file has them."""
    table = curve(colours)
    adjusts = not np.array_equal(table, np.arange(256))
    transform = profile_transform(icc_profile) if colours.profile and icc_profile is not None else None
    if not adjusts and transform is None:
        return None

    def apply(rgb: RgbImage) -> RgbImage:
        if transform is not None:
            rgb = np.asarray(ImageCms.applyTransform(Image.fromarray(np.ascontiguousarray(rgb)), transform))
        return np.asarray(cv2.LUT(np.ascontiguousarray(rgb), table), np.uint8) if adjusts else rgb

    return apply


def profile_transform(icc_profile: bytes) -> ImageCms.ImageCmsTransform | None:
    """From a slide's colours to the screen's (sRGB); None for a profile that cannot be used."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
        return ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            "RGB",
            "RGB",
            renderingIntent=ImageCms.Intent.PERCEPTUAL,
            # Its cache of one pixel is shared, and tiles come on several threads.
            flags=ImageCms.Flags.NOCACHE,
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None

"""From decoded RGB to what the canvas draws: 32-bit pixels in Qt's RGB32 layout, reduced where asked."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from app.slides.slide import RgbImage

Bgra = npt.NDArray[np.uint8]
"""uint8 (H, W, 4): blue, green, red, alpha - the bytes of Qt's RGB32 and premultiplied ARGB32 on little endian."""


def tile_image(rgb: RgbImage, reduction: int = 1) -> Bgra:
    """An opaque 32-bit copy of a tile, each side reduced by a whole factor by averaging.

    A side that the factor does not divide is first continued with its edge pixels, so that every
    reduced pixel stands exactly where it belongs. Releases the GIL; meant for loader threads.
    """
    bgra = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA)
    if reduction == 1:
        return np.asarray(bgra, np.uint8)
    height, width = bgra.shape[:2]
    below, right = -height % reduction, -width % reduction
    if below or right:
        bgra = cv2.copyMakeBorder(bgra, 0, below, 0, right, cv2.BORDER_REPLICATE)
    size = (bgra.shape[1] // reduction, bgra.shape[0] // reduction)
    return np.asarray(cv2.resize(bgra, size, interpolation=cv2.INTER_AREA), np.uint8)

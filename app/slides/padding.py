"""Regions that reach beyond a level's edge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.geometry import PixelRegion, SizePx
from app.slides.slide import RgbImage


def read_padded(
    region: PixelRegion,
    size: SizePx,
    background: tuple[int, int, int],
    read_inside: Callable[[PixelRegion], RgbImage],
) -> RgbImage:
    """RGB (region.height, region.width, 3): the part inside the level as read, the rest background.

    ``read_inside`` is called at most once, with a region that lies wholly inside ``size``.
    """
    if region.width <= 0 or region.height <= 0:
        raise ValueError(f"a region needs a positive size: {region}")
    x0, y0 = max(region.x, 0), max(region.y, 0)
    x1, y1 = min(region.x + region.width, size.width), min(region.y + region.height, size.height)
    if (x0, y0, x1 - x0, y1 - y0) == (region.x, region.y, region.width, region.height):
        return read_inside(region)
    padded = np.empty((region.height, region.width, 3), np.uint8)
    padded[:] = background
    if x0 < x1 and y0 < y1:
        inside = read_inside(PixelRegion(x0, y0, x1 - x0, y1 - y0))
        padded[y0 - region.y : y1 - region.y, x0 - region.x : x1 - region.x] = inside
    return padded

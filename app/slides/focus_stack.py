"""Slides with several focal planes: the all-in-focus picture, and which plane of a field is sharpest.

Sharpness of a pixel is the energy of the Laplacian around it (Pech-Pacheco et al. 2000; as a rule for fusing a stack:
Nayar and Nakagawa 1994). Nothing is aligned: a scanner's planes lie on each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from app.geometry import PixelRegion, RectPx
from app.slides.cache import TileCache
from app.slides.slide import ALL_IN_FOCUS, RgbImage, Slide, SlideInfo

FUSION_RULE = "laplacian-energy-1"
"""Name and version of the fusion; scores of another rule are other scores."""

NOISE_SIGMA_PX = 1.0
SUPPORT_SIGMA_PX = 5.0
MARGIN_PX = 24
"""What fusion must see beyond a tile, so that neighbouring tiles agree."""
DECISIVENESS = 4.0
"""The plane that is twice as sharp gets 16 times the weight: decided, yet without steps between planes."""
FLOOR = 1.0
"""Energy of what is empty in all planes; there the planes are averaged."""
CACHE_BYTES = 64 << 20
FIELD_PX = 1024
"""A field is judged at a level where its longer side is about this long, but never coarser than ``JUDGED_UM``."""
JUDGED_UM = 1.0

FloatMap = npt.NDArray[np.float32]


def focus_energy(image: RgbImage) -> FloatMap:
    """Sharpness around each pixel of an RGB image (H, W, 3): float32 (H, W), 0 for what is smooth."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    calm = cv2.GaussianBlur(grey, (0, 0), NOISE_SIGMA_PX)
    detail = cv2.Laplacian(calm.astype(np.float32), cv2.CV_32F, ksize=3)
    return np.asarray(cv2.GaussianBlur(detail * detail, (0, 0), SUPPORT_SIGMA_PX), np.float32)


def fuse(planes: Sequence[RgbImage]) -> RgbImage:
    """One image (H, W, 3) in which each place comes from the planes where it is sharp. They lie on each other."""
    total = np.zeros(planes[0].shape[:2], np.float32)
    fused = np.zeros(planes[0].shape, np.float32)
    for image in planes:
        weight = (focus_energy(image) + FLOOR) ** DECISIVENESS
        total += weight
        fused += image * weight[..., None]
    return np.asarray(np.rint(fused / total[..., None]), np.uint8)


def sharpest(planes: Sequence[RgbImage], where: npt.NDArray[np.bool_] | None = None) -> int:
    """Which of the images of one field is sharpest, judged over ``where`` (H, W), or all of it."""
    sums = []
    for image in planes:
        energy = focus_energy(image)
        sums.append(float(energy.sum() if where is None else energy[where].sum()))
    return int(np.argmax(sums))


def best_plane(slide: Slide, rect: RectPx) -> int:
    """The focal plane in which a field (level-0 pixels) is sharpest. Reads all planes: not for the GUI thread.

    Raises ``SlideError`` when the field cannot be read.
    """
    info = slide.info
    wanted = max(1.0, max(rect.width, rect.height) / FIELD_PX)
    if info.mpp is not None:
        wanted = min(wanted, JUDGED_UM / info.mpp)
    level = max((n for n, entry in enumerate(info.levels) if entry.downsample <= max(1.0, wanted)), default=0)
    downsample = info.levels[level].downsample
    region = PixelRegion(
        round(rect.x / downsample),
        round(rect.y / downsample),
        max(1, round(rect.width / downsample)),
        max(1, round(rect.height / downsample)),
    )
    # One plane at a time: a field of a large screen takes megabytes.
    sums = [float(focus_energy(slide.read(region, level, plane)).sum()) for plane in range(info.focal_planes.count)]
    return int(np.argmax(sums))


class FocusStack:
    """A slide with several planes, which also has the plane ``ALL_IN_FOCUS``: fused where it is read, and the last
    tiles kept. Thread-safe, as the slide is."""

    def __init__(self, slide: Slide) -> None:
        self._slide = slide
        self._cache: TileCache[tuple[int, PixelRegion]] = TileCache(CACHE_BYTES)

    @property
    def info(self) -> SlideInfo:
        return self._slide.info

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        if plane != ALL_IN_FOCUS:
            return self._slide.read(region, level, plane)
        held = self._cache.get((level, region))
        if held is None:
            held = self._fused(region, level)
            self._cache.put((level, region), held)
        return held

    def associated_image(self, name: str) -> RgbImage:
        return self._slide.associated_image(name)

    def close(self) -> None:
        self._slide.close()
        self._cache.clear()

    def _fused(self, region: PixelRegion, level: int) -> RgbImage:
        size = self.info.levels[level].size
        # Beyond the slide there is only background, whose edge would count as sharp.
        left, top = min(MARGIN_PX, max(0, region.x)), min(MARGIN_PX, max(0, region.y))
        right = min(MARGIN_PX, max(0, size.width - region.x - region.width))
        bottom = min(MARGIN_PX, max(0, size.height - region.y - region.height))
        around = PixelRegion(region.x - left, region.y - top, region.width + left + right, region.height + top + bottom)
        planes = [self._slide.read(around, level, plane) for plane in range(self.info.focal_planes.count)]
        return np.ascontiguousarray(fuse(planes)[top : top + region.height, left : left + region.width])

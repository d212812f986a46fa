"""A canvas of dye amounts on an absolute pixel grid, where everything on the glass is drawn before light falls in."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, floor

import cv2
import numpy as np

from kd.phantom.noise import Atlas, FloatImage, atlas
from kd.phantom.stains import DYES, Stain

Bounds = tuple[float, float, float, float]
"""x0, y0, x1, y1 in um."""


@dataclass
class Canvas:
    """Dye planes float32 (height, width) over a window of the slide; pixel (0, 0) is absolute pixel (x_px, y_px).

    Planes are made when first asked for. Pixel centres lie at (x + 0.5) * mpp um.
    """

    x_px: int
    y_px: int
    width: int
    height: int
    mpp: float
    planes: dict[str, FloatImage] = field(default_factory=dict)

    @classmethod
    def over(cls, bounds: Bounds, mpp: float) -> Canvas:
        """The smallest canvas that covers a rectangle in um."""
        x0, y0 = floor(bounds[0] / mpp), floor(bounds[1] / mpp)
        return cls(x0, y0, max(1, ceil(bounds[2] / mpp) - x0), max(1, ceil(bounds[3] / mpp) - y0), mpp)

    @property
    def bounds(self) -> Bounds:
        """The window in um."""
        m = self.mpp
        return self.x_px * m, self.y_px * m, (self.x_px + self.width) * m, (self.y_px + self.height) * m

    @property
    def atlas(self) -> Atlas:
        """Noise textures at this canvas's resolution."""
        return atlas(self.mpp)

    def plane(self, dye: str) -> FloatImage:
        """The plane of a dye, made if it is not there yet."""
        if dye not in self.planes:
            if dye not in DYES:
                raise KeyError(f"unknown dye {dye!r}")
            self.planes[dye] = np.zeros((self.height, self.width), np.float32)
        return self.planes[dye]

    def window(self, x_px: int, y_px: int, width: int, height: int) -> tuple[slice, slice, slice, slice] | None:
        """Where a stamp at absolute (x_px, y_px) falls: rows, columns here, and rows, columns of the stamp."""
        left, top = max(x_px, self.x_px), max(y_px, self.y_px)
        right, bottom = min(x_px + width, self.x_px + self.width), min(y_px + height, self.y_px + self.height)
        if left >= right or top >= bottom:
            return None
        return (
            slice(top - self.y_px, bottom - self.y_px),
            slice(left - self.x_px, right - self.x_px),
            slice(top - y_px, bottom - y_px),
            slice(left - x_px, right - x_px),
        )

    def add(self, dye: str, stamp: FloatImage, x_px: int, y_px: int) -> None:
        """Adds a stamp whose first pixel is absolute (x_px, y_px); what falls outside is cut."""
        hit = self.window(x_px, y_px, stamp.shape[1], stamp.shape[0])
        if hit is not None:
            rows, columns, stamp_rows, stamp_columns = hit
            self.plane(dye)[rows, columns] += stamp[stamp_rows, stamp_columns]

    def paste(self, other: Canvas) -> None:
        """Adds every plane of a canvas on the same grid."""
        for dye, plane in other.planes.items():
            self.add(dye, plane, other.x_px, other.y_px)

    def density(self, stain: Stain) -> FloatImage:
        """Optical density (height, width, 3) of all dyes under a stain."""
        channels = [np.zeros((self.height, self.width), np.float32) for _ in range(3)]
        for dye, plane in self.planes.items():
            for c, weight in enumerate(stain.vector(dye)):
                channels[c] = np.asarray(cv2.scaleAdd(plane, float(weight), channels[c]), np.float32)
        return np.dstack(channels)


def overlaps(a: Bounds, b: Bounds) -> bool:
    """Whether two rectangles share area."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]

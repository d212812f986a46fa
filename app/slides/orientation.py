"""Images that are stored turned or mirrored (the Orientation tag of TIFF and EXIF)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.geometry import PixelRegion, SizePx
from app.slides.slide import RgbImage

# Tag value -> (rows and columns swapped, then mirrored left-right, then top-bottom), stored -> shown.
_STEPS = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}


@dataclass(frozen=True, slots=True)
class Orientation:
    """How the stored pixels become the shown ones."""

    tag: int = 1

    @property
    def is_plain(self) -> bool:
        return self.tag == 1

    def shown_size(self, stored: SizePx) -> SizePx:
        swapped, _, _ = _STEPS[self.tag]
        return SizePx(stored.height, stored.width) if swapped else stored

    def stored_region(self, shown: PixelRegion, shown_size: SizePx) -> PixelRegion:
        """Where the pixels of a shown region are stored."""
        swapped, mirror_x, mirror_y = _STEPS[self.tag]
        x = shown_size.width - shown.x - shown.width if mirror_x else shown.x
        y = shown_size.height - shown.y - shown.height if mirror_y else shown.y
        return PixelRegion(y, x, shown.height, shown.width) if swapped else PixelRegion(x, y, shown.width, shown.height)

    def apply(self, stored: RgbImage) -> RgbImage:
        """Stored pixels (H, W, 3) as they are to be shown."""
        swapped, mirror_x, mirror_y = _STEPS[self.tag]
        pixels = stored.transpose(1, 0, 2) if swapped else stored
        if mirror_x:
            pixels = pixels[:, ::-1]
        if mirror_y:
            pixels = pixels[::-1]
        return np.ascontiguousarray(pixels)


def orientation_from_tag(value: object) -> Orientation:
    """The orientation that a tag names; values that no standard knows count as 1 (as stored)."""
    return Orientation(value) if isinstance(value, int) and value in _STEPS else Orientation()

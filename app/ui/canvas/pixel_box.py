"""A box of whole pixels, of the viewport or of one display level."""

from __future__ import annotations

import math
from typing import NamedTuple


class PixelBox(NamedTuple):
    """Left, top, right, bottom; the last two are excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, left: float, top: float, right: float, bottom: float, margin: int = 0) -> PixelBox:
        """The smallest box that holds these edges, widened by a margin."""
        return cls(
            math.floor(left) - margin, math.floor(top) - margin, math.ceil(right) + margin, math.ceil(bottom) + margin
        )

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    def intersection(self, other: PixelBox) -> PixelBox:
        """The common part; an empty box when there is none."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        return PixelBox(left, top, max(left, min(self.right, other.right)), max(top, min(self.bottom, other.bottom)))

    def union(self, other: PixelBox) -> PixelBox:
        return PixelBox(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def within(self, other: PixelBox) -> tuple[slice, slice]:
        """Rows and columns of this box in an array that holds ``other``."""
        return (
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )

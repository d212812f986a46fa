"""Lays the tiles of one display level side by side, pixel for pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.geometry import RectPx
from app.ui.canvas.display_pyramid import DisplayKey, DisplayPyramid
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.tile_image import Bgra
from app.ui.canvas.tile_store import TileStore

Color = tuple[int, int, int]
"""Red, green, blue."""


class TileMosaic:
    """``background`` is what stands where nothing of the slide has come yet, ``outside`` what lies beyond
    the slide's edge. Nothing here grows with the slide: buffers have the size of the viewport."""

    def __init__(self, pyramid: DisplayPyramid, store: TileStore, background: Color, outside: Color) -> None:
        self.pyramid = pyramid
        self.background = background
        self.outside = outside
        self._store = store
        self._buffers: dict[str, Bgra] = {}

    def failed_on(self, index: int) -> list[DisplayKey]:
        """Tiles of a display level that could not be read."""
        level = self.pyramid.levels[index].level
        plane = self.pyramid.plane
        return [
            DisplayKey(index, tile.column, tile.row, plane)
            for tile in self._store.failed
            if tile.level == level and tile.plane == plane
        ]

    def count_held(self, keys: Sequence[DisplayKey]) -> int:
        """How many of these tiles are there."""
        return sum(key in self._store for key in keys)

    @property
    def slide_rect(self) -> RectPx:
        """The whole slide in level-0 pixels."""
        size = self.pyramid.levels[0].size
        return RectPx(0.0, 0.0, float(size.width), float(size.height))

    def slide_box(self, index: int, margin: int = 0) -> PixelBox:
        """The whole slide in pixels of a display level, and some pixels more."""
        size = self.pyramid.levels[index].size
        return PixelBox(-margin, -margin, size.width + margin, size.height + margin)

    def lay_out(self, index: int, box: PixelBox, keys: Sequence[DisplayKey]) -> Bgra:
        """The pixels (box.height, box.width, 4) of a box of a display level, as far as these tiles reach.

        Missing tiles are clear (all zero); what lies beyond the slide has its colour; what none of these
        tiles reaches is undefined. Valid until the next call.
        """
        buffer = self.buffer("mosaic", box.width, box.height)
        if box.intersection(self.slide_box(index)) != box:
            buffer[...] = bgra(self.outside)
        for key in keys:
            tile_box = self._tile_box(key)
            common = tile_box.intersection(box)
            image = self._store.get(key)
            buffer[common.within(box)] = 0 if image is None else image[common.within(tile_box)]
        return buffer

    def buffer(self, name: str, width: int, height: int) -> Bgra:
        """Pixels (height, width, 4) to work in, undefined at first; grown to the largest size and used again."""
        needed = width * height * 4
        found = self._buffers.get(name)
        if found is None or found.nbytes < needed:
            found = self._buffers[name] = np.empty(needed, np.uint8)
        return found[:needed].reshape(height, width, 4)

    def _tile_box(self, key: DisplayKey) -> PixelBox:
        side = self.pyramid.levels[key.display].tile_px
        left, top = key.column * side, key.row * side
        return PixelBox(left, top, left + side, top + side).intersection(self.slide_box(key.display))


def bgra(color: Color) -> tuple[int, int, int, int]:
    """An opaque colour in the order of ``Bgra``."""
    red, green, blue = color
    return blue, green, red, 255

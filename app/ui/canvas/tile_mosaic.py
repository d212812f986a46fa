"""Lays the tiles of a display level side by side; gaps are filled from finer or coarser levels, never left blank."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import cv2
import numpy as np

from app.ui.canvas.display_pyramid import DisplayKey, DisplayPyramid
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.tile_image import Bgra
from app.ui.canvas.tile_store import TileStore

MARGIN_PX = 2
"""Pixels around a region that resampling looks at."""

Color = tuple[int, int, int]
"""Red, green, blue."""


def bgra(color: Color) -> tuple[int, int, int, int]:
    red, green, blue = color
    return blue, green, red, 255


class TileMosaic:
    """``background`` stands where nothing of the slide has come yet, ``outside`` beyond the slide's edge."""

    def __init__(self, pyramid: DisplayPyramid, store: TileStore, background: Color, outside: Color) -> None:
        self.pyramid = pyramid
        self.outside = outside
        self._store = store
        self._background = background
        # One buffer per depth of stand-ins, grown to the largest region asked for and used again.
        self._buffers: dict[int, Bgra] = {}

    def failed_on(self, index: int) -> list[DisplayKey]:
        """Tiles of a display level that could not be read."""
        level = self.pyramid.levels[index].level
        return [DisplayKey(index, tile.column, tile.row) for tile in self._store.failed if tile.level == level]

    def slide_box(self, index: int, margin: int = 0) -> PixelBox:
        """The whole slide in pixels of a display level."""
        size = self.pyramid.levels[index].size
        return PixelBox(-margin, -margin, size.width + margin, size.height + margin)

    def lay_out(self, index: int, box: PixelBox, keys: Sequence[DisplayKey], depth: int = 0) -> Bgra:
        """The pixels (box.height, box.width, 4) of a box of a display level, as far as these tiles reach;
        elsewhere within the slide they are left undefined. Valid until the next call."""
        buffer = self._buffer(depth, box)
        if box.intersection(self.slide_box(index)) != box:
            buffer[...] = bgra(self.outside)
        tiles = [(key, self._store.get(key)) for key in keys]
        missing = [key for key, image in tiles if image is None]
        sharper = [key for key in missing if self._finer_are_here(key)]
        gaps = [self._tile_box(key) for key in missing if key not in sharper]
        if gaps:
            gap = reduce(PixelBox.union, gaps).intersection(box)
            self._fill_from_coarser(index, gap, buffer[gap.within(box)], depth)
        for key in sharper:
            self._fill_from_finer(key, buffer, box, depth)
        for key, image in tiles:
            if image is not None:
                _copy(image, self._tile_box(key), buffer, box)
        return buffer

    def _keys_in(self, index: int, box: PixelBox) -> list[DisplayKey]:
        side = self.pyramid.levels[index].tile_px
        columns, rows = self.pyramid.grid(index)
        return [
            DisplayKey(index, column, row)
            for row in range(max(0, box.top // side), min(rows, -(-box.bottom // side)))
            for column in range(max(0, box.left // side), min(columns, -(-box.right // side)))
        ]

    def _tile_box(self, key: DisplayKey) -> PixelBox:
        side = self.pyramid.levels[key.display].tile_px
        left, top = key.column * side, key.row * side
        return PixelBox(left, top, left + side, top + side).intersection(self.slide_box(key.display))

    def _box_at(self, index: int, box: PixelBox, other: int, margin: int) -> PixelBox:
        """A box of one display level, in another's pixels, widened by a margin and clipped to the slide."""
        ratio = self.pyramid.levels[index].downsample / self.pyramid.levels[other].downsample
        left, top, right, bottom = (edge * ratio for edge in box)
        around = PixelBox.around(left, top, right, bottom, margin)
        return around.intersection(self.slide_box(other))

    def _fill_from_coarser(self, index: int, gap: PixelBox, out: Bgra, depth: int) -> None:
        for coarser in range(index + 1, len(self.pyramid.levels)):
            box = self._box_at(index, gap, coarser, MARGIN_PX)
            keys = self._keys_in(coarser, box)
            if any(key in self._store for key in keys):
                self._stretch(self.lay_out(coarser, box, keys, depth + 1), index, gap, coarser, box, out)
                return
        out[...] = bgra(self._background)

    def _stretch(self, source: Bgra, index: int, gap: PixelBox, coarser: int, box: PixelBox, out: Bgra) -> None:
        ratio = self.pyramid.levels[index].downsample / self.pyramid.levels[coarser].downsample
        # Pixel i of the gap has its middle at (gap.left + i + .5) * ratio in the coarser level.
        shift_x = (gap.left + 0.5) * ratio - 0.5 - box.left
        shift_y = (gap.top + 0.5) * ratio - 0.5 - box.top
        cv2.warpAffine(
            source,
            np.array([[ratio, 0.0, shift_x], [0.0, ratio, shift_y]]),
            (gap.width, gap.height),
            dst=out,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def _finer_are_here(self, key: DisplayKey) -> bool:
        if key.display == 0:
            return False
        keys = self.pyramid.tiles_in(key.display - 1, self.pyramid.tile_rect(key))
        return bool(keys) and all(finer in self._store for finer in keys)

    def _fill_from_finer(self, key: DisplayKey, buffer: Bgra, box: PixelBox, depth: int) -> None:
        tile_box = self._tile_box(key)
        finer_box = self._box_at(key.display, tile_box, key.display - 1, 0)
        source = self.lay_out(key.display - 1, finer_box, self._keys_in(key.display - 1, finer_box), depth + 1)
        image = cv2.resize(source, (tile_box.width, tile_box.height), interpolation=cv2.INTER_AREA)
        _copy(np.asarray(image, np.uint8), tile_box, buffer, box)

    def _buffer(self, depth: int, box: PixelBox) -> Bgra:
        needed = box.width * box.height * 4
        buffer = self._buffers.get(depth)
        if buffer is None or buffer.nbytes < needed:
            buffer = self._buffers[depth] = np.empty(needed, np.uint8)
        return buffer[:needed].reshape(box.height, box.width, 4)


def _copy(image: Bgra, image_box: PixelBox, buffer: Bgra, box: PixelBox) -> None:
    common = image_box.intersection(box)
    buffer[common.within(box)] = image[common.within(image_box)]

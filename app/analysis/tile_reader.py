"""Reads the pixels of tiles: each part of the file is decoded once, and one bad part fails only its tiles."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import numpy.typing as npt

from app.analysis.plan import CellIndices, TilePlan
from app.geometry import PixelRegion
from app.slides.cache import TileCache
from app.slides.slide import RgbImage, Slide, TileReadError

CACHE_BYTES = 48 * 2**20
_SMALLEST_CHUNK_PX = 256
_LARGEST_CHUNK_PX = 1024

ChunkKey = tuple[int, int]


class TileReader:
    """Tiles of a plan as the student takes them. Thread-safe.

    Pixels are read in chunks that coincide with the tiles of the file, and the last ones are kept: a plan's
    neighbouring tiles share them. A chunk that cannot be decoded is not tried again.
    """

    def __init__(self, slide: Slide, plan: TilePlan, cache_bytes: int = CACHE_BYTES) -> None:
        self._slide = slide
        self._plan = plan
        self._chunk_px = chunk_size(slide, plan.read_level)
        self._level_size = slide.info.levels[plan.read_level].size
        self._cache: TileCache[ChunkKey] = TileCache(cache_bytes)
        self._bad: dict[ChunkKey, str] = {}
        self._lock = threading.Lock()
        self._in_work: dict[ChunkKey, threading.Event] = {}

    def read(self, cell: int) -> RgbImage:
        """Pixels of a cell's tile: uint8 (tile_px, tile_px, 3). Raises TileReadError."""
        return self.resample(self.pixels(self._plan.tile_region(cell)))

    def read_many(self, cells: CellIndices, out: npt.NDArray[np.uint8]) -> dict[int, TileReadError]:
        """The tiles of ``cells`` into ``out``, uint8 (n, tile_px, tile_px, 3); by place, why a tile cannot be read.

        What neighbours share is looked up once for all of them, and copied straight to its place.
        """
        failed: dict[int, TileReadError] = {}
        held: dict[ChunkKey, RgbImage] = {}
        side = self._plan.read_px
        scratch = np.empty((side, side, 3), np.uint8) if self._plan.resampled else None
        for i, (x, y) in enumerate(zip(*self._plan.corners(cells), strict=True)):
            tile = out[i]
            try:
                if scratch is None:
                    self._paste(x, y, tile, held)
                else:
                    self._paste(x, y, scratch, held)
                    self._resize(scratch, tile)
            except TileReadError as error:
                failed[i] = error
        return failed

    def pixels(self, region: PixelRegion) -> RgbImage:
        """Pixels of a region of the read level, as the file has them. Raises TileReadError."""
        image = np.empty((region.height, region.width, 3), np.uint8)
        self._paste(region.x, region.y, image, {})
        return image

    def _paste(self, x: int, y: int, image: RgbImage, held: dict[ChunkKey, RgbImage]) -> None:
        """Fill ``image`` with the pixels whose first is (x, y); ``held`` gathers the chunks that are needed."""
        size = self._chunk_px
        height, width = image.shape[:2]
        bottom, right = y + height, x + width
        for row in range(y // size, (bottom - 1) // size + 1):
            top = row * size
            first, last = max(y, top), min(bottom, top + size)
            for column in range(x // size, (right - 1) // size + 1):
                key = column, row
                chunk = held.get(key)
                if chunk is None:
                    chunk = held[key] = self._chunk(key)
                left = column * size
                start, stop = max(x, left), min(right, left + size)
                image[first - y : last - y, start - x : stop - x] = chunk[
                    first - top : last - top, start - left : stop - left
                ]

    def resample(self, pixels: RgbImage) -> RgbImage:
        """Bring a tile to the student's size; by area when it shrinks."""
        if not self._plan.resampled:
            return pixels
        side = self._plan.tile_px
        resized = np.empty((side, side, 3), np.uint8)
        self._resize(pixels, resized)
        return resized

    def _resize(self, pixels: RgbImage, out: RgbImage) -> None:
        shrinks = self._plan.read_px > self._plan.tile_px
        cv2.resize(pixels, out.shape[:2], out, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)

    def _chunk(self, key: ChunkKey) -> RgbImage:
        image = self._cache.get(key)
        if image is not None:
            return image
        while True:
            with self._lock:
                if key in self._bad:
                    raise TileReadError(self._bad[key])
                image = self._cache.get(key)
                if image is not None:
                    return image
                other = self._in_work.get(key)
                if other is None:
                    mine = self._in_work[key] = threading.Event()
                    break
            # Another thread decodes this chunk just now: two would do the same work.
            other.wait()
        try:
            image = self._read_chunk(key)
            self._cache.put(key, image)
            return image
        except TileReadError as error:
            self._bad[key] = str(error)
            raise
        finally:
            with self._lock:
                del self._in_work[key]
            mine.set()

    def _read_chunk(self, key: ChunkKey) -> RgbImage:
        size = self._chunk_px
        x, y = key[0] * size, key[1] * size
        if x >= self._level_size.width or y >= self._level_size.height or x < 0 or y < 0:
            return np.full((size, size, 3), self._slide.info.background_rgb, np.uint8)
        return self._slide.read(PixelRegion(x, y, size, size), self._plan.read_level, self._plan.plane)


def chunk_size(slide: Slide, level: int) -> int:
    """Side in pixels of what is decoded at once: the file's own tile where it tells, made larger or smaller
    by whole factors so that a chunk is neither a sliver nor a whole slide wide."""
    properties = slide.info.properties
    try:
        side = int(properties[f"openslide.level[{level}].tile-width"])
        height = int(properties[f"openslide.level[{level}].tile-height"])
    except (KeyError, ValueError):
        return _SMALLEST_CHUNK_PX
    if side != height or side > _LARGEST_CHUNK_PX or side <= 0:
        return 2 * _SMALLEST_CHUNK_PX
    while side < _SMALLEST_CHUNK_PX - 32:
        side *= 2
    return side

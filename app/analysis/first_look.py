"""A look at a coarse level of the pyramid: which parts of the glass are worth decoding where nuclei show.

Most of a large slide is bare glass. At 4 um a pixel it costs a tenth of what it costs where cells are sought, and even
the palest nucleus leaves a trace there. Only the spread within a neighbourhood counts: neither the brightness of the
glass nor a slow change of the light says anything. Tiles that are the same bytes of the file are looked at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from app.analysis.cells import NUCLEUS, RED_DENSITY, SURROUNDINGS, extremes
from app.geometry import PixelRegion, SizePx
from app.slides.slide import Level, Slide, TileReadError
from app.slides.stored_tiles import KnowsStoredTiles, StoredTiles

SQUARE_UM = 128.0
"""Side, about, of the squares that are looked at; each is judged together with those around it."""
LEFT_BY_JPEG = 0.25
"""Of what the palest nucleus leaves in a pixel, this much is asked for: JPEG flattens single pale pixels. Of drawn ones
alone on glass none was lost at 4 um a pixel and quality 60 to 95; at 8 um a third is lost at 75, as SVS files have."""
LEAST_DIFFERENCE = 0.003
"""Density. Less than two steps of 8-bit brightness on glass cannot be asked for: coarser levels are no use."""
TILE_PX = 512
"""Side of what is read at a time where the file does not tell how it is stored."""
TILES_AT_A_TIME = 16
SLIVER = 0.02
"""Share of a tile."""

Block = tuple[slice, slice]
"""Rows and columns of coarse cells."""
Extremes = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]


@dataclass(frozen=True)
class FirstLook:
    """Squares, ``side_px`` (width, height) level-0 pixels: ``worth`` (rows, columns) where something stands out."""

    side_px: tuple[float, float]
    worth: npt.NDArray[np.bool_]

    def within(self, block: Block, pitch_px: float) -> Block | None:
        """The part of a block of coarse cells, ``pitch_px`` level-0 pixels wide each, that is worth a full look; None
        where nothing is."""
        width, height = self.side_px
        rows, columns = _squares(block[0], pitch_px / height), _squares(block[1], pitch_px / width)
        worth = self.worth[rows, columns]
        if not worth.any():
            return None
        return (
            _cells(block[0], rows.start, np.flatnonzero(worth.any(axis=1)), height / pitch_px),
            _cells(block[1], columns.start, np.flatnonzero(worth.any(axis=0)), width / pitch_px),
        )


def least_difference(mpp: float) -> float:
    """The density by which a pixel of ``mpp`` um must differ for the palest nucleus to be there, shared by four pixels.

    It is a spot as wide as the filter ``NUCLEUS`` that reaches its contrast: with the volume V that is
    V / (2 pi) (1 / (2 sigma^2) - 1 / ((1 + SURROUNDINGS^2) sigma^2)). Half of it, as everywhere, and what JPEG leaves.
    """
    seen = 0.5 - 1.0 / (1.0 + SURROUNDINGS**2)
    volume = NUCLEUS.contrast * 2.0 * math.pi * NUCLEUS.sigma_um**2 / seen
    return LEFT_BY_JPEG * 0.5 * volume / (4.0 * mpp**2)


def choose_look(levels: Sequence[Level], slide_mpp: float, working: int) -> int | None:
    """The coarsest level where the palest nucleus can be told from nothing, at least about twice as coarse as the level
    ``working``; None when there is none."""
    fit = [
        i
        for i, level in enumerate(levels)
        if level.downsample >= 1.9 * levels[working].downsample
        and least_difference(slide_mpp * level.downsample) >= LEAST_DIFFERENCE
    ]
    return max(fit, key=lambda i: levels[i].downsample) if fit else None


def look(
    slide: Slide,
    level: int,
    slide_mpp: float,
    plane: int,
    pool: Executor,
    keep_going: Callable[[], bool],
    working: int,
) -> FirstLook | None:
    """Look at a whole level; None when ``keep_going`` said no. What cannot be decoded is worth a full look, and so is
    what was not stored at this level but at the level ``working``, where cells are sought."""
    size, downsample = slide.info.levels[level].size, slide.info.levels[level].downsample
    mpp = slide_mpp * downsample
    stored = slide.stored_tiles(level, plane) if isinstance(slide, KnowsStoredTiles) else None
    tiles = stored or _each_for_itself(size)
    # Squares divide the tiles, so that no square needs two of them.
    across, down = (max(1, round(side * mpp / SQUARE_UM)) for side in (tiles.width, tiles.height))
    sides = math.ceil(tiles.width / across), math.ceil(tiles.height / down)
    firsts, same = np.unique(_with_edges(tiles, size), return_index=True, return_inverse=True)[1:]

    def extremes_of(indices: npt.NDArray[np.int64]) -> list[Extremes] | None:
        return [_tile_extremes(slide, level, plane, tiles, sides, int(i)) for i in indices] if keep_going() else None

    chunks = [firsts[start : start + TILES_AT_A_TIME] for start in range(0, len(firsts), TILES_AT_A_TIME)]
    found: list[Extremes] = []
    for part in pool.map(extremes_of, chunks):
        if part is None:
            return None
        found += part
    around = np.ones((3, 3), np.uint8)
    darkest, brightest = (_assembled([f[i] for f in found], same.reshape(tiles.same.shape)) for i in (0, 1))
    least, most = RED_DENSITY[cv2.dilate(brightest, around)], RED_DENSITY[cv2.erode(darkest, around)]
    worth = most - least >= least_difference(mpp)
    if tiles.absent is not None:
        left_out = _left_out(slide, level, working, plane, tiles)
        squares = worth.shape[0] // left_out.shape[0], worth.shape[1] // left_out.shape[1]
        worth |= left_out.repeat(squares[0], axis=0).repeat(squares[1], axis=1)
    return FirstLook((tiles.width * downsample / across, tiles.height * downsample / down), worth)


def _each_for_itself(size: SizePx) -> StoredTiles:
    rows, columns = math.ceil(size.height / TILE_PX), math.ceil(size.width / TILE_PX)
    return StoredTiles(TILE_PX, TILE_PX, np.arange(rows * columns, dtype=np.int64).reshape(rows, columns))


def _with_edges(tiles: StoredTiles, size: SizePx) -> npt.NDArray[np.int64]:
    """Numbers of equal tiles, those that the edge of the level cuts apart from the others: (rows, columns)."""
    same = tiles.same * 4
    same[:, -1] += size.width % tiles.width != 0
    same[-1] += 2 * (size.height % tiles.height != 0)
    return same


def _left_out(slide: Slide, level: int, working: int, plane: int, tiles: StoredTiles) -> npt.NDArray[np.bool_]:
    """Tiles (rows, columns) without bytes where the level ``working`` has some: nobody knows that they are glass."""
    assert tiles.absent is not None
    finer = slide.stored_tiles(working, plane) if isinstance(slide, KnowsStoredTiles) else None
    if finer is None or finer.absent is None:
        return tiles.absent
    scale = slide.info.levels[level].downsample / slide.info.levels[working].downsample
    stored = cv2.integral((~finer.absent).view(np.uint8))
    top, bottom = _within(tiles.absent.shape[0], tiles.height * scale / finer.height, finer.absent.shape[0])
    left, right = _within(tiles.absent.shape[1], tiles.width * scale / finer.width, finer.absent.shape[1])
    count = (stored[bottom] - stored[top])[:, right] - (stored[bottom] - stored[top])[:, left]
    return tiles.absent & (count > 0)


def _within(count: int, scale: float, most: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Of so many tiles in a row, the first of the finer ones that each covers and the one behind the last."""
    edges = np.arange(count + 1) * scale
    # Levels are halved with a remainder: a sliver of the next one does not count.
    first, last = np.floor(edges[:-1] + SLIVER), np.ceil(edges[1:] - SLIVER)
    return np.clip(first, 0, most).astype(np.int64), np.clip(last, 0, most).astype(np.int64)


def _tile_extremes(
    slide: Slide, level: int, plane: int, tiles: StoredTiles, sides: tuple[int, int], index: int
) -> Extremes:
    """Darkest and brightest red of each square of a tile; those beyond the edge of the level are as the last ones."""
    row, column = divmod(index, tiles.same.shape[1])
    size = slide.info.levels[level].size
    left, top = column * tiles.width, row * tiles.height
    width, height = min(tiles.width, size.width - left), min(tiles.height, size.height - top)
    shape = math.ceil(tiles.height / sides[1]), math.ceil(tiles.width / sides[0])
    if tiles.absent is not None and tiles.absent[row, column]:
        glass = np.full(shape, slide.info.background_rgb[0], np.uint8)
        return glass, glass
    try:
        image = slide.read(PixelRegion(left, top, width, height), level, plane)
    except TileReadError:
        return np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)
    red = np.asarray(cv2.extractChannel(image, 0), np.uint8)
    missing = shape[0] * sides[1] - height, shape[1] * sides[0] - width
    if missing != (0, 0):
        red = np.pad(red, ((0, missing[0]), (0, missing[1])), mode="edge")
    return extremes(red, sides)


def _assembled(parts: Sequence[npt.NDArray[np.uint8]], same: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """One map of the squares of all tiles, of which ``same`` (rows, columns) is the number among ``parts``."""
    whole = np.stack(parts)[same]
    rows, columns, down, across = whole.shape
    return whole.transpose(0, 2, 1, 3).reshape(rows * down, columns * across)


def _squares(cells: slice, scale: float) -> slice:
    return slice(math.floor(cells.start * scale), math.ceil(cells.stop * scale))


def _cells(block: slice, first: int, worth: npt.NDArray[np.int64], scale: float) -> slice:
    """The coarse cells of ``block`` from the first of the squares ``worth`` to the last, counted from the square
    ``first``."""
    start, stop = math.floor((first + int(worth[0])) * scale), math.ceil((first + int(worth[-1]) + 1) * scale)
    return slice(max(block.start, start), min(block.stop, stop))

"""Writes phantom slides of any size quickly: copies of a small one on empty glass whose tiles share their bytes.

The file is an ordinary pyramidal BigTIFF of JPEG tiles; equal tiles of a level point to the same offset, so 160,000 x
120,000 px take a few megabytes. Copies lie on a grid that keeps their tiles aligned on several levels.
"""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import tifffile

from kd.phantom.tiff_writer import TILE_PX, encode_tile, level_sizes

QUALITY = 85
ALIGNED_PX = TILE_PX * 8

Tile = npt.NDArray[np.uint8]
Tiles = dict[tuple[int, int], Tile]
"""By (row, column); what is not in it is empty glass. Equal tiles are the same object."""


def write_sparse_slide(path: Path, size: tuple[int, int], source: Path, copies: int) -> None:
    """``copies`` of the slide ``source`` spread over a slide of this size (width, height). Raises ValueError when
    they do not fit."""
    with tifffile.TiffFile(source) as tiff:
        page = tiff.pages[0]
        picture = np.asarray(page.asarray(), np.uint8)
        description, resolution = str(page.description), page.tags["XResolution"].value
    glass = np.empty((TILE_PX, TILE_PX, 3), np.uint8)
    glass[...] = np.percentile(picture.reshape(-1, 3)[::97], 80, axis=0)
    tiles = _placed(_cut(picture, glass), places(size, (picture.shape[1], picture.shape[0]), copies))
    with path.open("wb") as stream:
        writer = _BigTiff(stream)
        for n, (width, height) in enumerate(level_sizes(*size)):
            writer.add_level((width, height), tiles, glass, n, description if n == 0 else "", resolution)
            tiles = _halved(tiles, glass)


def places(size: tuple[int, int], part: tuple[int, int], copies: int) -> list[tuple[int, int]]:
    """Left top corners (x, y) of the copies, evenly spread, on the grid."""
    step = [-(-side // ALIGNED_PX) for side in part]
    room = [(side // ALIGNED_PX) // s for side, s in zip(size, step, strict=True)]
    if room[0] * room[1] < copies:
        raise ValueError(f"{copies} copies do not fit on {size[0]} x {size[1]} px")
    chosen = np.linspace(0, room[0] * room[1] - 1, copies).round().astype(int).tolist()
    return [(n % room[0] * step[0] * ALIGNED_PX, n // room[0] * step[1] * ALIGNED_PX) for n in chosen]


def _cut(picture: Tile, glass: Tile) -> Tiles:
    found: Tiles = {}
    for y in range(0, picture.shape[0], TILE_PX):
        for x in range(0, picture.shape[1], TILE_PX):
            part = picture[y : y + TILE_PX, x : x + TILE_PX]
            tile = glass.copy()
            tile[: part.shape[0], : part.shape[1]] = part
            found[y // TILE_PX, x // TILE_PX] = tile
    return found


def _placed(part: Tiles, corners: list[tuple[int, int]]) -> Tiles:
    return {
        (row + y // TILE_PX, column + x // TILE_PX): tile for x, y in corners for (row, column), tile in part.items()
    }


def _halved(tiles: Tiles, glass: Tile) -> Tiles:
    """The next level; tiles of equal children are made once."""
    made: dict[tuple[int, ...], Tile] = {}
    found: Tiles = {}
    for row, column in {(row // 2, column // 2) for row, column in tiles}:
        children = [tiles.get((2 * row + dy, 2 * column + dx), glass) for dy in (0, 1) for dx in (0, 1)]
        key = tuple(map(id, children))
        if key not in made:
            whole = np.vstack([np.hstack(children[:2]), np.hstack(children[2:])])
            made[key] = np.asarray(cv2.resize(whole, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA), np.uint8)
        found[row, column] = made[key]
    return found


class _BigTiff:
    """Directories one after the other; tiles that are the same object are written once."""

    def __init__(self, stream: object) -> None:
        self._stream = stream
        stream.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))  # type: ignore[attr-defined]
        self._link = 8

    def add_level(
        self,
        size: tuple[int, int],
        tiles: Tiles,
        glass: Tile,
        level: int,
        description: str,
        resolution: tuple[int, int],
    ) -> None:
        across, down = (-(-side // TILE_PX) for side in size)
        empty = self._data(encode_tile(glass, QUALITY))
        offsets = np.full((down, across), empty[0], np.uint64)
        counts = np.full((down, across), empty[1], np.uint64)
        written: dict[int, tuple[int, int]] = {}
        for (row, column), tile in tiles.items():
            if row < down and column < across:
                if id(tile) not in written:
                    written[id(tile)] = self._data(encode_tile(tile, QUALITY))
                offsets[row, column], counts[row, column] = written[id(tile)]
        per_cm = (resolution[0], resolution[1] << level)
        text = description.encode("ascii", "replace") + b"\0"
        tags = [
            (254, 4, 1, struct.pack("<I", 1 if level else 0)),
            (256, 4, 1, struct.pack("<I", size[0])),
            (257, 4, 1, struct.pack("<I", size[1])),
            (258, 3, 3, struct.pack("<3H", 8, 8, 8)),
            (259, 3, 1, struct.pack("<H", 7)),
            (262, 3, 1, struct.pack("<H", 6)),
            (270, 2, len(text), text),
            (277, 3, 1, struct.pack("<H", 3)),
            (282, 5, 1, struct.pack("<2I", *per_cm)),
            (283, 5, 1, struct.pack("<2I", *per_cm)),
            (284, 3, 1, struct.pack("<H", 1)),
            (296, 3, 1, struct.pack("<H", 3)),
            (322, 4, 1, struct.pack("<I", TILE_PX)),
            (323, 4, 1, struct.pack("<I", TILE_PX)),
            (324, 16, offsets.size, offsets.astype("<u8").tobytes()),
            (325, 16, counts.size, counts.astype("<u8").tobytes()),
            (530, 3, 2, struct.pack("<2H", 2, 2)),
        ]
        self._directory(tags)

    def _data(self, data: bytes) -> tuple[int, int]:
        """Appended at an even offset; where it lies and how long it is."""
        at = self._stream.seek(0, 2)  # type: ignore[attr-defined]
        self._stream.write(data + b"\0" * (len(data) % 2))  # type: ignore[attr-defined]
        return at, len(data)

    def _directory(self, tags: list[tuple[int, int, int, bytes]]) -> None:
        entries = [
            struct.pack("<HHQ", tag, kind, count)
            + (value.ljust(8, b"\0") if len(value) <= 8 else struct.pack("<Q", self._data(value)[0]))
            for tag, kind, count, value in tags
        ]
        at, _ = self._data(struct.pack("<Q", len(entries)) + b"".join(entries) + struct.pack("<Q", 0))
        self._stream.seek(self._link)  # type: ignore[attr-defined]
        self._stream.write(struct.pack("<Q", at))  # type: ignore[attr-defined]
        self._link = at + 8 + 20 * len(entries)

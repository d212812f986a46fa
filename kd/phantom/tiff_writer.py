"""Pyramidal tiled BigTIFF, written from encoded JPEG tiles as they are made, so that no level lies in memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import tifffile

from kd.phantom.optics import RgbImage

TILE_PX = 256
SOFTWARE = "FNAScope phantom generator"


def encode_tile(tile: RgbImage, quality: int) -> bytes:
    """One 256 px tile as a JPEG stream (YCbCr, 4:2:0) with its own tables."""
    options = [
        cv2.IMWRITE_JPEG_QUALITY, quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    ]  # fmt: skip
    ok, data = cv2.imencode(".jpg", tile[:, :, ::-1], options)
    if not ok:
        raise RuntimeError("OpenCV could not encode a JPEG tile")
    return bytes(data)


def level_sizes(width: int, height: int) -> list[tuple[int, int]]:
    """(width, height) of every level: halves, rounded up, until both sides are at most 1024 px."""
    sizes = [(width, height)]
    while max(sizes[-1]) > 1024:
        w, h = sizes[-1]
        sizes.append(((w + 1) // 2, (h + 1) // 2))
    return sizes


def tile_counts(size: tuple[int, int]) -> tuple[int, int]:
    """Tiles along x and y."""
    return -(-size[0] // TILE_PX), -(-size[1] // TILE_PX)


class _Spool:
    """Encoded tiles of one reduced level, in a temporary file, in row-major order."""

    def __init__(self, folder: Path) -> None:
        self.file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by Pyramid.close
        self.lengths: list[int] = []

    def append(self, data: bytes) -> None:
        self.file.write(data)
        self.lengths.append(len(data))

    def __iter__(self) -> Iterator[bytes]:
        self.file.seek(0)
        for length in self.lengths:
            yield self.file.read(length)


@dataclass
class _Level:
    """A reduced level in the making: its spool and the rows of pixels that do not fill a tile row yet."""

    size: tuple[int, int]
    spool: _Spool
    rows: RgbImage = field(default_factory=lambda: np.zeros((0, 0, 3), np.uint8))


class Pyramid:
    """Builds the reduced levels while level 0 goes by in strips.

    `push` takes strips (h, w, 3) of level-1 pixels: h a multiple of 256, except for the last strip, and w the
    padded width. Everything beyond the image is the caller's padding.
    """

    def __init__(self, width: int, height: int, quality: int, folder: Path) -> None:
        self.sizes = level_sizes(width, height)
        self.quality = quality
        self.levels = [_Level(size, _Spool(folder)) for size in self.sizes[1:]]
        self.peak_rows = 0

    def push(self, strip: RgbImage, last: bool) -> None:
        """Adds a strip of level 1; `last` completes every level."""
        rows: RgbImage | None = strip
        for level in self.levels:
            rows = self._add(level, rows, last)

    def _add(self, level: _Level, strip: RgbImage | None, last: bool) -> RgbImage | None:
        """Adds rows to a level, encodes full tile rows, and returns their half for the next level."""
        if strip is not None:
            level.rows = strip if level.rows.size == 0 else np.concatenate([level.rows, strip])
        self.peak_rows = max(self.peak_rows, level.rows.shape[0])
        if level.rows.size == 0:
            return None
        across, down = tile_counts(level.size)
        width = across * TILE_PX
        done = len(level.spool.lengths) // across
        halves = []
        while done < down and (level.rows.shape[0] >= TILE_PX or (last and level.rows.shape[0] > 0)):
            row = _padded(level.rows[:TILE_PX], width, TILE_PX)
            for x in range(0, width, TILE_PX):
                level.spool.append(encode_tile(row[:, x : x + TILE_PX], self.quality))
            halves.append(_half(row))
            level.rows = level.rows[TILE_PX:]
            done += 1
        return np.concatenate(halves) if halves else None

    def close(self) -> None:
        """Drops the temporary files."""
        for level in self.levels:
            level.spool.file.close()


def _padded(rows: RgbImage, width: int, height: int) -> RgbImage:
    """Rows cut or edge-padded to (height, width)."""
    rows = rows[:height, :width]
    pad = ((0, height - rows.shape[0]), (0, width - rows.shape[1]), (0, 0))
    return np.pad(rows, pad, mode="edge") if pad[0][1] or pad[1][1] else rows


def _half(rows: RgbImage) -> RgbImage:
    """Area mean of 2 x 2 pixels."""
    size = (rows.shape[1] // 2, rows.shape[0] // 2)
    return np.asarray(cv2.resize(rows, size, interpolation=cv2.INTER_AREA), np.uint8)


def write_pyramid(
    path: Path,
    size: tuple[int, int],
    mpp: float,
    description: str,
    quality: int,
    strips: Callable[[Pyramid], Iterator[bytes]],
) -> None:
    """Writes a slide. `strips(pyramid)` yields level 0's encoded tiles in row-major order and feeds the pyramid.

    The file appears under its name only when complete. The mpp stands in XResolution and YResolution with unit
    centimetre, where OpenSlide's generic TIFF reader looks for it.
    """
    part = path.with_name(path.name + ".part")
    pyramid = Pyramid(size[0], size[1], quality, path.parent)
    try:
        with tifffile.TiffWriter(part, bigtiff=True) as tiff:
            for k, (width, height) in enumerate(pyramid.sizes):
                per_cm = 1e4 / (mpp * size[0] / width if k else mpp)
                tiff.write(
                    strips(pyramid) if k == 0 else iter(pyramid.levels[k - 1].spool),
                    shape=(height, width, 3),
                    dtype=np.uint8,
                    tile=(TILE_PX, TILE_PX),
                    compression="jpeg",
                    photometric="ycbcr",
                    subsampling=(2, 2),
                    subfiletype=1 if k else 0,
                    resolution=(per_cm, per_cm),
                    resolutionunit="CENTIMETER",
                    description=description if k == 0 else "",
                    software=SOFTWARE,
                    metadata=None,
                    datetime=None,
                )
        os.replace(part, path)
    finally:
        pyramid.close()
        part.unlink(missing_ok=True)

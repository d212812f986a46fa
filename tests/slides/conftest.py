"""Slides with known geometry: every 16-px block of level 0 has a colour of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile

BLOCK_PX = 16

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="session")
def block_pixels() -> Callable[..., Pixels]:
    """``block_pixels(width, height, downsample, plane)``: what a level of the known slide must hold."""

    def pixels(width: int, height: int, downsample: int = 1, plane: int = 0) -> Pixels:
        columns = np.arange(width // downsample) * downsample // BLOCK_PX
        rows = (np.arange(height // downsample) * downsample // BLOCK_PX)[:, np.newaxis]
        image = np.empty((height // downsample, width // downsample, 3), np.uint8)
        image[..., 0] = columns * 3 % 256
        image[..., 1] = rows * 5 % 256
        image[..., 2] = 255 - 16 * plane - (columns + rows) % 16
        return image

    return pixels


@pytest.fixture
def write_pyramid(tmp_path: Path, block_pixels: Callable[..., Pixels]) -> Callable[..., Path]:
    """Writes the known slide as a generic tiled TIFF pyramid; keywords go to every ``TiffWriter.write``."""

    def write(
        width: int = 1000, height: int = 700, levels: int = 3, name: str = "blocks.tif", tile: int = 128, **options: Any
    ) -> Path:
        path = tmp_path / name
        options = {"photometric": "rgb", "compression": "deflate", **options}
        with tifffile.TiffWriter(path) as writer:
            for level in range(levels):
                pixels = block_pixels(width, height, 2**level)
                writer.write(pixels, tile=(tile, tile), subfiletype=1 if level else 0, metadata=None, **options)
                options.pop("description", None)
        return path

    return write


@pytest.fixture
def write_ome(tmp_path: Path, block_pixels: Callable[..., Pixels]) -> Callable[..., Path]:
    """Writes the known slide as an OME-TIFF with focal planes and a pyramid in SubIFDs."""

    def write(
        width: int = 600,
        height: int = 400,
        levels: int = 2,
        planes: int = 3,
        name: str = "blocks.ome.tif",
        **metadata: Any,
    ) -> Path:
        path = tmp_path / name
        metadata = {"PhysicalSizeX": 0.25, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.25, **metadata}
        metadata["axes"] = "ZYXS" if planes > 1 else "YXS"
        with tifffile.TiffWriter(path, ome=True) as writer:
            for level in range(levels):
                stack = np.stack([block_pixels(width, height, 2**level, plane) for plane in range(planes)])
                writer.write(
                    stack if planes > 1 else stack[0],
                    photometric="rgb",
                    compression="deflate",
                    tile=(128, 128),
                    subifds=levels - 1 if level == 0 else None,
                    subfiletype=1 if level else 0,
                    metadata=metadata if level == 0 else None,
                )
        return path

    return write

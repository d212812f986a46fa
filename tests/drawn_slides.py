"""Small pyramidal slides with cells drawn at known places."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import tifffile

BLUE = (70, 60, 150)
RED = (150, 60, 70)
GLASS = (236, 233, 235)


def draw(
    width: int, height: int, cells: list[tuple[int, int, tuple[int, int, int]]], radius_px: int = 18
) -> np.ndarray:
    """Glass with slight texture, and a round dark cell at each (x, y, colour): uint8 (height, width, 3)."""
    rng = np.random.default_rng(0)
    image = np.full((height, width, 3), GLASS, np.uint8)
    for x, y, colour in cells:
        cv2.circle(image, (x, y), radius_px, colour, -1, cv2.LINE_AA)
        cv2.circle(image, (x + 4, y - 3), radius_px // 4, tuple(c // 2 for c in colour), -1, cv2.LINE_AA)
    noise = rng.integers(-3, 4, (height, width, 1))
    return np.clip(image.astype(np.int16) + noise, 0, 255).astype(np.uint8)


def write_slide(
    path: Path, image: np.ndarray, *, mpp: float | None = 0.25, levels: int = 3, description: str | None = None
) -> Path:
    """A tiled pyramidal TIFF that halves ``levels - 1`` times. ``mpp`` None leaves the scale out."""
    options = {"tile": (256, 256), "photometric": "rgb", "compression": "deflate", "metadata": None}
    scale = {"resolution": (1e4 / mpp, 1e4 / mpp), "resolutionunit": "CENTIMETER"} if mpp else {}
    with tifffile.TiffWriter(path) as writer:
        writer.write(image, description=description, **options, **scale)
        for _ in range(levels - 1):
            height, width = image.shape[0] // 2, image.shape[1] // 2
            image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
            writer.write(image, subfiletype=1, **options)
    return path

"""Hatch patterns for states of cells: seen without relying on colour, and moving with the slide."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

PERIOD_PX = 8
"""Device pixels (at ratio 1) after which every pattern repeats."""

_Y, _X = np.mgrid[0:PERIOD_PX, 0:PERIOD_PX]
PATTERNS = {
    "dots": (_X % 4 == 0) & ((_X + _Y) % PERIOD_PX == 0),
    "stripes": (_X + _Y) % PERIOD_PX < 2,
    "cross": ((_X + _Y) % PERIOD_PX < 1) | ((_X - _Y) % PERIOD_PX < 1),
    "back stripes": (_X - _Y) % PERIOD_PX < 1,
    "dashes": (_Y % PERIOD_PX == 4) & (_X % PERIOD_PX < 5),
}
"""Where the ink of each pattern goes, over one period."""

BITS = {name: 1 << n for n, name in enumerate(PATTERNS)}
"""A cell's code is the sum of the bits of the patterns that it gets."""


def ink(codes: npt.NDArray[np.uint8], origin: tuple[int, int], ratio: int) -> npt.NDArray[np.uint8]:
    """Of each pixel's code (H, W), the bits whose pattern has ink there.

    The patterns start at ``origin`` (x, y), in pixels of the area; ``ratio`` is the size of their dots.
    """
    height, width = codes.shape
    period = PERIOD_PX * ratio
    left, top = -origin[0] % period, -origin[1] % period
    # In steps, so that the many sizes of patches while tiles come in share one picture.
    ground = _ground(-(-height // 512) * 512, -(-width // 512) * 512, ratio)
    return np.asarray(cv2.bitwise_and(codes, ground[top : top + height, left : left + width]), np.uint8)


@lru_cache(maxsize=4)
def _ground(height: int, width: int, ratio: int) -> npt.NDArray[np.uint8]:
    """All patterns over an area and one period more, one bit each."""
    tile = sum(mask.astype(np.uint8) * BITS[name] for name, mask in PATTERNS.items())
    tile = np.kron(np.asarray(tile, np.uint8), np.ones((ratio, ratio), np.uint8))
    period = PERIOD_PX * ratio
    return np.asarray(np.tile(tile, (height // period + 2, width // period + 2)))

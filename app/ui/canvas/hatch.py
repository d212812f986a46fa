"""Hatch patterns for states of cells: seen without relying on colour, and fixed to the slide while it is panned."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PERIOD_PX = 8
"""Device pixels (at ratio 1) after which every pattern repeats."""

NAMES = ("dots", "stripes", "cross", "back stripes")


def pattern(name: str, ratio: int = 1) -> npt.NDArray[np.bool_]:
    """(PERIOD, PERIOD) mask times ``ratio``: where a pattern's ink goes. Raises KeyError for an unknown name."""
    y, x = np.mgrid[0:PERIOD_PX, 0:PERIOD_PX]
    masks = {
        "dots": (x % 4 == 0) & (y % 4 == 0),
        "stripes": (x + y) % PERIOD_PX < 2,
        "cross": ((x + y) % PERIOD_PX < 1) | ((x - y) % PERIOD_PX < 1),
        "back stripes": (x - y) % PERIOD_PX < 1,
    }
    return np.asarray(np.kron(masks[name], np.ones((ratio, ratio), bool)))


def spread(mask: npt.NDArray[np.bool_], height: int, width: int, phase: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """The pattern over an area; its start lies at ``phase`` (x, y) of the area, in pixels."""
    period_y, period_x = mask.shape
    rows = (np.arange(height) - phase[1]) % period_y
    columns = (np.arange(width) - phase[0]) % period_x
    return np.asarray(mask[rows][:, columns])

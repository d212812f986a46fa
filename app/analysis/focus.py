"""Whether a tile is in focus: how steep its edges are up close, compared with how steep they are from afar.

A blur flattens the fine slope of an edge and leaves the coarse one, whatever the contrast, stain or brightness: the
ratio of both measures the width of edges (after Zhuo and Sim 2011, defocus estimation by the gradient ratio of two
blurs). It needs no sharp part of the slide to compare with, so that a slide blurred all over is seen as such. Where
there is no edge to speak of, as on smooth colloid, nothing is said.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.slides.slide import RgbImage

SAMPLE_TILES = 48
TILE_UM = 48.0
JUDGED_MPP = 0.5
"""Tiles are judged at this scale, or as coarse as they are."""
FINE_SIGMA_PX = 0.8
COARSE_SIGMA_PX = 1.94
"""On the image reduced by two: about five times the fine blur."""
STEEP_PER_UM = 3.0
"""Grey values per um from which a coarse slope is an edge."""
MIN_EDGES = 0.01
"""Share of the tile that edges must take for it to be judged."""

OUT_OF_FOCUS_BELOW = 1.6
"""Set on tiles of two real slides, and on phantoms, blurred by Gaussians; see tests/benchmarks/focus_judge.py."""
SURE_CELLULARITY = 0.2
"""Where cells take less than this share, edges may be those of colloid, a pen stroke or dust, which are soft when
sharp; then a tile must be blurred more to be called out of focus."""
OUT_OF_FOCUS_IF_UNSURE = 1.35
MIN_CELLULARITY = 0.1
"""Tiles of which cells take less than this share are never called out of focus."""


def focus_score(tile: RgbImage, mpp: float) -> float:
    """Steepness of a tile's edges: 1 for the widest, above 2 for sharp ones; NaN when there are none to judge by.

    ``tile`` is uint8 (H, W, 3) of ``mpp`` um. The score does not depend on contrast, colour or brightness; noise
    raises it, so that the measure errs towards sharp.
    """
    grey = cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY)
    shrink = max(1, round(JUDGED_MPP / mpp))
    if shrink > 1:
        size = (max(1, grey.shape[1] // shrink), max(1, grey.shape[0] // shrink))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    half = (max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2))
    fine = cv2.resize(_slope(cv2.GaussianBlur(grey, (3, 3), FINE_SIGMA_PX)), half, interpolation=cv2.INTER_AREA)
    from_afar = cv2.GaussianBlur(cv2.resize(grey, half, interpolation=cv2.INTER_AREA), (9, 9), COARSE_SIGMA_PX)
    # A pixel from afar is two pixels wide.
    coarse = _slope(from_afar)
    edges = (coarse >= 4.0 * (STEEP_PER_UM * mpp * shrink) ** 2).ravel()
    if np.count_nonzero(edges) < MIN_EDGES * edges.size:
        return float("nan")
    # Products with a mask are several times as fast as picking the elements.
    return 4.0 * float(np.dot(fine.ravel(), edges)) / float(np.dot(coarse.ravel(), edges))


def blurred_share(picture: RgbImage, mpp: float) -> float | None:
    """Of a picture (H, W, 3) of ``mpp`` um, which share of what has edges is out of focus; None when nothing has."""
    side = max(16, round(TILE_UM / mpp))
    scores = np.array(
        [
            focus_score(np.ascontiguousarray(picture[top : top + side, left : left + side]), mpp)
            for top in range(0, max(1, picture.shape[0] - side + 1), side)
            for left in range(0, max(1, picture.shape[1] - side + 1), side)
        ]
    )
    known = ~np.isnan(scores)
    return float((scores[known] < OUT_OF_FOCUS_BELOW).mean()) if known.any() else None


def _slope(grey: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Squared slope per pixel, in grey values squared: float32 (H, W)."""
    dx, dy = cv2.spatialGradient(grey)
    slope, down = dx.astype(np.float32), dy.astype(np.float32)
    slope *= slope
    down *= down
    slope += down
    slope *= np.float32(1 / 64)
    return slope


def sample_cells(cellularity: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Row-major cells, spread evenly over the cellular tiles of a slide: a sample of what is looked at."""
    cellular = np.flatnonzero(cellularity.ravel() >= SURE_CELLULARITY)
    places = np.linspace(0, len(cellular) - 1, min(SAMPLE_TILES, len(cellular)))
    return cellular[places.astype(np.int64)]


def is_out_of_focus(score: float, cellularity: float) -> bool:
    """Whether a tile with this focus score, of which cells take the share ``cellularity``, cannot be relied on."""
    if cellularity < MIN_CELLULARITY:
        return False
    return score < (OUT_OF_FOCUS_BELOW if cellularity >= SURE_CELLULARITY else OUT_OF_FOCUS_IF_UNSURE)

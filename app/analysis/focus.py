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
_FINE, _COARSE = cv2.getGaussianKernel(3, FINE_SIGMA_PX), cv2.getGaussianKernel(9, COARSE_SIGMA_PX)
_SLOPE_SCALE = 64.0
STACK_PX = 16 * 96 * 96
"""So many pixels are judged in one go: what is made of them stays in the processor's cache."""
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
SURELY_SHARP = 1.5 * OUT_OF_FOCUS_BELOW
SURE_EDGES = 0.05
"""A tile whose middle scores so much, edges taking this share of it, is not looked at in whole. Of the tiles of a slide
up to 1.7 % fewer are called for it, at a blur about as wide as the limit (1.5 to 3 um); what is called with it is in
tests/benchmarks/results/focus_judge.md."""


def focus_score(tile: RgbImage, mpp: float) -> float:
    """The score of one tile; see ``focus_scores``."""
    return float(focus_scores(tile[None], mpp)[0])


def focus_scores(tiles: npt.NDArray[np.uint8], mpp: float, min_edges: float = MIN_EDGES) -> npt.NDArray[np.float32]:
    """Steepness of the edges of each tile: 1 for the widest, above 2 for sharp ones; NaN where there are none to judge
    by. ``tiles`` are uint8 (n, H, W, 3) of ``mpp`` um; the result is float32 (n,).

    The score does not depend on contrast, colour or brightness; noise raises it, so that the measure errs towards
    sharp.
    """
    shrink = max(1, round(JUDGED_MPP / mpp))
    height, width = (side - side % (2 * shrink) for side in tiles.shape[1:3])
    if min(height, width) < 6 * shrink:
        return np.full(len(tiles), np.nan, np.float32)
    step = max(1, STACK_PX // (height * width))
    stacks = [tiles[i : i + step, :height, :width] for i in range(0, len(tiles), step)]
    parts = [_stack_scores(stack, mpp, shrink, min_edges) for stack in stacks]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def quick_focus_scores(
    tiles: npt.NDArray[np.uint8], places: npt.NDArray[np.int64], mpp: float
) -> npt.NDArray[np.float32]:
    """As ``focus_scores`` of the tiles at these places: of the middle half of a tile's rows where that is surely sharp
    already, as it is of most tiles of most slides. The whole tile is judged where it is not, or has few edges."""
    quarter = tiles.shape[1] // 4
    scores = focus_scores(tiles[places, quarter : tiles.shape[1] - quarter], mpp, SURE_EDGES)
    unsure = np.flatnonzero(~(scores >= SURELY_SHARP))
    if len(unsure):
        scores[unsure] = focus_scores(tiles[places[unsure]], mpp)
    return scores


def _stack_scores(tiles: npt.NDArray[np.uint8], mpp: float, shrink: int, min_edges: float) -> npt.NDArray[np.float32]:
    """One pass over tiles that lie below each other in one picture: a pass over each would be calls more than work."""
    count, height, width = tiles.shape[:3]
    grey = cv2.cvtColor(np.ascontiguousarray(tiles).reshape(count * height, width, 3), cv2.COLOR_RGB2GRAY)
    if shrink > 1:
        height, width = height // shrink, width // shrink
        grey = cv2.resize(grey, (width, count * height), interpolation=cv2.INTER_AREA)
    half = (width // 2, count * height // 2)
    # The rows in which the filters would see the next tile are left out: of the fine slope two, which is one when
    # halved; from afar it sees further, so that mirrored rows come between.
    near = cv2.sepFilter2D(grey, cv2.CV_8U, _FINE, _FINE)
    fine = cv2.resize(_slope(near), half, interpolation=cv2.INTER_AREA).reshape(count, -1, half[0])[:, 1:-1]
    halved = cv2.resize(grey, half, interpolation=cv2.INTER_AREA).reshape(count, -1, half[0])
    mirrored = halved[:, np.pad(np.arange(height // 2), len(_COARSE) // 2, mode="reflect")]
    from_afar = cv2.sepFilter2D(mirrored.reshape(-1, half[0]), cv2.CV_8U, _COARSE, _COARSE)
    beyond = len(_COARSE) // 2 + 1
    # A pixel from afar is two pixels wide.
    coarse = _slope(from_afar).reshape(count, -1, half[0])[:, beyond:-beyond]
    # Products with a mask are several times as fast as picking the elements.
    edges = (coarse >= 4.0 * _SLOPE_SCALE * (STEEP_PER_UM * mpp * shrink) ** 2).astype(np.float32)
    steep = np.einsum("ijk,ijk->i", fine, edges)
    steep_from_afar = np.einsum("ijk,ijk->i", coarse, edges)
    judged = edges.sum((1, 2)) >= min_edges * edges[0].size
    scores = np.full(count, np.nan, np.float32)
    np.divide(4.0 * steep, steep_from_afar, out=scores, where=judged & (steep_from_afar > 0))
    return scores


def blurred_share(picture: RgbImage, mpp: float) -> float | None:
    """Of a picture (H, W, 3) of ``mpp`` um, which share of what has edges is out of focus; None when nothing has."""
    side = max(16, round(TILE_UM / mpp))
    scores = np.array(
        [
            focus_score(picture[top : top + side, left : left + side], mpp)
            for top in range(0, max(1, picture.shape[0] - side + 1), side)
            for left in range(0, max(1, picture.shape[1] - side + 1), side)
        ]
    )
    known = ~np.isnan(scores)
    return float((scores[known] < OUT_OF_FOCUS_BELOW).mean()) if known.any() else None


def _slope(grey: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Squared slope per pixel, in grey values squared times ``_SLOPE_SCALE``: float32 (H, W)."""
    dx, dy = cv2.spatialGradient(grey)
    slope, down = dx.astype(np.float32), dy.astype(np.float32)
    slope *= slope
    down *= down
    slope += down
    return slope


def sample_cells(cellularity: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Row-major cells, spread evenly over the cellular tiles of a slide: a sample of what is looked at."""
    cellular = np.flatnonzero(cellularity.ravel() >= SURE_CELLULARITY)
    places = np.linspace(0, len(cellular) - 1, min(SAMPLE_TILES, len(cellular)))
    return cellular[places.astype(np.int64)]


def is_out_of_focus(score: float, cellularity: float) -> bool:
    """Whether a tile with this focus score, of which cells take the share ``cellularity``, cannot be relied on."""
    return bool(are_out_of_focus(np.array([score]), np.array([cellularity]))[0])


def are_out_of_focus(scores: npt.NDArray[Any], cellularity: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """``is_out_of_focus`` of many tiles."""
    least = np.where(cellularity >= SURE_CELLULARITY, OUT_OF_FOCUS_BELOW, OUT_OF_FOCUS_IF_UNSURE)
    found: npt.NDArray[np.bool_] = (cellularity >= MIN_CELLULARITY) & (scores < least)
    return found

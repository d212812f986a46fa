"""Whether a tile is in focus, judged against the slide's own cellular tiles."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from app.slides.slide import RgbImage

SAMPLE_TILES = 48
OUT_OF_FOCUS_SHARE = 0.04
"""A tile is out of focus below this share of the upper quartile of the sample's sharpness. On a real slide at 0.5 um
per pixel a Gaussian blur of 0.75 um leaves .11 of it (median), 1 um .05, 1.5 um .02, 2 um .01; no cellular tile of
that slide as scanned is below .17."""
MIN_CELLULARITY = 0.2
"""Only tiles of which cells take at least this share are judged: colloid and pen strokes are smooth when sharp. On
phantom slides this calls .1 to .6 % of such tiles out of focus."""
MIN_SAMPLE = 8


def sharpness(tile: RgbImage) -> float:
    """Share of fine detail in a tile's contrast, at half size: variance of the Laplacian over variance of the grey
    values.

    After Pech-Pacheco et al. 2000 (variance of Laplacian); the division makes pale and dark tiles comparable.
    Noise makes a tile look sharper, so that the measure errs towards sharp.
    """
    height, width = tile.shape[:2]
    grey = cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY)
    half = cv2.resize(grey, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    _, contrast = cv2.meanStdDev(half)
    _, detail = cv2.meanStdDev(cv2.Laplacian(half, cv2.CV_16S))
    return float(detail[0, 0] ** 2 / (contrast[0, 0] ** 2 + 1.0))


def sample_cells(cellularity: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Row-major cells, spread evenly over the cellular tiles of a slide; it depends on nothing but the slide, so that
    a resumed run judges as an unbroken one."""
    cellular = np.flatnonzero(cellularity.ravel() >= MIN_CELLULARITY)
    places = np.linspace(0, len(cellular) - 1, min(SAMPLE_TILES, len(cellular)))
    return cellular[places.astype(np.int64)]


class FocusJudge:
    """Compares cellular tiles with a sample of the slide's own. A slide that is blurred all over, or nearly, has
    nothing to compare with, and nothing on it is called out of focus."""

    def __init__(self, sample: Sequence[RgbImage]) -> None:
        values = [sharpness(tile) for tile in sample]
        enough = len(values) >= MIN_SAMPLE
        self.threshold = OUT_OF_FOCUS_SHARE * float(np.quantile(values, 0.75)) if enough else 0.0

    def is_out_of_focus(self, tile: RgbImage, cellularity: float) -> bool:
        """``cellularity`` is the share of the tile that cells take."""
        return cellularity >= MIN_CELLULARITY and sharpness(tile) < self.threshold

"""Whether a tile is in focus, judged against the slide's own cellular tiles."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from app.slides.slide import RgbImage

SAMPLE_TILES = 48
OUT_OF_FOCUS_SHARE = 0.06
"""A tile is out of focus below this share of the typical sharpness. On a real slide at 0.5 um per pixel a Gaussian
blur of 0.75 um leaves .09 of it (median), 1 um .04, 1.5 um .02, and no tile of that slide as scanned is below .07:
only what is clearly defocused is left out."""
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


class FocusJudge:
    """Compares tiles with a sample of the slide's most cellular ones. A slide that is blurred all over has
    nothing to compare with, and nothing on it is called out of focus."""

    def __init__(self, sample: Sequence[RgbImage]) -> None:
        values = [sharpness(tile) for tile in sample]
        self.threshold = OUT_OF_FOCUS_SHARE * float(np.median(values)) if len(values) >= MIN_SAMPLE else 0.0

    def is_out_of_focus(self, tile: RgbImage) -> bool:
        return sharpness(tile) < self.threshold

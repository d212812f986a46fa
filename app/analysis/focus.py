"""Whether a tile is in focus, judged against the slide's own cellular tiles."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from app.slides.slide import RgbImage

SAMPLE_TILES = 48
OUT_OF_FOCUS_SHARE = 0.15
"""A tile is out of focus below this share of the typical sharpness: clearly defocused ones only."""
MIN_SAMPLE = 8


def sharpness(tile: RgbImage) -> float:
    """Share of fine detail in a tile's contrast: variance of the Laplacian over variance of the grey values.

    After Pech-Pacheco et al. 2000 (variance of Laplacian); the division makes pale and dark tiles comparable.
    Noise makes a tile look sharper, so that the measure errs towards sharp.
    """
    grey = tile.mean(axis=2, dtype=np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.0)
    contrast = float(smooth.var())
    return float(cv2.Laplacian(smooth, cv2.CV_32F).var()) / (contrast + 1.0)


class FocusJudge:
    """Compares tiles with a sample of the slide's most cellular ones. A slide that is blurred all over has
    nothing to compare with, and nothing on it is called out of focus."""

    def __init__(self, sample: Sequence[RgbImage]) -> None:
        values = [sharpness(tile) for tile in sample]
        self.threshold = OUT_OF_FOCUS_SHARE * float(np.median(values)) if len(values) >= MIN_SAMPLE else 0.0

    def is_out_of_focus(self, tile: RgbImage) -> bool:
        return sharpness(tile) < self.threshold

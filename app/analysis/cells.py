"""Evidence for cells at low power, in terms that do not depend on the stain.

Nuclear dyes of cytology (haematoxylin, azure and methylene blue) absorb red light, while what colours blood,
colloid and keratin (haemoglobin, eosin, orange G) hardly does. So a nucleus, and a dense group of cells, is a
blob in the optical density of the red channel: it stands out from its surroundings, and its density falls off on
all sides. Asking for both leaves out what is merely dark: thin film, the inside and the border of pen strokes,
glass edges, long fibres, the shore of a colloid lake. Optical density makes a uniform change of light or glass an
offset, which differences do not see. Difference of Gaussians and Hessian after Lindeberg 1998 (feature detection
with automatic scale selection); two fixed scales do here.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from app.slides.slide import RgbImage

WORKING_MPP = 2.0
"""Scale at which cells are sought: a nucleus of 7 um is still 3.5 px wide, and a whole slide takes seconds."""
PITCH_UM = 8.0
MARGIN_UM = 64.0
"""What an image must show beyond its part of the map, so that filters see no edge."""

FloatMap = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BlobScale:
    """``sigma_um`` of the blob; ``contrast`` and ``curvature`` in optical density that it must reach."""

    sigma_um: float
    contrast: float
    curvature: float


NUCLEUS = BlobScale(2.2, 0.025, 0.0075)
"""Set on four phantom slides, two of each stain, and on half of the labelled boxes of one real slide. Tiles with
the palest nuclei reach 1.1 times as much on the phantoms and 1.9 times on the real slide, empty glass there .4."""
GROUP = BlobScale(5.5, 0.05, 0.02)
"""Groups so thick or crushed that no nucleus shows."""
SURROUNDINGS = 3.0
"""The surroundings that a blob is compared with are this many times as wide."""

_RED_DENSITY = (-np.log10((np.arange(256, dtype=np.float32) + 1.0) / 256.0)).astype(np.float32)


def cell_evidence(image: RgbImage, mpp: float) -> FloatMap:
    """Evidence per pixel of an RGB image (H, W, 3) of ``mpp`` um, best near ``WORKING_MPP``: float32 (H, W), 1 and
    above where cells are."""
    density = np.asarray(cv2.LUT(np.ascontiguousarray(image[..., 0]), _RED_DENSITY), np.float32)
    evidence = _blob(density, mpp, NUCLEUS)
    height, width = density.shape
    half = cv2.resize(density, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    group = _blob(np.asarray(half, np.float32), 2.0 * mpp, GROUP)
    return np.maximum(evidence, cv2.resize(group, (width, height), interpolation=cv2.INTER_LINEAR))


def _blob(density: FloatMap, mpp: float, scale: BlobScale) -> FloatMap:
    sigma = scale.sigma_um / mpp
    near = cv2.GaussianBlur(density, (0, 0), sigma)
    # Blurring the blurred map by the rest is the same, and cheaper.
    around = cv2.GaussianBlur(near, (0, 0), sigma * np.sqrt(SURROUNDINGS**2 - 1.0))
    contrast = near - around
    xx = cv2.Sobel(near, cv2.CV_32F, 2, 0, ksize=3, scale=0.25)
    yy = cv2.Sobel(near, cv2.CV_32F, 0, 2, ksize=3, scale=0.25)
    xy = cv2.Sobel(near, cv2.CV_32F, 1, 1, ksize=3, scale=0.25)
    # The weaker of the two principal curvatures: none along an edge or a line.
    bend = cv2.magnitude((xx - yy) * 0.5, xy)
    curvature = (-0.5 * (xx + yy) - bend) * (sigma * sigma)
    return np.asarray(np.minimum(contrast / scale.contrast, curvature / scale.curvature), np.float32)

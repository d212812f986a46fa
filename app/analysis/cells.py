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

LOOK_PX = 64
"""Side of the squares in which a first look is taken; no filter reaches further at ``WORKING_MPP`` or half of it."""
REACH_PX = 2 * LOOK_PX

_RED_DENSITY = (-np.log10((np.arange(256, dtype=np.float32) + 1.0) / 256.0)).astype(np.float32)


def cell_evidence(image: RgbImage, mpp: float) -> FloatMap:
    """Evidence per pixel of an RGB image (H, W, 3) of ``mpp`` um, best near ``WORKING_MPP``: float32 (H, W), 1 and
    above where cells are; below 1 the value says nothing, and is 0 where a first look saw nothing stand out."""
    red = np.asarray(cv2.extractChannel(image, 0), np.uint8)
    evidence = np.zeros(red.shape, np.float32)
    part = _part_with_contrast(red, mpp)
    if part is not None:
        # Squares are even, so the halved picture of a part has the pixels that it has in the whole.
        rows, columns = part
        top, left = max(0, rows.start - REACH_PX), max(0, columns.start - REACH_PX)
        wider = red[top : rows.stop + REACH_PX, left : columns.stop + REACH_PX]
        inner = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
        evidence[part] = _full_evidence(wider, mpp)[inner]
    return evidence


def _part_with_contrast(red: npt.NDArray[np.uint8], mpp: float) -> tuple[slice, slice] | None:
    """The rows and columns around all squares that differ in themselves, or from those beside them, by half of what
    the palest nucleus needs; None where there is none, as on most of the glass of a large slide.

    Where nothing differs, nothing can stand out from its surroundings. Half: this looks at brightness in whole
    numbers, the filters at density.
    """
    near = cv2.GaussianBlur(red, (0, 0), NUCLEUS.sigma_um / mpp)
    height, width = near.shape
    padded = np.pad(near, ((0, -height % LOOK_PX), (0, -width % LOOK_PX)), mode="edge")
    shape = len(padded) // LOOK_PX, LOOK_PX, padded.shape[1]
    brightest = padded.reshape(shape).max(axis=1).reshape(shape[0], -1, LOOK_PX).max(axis=2)
    darkest = padded.reshape(shape).min(axis=1).reshape(shape[0], -1, LOOK_PX).min(axis=2)
    around = np.ones((3, 3), np.uint8)
    least, most = _RED_DENSITY[cv2.dilate(brightest, around)], _RED_DENSITY[cv2.erode(darkest, around)]
    differs = most - least >= 0.5 * NUCLEUS.contrast
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if len(rows) == 0:
        return None
    return (
        slice(int(rows[0]) * LOOK_PX, min(height, (int(rows[-1]) + 1) * LOOK_PX)),
        slice(int(columns[0]) * LOOK_PX, min(width, (int(columns[-1]) + 1) * LOOK_PX)),
    )


def _full_evidence(red: npt.NDArray[np.uint8], mpp: float) -> FloatMap:
    density = np.asarray(cv2.LUT(red, _RED_DENSITY), np.float32)
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

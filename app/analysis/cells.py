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

RED_DENSITY = (-np.log10((np.arange(256, dtype=np.float32) + 1.0) / 256.0)).astype(np.float32)


class Scratch:
    """Memory for the maps of one thread: made once and used again, for taking it anew costs as much as the filters."""

    def __init__(self) -> None:
        self._kept: dict[str, FloatMap] = {}

    def map(self, name: str, shape: tuple[int, ...]) -> FloatMap:
        """A map (H, W) of undefined content; the one that had this name before is given up."""
        wanted = shape[0] * shape[1]
        kept = self._kept.get(name)
        if kept is None or kept.size < wanted:
            kept = self._kept[name] = np.empty(wanted, np.float32)
        return kept[:wanted].reshape(shape)


def cell_evidence(image: RgbImage, mpp: float, scratch: Scratch | None = None) -> FloatMap:
    """Evidence per pixel of an RGB image (H, W, 3) of ``mpp`` um, best near ``WORKING_MPP``: float32 (H, W), 1 and
    above where cells are; below 1 the value says nothing, and is 0 where a first look saw nothing stand out.
    It lies in ``scratch`` where one is given."""
    scratch = scratch or Scratch()
    red = np.asarray(cv2.extractChannel(image, 0), np.uint8)
    evidence = scratch.map("evidence", red.shape)
    evidence.fill(0.0)
    part = _part_with_contrast(red, mpp)
    if part is not None:
        # Squares are even, so the halved picture of a part has the pixels that it has in the whole.
        rows, columns = part
        top, left = max(0, rows.start - REACH_PX), max(0, columns.start - REACH_PX)
        wider = red[top : rows.stop + REACH_PX, left : columns.stop + REACH_PX]
        inner = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
        evidence[part] = _full_evidence(wider, mpp, scratch)[inner]
    return evidence


def _part_with_contrast(red: npt.NDArray[np.uint8], mpp: float) -> tuple[slice, slice] | None:
    """The rows and columns around all squares that differ in themselves, or from those beside them, by half of what
    the palest nucleus needs; None where there is none, as on most of the glass of a large slide.

    Where nothing differs, nothing can stand out from its surroundings. Half: this looks at brightness in whole
    numbers, the filters at density.
    """
    near = cv2.GaussianBlur(red, (0, 0), NUCLEUS.sigma_um / mpp)
    height, width = near.shape
    padded = np.pad(np.asarray(near, np.uint8), ((0, -height % LOOK_PX), (0, -width % LOOK_PX)), mode="edge")
    darkest, brightest = extremes(padded, (LOOK_PX, LOOK_PX))
    around = np.ones((3, 3), np.uint8)
    least, most = RED_DENSITY[cv2.dilate(brightest, around)], RED_DENSITY[cv2.erode(darkest, around)]
    differs = most - least >= 0.5 * NUCLEUS.contrast
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if len(rows) == 0:
        return None
    return (
        slice(int(rows[0]) * LOOK_PX, min(height, (int(rows[-1]) + 1) * LOOK_PX)),
        slice(int(columns[0]) * LOOK_PX, min(width, (int(columns[-1]) + 1) * LOOK_PX)),
    )


def extremes(red: npt.NDArray[np.uint8], sides: tuple[int, int]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Darkest and brightest pixel of each rectangle of ``sides`` (width, height) pixels that a channel (H, W) is cut
    into; both sides of the channel are multiples of them."""
    width, height = sides
    rows = red.reshape(len(red) // height, height, red.shape[1])
    shape = len(rows), -1, width
    return rows.min(axis=1).reshape(shape).min(axis=2), rows.max(axis=1).reshape(shape).max(axis=2)


def _full_evidence(red: npt.NDArray[np.uint8], mpp: float, scratch: Scratch) -> FloatMap:
    height, width = red.shape
    density = cv2.LUT(red, RED_DENSITY, dst=scratch.map("density", red.shape))
    evidence = _blob(density, mpp, NUCLEUS, scratch, scratch.map("nuclei", red.shape))
    shape = max(1, height // 2), max(1, width // 2)
    half = cv2.resize(density, shape[::-1], dst=scratch.map("half", shape), interpolation=cv2.INTER_AREA)
    group = _blob(half, 2.0 * mpp, GROUP, scratch, scratch.map("groups", shape))
    groups = cv2.resize(group, (width, height), dst=density, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.max(evidence, groups, dst=evidence), np.float32)


def _blob(density: cv2.typing.MatLike, mpp: float, scale: BlobScale, scratch: Scratch, found: FloatMap) -> FloatMap:
    sigma = scale.sigma_um / mpp
    shape = density.shape
    near = cv2.GaussianBlur(density, (0, 0), sigma, dst=scratch.map("near", shape))
    # Blurring the blurred map by the rest is the same, and cheaper.
    around = cv2.GaussianBlur(near, (0, 0), sigma * np.sqrt(SURROUNDINGS**2 - 1.0), dst=scratch.map("around", shape))
    contrast = cv2.addWeighted(near, 1.0 / scale.contrast, around, -1.0 / scale.contrast, 0.0, dst=found)
    half = 0.5 * 0.25 * sigma * sigma / scale.curvature
    xx = cv2.Sobel(near, cv2.CV_32F, 2, 0, ksize=3, scale=half, dst=around)
    yy = cv2.Sobel(near, cv2.CV_32F, 0, 2, ksize=3, scale=half, dst=scratch.map("yy", shape))
    xy = cv2.Sobel(near, cv2.CV_32F, 1, 1, ksize=3, scale=2.0 * half, dst=scratch.map("xy", shape))
    # The weaker of the two principal curvatures: none along an edge or a line.
    bend = cv2.magnitude(cv2.subtract(xx, yy, dst=near), xy, xy)
    curvature = cv2.addWeighted(cv2.add(xx, yy, dst=xx), -1.0, bend, -1.0, 0.0, dst=xx)
    return np.asarray(cv2.min(contrast, curvature, dst=found), np.float32)

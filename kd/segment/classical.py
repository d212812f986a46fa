"""Segmentation without a network, for comparison: thresholds on stain density, set as favourably as can be.

Nucleus: Otsu's threshold (1979) times a factor, on a channel in which nuclei are dark. Cell: the same on the distance
from the colour of the tile's border. The cell is then the filled component nearest the middle, which the data are
centred on and the network is not told; the nucleus lies within it. Channels, smoothing and factors are chosen on the
training images, the factors by mean Dice: ``fit`` tries every combination.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kd.segment.classes import CYTOPLASM, NUCLEUS
from kd.segment.overlap import dice_table

Images = npt.NDArray[np.uint8]
FloatImage = npt.NDArray[np.float32]

NUCLEUS_CHANNELS = ("red", "green", "saturation", "redness")
CELL_CHANNELS = ("lab", "rgb")
FACTORS = (0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3)


@dataclass(frozen=True)
class Thresholds:
    """Channels, and factors on Otsu's thresholds."""

    nucleus_channel: str
    nucleus_factor: float
    cell_channel: str
    cell_factor: float


def classical_masks(images: Images, settings: Thresholds) -> Images:
    """Class indices uint8 (n, H, W) of images uint8 (n, H, W, 3)."""
    return np.stack([_mask(image, settings) for image in images])


def fit(images: Images, masks: Images) -> Thresholds:
    """The best settings on labelled images. Nucleus first, against the true cell; then the cell with that nucleus."""
    cells = masks > 0
    best, chosen = -1.0, ("red", 1.0)
    for channel, factor in itertools.product(NUCLEUS_CHANNELS, FACTORS):
        found = np.stack([_nucleus(i, channel, factor) & c for i, c in zip(images, cells, strict=True)])
        score = _mean_dice(found, masks == NUCLEUS)
        if score > best:
            best, chosen = score, (channel, factor)
    best, result = -1.0, Thresholds(*chosen, "lab", 1.0)
    for channel, factor in itertools.product(CELL_CHANNELS, FACTORS):
        settings = Thresholds(*chosen, channel, factor)
        score = float(np.nanmean(dice_table(classical_masks(images, settings), masks)["mean"]))
        if score > best:
            best, result = score, settings
    return result


def _mask(image: Images, settings: Thresholds) -> Images:
    nucleus = _nucleus(image, settings.nucleus_channel, settings.nucleus_factor)
    far = _from_border(image, settings.cell_channel)
    cell = _central(_fill((far > settings.cell_factor * _otsu(far)) | nucleus))
    mask = np.where(cell, CYTOPLASM, 0).astype(np.uint8)
    mask[nucleus & cell] = NUCLEUS
    return mask


def _nucleus(image: Images, channel: str, factor: float) -> npt.NDArray[np.bool_]:
    values = _channel(image, channel)
    dark = (values > factor * _otsu(values)).astype(np.uint8)
    opened = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(opened > 0)


def _channel(image: Images, name: str) -> FloatImage:
    """A channel in which nuclei are bright, 0..255."""
    if name in ("red", "green"):
        density = 255.0 - image[..., 0 if name == "red" else 1].astype(np.float32)
    elif name == "saturation":
        density = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)[..., 1].astype(np.float32)
    else:  # absorption in green over that in blue: nuclei are purple whatever the ground
        parts = image.astype(np.float32) + 16.0
        density = np.clip(255.0 - 160.0 * parts[..., 1] / parts[..., 2], 0, 255)
    return np.asarray(cv2.GaussianBlur(density, (0, 0), 0.8), np.float32)


def _from_border(image: Images, space: str) -> FloatImage:
    values = cv2.cvtColor(image, cv2.COLOR_RGB2LAB) if space == "lab" else image
    values = cv2.GaussianBlur(values.astype(np.float32), (0, 0), 0.8)
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    distance = np.linalg.norm(values - np.median(border, axis=0), axis=2)
    return np.asarray(np.minimum(distance, 255.0), np.float32)


def _otsu(values: FloatImage) -> float:
    threshold, _ = cv2.threshold(values.astype(np.uint8), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return float(threshold)


def _fill(region: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    opened = cv2.morphologyEx(region.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(opened)
    cv2.drawContours(filled, contours, -1, 1, cv2.FILLED)
    return np.asarray(filled, np.uint8)


def _central(region: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """The component that weighs most, each pixel by its nearness to the middle."""
    count, labels = cv2.connectedComponents(region)
    if count < 2:
        return np.asarray(region > 0)
    height, width = region.shape
    rows, columns = np.mgrid[:height, :width]
    near = np.exp(-((rows - height / 2) ** 2 + (columns - width / 2) ** 2) / (2 * (min(height, width) / 4) ** 2))
    weights = np.bincount(labels.ravel(), near.ravel(), count)
    return np.asarray(labels == 1 + int(weights[1:].argmax()))


def _mean_dice(found: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
    both, total = (found & truth).sum((1, 2)), found.sum((1, 2)) + truth.sum((1, 2))
    return float((2.0 * both / np.maximum(total, 1)).mean())

"""Cytoplasm of groups: delicate, shared by neighbours, with cell borders half-way between nuclei."""

from __future__ import annotations

import cv2
import numpy as np

from kd.phantom.canvas import Canvas
from kd.phantom.noise import FloatImage, blur
from kd.phantom.nuclei import Nuclei


def draw_cytoplasm(canvas: Canvas, nuclei: Nuclei, oncocytic: float) -> None:
    """Fills the surroundings of nuclei with cytoplasm on planes "cyto" and "onco" (granular, eosinophilic).

    `oncocytic` in [0, 1] moves the dye from one to the other and enlarges the cells.
    """
    shape, mpp = nuclei.shape, canvas.mpp
    if shape.cytoplasm < 0.02 or len(nuclei) == 0:
        return
    # A coarse grid is enough for something this soft; 0.5 um keeps borders thin.
    step = max(1, round(0.5 / mpp))
    height, width = -(-canvas.height // step) + 1, -(-canvas.width // step) + 1
    seeds = np.ones((height, width), np.uint8)
    gx = np.clip((nuclei.x / mpp - canvas.x_px) / step, 0, width - 1).astype(int)
    gy = np.clip((nuclei.y / mpp - canvas.y_px) / step, 0, height - 1).astype(int)
    seeds[gy, gx] = 0
    distance, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    unit = step * mpp
    order = labels[gy, gx]
    per_cell = np.ones(int(labels.max()) + 1, np.float32)
    per_cell[order] = np.exp(0.25 * (nuclei.u[:, 3] - 0.5) * 2.0).astype(np.float32)
    reach = np.full(int(labels.max()) + 1, shape.reach, np.float32) * np.float32(1.0 + 0.35 * oncocytic)
    reach[order] *= (nuclei.diameter * (0.85 + 0.3 * nuclei.u[:, 4])).astype(np.float32)
    uneven = _uneven(canvas, height, width, step)
    inside = (reach[labels] * (1.0 + 0.13 * uneven) - np.asarray(distance, np.float32) * unit) / 0.9
    body = np.clip(inside + 0.5, 0.0, 1.0) * per_cell[labels] * (1.0 + 0.10 * uneven)
    if shape.border > 0.02:
        edge = np.zeros((height, width), np.float32)
        edge[:, 1:][labels[:, 1:] != labels[:, :-1]] = 1.0
        edge[1:][labels[1:] != labels[:-1]] = 1.0
        body += np.float32(1.6 * shape.border / shape.cytoplasm * 0.3) * blur(edge, 0.45 / unit) * np.minimum(body, 1.0)
    body = blur(body.astype(np.float32), 0.4 / unit)
    big = cv2.resize(body, (width * step, height * step), interpolation=cv2.INTER_LINEAR)
    big = np.asarray(big[: canvas.height, : canvas.width], np.float32) * np.float32(shape.cytoplasm)
    big = big * (1.0 + np.float32(0.16 + 0.3 * oncocytic) * _grain(canvas))
    if oncocytic > 0.02:
        canvas.plane("onco")[:] += np.float32(1.25 * oncocytic) * big
    canvas.plane("cyto")[:] += np.float32(1.0 - 0.7 * oncocytic) * big


def _uneven(canvas: Canvas, height: int, width: int, step: int) -> FloatImage:
    """Low-frequency unevenness on the coarse grid."""
    tex = canvas.atlas
    x0, y0, _, _ = canvas.bounds
    cloud = tex.cloud_at(tex.cloud, x0, y0, (max(2, height), max(2, width)), 0.14 * step)
    return np.asarray(cv2.resize(cloud, (width, height)), np.float32)


def _grain(canvas: Canvas) -> FloatImage:
    """Granularity of the cytoplasm over the whole canvas (the grain texture repeated)."""
    grain = canvas.atlas.granular
    n = grain.shape[0]
    repeats = (-(-canvas.height // n), -(-canvas.width // n))
    return np.tile(grain, repeats)[: canvas.height, : canvas.width]

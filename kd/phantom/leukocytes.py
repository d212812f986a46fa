"""Macrophages (foamy, pigmented) and neutrophils, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kd.phantom.canvas import Canvas
from kd.phantom.morphology import LYMPHOCYTE, vary
from kd.phantom.noise import blur
from kd.phantom.nuclei import Nuclei, draw_nuclei, draw_nuclei_set

_STEPS = 40
_THETA = np.arange(_STEPS) * (2.0 * np.pi / _STEPS)


@dataclass(frozen=True)
class BigCells:
    """n macrophages or neutrophils: body contours (n, 40) in um, and `u` (n, 12) fixed chances."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    radius: NDArray[np.float64]
    outline: NDArray[np.float64]
    cytoplasm: NDArray[np.float64]
    foam: NDArray[np.float64]
    pigment: NDArray[np.float64]
    grain: tuple[NDArray[np.float64], ...]
    """Per cell: pigment grains (k, 3): x, y, radius in um relative to the centre."""
    u: NDArray[np.float64]


def draw_macrophages(rng: np.random.Generator, xy: NDArray[np.float64], scale: float) -> tuple[BigCells, Nuclei]:
    """Macrophages at (n, 2) um: foamy bodies of 7-14 um radius, eccentric oval or bean-shaped nuclei."""
    n = len(xy)
    radius = scale * rng.uniform(6.5, 12.5, n)
    wave = sum(
        rng.normal(0.0, 0.07 / k, (n, 1)) * np.cos(k * _THETA[None] + rng.uniform(0, 6.28, (n, 1))) for k in range(2, 7)
    )
    pigmented = rng.random() < 0.45
    pigment = np.where(rng.random(n) < 0.6, rng.uniform(0.3, 1.0, n), 0.0) * pigmented
    grains = []
    for k in range(n):
        m = int(pigment[k] * rng.integers(8, 40))
        r, t = radius[k] * 0.85 * np.sqrt(rng.random(m)), rng.uniform(0, 6.28, m)
        grains.append(np.stack([r * np.cos(t), r * np.sin(t), rng.uniform(0.25, 0.75, m)], axis=1))
    cells = BigCells(
        xy[:, 0], xy[:, 1], radius, radius[:, None] * (1.0 + wave), rng.uniform(0.22, 0.6, n),
        rng.uniform(0.3, 1.0, n), pigment, tuple(grains), rng.random((n, 12)),
    )  # fmt: skip
    shape = vary(LYMPHOCYTE, rng, 1.0)
    turn = rng.uniform(0, 6.28, n)
    away = radius * rng.uniform(0.1, 0.55, n)
    where = xy + away[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    nuclei = draw_nuclei_set(rng, where, rng.uniform(0, np.pi, n), shape)
    nuclei = Nuclei(
        nuclei.x, nuclei.y, nuclei.diameter * rng.uniform(0.95, 1.3, n), nuclei.aspect * rng.uniform(1.0, 1.5, n),
        nuclei.angle, nuclei.chromatin * rng.uniform(0.65, 0.95, n), nuclei.waves * 1.6, nuclei.u, shape,
    )  # fmt: skip
    return cells, nuclei


def draw_neutrophils(rng: np.random.Generator, xy: NDArray[np.float64], scale: float) -> tuple[BigCells, Nuclei]:
    """Neutrophils at (n, 2) um: bodies of 5-6 um radius, each with 2-4 dark lobes (returned as nuclei)."""
    n = len(xy)
    radius = scale * rng.uniform(4.6, 6.2, n)
    wave = sum(
        rng.normal(0.0, 0.06 / k, (n, 1)) * np.cos(k * _THETA[None] + rng.uniform(0, 6.28, (n, 1))) for k in range(2, 5)
    )
    cells = BigCells(
        xy[:, 0], xy[:, 1], radius, radius[:, None] * (1.0 + wave), rng.uniform(0.10, 0.26, n), np.zeros(n),
        np.zeros(n), tuple(np.zeros((0, 3)) for _ in range(n)), rng.random((n, 12)),
    )  # fmt: skip
    where, turn = [], []
    for k in range(n):
        lobes = int(rng.integers(2, 5))
        start, bow = rng.uniform(0, 6.28), rng.uniform(0.7, 1.25)
        for lobe in range(lobes):
            t = start + bow * (lobe - (lobes - 1) / 2.0)
            where.append(xy[k] + radius[k] * 0.42 * np.array([np.cos(t), np.sin(t)]) + rng.normal(0, 0.2, 2))
            turn.append(t + np.pi / 2)
    shape = vary(LYMPHOCYTE, rng, 0.7)
    nuclei = draw_nuclei_set(rng, np.array(where).reshape(-1, 2), np.array(turn), shape)
    m = len(nuclei)
    nuclei = Nuclei(
        nuclei.x, nuclei.y, scale * rng.uniform(2.4, 3.9, m), nuclei.aspect * rng.uniform(1.1, 1.6, m),
        nuclei.angle, nuclei.chromatin * rng.uniform(1.0, 1.25, m), nuclei.waves, nuclei.u, shape,
    )  # fmt: skip
    return cells, nuclei


def draw_bodies(canvas: Canvas, cells: BigCells) -> None:
    """Cell bodies with foam and pigment grains."""
    mpp, tex = canvas.mpp, canvas.atlas
    for i in range(len(cells.x)):
        reach = float(cells.outline[i].max())
        half = int(np.ceil(reach / mpp)) + 3
        size = 2 * half + 1
        px, py = cells.x[i] / mpp, cells.y[i] / mpp
        x0, y0 = int(np.floor(px)) - half, int(np.floor(py)) - half
        cx, cy = px - x0 - 0.5, py - y0 - 0.5
        polygon = np.stack(
            [cx + cells.outline[i] / mpp * np.cos(_THETA), cy + cells.outline[i] / mpp * np.sin(_THETA)], axis=1
        )
        mask = np.zeros((size, size), np.uint8)
        cv2.fillPoly(mask, [np.rint(polygon * 16).astype(np.int32)[:, None, :]], 255, cv2.LINE_AA, 4)
        body = blur(mask.astype(np.float32) / np.float32(255), 0.5 / mpp)
        u = cells.u[i]
        foam = tex.grain(tex.foam, u[0], u[1], size)
        strength = np.float32(0.9 * cells.foam[i])
        body = body * (1.0 - strength + strength * foam) * (1.0 + 0.15 * tex.grain(tex.granular, u[2], u[3], size))
        body = body.astype(np.float32) * np.float32(cells.cytoplasm[i])
        canvas.add("cyto", np.float32(0.45 + 0.5 * u[4]) * body, x0, y0)
        canvas.add("onco", np.float32(0.1 + 0.4 * u[5]) * body, x0, y0)
        if len(cells.grain[i]):
            _pigment(canvas, cells, i, (cx, cy), x0, y0, size)


def _pigment(canvas: Canvas, cells: BigCells, i: int, centre: tuple[float, float], x0: int, y0: int, size: int) -> None:
    """Hemosiderin grains."""
    spots = np.zeros((size, size), np.uint8)
    for gx, gy, radius in cells.grain[i] / canvas.mpp:
        at = (round((centre[0] + gx) * 16), round((centre[1] + gy) * 16))
        cv2.circle(spots, at, max(8, round(radius * 16)), 210, -1, cv2.LINE_AA, 4)
    dust = blur(spots.astype(np.float32) / np.float32(255), 0.35 / canvas.mpp)
    canvas.add("pigment", dust * np.float32(0.8), x0, y0)


__all__ = ["BigCells", "draw_bodies", "draw_macrophages", "draw_neutrophils", "draw_nuclei"]

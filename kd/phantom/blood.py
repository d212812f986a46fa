"""Red blood cells: biconcave discs strewn over pools, between groups and on top of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from kd.phantom.canvas import Bounds, Canvas, overlaps
from kd.phantom.noise import FloatImage, blur

_VARIANTS = 24


@lru_cache(maxsize=4)
def _stamps(mpp: float) -> tuple[FloatImage, ...]:
    """Discs of 6-7.6 um with central pallor, folds and ghosts; all of one size (n, n)."""
    rng = np.random.default_rng(90_210)
    half = int(np.ceil(4.6 / mpp)) + 1
    size = 2 * half + 1
    stamps = []
    for _ in range(_VARIANTS):
        radius, squash, turn = rng.uniform(2.9, 3.8) / mpp, rng.uniform(0.8, 1.0), rng.uniform(0, 180)
        mask = np.zeros((size, size), np.uint8)
        axes = (round(radius * 16), round(radius * squash * 16))
        shift = rng.uniform(-0.5, 0.5, 2) + half
        at = (round(shift[0] * 16), round(shift[1] * 16))
        cv2.ellipse(mask, at, axes, float(turn), 0.0, 360.0, 255, -1, cv2.LINE_AA, 4)
        disc = mask.astype(np.float32) / np.float32(255)
        pallor = blur(disc, radius * 0.55)
        image = disc * (1.0 + rng.uniform(0.1, 0.9) * (0.8 - 1.35 * pallor))
        stamps.append((rng.uniform(0.55, 1.0) * blur(image.astype(np.float32), 0.3 / mpp)).astype(np.float32))
    return tuple(stamps)


@dataclass(frozen=True)
class RedCells:
    """Red cells at x, y (um), in one focus; `amount` scales their dye."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    kind: NDArray[np.int64]
    amount: float
    defocus_um: float
    bounds: Bounds

    def draw(self, canvas: Canvas) -> None:
        """Adds the cells that touch the canvas."""
        margin = 5.0 + 3.0 * self.defocus_um
        x0, y0, x1, y1 = canvas.bounds
        near = (self.x > x0 - margin) & (self.x < x1 + margin) & (self.y > y0 - margin) & (self.y < y1 + margin)
        if not near.any():
            return
        stamps = _stamps(canvas.mpp)
        if self.defocus_um / canvas.mpp > 0.2:
            stamps = _blurred(canvas.mpp, round(self.defocus_um, 1))
        half = stamps[0].shape[0] // 2
        px = np.floor(self.x / canvas.mpp).astype(int) - half
        py = np.floor(self.y / canvas.mpp).astype(int) - half
        plane = canvas.plane("rbc")
        size = stamps[0].shape[0]
        for i in np.flatnonzero(near):
            hit = canvas.window(int(px[i]), int(py[i]), size, size)
            if hit is not None:
                under = plane[hit[0], hit[1]]
                under += np.float32(self.amount) * stamps[self.kind[i]][hit[2], hit[3]] * (1.0 - 0.3 * under)


@lru_cache(maxsize=64)
def _blurred(mpp: float, defocus_um: float) -> tuple[FloatImage, ...]:
    pad = int(np.ceil(2.0 * defocus_um / mpp))
    return tuple(blur(np.pad(s, pad), defocus_um / mpp) for s in _stamps(mpp))


def strew(
    rng: np.random.Generator,
    centre: tuple[float, float],
    radius_um: float,
    density: float,
    amount: float,
    defocus_um: float,
) -> RedCells:
    """Red cells over an uneven pool; `density` is the share of the area that they would cover."""
    number = int(rng.poisson(density * np.pi * radius_um**2 / 36.0))
    t = rng.uniform(0.0, 2 * np.pi, number)
    phase, lobes = rng.uniform(0, 6.28, 3), rng.normal(0, 0.18, 3)
    edge = 1.0 + sum(lobes[k] * np.cos((k + 1) * t + phase[k]) for k in range(3))
    r = radius_um * np.sqrt(rng.random(number)) * edge + rng.normal(0, 0.04 * radius_um, number)
    x, y = centre[0] + r * np.cos(t), centre[1] + r * np.sin(t)
    reach = radius_um * 1.9 + 6.0
    bounds = (centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach)
    return RedCells(x, y, rng.integers(0, _VARIANTS, number), amount, defocus_um, bounds)


__all__ = ["RedCells", "overlaps", "strew"]

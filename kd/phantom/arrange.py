"""Where the nuclei of a group lie: one continuous family from honeycomb sheet to rings, crowded papilla and scatter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kd.phantom.morphology import Morphology

Points = NDArray[np.float64]


def _lattice(spacing: float, reach: float, angle: float) -> Points:
    """Hexagonal lattice points within a square of half side `reach`, turned by `angle`; shape (n, 2)."""
    n = int(reach / spacing) + 2
    i, j = np.meshgrid(np.arange(-n, n + 1), np.arange(-n, n + 1))
    x = spacing * (i + 0.5 * (j % 2))
    y = spacing * np.sqrt(0.75) * j
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    c, s = np.cos(angle), np.sin(angle)
    turned: Points = points @ np.array([[c, s], [-s, c]])
    return turned


def arrange(rng: np.random.Generator, shape: Morphology, count: int) -> tuple[Points, NDArray[np.float64]]:
    """Positions (n, 2) in um around the group's centre, and axis directions (n,) in radians.

    A jittered hexagonal lattice is cut to an uneven, possibly branched outline; `ring` then draws points onto
    rings around the centres of a coarser lattice, which turns a sheet into microfollicles without a jump.
    """
    spacing = shape.spacing * shape.diameter
    area = count * spacing**2 * np.sqrt(0.75)
    stretch = max(1.0, shape.elongation)
    a, b = np.sqrt(area * stretch / np.pi), np.sqrt(area / stretch / np.pi)
    axis = rng.uniform(0.0, np.pi)
    points = _lattice(spacing, 1.6 * max(a, b), rng.uniform(0.0, np.pi))
    points = points + rng.uniform(-spacing, spacing, 2)
    points = points + shape.jitter * spacing * rng.standard_normal(points.shape) * 0.6
    c, s = np.cos(axis), np.sin(axis)
    u, v = points @ np.array([c, s]), points @ np.array([-s, c])
    theta = np.arctan2(v / b, u / a)
    phases, sizes = rng.uniform(0, 2 * np.pi, 4), rng.normal(0.0, 0.13, 4)
    edge = 1.0 + sum(sizes[k] * np.cos((k + 1) * theta + phases[k]) for k in range(4))
    bend = rng.normal(0.0, 0.25) * (u / a) ** 2 * stretch / 2.0
    distance = np.hypot(u / a, v / b - bend) / np.maximum(edge, 0.35)
    # Some disorder in which points stay keeps outlines from looking cut with a knife.
    order = np.argsort(distance + 0.08 * rng.standard_normal(len(distance)))
    points = points[order[: max(1, count)]]
    if shape.ring > 0.02 and len(points) >= 4:
        points = _onto_rings(rng, points, shape)
    local = 0.6 * np.sin(points @ rng.normal(0.0, 0.03, 2)) + axis
    free = rng.uniform(0.0, np.pi, len(points))
    turn = np.where(rng.random(len(points)) < shape.alignment, local + 0.25 * rng.standard_normal(len(points)), free)
    return points, turn


def _onto_rings(rng: np.random.Generator, points: Points, shape: Morphology) -> Points:
    """Moves points towards rings of 6-9 nuclei around follicle centres, by `shape.ring`."""
    radius = shape.diameter * rng.uniform(0.78, 1.05)
    pitch = 2.0 * radius + 1.25 * shape.diameter
    centres = _lattice(pitch, float(np.abs(points).max()) + pitch, rng.uniform(0.0, np.pi))
    centres = centres + rng.uniform(-pitch / 2, pitch / 2, 2) + 0.12 * pitch * rng.standard_normal(centres.shape)
    offset = points[:, None, :] - centres[None, :, :]
    squared = (offset**2).sum(axis=2)
    nearest = squared.argmin(axis=1)
    out = points.copy()
    for k in np.unique(nearest):
        members = np.flatnonzero(nearest == k)
        if len(members) < 4:
            continue
        around = points[members] - centres[k]
        angle = np.arctan2(around[:, 1], around[:, 0])
        rank = np.empty(len(members))
        rank[np.argsort(angle)] = np.arange(len(members))
        # Points at one angle would pile up: spread them around the ring by their rank, as near as can be to
        # where they were.
        turn = 2.0 * np.pi / len(members)
        shift = np.angle(np.exp(1j * (angle - rank * turn)).mean())
        even = rank * turn + shift + 0.22 * turn * rng.standard_normal(len(members))
        size = radius * np.clip(len(members) / 7.0, 0.75, 1.25) * (1.0 + 0.14 * rng.standard_normal(len(members)))
        along = angle + shape.ring * np.angle(np.exp(1j * (even - angle)))
        far = (1.0 - shape.ring) * np.hypot(around[:, 0], around[:, 1]) + shape.ring * size
        out[members] = centres[k] + far[:, None] * np.stack([np.cos(along), np.sin(along)], axis=1)
    return out

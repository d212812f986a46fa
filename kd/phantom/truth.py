"""Ground truth: what the glass holds, and the one rule by which a tile gets its label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kd.phantom import classes
from kd.phantom.canvas import Canvas
from kd.phantom.cells import CellGroup
from kd.phantom.glass import Lake

GRID_UM = 8.0
"""Cell size of the colloid map."""
MIN_CELL_AREA_UM2 = 40.0
"""A tile holds cells if at least this much weighted nuclear area lies in it: about one follicular nucleus."""
MIN_COLLOID = 0.5
"""A tile without cells is colloid if colloid covers at least this share of it."""

RULE = (
    "Nuclear area per class is summed over the tile, each nucleus weighted by a raised-cosine window that is 1 in "
    "the tile's middle and 0 at its edge; macrophages and neutrophils count with 35 % of their body, at least "
    f"{45.0:.0f} um2. With at least {MIN_CELL_AREA_UM2:.0f} um2 in all, the label is the class with most; otherwise "
    f"colloid, if colloid covers at least {MIN_COLLOID:.0%} of the tile; otherwise background."
)


@dataclass(frozen=True)
class Truth:
    """Evidence (n, 4): x, y (um), area (um2), class; and colloid cover (rows, columns) in [0, 1] on an 8 um grid."""

    evidence: NDArray[np.float64]
    colloid: NDArray[np.float32]
    origin_um: tuple[float, float]


@dataclass(frozen=True)
class TileTruth:
    """What the rule found in a tile. `share` is the winner's share of the weighted nuclear area (1 without cells)."""

    label: int
    share: float
    cell_area_um2: float
    colloid: float


def gather(groups: list[CellGroup], lakes: list[Lake], bounds: tuple[float, float, float, float]) -> Truth:
    """The truth of everything within `bounds` (um)."""
    rows = [np.column_stack([g.evidence, np.full(len(g.evidence), float(g.label))]) for g in groups]
    evidence = np.concatenate(rows) if rows else np.zeros((0, 4))
    return Truth(evidence, colloid_map(lakes, bounds), (bounds[0], bounds[1]))


def colloid_map(lakes: list[Lake], bounds: tuple[float, float, float, float]) -> NDArray[np.float32]:
    """Colloid cover on the grid: the largest cover of any lake, where it exceeds one half, at the cells' centres."""
    whole = Canvas.over(bounds, GRID_UM)
    out = np.zeros((whole.height, whole.width), np.float32)
    for lake in lakes:
        if not lake.counts:
            continue
        part = Canvas.over(lake.bounds, GRID_UM)
        hit = whole.window(part.x_px, part.y_px, part.width, part.height)
        if hit is not None:
            cover = (lake.cover(part) > 0.5).astype(np.float32)
            out[hit[0], hit[1]] = np.maximum(out[hit[0], hit[1]], cover[hit[2], hit[3]])
    return out


def tile_truth(truth: Truth, x_um: float, y_um: float, size_um: float) -> TileTruth:
    """Applies the rule (`RULE`) to the square tile whose upper left corner is (x_um, y_um)."""
    e = truth.evidence
    near = (e[:, 0] > x_um) & (e[:, 0] < x_um + size_um) & (e[:, 1] > y_um) & (e[:, 1] < y_um + size_um)
    e = e[near]
    weight = _window((e[:, 0] - x_um) / size_um) * _window((e[:, 1] - y_um) / size_um)
    area = np.bincount(e[:, 3].astype(int), weights=weight * e[:, 2], minlength=len(classes.CLASSES))
    total = float(area.sum())
    colloid = _colloid_share(truth, x_um, y_um, size_um)
    if total >= MIN_CELL_AREA_UM2:
        label = int(area.argmax())
        return TileTruth(label, float(area[label] / total), total, colloid)
    label = classes.COLLOID if colloid >= MIN_COLLOID else classes.BACKGROUND
    return TileTruth(label, 1.0, total, colloid)


def _window(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Raised cosine with a flat top over the middle half of [0, 1]."""
    edge = np.clip(np.minimum(t, 1.0 - t) / 0.25, 0.0, 1.0)
    result: NDArray[np.float64] = 0.5 - 0.5 * np.cos(np.pi * edge)
    return result


def _colloid_share(truth: Truth, x_um: float, y_um: float, size_um: float) -> float:
    """Mean colloid cover over the grid cells whose centres lie in the tile."""
    x0, y0 = (x_um - truth.origin_um[0]) / GRID_UM, (y_um - truth.origin_um[1]) / GRID_UM
    n = size_um / GRID_UM
    rows = slice(max(0, int(np.ceil(y0 - 0.5))), max(0, int(np.ceil(y0 + n - 0.5))))
    columns = slice(max(0, int(np.ceil(x0 - 0.5))), max(0, int(np.ceil(x0 + n - 0.5))))
    part = truth.colloid[rows, columns]
    return float(part.mean()) if part.size else 0.0

"""The ground truth of a phantom slide: its two sidecar files, and the label rule on any grid of tiles."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kd.phantom import classes
from kd.phantom.cells import CellGroup
from kd.phantom.fingerprint import generator_hash
from kd.phantom.truth import GRID_UM, MIN_CELL_AREA_UM2, MIN_COLLOID, RULE, Truth

MAP_UM = 48.0
"""Tile side of the class map in the sidecar."""


@dataclass(frozen=True)
class SlideTruth:
    """Truth of a slide. Positions in level-0 px.

    `evidence` (n, 4): x, y, area in um2, class, one row per nucleus or big cell. `objects`: one row per group, as
    a structured array with fields label, x, y, radius (px), cells, degree, oncocytic, crushed, obscured, defocus_um.
    `colloid` (rows, columns) in [0, 1] on an 8 um grid.
    """

    width_px: int
    height_px: int
    mpp: float
    evidence: NDArray[np.float64]
    objects: NDArray[np.void]
    colloid: NDArray[np.float32]


@dataclass(frozen=True)
class GridTruth:
    """The rule on a grid of tiles, all (rows, columns): label, winner's share, weighted nuclear area in um2."""

    label: NDArray[np.uint8]
    share: NDArray[np.float32]
    cell_area_um2: NDArray[np.float32]


OBJECT_FIELDS = np.dtype(
    [
        ("label", "u1"), ("x", "f8"), ("y", "f8"), ("radius", "f4"), ("cells", "u4"), ("degree", "f4"),
        ("oncocytic", "f4"), ("crushed", "?"), ("obscured", "?"), ("defocus_um", "f4"),
    ]
)  # fmt: skip


def objects_of(groups: list[CellGroup], mpp: float) -> NDArray[np.void]:
    """The object table of groups."""
    rows = [
        (
            g.label, g.centre[0] / mpp, g.centre[1] / mpp, g.radius_um / mpp, g.count, g.degree, g.oncocytic,
            g.crush is not None, g.blood is not None, g.defocus_um,
        )
        for g in groups
    ]  # fmt: skip
    table: NDArray[np.void] = np.array(rows, OBJECT_FIELDS)
    return table


def from_truth(truth: Truth, groups: list[CellGroup], width_px: int, height_px: int, mpp: float) -> SlideTruth:
    """Slide truth in level-0 px out of what was gathered in um."""
    evidence = truth.evidence.copy()
    evidence[:, :2] /= mpp
    return SlideTruth(width_px, height_px, mpp, evidence, objects_of(groups, mpp), truth.colloid)


def grid_truth(truth: SlideTruth, size_um: float, stride_um: float) -> GridTruth:
    """Applies the label rule to all tiles that lie within the slide: tile (r, c) starts at (c, r) * stride."""
    height_um, width_um = truth.height_px * truth.mpp, truth.width_px * truth.mpp
    rows = max(0, int((height_um - size_um) / stride_um + 1e-9) + 1)
    columns = max(0, int((width_um - size_um) / stride_um + 1e-9) + 1)
    area = np.zeros((rows, columns, len(classes.CLASSES)))
    e = truth.evidence
    x, y, kind = e[:, 0] * truth.mpp, e[:, 1] * truth.mpp, e[:, 3].astype(int)
    last_c, last_r = np.floor(x / stride_um).astype(int), np.floor(y / stride_um).astype(int)
    reach = int(np.ceil(size_um / stride_um))
    for up in range(reach):
        for back in range(reach):
            c, r = last_c - back, last_r - up
            u, v = (x - c * stride_um) / size_um, (y - r * stride_um) / size_um
            ok = (c >= 0) & (r >= 0) & (c < columns) & (r < rows) & (u < 1.0) & (v < 1.0)
            weight = _window(u[ok]) * _window(v[ok]) * e[ok, 2]
            np.add.at(area, (r[ok], c[ok], kind[ok]), weight)
    total = area.sum(axis=2)
    colloid = _colloid_shares(truth.colloid, rows, columns, size_um, stride_um)
    empty = np.where(colloid >= MIN_COLLOID, classes.COLLOID, classes.BACKGROUND)
    cellular = total >= MIN_CELL_AREA_UM2
    label = np.where(cellular, area.argmax(axis=2), empty).astype(np.uint8)
    share = np.where(cellular, area.max(axis=2) / np.maximum(total, 1e-9), 1.0)
    return GridTruth(label, share.astype(np.float32), total.astype(np.float32))


def _window(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rule's raised cosine with a flat top over the middle half of [0, 1]."""
    edge = np.clip(np.minimum(t, 1.0 - t) / 0.25, 0.0, 1.0)
    weight: NDArray[np.float64] = 0.5 - 0.5 * np.cos(np.pi * edge)
    return weight


def _colloid_shares(
    cover: NDArray[np.float32], rows: int, columns: int, size_um: float, stride_um: float
) -> NDArray[np.float64]:
    """Mean colloid cover of each tile, by sums over the grid cells whose centres lie in it."""
    sums = np.zeros((cover.shape[0] + 1, cover.shape[1] + 1))
    sums[1:, 1:] = cover.astype(np.float64).cumsum(axis=0).cumsum(axis=1)

    def bounds(n: int, limit: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        start = np.arange(n) * stride_um / GRID_UM
        first = np.clip(np.ceil(start - 0.5), 0, limit).astype(int)
        return first, np.clip(np.ceil(start + size_um / GRID_UM - 0.5), 0, limit).astype(int)

    (r0, r1), (c0, c1) = bounds(rows, cover.shape[0]), bounds(columns, cover.shape[1])
    whole = sums[r1][:, c1] - sums[r0][:, c1] - sums[r1][:, c0] + sums[r0][:, c0]
    number = np.maximum((r1 - r0)[:, None] * (c1 - c0)[None, :], 1)
    shares: NDArray[np.float64] = whole / number
    return shares


def sidecars(slide: Path) -> tuple[Path, Path]:
    """The paths of a slide's truth files: X.truth.npz and X.truth.json."""
    return slide.with_name(slide.stem + ".truth.npz"), slide.with_name(slide.stem + ".truth.json")


def save_truth(truth: SlideTruth, slide: Path, card: dict[str, object]) -> None:
    """Writes both sidecars of a slide, each under a temporary name first."""
    arrays, text = sidecars(slide)
    grid = grid_truth(truth, MAP_UM, MAP_UM)
    part = arrays.with_name(arrays.name + ".part")
    with part.open("wb") as handle:
        np.savez_compressed(
            handle,
            size_px=np.array([truth.width_px, truth.height_px]),
            mpp=np.array(truth.mpp),
            evidence=truth.evidence.astype(np.float32),
            objects=truth.objects,
            colloid=(truth.colloid * 255).astype(np.uint8),
            class_map=grid.label,
            class_map_um=np.array(MAP_UM),
            cell_area_um2=grid.cell_area_um2.astype(np.float16),
        )
    os.replace(part, arrays)
    counts = np.bincount(truth.objects["label"], minlength=len(classes.CLASSES))
    card = {
        **card,
        "generator_hash": generator_hash(),
        "label_rule": RULE,
        "classes": list(classes.KEYS),
        "groups_per_class": {key: int(n) for key, n in zip(classes.KEYS, counts, strict=True)},
        "suspicious_groups": int(sum(n for c, n in zip(classes.CLASSES, counts, strict=True) if c.suspicious)),
        "cellular_share_of_tiles": float((grid.cell_area_um2 >= MIN_CELL_AREA_UM2).mean()) if grid.label.size else 0.0,
    }
    part = text.with_name(text.name + ".part")
    part.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    os.replace(part, text)


def load_truth(slide: Path) -> SlideTruth:
    """Reads the truth beside a slide. Raises FileNotFoundError if there is none."""
    arrays, _ = sidecars(slide)
    with np.load(arrays) as data:
        width, height = (int(v) for v in data["size_px"])
        return SlideTruth(
            width,
            height,
            float(data["mpp"]),
            data["evidence"].astype(np.float64),
            data["objects"],
            data["colloid"].astype(np.float32) / np.float32(255.0),
        )

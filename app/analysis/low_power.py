"""The low-power stage: which tiles with stained matter hold no cell, judged before they are read where cells show.

The cell finder lets through what merely looks like a nucleus at 2 um a pixel: debris, red cells, the rim of colloid,
the edge of a cell of the next tile. This stage judges a tile by what the scan has seen of it anyway: how strong the
evidence is, how much of it there is and how far inside the tile, and how much more red, green and blue light is
absorbed than around. A logistic regression, trained on PHANTOM slides by ``tests/benchmarks/low_power_stage.py``; its
parameters, its recall and the command that made it are in ``resources/low_power/stage.json``. What it rejects is
background. It has to be asked for: what was learned from drawings leaves out nothing of a patient's slide unasked.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.analysis.cells import RED_DENSITY
from app.resources import resource_path
from app.slides.slide import RgbImage

PARAMETERS = "low_power/stage.json"
AROUND_CELLS = 9
"""Coarse cells across the surroundings that absorption is compared with."""
MOST_EVIDENCE = 50.0
FEATURES = (
    "most evidence", "evidence", "evidence up to 4 each", "coarse cells", "peaks",
    "peak at the border", "peak one inside", "peak two inside",
    "red at most", "green at most", "blue at most", "red in all",
)  # fmt: skip
"""Of a tile; evidence and absorption in all as logarithms."""

_NUMBERS = ("mean", "scale", "weights", "bias", "threshold")

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CellTraits:
    """What was seen of coarse cells with evidence: arrays (n,). ``rows`` and ``columns`` of the map, the ``evidence``,
    whether none beside it has more (``peak``), and the density of ``red``, ``green`` and ``blue`` over that of the
    surroundings. NaN where it could not be decoded: such a tile is never rejected."""

    rows: Indices
    columns: Indices
    evidence: Floats
    peak: npt.NDArray[np.bool_]
    red: Floats
    green: Floats
    blue: Floats


@dataclass(frozen=True)
class Stage:
    """Parameters: ``weights`` of the standardised FEATURES and the ``bias``. A tile below ``threshold`` is rejected;
    holds for tiles of about ``tile_um``."""

    name: str
    tile_um: float
    mean: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    bias: float
    threshold: float

    def rejects(self, features: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Of tiles by their features (n, F); never what has an undecodable part."""
        return self.score(features) < self.threshold

    def score(self, features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Log-odds that a tile holds cells, (n,); NaN where it has an undecodable part."""
        found: npt.NDArray[np.float64] = (features - self.mean) / self.scale @ self.weights + self.bias
        return found

    def is_for(self, tile_um: float) -> bool:
        """Tiles of another size were not measured: all of them are scored."""
        return abs(tile_um / self.tile_um - 1.0) <= 0.1


@cache
def stage() -> Stage:
    """The stage that is bundled."""
    return stage_from(json.loads(resource_path(PARAMETERS).read_text(encoding="utf-8")))


def stage_from(stored: dict[str, Any]) -> Stage:
    """The stage of a parameter file. Raises ValueError when it is for other features than these, or was changed."""
    if tuple(stored["features"]) != FEATURES or stored["digest"] != digest(stored):
        raise ValueError(f"resources/{PARAMETERS} is damaged or of another version; install FNAScope again.")
    mean, scale, weights = (np.array(stored[key], np.float64) for key in ("mean", "scale", "weights"))
    return Stage(
        f"{stored['name']}-{stored['digest'][:6]}", stored["tile_um"], mean, scale, weights,
        stored["bias"], stored["threshold"],
    )  # fmt: skip


def digest(stored: dict[str, Any]) -> str:
    """Of what a parameter file says about tiles: equal digests judge alike."""
    kept = {key: stored[key] for key in (*_NUMBERS, "name", "tile_um", "features")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def traits_of(image: RgbImage, evidence: Floats, margin: int, corner: tuple[int, int]) -> CellTraits:
    """Traits in a block: ``evidence`` (rows, columns) with ``margin`` coarse cells on each side, ``image`` the pixels
    that it was made of; ``corner`` is the block's first row and column on the map."""
    height, width = evidence.shape
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    density = np.asarray(cv2.LUT(small, RED_DENSITY), np.float32)
    over = density - cv2.blur(density, (AROUND_CELLS, AROUND_CELLS), borderType=cv2.BORDER_REPLICATE)
    cells = np.minimum(np.where(evidence >= 1.0, evidence, 0.0), MOST_EVIDENCE).astype(np.float32)
    peak = cells >= 0.999 * cv2.dilate(cells, np.ones((3, 3), np.uint8))
    inner = slice(margin, height - margin), slice(margin, width - margin)
    rows, columns = np.nonzero(cells[inner])
    red, green, blue = (over[inner][rows, columns, channel] for channel in range(3))
    return CellTraits(
        rows + corner[0], columns + corner[1], cells[inner][rows, columns], peak[inner][rows, columns], red, green, blue
    )


def unknown_traits(rows: slice, columns: slice) -> CellTraits:
    """Traits of a part of the map that could not be decoded."""
    y, x = (part.ravel() for part in np.mgrid[rows, columns])
    nothing = np.full(len(y), np.nan, np.float32)
    return CellTraits(y, x, nothing, np.ones(len(y), np.bool_), nothing, nothing, nothing)


def joined(parts: list[CellTraits]) -> CellTraits:
    """The traits of several blocks in the order of rows and columns, whatever the order in which threads made them."""
    parts = parts or [unknown_traits(slice(0, 0), slice(0, 0))]
    names = CellTraits.__dataclass_fields__
    all_of = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    order = np.lexsort((all_of["columns"], all_of["rows"]))
    return CellTraits(**{name: values[order] for name, values in all_of.items()})


def tile_features(
    traits: CellTraits, rows: tuple[Indices, Indices], columns: tuple[Indices, Indices]
) -> tuple[Indices, npt.NDArray[np.float64]]:
    """Row-major indices (n,) of the tiles with evidence, and their FEATURES (n, F). ``rows`` and ``columns``: the first
    coarse cell of each row (column) of tiles, and the one behind its last."""
    tile, cell, ring = _pairs(traits, rows, columns)
    if len(tile) == 0:
        return tile, np.zeros((0, len(FEATURES)))
    order = np.lexsort((traits.evidence[cell], tile))  # the last cell of a tile is the one with most evidence
    tile, cell, ring = tile[order], cell[order], ring[order]
    starts = np.flatnonzero(np.diff(tile, prepend=-1))
    most = cell[np.append(starts[1:], len(tile)) - 1]
    evidence, peak = traits.evidence[cell].astype(np.float64), traits.peak[cell]

    def total(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        return np.add.reduceat(values.astype(np.float64), starts)

    peaks = [np.maximum.reduceat(np.where(peak & (ring == k), evidence, 0.0), starts) for k in range(3)]
    red = np.maximum(traits.red[cell], 0.0)
    return tile[starts], np.stack(
        [
            np.log(traits.evidence[most].astype(np.float64)),
            np.log(total(evidence)),
            np.log(total(np.minimum(evidence, 4.0))),
            total(np.ones(len(cell))),
            total(peak),
            *(np.log(np.maximum(at, 0.5)) for at in peaks),
            traits.red[most],
            traits.green[most],
            traits.blue[most],
            np.log(total(red) + 0.02),
        ],
        axis=1,
    )


def _pairs(
    traits: CellTraits, rows: tuple[Indices, Indices], columns: tuple[Indices, Indices]
) -> tuple[Indices, Indices, Indices]:
    """Every tile with every coarse cell in it, and how many coarse cells lie between that and the tile's border."""
    first_row, last_row = np.searchsorted(rows[1], traits.rows, "right"), np.searchsorted(rows[0], traits.rows, "right")
    first_column = np.searchsorted(columns[1], traits.columns, "right")
    last_column = np.searchsorted(columns[0], traits.columns, "right")
    found = []
    for down in range(int((last_row - first_row).max(initial=0))):
        for across in range(int((last_column - first_column).max(initial=0))):
            cell = np.flatnonzero((first_row + down < last_row) & (first_column + across < last_column))
            row, column = first_row[cell] + down, first_column[cell] + across
            y, x = traits.rows[cell], traits.columns[cell]
            ring = np.minimum(
                np.minimum(y - rows[0][row], rows[1][row] - 1 - y),
                np.minimum(x - columns[0][column], columns[1][column] - 1 - x),
            )
            found.append((row * len(columns[0]) + column, cell, ring))
    if not found:
        return (np.zeros(0, np.int64),) * 3
    tiles, cells, rings = (np.concatenate([part[i] for part in found]) for i in range(3))
    return tiles, cells, rings

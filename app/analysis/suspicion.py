"""When scores are suspicious enough to be shown as a finding: evidence of a group of tiles, and what a slide needs.

A tile's calibrated probabilities become a likelihood ratio by dividing out the class prior of the training data
(Saerens, Latinne and Decaestecker 2002), because slides hold far fewer suspicious tiles than training data. The
evidence of a group is the sum of the logarithms over its tiles and the scored ones around them, between two
explanations: in a suspicious group ``SUSPICIOUS_SHARE`` of the tiles look suspicious, in a harmless one as many as the
model calls so by mistake. What speaks for suspicion counts the less, the less a tile is like the training data: there a
model is often sure and wrong. A slide with many fields offers many chances of a false alarm:
a group stands out when its likelihood ratio exceeds the number of fields with cells.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.analysis.grouping import Cells, Mask
from kd.bundle import BundleCard

SUSPICIOUS_SHARE = 0.6
"""Share of a suspicious group's tiles that look suspicious: its edges and gaps do not. From .4 to .8 little changes."""
USUAL_ERROR = 0.05
ERROR_RANGE = (0.01, 0.25)
MIN_ERROR = 0.005
TILES_PER_FIELD = 25
"""A field of 5 x 5 tiles, about what 40x shows, is one chance of a false alarm."""
BACKGROUND_KEY = "background"
"""Key by which bundles name the class of tiles without anything diagnostic."""
FAMILIAR_SHARE = 0.5
"""From this share of the out-of-domain threshold on, a tile no longer speaks for suspicion. On phantom slides most
tiles of suspicious groups lie below a quarter of the threshold, most of those wrongly called so above a half."""
_EDGE = 1e-6

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Criterion:
    """What evidence is computed from: indices of the suspicious classes, their summed share in the training data, the
    share of harmless tiles that the model calls suspicious, the index of the background class, if it has one, and the
    out-of-domain score from which on a tile is flagged (None: the model has no such score)."""

    suspicious: tuple[int, ...]
    prior: float = 0.5
    error: float = USUAL_ERROR
    background: int | None = None
    unlike_at: float | None = None

    @staticmethod
    def of_card(card: BundleCard) -> Criterion:
        """From a model card: its prior, and the error of its test, or else of its validation. Of the errors those count
        that call a harmless tile suspicious, as many as there are if errors spread evenly over the other classes."""
        suspicious = card.suspicious_indices
        error = measured_error(card.metrics) * len(suspicious) / (len(card.classes) - 1)
        prior = sum(card.prior[index] for index in suspicious)
        keys = [info.key for info in card.classes]
        background = keys.index(BACKGROUND_KEY) if BACKGROUND_KEY in keys else None
        return Criterion(
            suspicious,
            min(max(prior, 0.01), 0.99),
            max(error, MIN_ERROR),
            background,
            card.out_of_domain_threshold,
        )

    def suspicion(self, probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Summed probability of the suspicious classes: the last axis goes."""
        total: npt.NDArray[np.float32] = probabilities[..., list(self.suspicious)].sum(axis=-1)
        return total

    def log_ratio(self, probabilities: npt.NDArray[np.float32], out_of_domain: npt.NDArray[np.float32]) -> Floats:
        """Evidence (n,) of single tiles (n, C) with out-of-domain scores (n,), in nats; tiles without cells say
        nothing."""
        suspicion = np.clip(self.suspicion(probabilities).astype(np.float64), _EDGE, 1 - _EDGE)
        here, there = suspicion / self.prior, (1 - suspicion) / (1 - self.prior)
        ratio: Floats = np.log(
            (SUSPICIOUS_SHARE * here + (1 - SUSPICIOUS_SHARE) * there) / (self.error * here + (1 - self.error) * there)
        )
        if self.background is not None:
            ratio *= 1 - probabilities[:, self.background].astype(np.float64)
        if self.unlike_at is not None:
            familiar = np.clip(1 - out_of_domain.astype(np.float64) / (FAMILIAR_SHARE * self.unlike_at), 0.0, 1.0)
            ratio = np.where(ratio > 0, ratio * familiar, ratio)
        return ratio

    def evidence(
        self,
        probabilities: npt.NDArray[np.float32],
        out_of_domain: npt.NDArray[np.float32],
        cells: Cells,
        neighbours: Cells,
    ) -> float:
        """Natural logarithm of the likelihood ratio of a group and the scored tiles around it."""
        parts = (self.log_ratio(probabilities[part], out_of_domain[part]).sum() for part in (cells, neighbours))
        return float(sum(parts))


def measured_error(metrics: Mapping[str, Any]) -> float:
    """Share of tiles given the wrong class, from the card's test or else validation accuracy."""
    for split in ("test", "validation"):
        accuracy = metrics.get(split, {}).get("accuracy") if isinstance(metrics.get(split), Mapping) else None
        if isinstance(accuracy, Mapping):
            accuracy = accuracy.get("value")
        if isinstance(accuracy, (int, float)) and 0.0 <= accuracy <= 1.0:
            return float(np.clip(1.0 - accuracy, *ERROR_RANGE))
    return USUAL_ERROR


def needed_evidence(tiles_with_cells: int) -> float:
    """Evidence (nats) beyond which a group stands out among so many tiles."""
    return math.log(max(1.0, tiles_with_cells / TILES_PER_FIELD))


def around(cells: Cells, usable: Mask, taken: Mask) -> Cells:
    """The usable cells next to some cells (8-connected) that are not ``taken`` by any group."""
    rows, columns = cells
    height, width = usable.shape
    top, left = max(0, int(rows.min()) - 1), max(0, int(columns.min()) - 1)
    bottom, right = min(height, int(rows.max()) + 2), min(width, int(columns.max()) + 2)
    near = np.zeros((bottom - top, right - left), bool)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            y, x = rows + dy - top, columns + dx - left
            inside = (y >= 0) & (x >= 0) & (y < near.shape[0]) & (x < near.shape[1])
            near[y[inside], x[inside]] = True
    window = (slice(top, bottom), slice(left, right))
    found_rows, found_columns = np.nonzero(near & usable[window] & ~taken[window])
    return found_rows + top, found_columns + left

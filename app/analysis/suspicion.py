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
from collections.abc import Mapping, Sequence
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


def evidence_of_groups(ratios: Floats, groups: Sequence[Cells], neighbours: Mask) -> Floats:
    """Evidence (n,) of n groups: the sum of the tiles' log ratios (rows, columns) over each group's tiles and those of
    the ``neighbours`` (rows, columns) that lie next to it, also by a corner."""
    if not groups:
        return np.zeros(0)
    rows, columns = (np.concatenate([cells[axis] for cells in groups]) for axis in (0, 1))
    ids = np.repeat(np.arange(len(groups)), [len(cells[0]) for cells in groups])
    evidence: Floats = np.bincount(ids, ratios[rows, columns], len(groups)).astype(np.float64)
    height, width = ratios.shape
    beside = []
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            y, x = rows + dy, columns + dx
            inside = (y >= 0) & (x >= 0) & (y < height) & (x < width)
            inside[inside] = neighbours[y[inside], x[inside]]
            beside.append((y[inside] * width + x[inside]) * len(groups) + ids[inside])
    # A tile counts once for each group that it touches.
    pairs = np.unique(np.concatenate(beside))
    evidence += np.bincount(pairs % len(groups), ratios.ravel()[pairs // len(groups)], len(groups))
    return evidence

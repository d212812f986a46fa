"""Statistics of a comparison: intervals over groups and seeds, paired tests, Holm's correction, inheritance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kd.bootstrap import Draws
from kd.metrics import FloatArray


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; ``p`` two-sided, against 0, for differences (NaN else)."""

    value: float
    low: float
    high: float
    p: float = float("nan")


def seed_weights(seeds: int, resamples: int, seed: int = 1) -> FloatArray:
    """Share of every seed in every resample, (resamples + 1, seeds); row 0: all equal. One seed: all ones."""
    random = np.random.default_rng(seed)
    drawn = random.multinomial(seeds, np.full(seeds, 1.0 / seeds), size=resamples) / seeds
    return np.vstack([np.full(seeds, 1.0 / seeds), drawn])


def over_seeds(values: Sequence[FloatArray], weights: FloatArray) -> FloatArray:
    """A metric of each seed on each resample of the groups, S arrays (R + 1,), to its mean over the drawn seeds."""
    result: FloatArray = (np.stack(values, axis=1) * weights).sum(1)
    return result


def estimate(values: FloatArray) -> Estimate:
    """Value on the data as they are (entry 0), percentile interval over the resamples."""
    finite = values[1:][np.isfinite(values[1:])]
    low, high = np.quantile(finite, [0.025, 0.975]) if len(finite) else (np.nan, np.nan)
    return Estimate(float(values[0]), float(low), float(high))


def difference(ours: FloatArray, theirs: FloatArray) -> Estimate:
    """Paired difference on the same resamples; ``p = 2 (1 + #{d* <= 0 or >= 0, the rarer}) / (R + 1)``, at most 1."""
    values = ours - theirs
    drawn = values[1:]
    rarer = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    found = estimate(values)
    return Estimate(found.value, found.low, found.high, min(1.0, 2.0 * (1 + rarer) / (len(drawn) + 1)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values (Holm 1979), in the order given."""
    order = np.argsort(p_values, kind="stable")
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[int(index)] = running
    return adjusted


def mcnemar(ours: npt.NDArray[np.bool_], theirs: npt.NDArray[np.bool_]) -> float:
    """Exact two-sided p-value of McNemar's test on independent samples; 1 when the two never differ."""
    only_ours, only_theirs = int((ours & ~theirs).sum()), int((~ours & theirs).sum())
    count = only_ours + only_theirs
    tail = sum(math.comb(count, k) for k in range(min(only_ours, only_theirs) + 1))
    return float(min(1.0, 2.0 * tail / 2**count))


def group_means(values: FloatArray, draws: Draws) -> FloatArray:
    """Mean over samples (n,) on every resample of the groups, (R + 1,)."""
    count = draws.multiplicities.shape[1]
    sums = np.bincount(draws.group_of, weights=values, minlength=count)
    sizes = np.bincount(draws.group_of, minlength=count)
    result: FloatArray = (draws.multiplicities @ sums) / (draws.multiplicities @ sizes)
    return result


def inheritance(
    student: Mapping[str, FloatArray], teacher: Mapping[str, FloatArray], alone: Mapping[str, FloatArray]
) -> tuple[Estimate, Estimate]:
    """rho = sum_k (student - alone) / sum_k (teacher - alone) over shifts k, and what it is divided by.

    Accuracies on every resample, (R + 1,) each. rho says something only where the interval of the divisor, returned
    second as the mean over the shifts, excludes 0.
    """
    gained = np.sum([student[k] - alone[k] for k in student], axis=0)
    possible = np.sum([teacher[k] - alone[k] for k in student], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = estimate(gained / possible)
    return rho, estimate(possible / len(student))

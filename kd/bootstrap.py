"""Metrics with 95 % intervals by resampling groups (patients), and paired differences between models.

Patches of one patient are not independent, so whole groups are drawn with replacement. All models are measured on
the same draws, which makes differences paired.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kd import metrics
from kd.metrics import FloatArray, IntArray

SPECIFICITY = 0.95
COVERAGE = 0.8
"""Share of the patches, the most confident ones, on which the selective accuracy is told."""


@dataclass(frozen=True)
class Draws:
    """How often each group occurs in each resample: (resamples + 1, groups); row 0 is the data as they are."""

    multiplicities: FloatArray
    group_of: IntArray


def draw_groups(groups: npt.NDArray[np.str_], resamples: int, seed: int = 0) -> Draws:
    """Resamples of the groups of n samples, with replacement, as many as there are."""
    names, group_of = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1.0 / len(names)), size=resamples)
    return Draws(np.vstack([np.ones(len(names)), drawn]).astype(np.float64), group_of.astype(np.int64))


def measure(
    probabilities: FloatArray, labels: IntArray, suspicious: tuple[int, ...], draws: Draws
) -> dict[str, FloatArray]:
    """Every metric on every draw: name to (resamples + 1,); a metric of a class is named ``recall:2``.

    ``aurc`` is the area under the curve of risk against coverage, ``accuracy_at_coverage_0.8`` the accuracy on the most
    confident 80 %. AUROC and sensitivity compare the summed probability of the suspicious classes with the rest; they
    are left out when no class, or every class, is suspicious.
    """
    classes = probabilities.shape[1]
    count = draws.multiplicities.shape[1]
    predicted = probabilities.argmax(1).astype(np.int64)
    cells = np.zeros((count, classes * classes))
    np.add.at(cells, (draws.group_of, labels * classes + predicted), 1.0)
    matrices = (draws.multiplicities @ cells).reshape(-1, classes, classes)
    sizes = matrices.sum((1, 2))
    found = {
        "accuracy": metrics.accuracy(matrices),
        "balanced_accuracy": metrics.balanced_accuracy(matrices),
        "macro_f1": metrics.macro_f1(matrices),
        "kappa": metrics.cohen_kappa(matrices),
    }
    for name, terms in (
        ("nll", metrics.nll_terms(probabilities, labels)),
        ("brier", metrics.brier_terms(probabilities, labels)),
    ):
        sums = np.bincount(draws.group_of, weights=terms, minlength=count)
        found[name] = (draws.multiplicities @ sums) / sizes
    found["ece"] = _ece(probabilities, labels, draws)
    found |= _selective(probabilities, labels, draws)
    found |= _against_rest(probabilities, labels, suspicious, draws)
    recalls, precisions, f1 = metrics.recalls(matrices), metrics.precisions(matrices), metrics.f1_scores(matrices)
    for c in range(classes):
        found |= {f"recall:{c}": recalls[:, c], f"precision:{c}": precisions[:, c], f"f1:{c}": f1[:, c]}
    return found


def _ece(probabilities: FloatArray, labels: IntArray, draws: Draws) -> FloatArray:
    bins, confidence, right = metrics.calibration_bins(probabilities, labels)
    count = draws.multiplicities.shape[1]
    totals = []
    for weights in (np.ones(len(labels)), confidence, right):
        sums = np.zeros((count, metrics.BINS))
        np.add.at(sums, (draws.group_of, bins), weights)
        totals.append(draws.multiplicities @ sums)
    return metrics.ece_from_sums(totals[0], totals[1], totals[2])


def _selective(probabilities: FloatArray, labels: IntArray, draws: Draws) -> dict[str, FloatArray]:
    confidence = probabilities.max(1)
    order = np.argsort(-confidence, kind="stable")
    right = (probabilities.argmax(1) == labels)[order].astype(np.float64)
    group_of = draws.group_of[order]
    areas, accuracies = [], []
    for weights in draws.multiplicities:
        coverage, risk = metrics.selective_risk(np.repeat(right, weights[group_of].astype(np.int64)))
        areas.append(risk.mean())
        accuracies.append(1.0 - metrics.risk_at(coverage, risk, COVERAGE))
    return {"aurc": np.array(areas), f"accuracy_at_coverage_{COVERAGE:g}": np.array(accuracies)}


def _against_rest(
    probabilities: FloatArray, labels: IntArray, suspicious: tuple[int, ...], draws: Draws
) -> dict[str, FloatArray]:
    if not 0 < len(suspicious) < probabilities.shape[1]:
        return {}
    scores = probabilities[:, list(suspicious)].sum(1)
    order = np.argsort(-scores, kind="stable")
    scores, positive, group_of = scores[order], np.isin(labels, suspicious)[order], draws.group_of[order]
    areas, sensitivities = [], []
    for weights in draws.multiplicities:
        false_rate, true_rate = metrics.roc_sorted(scores, positive, weights[group_of])
        areas.append(metrics.auroc(false_rate, true_rate))
        sensitivities.append(metrics.sensitivity_at(false_rate, true_rate, SPECIFICITY))
    return {"auroc": np.array(areas), f"sensitivity_at_{SPECIFICITY:g}": np.array(sensitivities)}


def interval(values: FloatArray) -> dict[str, float]:
    """The value on the data as they are, and the 2.5 and 97.5 percentiles over the resamples."""
    finite = values[1:][np.isfinite(values[1:])]
    low, high = np.quantile(finite, [0.025, 0.975]) if len(finite) else (np.nan, np.nan)
    return {"value": float(values[0]), "low": float(low), "high": float(high)}

"""Classification metrics as functions of arrays. Probabilities (n, C), labels (n,) class indices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BINS = 15


def softmax(logits: npt.NDArray[np.floating], temperature: float = 1.0) -> FloatArray:
    """Rows of probabilities, float64."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(1, keepdims=True)
    exponential = np.exp(scaled)
    result: FloatArray = exponential / exponential.sum(1, keepdims=True)
    return result


def confusion(labels: IntArray, predicted: IntArray, classes: int) -> IntArray:
    """(..., C, C) counts, true class by row."""
    return np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)


def accuracy(matrix: npt.NDArray[np.number]) -> FloatArray:
    """Of confusion matrices (..., C, C)."""
    return _ratio(np.trace(matrix, axis1=-2, axis2=-1), matrix.sum((-2, -1)))


def recalls(matrix: npt.NDArray[np.number]) -> FloatArray:
    """(..., C); NaN for a class without samples."""
    return _ratio(np.diagonal(matrix, axis1=-2, axis2=-1), matrix.sum(-1))


def precisions(matrix: npt.NDArray[np.number]) -> FloatArray:
    """(..., C); NaN for a class never predicted."""
    return _ratio(np.diagonal(matrix, axis1=-2, axis2=-1), matrix.sum(-2))


def balanced_accuracy(matrix: npt.NDArray[np.number]) -> FloatArray:
    """Mean recall over the classes that have samples."""
    return _mean_present(recalls(matrix))


def f1_scores(matrix: npt.NDArray[np.number]) -> FloatArray:
    """(..., C); NaN for a class that has neither samples nor predictions."""
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    return _ratio(2.0 * hits, matrix.sum(-1) + matrix.sum(-2))


def macro_f1(matrix: npt.NDArray[np.number]) -> FloatArray:
    """Mean F1 over the classes that occur."""
    return _mean_present(f1_scores(matrix))


def cohen_kappa(matrix: npt.NDArray[np.number]) -> FloatArray:
    """Agreement beyond chance, unweighted."""
    total = matrix.sum((-2, -1)).astype(np.float64)
    expected = _ratio((matrix.sum(-1) * matrix.sum(-2)).sum(-1), total**2)
    return _ratio(accuracy(matrix) - expected, 1.0 - expected)


def nll_terms(probabilities: FloatArray, labels: IntArray) -> FloatArray:
    """Negative log-likelihood of every sample."""
    result: FloatArray = -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12))
    return result


def brier_terms(probabilities: FloatArray, labels: IntArray) -> FloatArray:
    """Multi-class Brier score of every sample: squared distance to the one-hot label."""
    target = np.zeros_like(probabilities)
    target[np.arange(len(labels)), labels] = 1.0
    result: FloatArray = ((probabilities - target) ** 2).sum(1)
    return result


def calibration_bins(probabilities: FloatArray, labels: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Per sample: confidence bin (15 of equal width), confidence of the top class, and whether it is right."""
    confidence = probabilities.max(1)
    bins = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    return bins, confidence, (probabilities.argmax(1) == labels).astype(np.float64)


def ece_from_sums(counts: FloatArray, confidences: FloatArray, hits: FloatArray) -> FloatArray:
    """Expected calibration error from sums per bin, each (..., 15)."""
    result: FloatArray = np.abs(confidences - hits).sum(-1) / counts.sum(-1)
    return result


def roc_sorted(
    scores: FloatArray, positive: npt.NDArray[np.bool_], weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """False and true positive rates at every distinct threshold, from (0, 0) to (1, 1).

    Samples (n,) are sorted by falling score and weighted.
    """
    hits = np.cumsum(weights * positive)
    misses = np.cumsum(weights * ~positive)
    last_of_ties = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    true_rate = np.concatenate([[0.0], _ratio(hits[last_of_ties], np.float64(hits[-1]))])
    false_rate = np.concatenate([[0.0], _ratio(misses[last_of_ties], np.float64(misses[-1]))])
    return false_rate, true_rate


def auroc(false_rate: FloatArray, true_rate: FloatArray) -> float:
    """Area under a ROC curve; NaN when a class is missing."""
    return float(np.trapezoid(true_rate, false_rate))


def sensitivity_at(false_rate: FloatArray, true_rate: FloatArray, specificity: float) -> float:
    """Largest sensitivity whose specificity is at least ``specificity``."""
    allowed = true_rate[false_rate <= 1.0 - specificity + 1e-12]
    return float(allowed.max()) if len(allowed) else float("nan")


def selective_risk(right_sorted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coverage and risk (share of errors) when only the most confident samples are answered, one entry a sample.

    ``right_sorted`` (n,) is 1 where the top class is right, by falling confidence. The mean risk over all coverages is
    the AURC; 0 is best. Geifman and El-Yaniv 2017 (arXiv 1705.08500).
    """
    answered = np.arange(1, len(right_sorted) + 1)
    return _ratio(answered, len(right_sorted)), _ratio(np.cumsum(1.0 - right_sorted), answered)


def risk_at(coverage: FloatArray, risk: FloatArray, wanted: float) -> float:
    """Risk at the least coverage that is at least ``wanted``."""
    return float(risk[min(int(np.searchsorted(coverage, wanted - 1e-12)), len(risk) - 1)])


def fit_temperature(logits: npt.NDArray[np.floating], labels: IntArray) -> float:
    """The temperature in .05-20 that minimises the NLL (Guo et al. 2017), by golden section on its logarithm."""

    def loss(log_temperature: float) -> float:
        return float(nll_terms(softmax(logits, float(np.exp(log_temperature))), labels).mean())

    low, high = np.log(0.05), np.log(20.0)
    ratio = (5**0.5 - 1) / 2
    while high - low > 1e-4:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def _ratio(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        result: FloatArray = np.asarray(numerator, np.float64) / np.asarray(denominator, np.float64)
    return result


def _mean_present(values: FloatArray) -> FloatArray:
    present = ~np.isnan(values)
    return _ratio(np.where(present, values, 0.0).sum(-1), present.sum(-1))

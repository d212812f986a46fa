"""Metrics against scikit-learn, by-hand values, and the bootstrap over groups."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from kd import metrics
from kd.bootstrap import draw_groups, interval, measure

RNG = np.random.default_rng(11)
LABELS = RNG.integers(0, 4, 600)
LOGITS = RNG.normal(size=(600, 4)) * 1.5 + 1.5 * np.eye(4)[LABELS]
PROBABILITIES = metrics.softmax(LOGITS)
PREDICTED = PROBABILITIES.argmax(1)
GROUPS = np.array([f"case{i}" for i in RNG.integers(0, 15, 600)])


def measured(resamples: int = 200) -> dict[str, np.ndarray]:
    return measure(PROBABILITIES, LABELS, (2, 3), draw_groups(GROUPS, resamples))


def test_metrics_agree_with_scikit_learn() -> None:
    found = {name: values[0] for name, values in measured(1).items()}
    suspicious = np.isin(LABELS, (2, 3))
    expected = {
        "accuracy": sklearn_metrics.accuracy_score(LABELS, PREDICTED),
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(LABELS, PREDICTED),
        "macro_f1": sklearn_metrics.f1_score(LABELS, PREDICTED, average="macro"),
        "kappa": sklearn_metrics.cohen_kappa_score(LABELS, PREDICTED),
        "nll": sklearn_metrics.log_loss(LABELS, PROBABILITIES),
        "auroc": sklearn_metrics.roc_auc_score(suspicious, PROBABILITIES[:, 2:].sum(1)),
        "recall:1": sklearn_metrics.recall_score(LABELS, PREDICTED, average=None)[1],
        "precision:1": sklearn_metrics.precision_score(LABELS, PREDICTED, average=None)[1],
        "f1:1": sklearn_metrics.f1_score(LABELS, PREDICTED, average=None)[1],
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-9), name
    false_rate, true_rate, _ = sklearn_metrics.roc_curve(suspicious, PROBABILITIES[:, 2:].sum(1))
    assert found["sensitivity_at_0.95"] == pytest.approx(true_rate[false_rate <= 0.05].max(), abs=1e-9)


def test_brier_and_ece_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.3, 0.7], [0.3, 0.7]])
    labels = np.array([0, 1, 1, 1])
    found = measure(probabilities, labels, (), draw_groups(np.array(["a", "b", "c", "d"]), 1))
    assert found["brier"][0] == pytest.approx((0.02 + 1.62 + 0.18 + 0.18) / 4)
    # Bins of confidence .9 (half right) and .7 (all right), two patches each.
    assert found["ece"][0] == pytest.approx(0.5 * 0.4 + 0.5 * 0.3)
    assert "auroc" not in found


def test_a_resample_is_the_metric_of_the_repeated_groups() -> None:
    draws = draw_groups(GROUPS, 3)
    found = measure(PROBABILITIES, LABELS, (2, 3), draws)
    for number in range(4):
        times = draws.multiplicities[number].astype(int)[draws.group_of]
        labels, probabilities = np.repeat(LABELS, times), np.repeat(PROBABILITIES, times, axis=0)
        exact = measure(probabilities, labels, (2, 3), draw_groups(np.repeat(GROUPS, times), 1))
        for name, values in exact.items():
            assert found[name][number] == pytest.approx(values[0], abs=1e-9), name
    assert (draws.multiplicities.sum(1) == 15).all()


def test_intervals_hold_the_value_and_widen_with_dependence_in_groups() -> None:
    accuracy = interval(measured(1000)["accuracy"])
    assert accuracy["low"] < accuracy["value"] < accuracy["high"]
    # Whole groups right or wrong: a patch-wise bootstrap would be far too sure.
    groups = np.repeat([f"g{i}" for i in range(10)], 60)
    labels = np.zeros(600, np.int64)
    right = np.repeat(np.arange(10) < 7, 60)
    probabilities = np.where(right[:, None], [[0.9, 0.1]], [[0.1, 0.9]])
    wide = interval(measure(probabilities, labels, (), draw_groups(groups, 1000))["accuracy"])
    assert wide["high"] - wide["low"] > 0.4


def test_a_model_minus_itself_is_exactly_zero_on_every_resample() -> None:
    one, other = measured()["balanced_accuracy"], measured()["balanced_accuracy"]
    assert (one - other == 0).all()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_fitted_temperature_undoes_a_scaling(temperature: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 4)) * 2
    probabilities = metrics.softmax(logits)
    labels = (probabilities.cumsum(1) > rng.random((4000, 1))).argmax(1)
    assert metrics.fit_temperature(logits * temperature, labels) == pytest.approx(temperature, rel=0.1)


def test_selective_risk_by_hand() -> None:
    coverage, risk = metrics.selective_risk(np.array([1.0, 1.0, 0.0, 1.0, 0.0]))
    np.testing.assert_allclose(coverage, [0.2, 0.4, 0.6, 0.8, 1.0])
    np.testing.assert_allclose(risk, [0.0, 0.0, 1 / 3, 0.25, 0.4])
    assert metrics.risk_at(coverage, risk, 0.4) == 0.0
    assert metrics.risk_at(coverage, risk, 0.5) == pytest.approx(1 / 3)
    assert metrics.risk_at(coverage, risk, 1.0) == pytest.approx(0.4)


def test_confidence_that_knows_its_errors_has_a_smaller_area_on_every_draw() -> None:
    from kd.bootstrap import draw_groups, measure

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    top = np.where(rng.random(300) < 0.7, labels, (labels + 1) % 3)
    knows, guesses = (np.full((300, 3), 0.0) for _ in range(2))
    for table, confidence in ((knows, np.where(top == labels, 0.9, 0.5)), (guesses, rng.uniform(0.5, 0.9, 300))):
        table[:] = ((1 - confidence) / 2)[:, None]
        table[np.arange(300), top] = confidence
    draws = draw_groups(np.array([f"case{i % 20}" for i in range(300)]), 50)
    one, other = (measure(table, labels, (), draws) for table in (knows, guesses))
    np.testing.assert_allclose(one["accuracy"], other["accuracy"])
    assert (one["aurc"] < other["aurc"]).all()
    assert (one["accuracy_at_coverage_0.8"] > other["accuracy_at_coverage_0.8"]).all()
    # Errors last: no risk up to the share of right answers.
    share = one["accuracy"][0]
    assert one["accuracy_at_coverage_0.8"][0] == pytest.approx(share / 0.8, abs=0.01)

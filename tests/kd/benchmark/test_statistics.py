"""Statistics of comparisons against values computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kd.benchmark.statistics import (
    difference,
    estimate,
    group_means,
    holm,
    inheritance,
    mcnemar,
    over_seeds,
    seed_weights,
)
from kd.bootstrap import Draws, draw_groups


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    # sorted .01 .02 .03: 3 x .01, 2 x .02, 1 x .03 -> raised to .04
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])


def test_mcnemar_is_the_exact_binomial_of_the_disagreements() -> None:
    ours = np.array([True] * 6 + [False] * 1 + [True] * 5)
    theirs = np.array([False] * 6 + [True] * 1 + [True] * 5)
    # 6 against 1: 2 (C(7,0) + C(7,1)) / 2^7
    assert mcnemar(ours, theirs) == pytest.approx(2 * (1 + 7) / 128)
    assert mcnemar(ours, ours) == 1.0


def test_the_paired_difference_counts_resamples_beyond_zero() -> None:
    ours = np.array([0.9, 0.9, 0.9, 0.8, 0.9])
    theirs = np.array([0.8, 0.8, 0.8, 0.9, 0.8])
    found = difference(ours, theirs)
    assert found.value == pytest.approx(0.1)
    assert found.p == pytest.approx(2 * (1 + 1) / 5)
    assert difference(theirs, ours).p == pytest.approx(found.p)


def test_pairing_removes_what_groups_share() -> None:
    """Both models fail on the same hard group; the better one is ahead in every group all the same."""
    groups = np.repeat(np.array([f"g{i}" for i in range(10)]), 100)
    draws = draw_groups(groups, 500)
    base = np.repeat(np.linspace(0.2, 0.9, 10), 100)
    worse, better = group_means(base, draws), group_means(base + 0.01, draws)
    assert estimate(worse).high - estimate(worse).low > 0.2
    found = difference(better, worse)
    assert (found.low, found.high) == pytest.approx((0.01, 0.01))
    assert found.p == pytest.approx(2 / 501)


def test_group_means_weigh_groups_by_their_patches() -> None:
    draws = Draws(np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 2.0]]), np.array([0, 1, 1, 1]))
    assert group_means(np.array([1.0, 0.0, 0.0, 1.0]), draws) == pytest.approx([0.5, 1.0, 1 / 3])


def test_seeds_are_drawn_as_groups_are() -> None:
    weights = seed_weights(4, 200)
    assert weights[0] == pytest.approx([0.25] * 4)
    assert weights.sum(1) == pytest.approx(np.ones(201))
    assert weights[1:].max() > 0.25
    seeds = [np.full(201, float(s)) for s in range(4)]
    values = over_seeds(seeds, weights)
    assert values[0] == pytest.approx(1.5)
    assert estimate(values).low < 1.5 < estimate(values).high
    assert (seed_weights(1, 5) == 1.0).all()


def test_inheritance_is_the_share_of_what_the_teacher_has_more() -> None:
    alone = {"blur": np.array([0.5, 0.5]), "noise": np.array([0.6, 0.6])}
    teacher = {"blur": np.array([0.7, 0.7]), "noise": np.array([0.9, 0.9])}
    student = {"blur": np.array([0.6, 0.7]), "noise": np.array([0.9, 0.9])}
    rho, possible = inheritance(student, teacher, alone)
    assert rho.value == pytest.approx((0.1 + 0.3) / (0.2 + 0.3))
    assert possible.value == pytest.approx(0.25)

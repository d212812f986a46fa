"""Logit losses against their formulas, written out image by image in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from kd.losses.correlation import between_classes, within_class
from kd.losses.decoupled import other_classes_kl, target_class_kl
from kd.losses.normalised import others_cross_entropy, target_cross_entropy
from kd.losses.response import softened_kl
from kd.losses.standardised import standardised, standardised_kl

RNG = np.random.default_rng(11)
STUDENT, TEACHER = RNG.normal(0, 2, (2, 6, 4))
LABELS = [0, 3, 1, 2, 0, 3]


def tensors() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return torch.tensor(STUDENT).float(), torch.tensor(TEACHER).float(), torch.tensor(LABELS)


def probabilities(logits: list[float], temperature: float = 1.0) -> list[float]:
    total = math.fsum(math.exp(z / temperature) for z in logits)
    return [math.exp(z / temperature) / total for z in logits]


def kl(p: list[float], q: list[float]) -> float:
    return math.fsum(a * math.log(a / b) for a, b in zip(p, q, strict=True))


def others(logits: np.ndarray, label: int) -> list[float]:
    return [float(z) for c, z in enumerate(logits) if c != label]


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_decoupled_terms(temperature: float) -> None:
    target, rest = [], []
    for s, t, y in zip(STUDENT, TEACHER, LABELS, strict=True):
        p, q = probabilities(list(t), temperature), probabilities(list(s), temperature)
        target.append(temperature**2 * kl([p[y], 1 - p[y]], [q[y], 1 - q[y]]))
        n, m = probabilities(others(t, y), temperature), probabilities(others(s, y), temperature)
        rest.append(temperature**2 * kl(n, m))
    s, t, y = tensors()
    np.testing.assert_allclose(target_class_kl(s, t, y, temperature), target, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(other_classes_kl(s, t, y, temperature), rest, rtol=1e-5, atol=1e-5)


def test_decoupled_terms_add_up_to_the_plain_kl() -> None:
    # KL = TCKD + (1 - p_t[y]) NCKD: the identity that the method starts from.
    s, t, y = tensors()
    doubt = 1.0 - (t / 2.0).softmax(1).gather(1, y[:, None]).squeeze(1)
    whole = (target_class_kl(s, t, y, 2.0) + doubt * other_classes_kl(s, t, y, 2.0)).mean()
    assert float(whole) == pytest.approx(float(softened_kl(s, t, 2.0)), rel=1e-5)


def test_decoupled_terms_stay_finite_where_the_teacher_is_certain() -> None:
    sure = torch.tensor([[200.0, 0.0, -200.0]])
    student = torch.zeros(1, 3, requires_grad=True)
    value = (
        target_class_kl(student, sure, torch.tensor([0]), 1.0) + other_classes_kl(student, sure, torch.tensor([0]), 1.0)
    ).sum()
    value.backward()
    assert float(value) == pytest.approx(math.log(3) + math.log(2), rel=1e-5)
    assert torch.isfinite(student.grad).all()  # type: ignore[arg-type]


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_normalised_terms(temperature: float) -> None:
    target, rest = [], []
    for s, t, y in zip(STUDENT, TEACHER, LABELS, strict=True):
        target.append(-probabilities(list(t))[y] * math.log(probabilities(list(s))[y]))
        n, m = probabilities(others(t, y), temperature), probabilities(others(s, y), temperature)
        rest.append(-(temperature**2) * math.fsum(a * math.log(b) for a, b in zip(n, m, strict=True)))
    s, t, y = tensors()
    assert float(target_cross_entropy(s, t, y)) == pytest.approx(np.mean(target), rel=1e-5)
    assert float(others_cross_entropy(s, t, y, temperature)) == pytest.approx(np.mean(rest), rel=1e-5)


def test_the_others_do_not_contain_the_target() -> None:
    # The slip in one state of the published code: there, the target's logit still changes the term.
    s, t, y = tensors()
    moved = s.clone()
    moved[torch.arange(6), y] += 3.0
    assert torch.equal(others_cross_entropy(moved, t, y, 1.0), others_cross_entropy(s, t, y, 1.0))
    assert torch.equal(other_classes_kl(moved, t, y, 1.0), other_classes_kl(s, t, y, 1.0))


def test_standardised_logits() -> None:
    expected = []
    for s, t in zip(STUDENT, TEACHER, strict=True):
        zs, zt = ([(v - np.mean(z)) / (np.std(z, ddof=1) + 1e-7) for v in z] for z in (s, t))
        expected.append(4.0 * kl(probabilities(zt, 2.0), probabilities(zs, 2.0)))
    s, t, _ = tensors()
    assert float(standardised_kl(s, t, 2.0)) == pytest.approx(np.mean(expected), rel=1e-5)


def test_standardising_forgets_size_and_shift() -> None:
    s, t, _ = tensors()
    assert float(standardised_kl(3.0 * t + 1.0, t, 2.0)) == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(standardised(torch.tensor([[5.0, -1.0]])), [[0.70710678, -0.70710678]], rtol=1e-5)
    assert float(standardised_kl(s, t, 2.0)) > 0.01


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_correlations(temperature: float) -> None:
    p = np.array([probabilities(list(z), temperature) for z in STUDENT])
    q = np.array([probabilities(list(z), temperature) for z in TEACHER])
    rows = [1 - np.corrcoef(p[b], q[b])[0, 1] for b in range(6)]
    columns = [1 - np.corrcoef(p[:, c], q[:, c])[0, 1] for c in range(4)]
    s, t, _ = tensors()
    assert float(between_classes(s, t, temperature)) == pytest.approx(temperature**2 * np.mean(rows), rel=1e-5)
    assert float(within_class(s, t, temperature)) == pytest.approx(temperature**2 * np.mean(columns), rel=1e-5)


def test_why_two_classes_are_refused() -> None:
    s, t = torch.tensor([[0.3, -0.2], [1.0, 2.0]]), torch.tensor([[2.0, -4.0], [0.1, 0.2]])
    y = torch.tensor([0, 1])
    assert float(other_classes_kl(s, t, y, 1.0).abs().max()) == 0.0
    assert float(standardised_kl(s, t, 1.0)) == pytest.approx(0.0, abs=1e-6)
    s.requires_grad_(True)
    between_classes(s, t, 1.0).backward()
    assert float(s.grad.abs().max()) < 1e-5  # type: ignore[union-attr]

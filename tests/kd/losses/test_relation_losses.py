"""Losses on relations between images or tokens against their formulas, written out pair by pair in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kd.losses.relations import angle_relation, distance_relation
from kd.losses.self_attention_relations import relation_kl
from kd.losses.similarity import batch_similarity

RNG = np.random.default_rng(12)
STUDENT, TEACHER = RNG.normal(size=(5, 6)), RNG.normal(size=(5, 9))  # widths may differ


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array).float()


def smooth_l1(a: np.ndarray, b: np.ndarray) -> float:
    d = np.abs(a - b)
    return float(np.where(d < 1, 0.5 * d**2, d - 0.5).mean())


def softmax(values: np.ndarray) -> np.ndarray:
    return np.exp(values) / np.exp(values).sum()


def test_batch_similarity() -> None:
    s, t = RNG.normal(size=(4, 3, 5)), RNG.normal(size=(4, 2, 7))
    maps = []
    for features in (s, t):
        gram = np.array([[(a * b).sum() for b in features] for a in features])
        maps.append(np.array([row / np.sqrt((row**2).sum()) for row in gram]))
    expected = ((maps[0] - maps[1]) ** 2).sum() / 16
    assert float(batch_similarity(tensor(s), tensor(t))) == pytest.approx(expected, rel=1e-5)


def test_distances() -> None:
    relative = []
    for e in (STUDENT, TEACHER):
        d = np.array([[np.sqrt(((a - b) ** 2).sum()) for b in e] for a in e])
        relative.append(d / d[d > 0].mean())
    expected = smooth_l1(relative[0], relative[1])
    assert float(distance_relation(tensor(STUDENT), tensor(TEACHER))) == pytest.approx(expected, rel=1e-5)


def test_angles() -> None:
    cosines = []
    for e in (STUDENT, TEACHER):
        cube = np.zeros((5, 5, 5))
        for i in range(5):
            for j in range(5):
                for k in range(5):
                    a, b = e[j] - e[i], e[k] - e[i]
                    if i not in (j, k):
                        cube[i, j, k] = a @ b / np.sqrt(a @ a) / np.sqrt(b @ b)
        cosines.append(cube)
    expected = smooth_l1(cosines[0], cosines[1])
    assert float(angle_relation(tensor(STUDENT), tensor(TEACHER))) == pytest.approx(expected, rel=1e-5)


def test_relations_are_blind_to_size_shift_and_rotation() -> None:
    rotation, _ = np.linalg.qr(RNG.normal(size=(6, 6)))
    moved = tensor(STUDENT @ rotation * 2.5 + 1.0)
    assert float(distance_relation(moved, tensor(STUDENT))) == pytest.approx(0.0, abs=1e-8)
    assert float(angle_relation(moved, tensor(STUDENT))) == pytest.approx(0.0, abs=1e-8)
    assert float(distance_relation(tensor(STUDENT), tensor(TEACHER))) > 1e-3


def test_two_equal_images_in_a_batch_leave_the_gradient_finite() -> None:
    twice = torch.ones(3, 4, requires_grad=True)
    (distance_relation(twice, tensor(STUDENT)[:3]) + angle_relation(twice, tensor(STUDENT)[:3])).backward()
    assert torch.isfinite(twice.grad).all()  # type: ignore[arg-type]


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_self_attention_relations(heads: int) -> None:
    student, teacher = RNG.normal(size=(2, 2, 5, 4)), RNG.normal(size=(2, 4, 5, 3))  # 2 heads of 4, 4 heads of 3
    expected = []
    for b in range(2):
        joined = [np.concatenate(list(x[b]), axis=1) for x in (student, teacher)]  # (tokens, width)
        for h in range(heads):
            rows = []
            for x in joined:
                d = x.shape[1] // heads
                part = x[:, h * d : (h + 1) * d]
                rows.append([softmax(np.array([a @ c for c in part]) / np.sqrt(d)) for a in part])
            expected += [(t * np.log(t / s)).sum() for s, t in zip(*rows, strict=True)]
    found = relation_kl(tensor(student), tensor(teacher), heads)
    assert float(found) == pytest.approx(np.mean(expected), rel=1e-5)

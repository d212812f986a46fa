"""Contrast and categorical relations against their formulas, written out image by image in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from kd.losses.class_contrast import categorical_relation_kl, class_centroids, likelihoods, noise_contrast

RNG = np.random.default_rng(14)
LABELS = [0, 1, 2, 0, 1, 2, 0, -1]


def unit(rows: int) -> np.ndarray:
    values = RNG.normal(size=(rows, 5))
    return values / np.sqrt((values**2).sum(1, keepdims=True))


EMBEDDINGS_S, EMBEDDINGS_T, MEMORY_S, MEMORY_T = unit(4), unit(4), unit(8), unit(8)


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array).float()


def test_likelihoods_of_the_drawn_rows() -> None:
    drawn = RNG.integers(0, 8, (4, 6))
    expected = [[math.exp(e @ MEMORY_T[r] / 0.5) for r in rows] for e, rows in zip(EMBEDDINGS_S, drawn, strict=True)]
    found = likelihoods(tensor(EMBEDDINGS_S), tensor(MEMORY_T), torch.tensor(drawn), 0.5)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_noise_contrast() -> None:
    positives, negatives, samples = RNG.uniform(0.1, 3, (4, 2)), RNG.uniform(0.01, 1, (4, 6)), 50
    c = 6 / samples
    expected = 0.0
    for p, n in zip(positives, negatives, strict=True):
        expected -= sum(math.log(x / (x + c)) for x in p) / 2 + sum(math.log(c / (x + c)) for x in n)
    found = noise_contrast(tensor(positives), tensor(negatives), samples)
    assert float(found) == pytest.approx(expected / 4, rel=1e-5)


def test_centroids_are_means_of_the_positive_parts() -> None:
    found = class_centroids(tensor(MEMORY_S), torch.tensor(LABELS), 3)
    for c in range(3):
        rows = [np.maximum(MEMORY_S[i], 0) for i, label in enumerate(LABELS) if label == c]
        mean = sum(rows) / len(rows)
        np.testing.assert_allclose(found[c], mean / np.sqrt((mean**2).sum()), rtol=1e-5)


def test_categorical_relation() -> None:
    tau, labels = 0.3, torch.tensor(LABELS)
    anchors_s, anchors_t = (class_centroids(tensor(m), labels, 3).double().numpy() for m in (MEMORY_S, MEMORY_T))
    expected = []
    for s, t in zip(EMBEDDINGS_S, EMBEDDINGS_T, strict=True):
        p, q = (np.exp(a @ e / tau) for e, a in ((t, anchors_t), (s, anchors_s)))
        p, q = p / p.sum(), q / q.sum()
        expected.append((p * np.log(p / q)).sum())
    inputs = [tensor(v).requires_grad_() for v in (EMBEDDINGS_S, EMBEDDINGS_T, anchors_s, anchors_t)]
    found = categorical_relation_kl(*inputs, tau)
    assert float(found.detach()) == pytest.approx(np.mean(expected), rel=1e-5)
    found.backward()
    assert inputs[0].grad is not None
    assert all(value.grad is None for value in inputs[1:])

"""Segmentation losses against their formulas, written out pixel by pixel in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kd.segment import losses

RNG = np.random.default_rng(3)
STUDENT, TEACHER = RNG.normal(size=(2, 2, 3, 4, 4))  # (B, C, H, W)
MASKS = RNG.integers(0, 3, (2, 4, 4))
NARROW, WIDE = RNG.normal(size=(2, 3, 4, 4)), RNG.normal(size=(2, 5, 2, 2))


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array).float()


def softmax(values: np.ndarray) -> np.ndarray:
    return np.exp(values) / np.exp(values).sum()


def kl(p: np.ndarray, q: np.ndarray) -> float:
    return float((p * np.log(p / q)).sum())


def pooled(features: np.ndarray) -> np.ndarray:
    """4 x 4 averaged to 2 x 2 over the last two axes."""
    return features.reshape(*features.shape[:-2], 2, 2, 2, 2).mean(axis=(-3, -1))


def test_supervised_is_cross_entropy_plus_dice() -> None:
    entropy, overlap, total = [], np.zeros(3), np.zeros(3)
    for b, y, x in np.ndindex(2, 4, 4):
        p, label = softmax(STUDENT[b, :, y, x]), MASKS[b, y, x]
        entropy.append(-np.log(p[label]))
        overlap[label] += p[label]
        total += p
        total[label] += 1
    expected = np.mean(entropy) + 1 - ((2 * overlap + 1) / (total + 1)).mean()
    assert float(losses.supervised(tensor(STUDENT), torch.tensor(MASKS))) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_logits_kld_is_summed_over_classes_and_averaged_over_pixels(temperature: float) -> None:
    terms = [
        kl(softmax(TEACHER[b, :, y, x] / temperature), softmax(STUDENT[b, :, y, x] / temperature))
        for b, y, x in np.ndindex(2, 4, 4)
    ]
    found = losses.logits_kld(tensor(STUDENT), tensor(TEACHER), temperature)
    assert float(found) == pytest.approx(temperature**2 * np.mean(terms), rel=1e-5)


def test_logits_mse() -> None:
    found = losses.logits_mse(tensor(STUDENT), tensor(TEACHER))
    assert float(found) == pytest.approx(((STUDENT - TEACHER) ** 2).mean(), rel=1e-5)


def test_hidden_losses_compare_where_features_are_strong() -> None:
    squared, divergence = [], []
    for narrow, wide in zip(NARROW, WIDE, strict=True):
        ours, theirs = pooled((narrow**2).mean(0)).ravel(), (wide**2).mean(0).ravel()
        squared.append(((ours / np.linalg.norm(ours) - theirs / np.linalg.norm(theirs)) ** 2).sum())
        p, q = (theirs + 1e-6) / (theirs + 1e-6).sum(), (ours + 1e-6) / (ours + 1e-6).sum()
        divergence.append(kl(p, q))
    assert float(losses.hidden_mse(tensor(NARROW), tensor(WIDE))) == pytest.approx(np.mean(squared), rel=1e-5)
    assert float(losses.hidden_kld(tensor(NARROW), tensor(WIDE))) == pytest.approx(np.mean(divergence), rel=1e-5)


def test_hidden_losses_do_not_see_the_scale() -> None:
    assert float(losses.hidden_mse(tensor(NARROW), 5 * tensor(NARROW))) == pytest.approx(0.0, abs=1e-6)


def test_regressed_losses_are_taken_on_the_smaller_grid() -> None:
    ours, theirs = RNG.normal(size=(2, 5, 4, 4)), WIDE
    small = pooled(ours)
    found = losses.regressed_mse(tensor(ours), tensor(theirs))
    assert float(found) == pytest.approx(((small - theirs) ** 2).mean(), rel=1e-5)
    terms = [kl(softmax(theirs[b, :, y, x]), softmax(small[b, :, y, x])) for b, y, x in np.ndindex(2, 2, 2)]
    found = losses.regressed_kld(tensor(ours), tensor(theirs))
    assert float(found) == pytest.approx(np.mean(terms), rel=1e-5)


def test_layers_l1_weighs_layers_alike() -> None:
    big, small = RNG.normal(size=(2, 2, 3, 4, 4)), RNG.normal(size=(2, 2, 3, 2, 2))
    expected = (np.abs(big[0] - big[1]).mean() + np.abs(small[0] - small[1]).mean()) / 2
    ours, theirs = [tensor(big[0]), tensor(small[0])], [tensor(big[1]), tensor(small[1])]
    assert float(losses.layers_l1(ours, theirs)) == pytest.approx(expected, rel=1e-5)

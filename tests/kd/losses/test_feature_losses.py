"""Losses on tokens and attention against their formulas, written out image by image in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kd.losses.class_attention import mean_attention_kl, product_attention_kl
from kd.losses.masked_generation import masked_squared_error, random_mask, summed_squared_error
from kd.losses.patient import class_token_direction

RNG = np.random.default_rng(13)
STUDENT, TEACHER = RNG.normal(size=(2, 3, 8, 4))  # (B, N, D)
SCORES_S, SCORES_T = RNG.normal(size=(3, 2, 9)), RNG.normal(size=(3, 4, 9))  # heads may differ


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array).float()


def softmax(values: np.ndarray) -> np.ndarray:
    return np.exp(values) / np.exp(values).sum()


def kl(p: np.ndarray, q: np.ndarray) -> float:
    return float((p * np.log(p / q)).sum())


def test_summed_squared_error_is_a_sum_over_tokens_and_channels() -> None:
    expected = np.mean([((s - t) ** 2).sum() for s, t in zip(STUDENT, TEACHER, strict=True)])
    assert float(summed_squared_error(tensor(STUDENT), tensor(TEACHER))) == pytest.approx(expected, rel=1e-5)


def test_masked_squared_error_counts_hidden_tokens_alone() -> None:
    mask = np.zeros((3, 8))
    mask[0, 1] = mask[1, 4] = mask[1, 5] = mask[2, 7] = 1
    expected = sum(((STUDENT[b, n] - TEACHER[b, n]) ** 2).sum() for b, n in zip(*mask.nonzero(), strict=True)) / 3
    found = masked_squared_error(tensor(STUDENT), tensor(TEACHER), tensor(mask))
    assert float(found) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("share", "hidden"), [(0.5, 8), (0.25, 4), (0.99, 16)])
def test_the_mask_hides_equally_many_tokens_of_every_image_in_random_places(share: float, hidden: int) -> None:
    torch.manual_seed(0)
    mask = random_mask(64, 16, share, torch.device("cpu"))
    assert set(mask.unique().tolist()) <= {0.0, 1.0}
    assert (mask.sum(1) == hidden).all()
    if hidden < 16:
        assert len({tuple(row.tolist()) for row in mask}) > 32
        assert (mask.sum(0) > 0).all()


def test_class_token_direction_is_summed_over_channels() -> None:
    terms = []
    for s, t in zip(STUDENT[:, 0], TEACHER[:, 0], strict=True):
        terms.append(((s / np.sqrt((s**2).sum()) - t / np.sqrt((t**2).sum())) ** 2).sum())
    found = class_token_direction(tensor(STUDENT[:, 0]), tensor(TEACHER[:, 0]))
    assert float(found) == pytest.approx(np.mean(terms), rel=1e-5)
    opposite = class_token_direction(tensor(STUDENT[:, 0]), -3.0 * tensor(STUDENT[:, 0]))
    assert float(opposite) == pytest.approx(4.0, rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 10.0])
def test_product_attention(temperature: float) -> None:
    expected = []
    for s, t in zip(SCORES_S, SCORES_T, strict=True):
        maps = []
        for scores in (s, t):
            product = np.prod([softmax(row) ** (1.0 / temperature) for row in scores], axis=0)
            clamped = np.clip(product / product.sum(), 1e-5, 0.996)
            maps.append(clamped / clamped.sum())
        expected.append(kl(maps[1], maps[0]))
    found = product_attention_kl(tensor(SCORES_S), tensor(SCORES_T), temperature)
    assert float(found) == pytest.approx(np.mean(expected), rel=1e-5)


def test_product_attention_is_clamped() -> None:
    sharp = torch.zeros(1, 1, 4)
    sharp[..., 0] = 50.0
    found = product_attention_kl(torch.zeros(1, 1, 4), sharp, 1.0)
    t = np.array([0.996, 1e-5, 1e-5, 1e-5])
    assert float(found) == pytest.approx(kl(t / t.sum(), np.full(4, 0.25)), rel=1e-5)


def test_mean_attention_is_that_of_the_patches_alone() -> None:
    expected = []
    for s, t in zip(SCORES_S, SCORES_T, strict=True):
        maps = [np.mean([softmax(row[1:]) for row in scores], axis=0) for scores in (s, t)]
        expected.append(kl(maps[1], maps[0]))
    found = mean_attention_kl(tensor(SCORES_S), tensor(SCORES_T))
    assert float(found) == pytest.approx(np.mean(expected), rel=1e-5)
    moved = SCORES_S.copy()
    moved[..., 0] += 5.0
    assert float(mean_attention_kl(tensor(moved), tensor(SCORES_S))) == pytest.approx(0.0, abs=1e-7)

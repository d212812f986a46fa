"""Every loss against its formula, written out again in plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kd.losses.attention_transfer import channel_attention, class_token_cosine, spatial_attention
from kd.losses.channel_wise import channel_kl, spatial_kl
from kd.losses.cross_entropy import cross_entropy
from kd.losses.feature_mse import feature_mse
from kd.losses.gram import batch_cosines, channel_cosines, token_cosines
from kd.losses.response import softened_kl
from kd.losses.tokens import normalised_tokens

RNG = np.random.default_rng(3)
STUDENT, TEACHER = RNG.normal(size=(2, 4, 5, 6))  # (B, N, D)
CLASS_S, CLASS_T = RNG.normal(size=(2, 4, 6))
LOGITS_S, LOGITS_T = RNG.normal(size=(2, 4, 3))


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array).float()


def softmax(values: np.ndarray, axis: int) -> np.ndarray:
    exponential = np.exp(values - values.max(axis, keepdims=True))
    return exponential / exponential.sum(axis, keepdims=True)


def kl(p: np.ndarray, q: np.ndarray) -> float:
    return float((p * np.log(p / q)).sum())


def unit(values: np.ndarray) -> np.ndarray:
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


def test_softened_kl_of_two_classes_by_hand() -> None:
    # p_t = (3/4, 1/4), p_s = (1/2, 1/2): KL = .75 ln 1.5 + .25 ln .5; T = 1.
    value = softened_kl(torch.tensor([[0.0, 0.0]]), torch.tensor([[np.log(3.0), 0.0]]), 1.0)
    assert float(value) == pytest.approx(0.75 * np.log(1.5) + 0.25 * np.log(0.5), abs=1e-6)


def test_softened_kl_is_summed_over_classes_and_averaged_over_the_batch() -> None:
    p, q = softmax(LOGITS_T / 2, 1), softmax(LOGITS_S / 2, 1)
    assert float(softened_kl(tensor(LOGITS_S), tensor(LOGITS_T), 2.0)) == pytest.approx(4 * kl(p, q) / 4, rel=1e-5)


def test_cross_entropy_with_mixed_targets_and_prior() -> None:
    targets = np.array([[1, 0, 0], [0.3, 0.7, 0], [0, 0, 1], [0, 1, 0]])
    prior = np.array([0.6, 0.3, 0.1])
    expected = -(targets * np.log(softmax(LOGITS_S + np.log(prior), 1))).sum(1).mean()
    found = cross_entropy(tensor(LOGITS_S), tensor(targets), tensor(np.log(prior)))
    assert float(found) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("tau", [1.0, 4.0])
def test_channel_wise(tau: float) -> None:
    over_tokens = kl(softmax(TEACHER / tau, 1), softmax(STUDENT / tau, 1)) * tau**2 / (4 * 6)
    over_channels = kl(softmax(TEACHER / tau, 2), softmax(STUDENT / tau, 2)) * tau**2 / (4 * 5)
    assert float(channel_kl(tensor(STUDENT), tensor(TEACHER), tau)) == pytest.approx(over_tokens, rel=1e-4)
    assert float(spatial_kl(tensor(STUDENT), tensor(TEACHER), tau)) == pytest.approx(over_channels, rel=1e-4)


def test_attention_transfer_is_summed_over_positions() -> None:
    spatial = (unit((STUDENT**2).mean(2)) - unit((TEACHER**2).mean(2))) ** 2
    channel = (unit((STUDENT**2).mean(1)) - unit((TEACHER**2).mean(1))) ** 2
    assert float(spatial_attention(tensor(STUDENT), tensor(TEACHER))) == pytest.approx(spatial.sum(1).mean(), rel=1e-4)
    assert float(channel_attention(tensor(STUDENT), tensor(TEACHER))) == pytest.approx(channel.sum(1).mean(), rel=1e-4)
    cosine = 1 - (unit(CLASS_S) * unit(CLASS_T)).sum(1)
    assert float(class_token_cosine(tensor(CLASS_S), tensor(CLASS_T))) == pytest.approx(cosine.mean(), rel=1e-5)


def test_gram() -> None:
    def squared(a: np.ndarray, b: np.ndarray) -> float:
        return float(((unit(a) @ unit(a).swapaxes(-1, -2) - unit(b) @ unit(b).swapaxes(-1, -2)) ** 2).mean())

    pairs = (
        (token_cosines, STUDENT, TEACHER, squared(STUDENT, TEACHER)),
        (channel_cosines, STUDENT, TEACHER, squared(STUDENT.swapaxes(1, 2), TEACHER.swapaxes(1, 2))),
        (batch_cosines, CLASS_S, CLASS_T, squared(CLASS_S, CLASS_T)),
    )
    for loss, student, teacher, expected in pairs:
        assert float(loss(tensor(student), tensor(teacher))) == pytest.approx(expected, rel=1e-4)


def test_feature_mse_and_tokens() -> None:
    hidden = RNG.normal(2.0, 3.0, size=(2, 5, 8))
    normalised = (hidden - hidden.mean(2, keepdims=True)) / np.sqrt(hidden.var(2, keepdims=True) + 1e-5)
    class_token, patches = normalised_tokens(tensor(hidden))
    np.testing.assert_allclose(class_token, normalised[:, 0], atol=1e-5)
    np.testing.assert_allclose(patches, normalised[:, 1:], atol=1e-5)
    assert float(feature_mse(tensor(STUDENT), tensor(TEACHER))) == pytest.approx(((STUDENT - TEACHER) ** 2).mean())


@pytest.mark.parametrize(
    "loss",
    [
        lambda s, t: spatial_kl(s, t, 1.0),
        lambda s, t: channel_kl(s, t, 1.0),
        spatial_attention,
        channel_attention,
        token_cosines,
        channel_cosines,
        feature_mse,
    ],
)
def test_feature_losses_vanish_only_for_equal_features_and_are_float32_under_autocast(loss: object) -> None:
    student, teacher = tensor(STUDENT).bfloat16(), tensor(TEACHER).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        different = loss(student, teacher)  # type: ignore[operator]
        equal = loss(teacher, teacher)  # type: ignore[operator]
    assert different.dtype == torch.float32
    assert float(equal) == pytest.approx(0.0, abs=1e-6)
    assert float(different) > 1e-3

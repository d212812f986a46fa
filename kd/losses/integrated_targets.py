"""Soft targets put together from several teachers. A reconstruction: the weights are ours."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def teacher_weights(validation_nll: Sequence[float], tau: float) -> Tensor:
    """(K,): ``softmax_k(-NLL_k / tau)`` of the teachers' negative log likelihoods on validation patches."""
    return (-torch.tensor(list(validation_nll), dtype=torch.float64) / tau).softmax(0).float()


def sample_weights(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """(K, B): ``w_k p_k(y | x)``, normalised over teachers; ``w_k`` alone for images without a label.

    Logits (K, B, C), targets (B, C) as probabilities (zeros: no label), weights (K,).
    """
    likelihood = (logits.float().softmax(-1) * targets).sum(-1)
    likelihood = torch.where(targets.sum(-1) > 0, likelihood, torch.ones_like(likelihood))
    joint = weights[:, None] * likelihood.clamp(min=1e-12)
    result: Tensor = joint / joint.sum(0, keepdim=True)
    return result


def integrated_kl(student: Tensor, teachers: Tensor, weights: Tensor, temperature: float) -> Tensor:
    """``T^2 KL(q || softmax(z_s / T))`` with ``q = sum_k w_k softmax(z_k / T)``, mean over images.

    Student (B, C), teachers (K, B, C), weights (K, B), of each image adding up to 1.
    """
    mixture = (weights[..., None] * (teachers.float() / temperature).softmax(-1)).sum(0)
    ours = (student.float() / temperature).log_softmax(-1)
    terms = (torch.special.xlogy(mixture, mixture) - mixture * ours).sum(-1)
    loss: Tensor = temperature**2 * terms.mean()
    return loss

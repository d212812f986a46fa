"""Logit standardisation of Sun et al. 2024 (arXiv 2403.01427), the formula of the official code."""

from __future__ import annotations

from torch import Tensor

from kd.losses.precision import in_float32
from kd.losses.response import softened_kl


@in_float32
def standardised(logits: Tensor) -> Tensor:
    """``(z - mean) / (std + 1e-7)`` over the classes of each image, std with C - 1; logits (B, C)."""
    return (logits - logits.mean(1, keepdim=True)) / (logits.std(1, keepdim=True) + 1e-7)


def standardised_kl(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """The softened KL of standardised logits: order and spacing count, size does not; logits (B, C)."""
    return softened_kl(standardised(student), standardised(teacher), temperature)

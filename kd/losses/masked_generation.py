"""Sums of squared errors of ViTKD, Yang et al. 2022 (arXiv 2209.02432), as in the official cls_KD code.

Sums over tokens and channels, means over the batch: the published weights are small because of that, and belong to
these sums alone.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kd.losses.precision import in_float32


@in_float32
def summed_squared_error(student: Tensor, teacher: Tensor) -> Tensor:
    """``1/B sum (s - t)^2``; tensors (B, N, D)."""
    return (student - teacher).square().sum() / len(student)


@in_float32
def masked_squared_error(generated: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """``1/B sum m (g - t)^2``; tokens (B, N, D), ``mask`` (B, N) with 1 where the token had been hidden."""
    return ((generated - teacher).square() * mask[..., None]).sum() / len(generated)


def random_mask(images: int, tokens: int, share: float, device: torch.device) -> Tensor:
    """(B, N) float: in every image the same number of randomly chosen tokens is 1 (hidden).

    Drawn from torch's global generator, which the training loop seeds for every update.
    """
    kept = int(tokens * (1.0 - share))
    ranks = torch.rand(images, tokens).argsort(1).argsort(1)
    return (ranks >= kept).float().to(device)

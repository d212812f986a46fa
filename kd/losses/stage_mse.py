"""Direct distillation of convolutional stages of equal shape (HDKD, arXiv 2407.07516)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from kd.losses.feature_mse import feature_mse


def stages_mse(student: Sequence[Tensor], teacher: Sequence[Tensor]) -> Tensor:
    """``sum_i i MSE(s_i, t_i)``, i from 1: later stages count more. Maps (B, C, H, W) of equal shape, pair by pair."""
    terms = [number * feature_mse(s, t) for number, (s, t) in enumerate(zip(student, teacher, strict=True), start=1)]
    return torch.stack(terms).sum()

"""Patient distillation, Sun et al. 2019 (arXiv 1908.09355): class tokens of intermediate layers."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor

from kd.losses.precision import in_float32


@in_float32
def class_token_direction(student: Tensor, teacher: Tensor) -> Tensor:
    """``mean_b || c_s / |c_s| - c_t / |c_t| ||^2``; class tokens (B, D).

    The paper's formula, summed over channels; the official code takes the mean over channels, which is D times
    smaller (and its weights of 10 to 500 belong to that).
    """
    difference = functional.normalize(student, dim=1) - functional.normalize(teacher, dim=1)
    return difference.square().sum(1).mean()

"""Similarity-preserving distillation of Tung and Mori 2019 (arXiv 1907.09682), the formula of mdistiller's code.

It relates the images of one batch to each other; batches must not be split over processes.
"""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor

from kd.losses.precision import in_float32


@in_float32
def batch_similarity(student: Tensor, teacher: Tensor) -> Tensor:
    """``||G_s - G_t||^2 / B^2``, G = F F^T with rows of unit length, F (B, anything) the flattened features.

    Tensors (B, ...); token counts and widths of the two may differ.
    """
    difference = _similarities(student) - _similarities(teacher)
    return difference.square().sum() / len(student) ** 2


def _similarities(features: Tensor) -> Tensor:
    flat = features.flatten(1)
    return functional.normalize(flat @ flat.T, dim=1)

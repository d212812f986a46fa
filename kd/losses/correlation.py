"""DIST of Huang et al. 2022 (arXiv 2205.10536): correlation instead of equality, as in the official code.

The term within a class relates the images of one batch; batches must not be split over processes.
"""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor

from kd.losses.precision import in_float32

_EPS = 1e-8


@in_float32
def between_classes(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """``T^2 mean_b (1 - r_b)``, r the Pearson correlation over classes of softmax(z / T); logits (B, C)."""
    ours, theirs = (functional.softmax(z / temperature, dim=1) for z in (student, teacher))
    return (1.0 - _pearson(ours, theirs)).mean() * temperature**2


@in_float32
def within_class(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """``T^2 mean_c (1 - r_c)``, r the Pearson correlation over the batch of one class's probability."""
    ours, theirs = (functional.softmax(z / temperature, dim=1).T for z in (student, teacher))
    return (1.0 - _pearson(ours, theirs)).mean() * temperature**2


def _pearson(a: Tensor, b: Tensor) -> Tensor:
    """Correlations of the rows of two matrices."""
    a, b = a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True)
    lengths = a.square().sum(1).sqrt() * b.square().sum(1).sqrt()
    return (a * b).sum(1) / (lengths + _EPS)

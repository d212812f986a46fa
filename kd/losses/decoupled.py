"""Decoupled distillation of Zhao et al. 2022 (arXiv 2203.08679), the formulas of the official mdistiller code.

The softened KL is the sum of a target-class term and, weighted by the teacher's doubt, a term of the other classes.
Taken apart, the two can be weighted freely. Computed from logarithms, where the official code adds -1000 to the
target's logit.
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

from kd.losses.precision import in_float32


@in_float32
def target_class_kl(student: Tensor, teacher: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """TCKD of every image, (B,): ``T^2 KL([p_y, 1 - p_y]_t || [p_y, 1 - p_y]_s)`` at temperature T.

    Logits (B, C) and class indices ``labels`` (B,).
    """
    ours, theirs = _target_or_not(student / temperature, labels), _target_or_not(teacher / temperature, labels)
    return (theirs.exp() * (theirs - ours)).sum(1) * temperature**2


@in_float32
def other_classes_kl(student: Tensor, teacher: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """NCKD of every image, (B,): ``T^2 KL`` of the softmax over all classes but the target, at temperature T."""
    ours = functional.log_softmax(without_target(student, labels) / temperature, dim=1)
    theirs = functional.log_softmax(without_target(teacher, labels) / temperature, dim=1)
    return (theirs.exp() * (theirs - ours)).sum(1) * temperature**2


def without_target(logits: Tensor, labels: Tensor) -> Tensor:
    """Logits (B, C) to those of the other classes (B, C - 1), in order."""
    others = torch.ones_like(logits, dtype=torch.bool).scatter_(1, labels[:, None], False)
    return logits[others].view(len(logits), -1)


def _target_or_not(logits: Tensor, labels: Tensor) -> Tensor:
    """(B, 2): log p_y and log(1 - p_y)."""
    total = logits.logsumexp(1)
    target = logits.gather(1, labels[:, None]).squeeze(1)
    others = without_target(logits, labels).logsumexp(1)
    return torch.stack([target - total, others - total], dim=1)

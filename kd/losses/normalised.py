"""Normalised distillation (NKD) of Yang et al. 2023 (arXiv 2303.13005).

The formula is the paper's. One state of its official code (cls_KD) builds its mask with ones everywhere, so that the
target class stays among the "others"; that is not copied.
"""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor

from kd.losses.decoupled import without_target
from kd.losses.precision import in_float32


@in_float32
def target_cross_entropy(student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    """``-mean_b p_t[y] log p_s[y]``: hard targets, weighted by how sure the teacher is; logits (B, C), labels (B,)."""
    theirs = functional.softmax(teacher, dim=1).gather(1, labels[:, None])
    ours = functional.log_softmax(student, dim=1).gather(1, labels[:, None])
    return -(theirs * ours).mean()


@in_float32
def others_cross_entropy(student: Tensor, teacher: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """``-T^2 mean_b sum_{c != y} n_t log n_s`` with n the softmax over the other classes at temperature T.

    A cross-entropy: it is smallest, but not 0, where student and teacher agree.
    """
    ours = functional.log_softmax(without_target(student, labels) / temperature, dim=1)
    theirs = functional.softmax(without_target(teacher, labels) / temperature, dim=1)
    return -(theirs * ours).sum(1).mean() * temperature**2

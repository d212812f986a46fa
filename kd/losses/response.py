"""Response (logit) distillation of Hinton et al. 2015 (arXiv 1503.02531)."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor


def softened_kl(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """``T^2 mean_b KL(softmax(z_t / T) || softmax(z_s / T))``; logits (B, C).

    The KL is summed over classes and averaged over the batch; T^2 keeps gradients of equal size at every T.
    Checked against the official mdistiller code's definition.
    """
    log_student = functional.log_softmax(student.float() / temperature, dim=-1)
    log_teacher = functional.log_softmax(teacher.float() / temperature, dim=-1)
    return functional.kl_div(log_student, log_teacher, reduction="batchmean", log_target=True) * temperature**2

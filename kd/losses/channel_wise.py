"""Channel-wise distillation and its counterpart over tokens (reading ``cwd`` of the MDKD feature terms).

The channel term is that of Shu et al. 2021 (arXiv 2011.13256). That MDKD means this is a reconstruction: only the
abstract of the MDKD paper is public, and its words "spatial" and "channel" are those of this method's code.
"""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor


def channel_kl(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Where each channel looks: ``tau^2/(B D) sum_bd KL(softmax_n(P_t/tau) || softmax_n(P_s/tau))``.

    Patch tokens (B, N, D); one distribution over tokens per channel.
    """
    return _mean_kl(student.transpose(1, 2), teacher.transpose(1, 2), temperature)


def spatial_kl(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """What each token holds: ``tau^2/(B N) sum_bn KL(softmax_d(P_t/tau) || softmax_d(P_s/tau))``.

    Patch tokens (B, N, D); one distribution over channels per token.
    """
    return _mean_kl(student, teacher, temperature)


def _mean_kl(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    log_student = functional.log_softmax(student.float() / temperature, dim=-1)
    log_teacher = functional.log_softmax(teacher.float() / temperature, dim=-1)
    distributions = log_student.shape[0] * log_student.shape[1]
    total = functional.kl_div(log_student, log_teacher, reduction="sum", log_target=True)
    return total * (temperature**2 / distributions)

"""Distance of logits by direction, the loss of network grafting (Shen et al. 2021, zju-vipa/NetGraft)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def logit_direction(student: Tensor, teacher: Tensor) -> Tensor:
    """``|z_s / |z_s| - z_t / |z_t||^2``, summed over classes, mean over images; logits (B, C)."""
    ours, theirs = (functional.normalize(z.float(), dim=1) for z in (student, teacher))
    return (ours - theirs).square().sum(1).mean()

"""Attention transfer (reading ``at`` of the MDKD feature terms), after Zagoruyko and Komodakis 2017 (arXiv 1612.03928).

That MDKD means this is a reconstruction. The squared differences are *summed* over tokens or channels and averaged
over the batch: a mean over 768 channels would make the term vanish beside the others.
"""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor


def spatial_attention(student: Tensor, teacher: Tensor) -> Tensor:
    """``mean_b sum_n (s - t)^2`` with ``s[b, n] = l2norm_n(mean_d P^2)``; patch tokens (B, N, D)."""
    return _squared_difference(student.float().square().mean(2), teacher.float().square().mean(2))


def channel_attention(student: Tensor, teacher: Tensor) -> Tensor:
    """``mean_b sum_d (s - t)^2`` with ``s[b, d] = l2norm_d(mean_n P^2)``; patch tokens (B, N, D)."""
    return _squared_difference(student.float().square().mean(1), teacher.float().square().mean(1))


def class_token_cosine(student: Tensor, teacher: Tensor) -> Tensor:
    """``mean_b (1 - cos(c_s, c_t))``; class tokens (B, D)."""
    return (1.0 - functional.cosine_similarity(student.float(), teacher.float(), dim=-1)).mean()


def _squared_difference(student: Tensor, teacher: Tensor) -> Tensor:
    difference = functional.normalize(student, dim=-1) - functional.normalize(teacher, dim=-1)
    return difference.square().sum(-1).mean()

"""Attention of the class token: AttnDistill, Wang et al. 2022 (arXiv 2210.00944), and the map a viewer shows.

``product`` follows the official code: logarithms of the heads' attention summed, softened, clamped to [1e-5, 0.996],
scaled to sum 1, KL. ``mean`` is our own choice: the mean over heads, over patch tokens alone, which is what the
bundle's attention map is.
"""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor

from kd.losses.precision import in_float32

_LEAST, _MOST = 1e-5, 0.996


@in_float32
def product_attention_kl(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """``mean_b KL(a_t || a_s)``, a = softmax(sum_heads log attention / T), clamped and rescaled.

    Attention scores before the softmax (B, heads, 1 + N); the numbers of heads may differ. No factor T^2.
    """
    ours, theirs = _aggregated(student, temperature), _aggregated(teacher, temperature)
    return (theirs * (theirs.log() - ours.log())).sum(1).mean()


@in_float32
def mean_attention_kl(student: Tensor, teacher: Tensor) -> Tensor:
    """``mean_b KL(a_t || a_s)``, a the mean over heads of the attention to the patch tokens, rescaled to sum 1.

    Attention scores before the softmax (B, heads, 1 + N), class token first; numbers of heads may differ.
    """
    ours, theirs = (functional.softmax(scores[..., 1:], dim=-1).mean(1) for scores in (student, teacher))
    return (theirs * (theirs.clamp(min=1e-12).log() - ours.clamp(min=1e-12).log())).sum(1).mean()


def _aggregated(scores: Tensor, temperature: float) -> Tensor:
    together = functional.log_softmax(scores, dim=-1).sum(1)
    clamped = functional.softmax(together / temperature, dim=-1).clamp(_LEAST, _MOST)
    return clamped / clamped.sum(1, keepdim=True)

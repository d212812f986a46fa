"""Self-attention relations of MiniLMv2, Wang et al. 2020 (arXiv 2012.15828), from the published formula."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor

from kd.losses.precision import in_float32


@in_float32
def relation_kl(student: Tensor, teacher: Tensor, heads: int) -> Tensor:
    """Mean over images, relation heads and tokens of ``KL(R_t || R_s)``, ``R = softmax(X X^T / sqrt(D / heads))``.

    X: queries, keys or values (B, attention heads, tokens, width of a head). The heads are joined and split again
    into ``heads`` relation heads, so that number of heads and width may differ between student and teacher.
    """
    ours, theirs = _relations(student, heads), _relations(teacher, heads)
    return (theirs.exp() * (theirs - ours)).sum(-1).mean()


def _relations(vectors: Tensor, heads: int) -> Tensor:
    images, _, tokens, _ = vectors.shape
    joined = vectors.transpose(1, 2).reshape(images, tokens, heads, -1).transpose(1, 2)
    return functional.log_softmax(joined @ joined.transpose(-1, -2) * joined.shape[-1] ** -0.5, dim=-1)

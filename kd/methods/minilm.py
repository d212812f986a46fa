"""Self-attention relations, MiniLMv2, Wang et al. 2020 (arXiv 2012.15828), from the published formula.

KL between the token relations of queries, keys and values in the last block, split into relation heads, so that
number of attention heads and width may differ. The original distils without labels; the hard targets are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.errors import KdError
from kd.losses.self_attention_relations import relation_kl
from kd.methods.method import Context, Method, ModuleMethod, Outputs
from kd.methods.requirements import last_block, need_equal_tokens
from kd.methods.response import ResponseOptions, response_parts

PARTS = ("queries", "keys", "values")


@dataclass(frozen=True)
class Options(ResponseOptions):
    """Weights of the three relations; ``relation_heads``: 0 takes the teacher's attention heads."""

    queries: float = 1.0
    keys: float = 1.0
    values: float = 1.0
    relation_heads: int = 0


class SelfAttentionRelations(ModuleMethod):
    def __init__(self, options: Options, context: Context, heads: int) -> None:
        super().__init__()
        self.options, self.log_prior, self.heads = options, context.log_prior, heads
        self.student_attention = last_block(context.student_depth)
        self.teacher_attention = last_block(context.teacher_depth)

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        parts = response_parts(self.options, student, teacher, targets, self.log_prior)
        for index, name in enumerate(PARTS):
            weight = getattr(self.options, name)
            if weight:
                ours, theirs = student.qkv[0][:, index], teacher.qkv[0][:, index]
                parts[name] = weight * relation_kl(ours, theirs, self.heads)
        return parts


def build(options: Options, context: Context) -> Method:
    """Raises KdError when the relation heads do not divide both widths, or the patches differ."""
    need_equal_tokens("minilm", context)
    assert context.student is not None and context.teacher is not None
    heads = options.relation_heads or context.teacher.heads
    widths = context.student.width, context.teacher.width
    if heads < 1 or any(width % heads for width in widths):
        raise KdError(f"relation_heads {heads} must divide both widths, {widths[0]} and {widths[1]}.")
    return SelfAttentionRelations(options, context, heads)

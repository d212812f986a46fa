"""Class-token attention, after AttnDistill, Wang et al. 2022 (arXiv 2210.00944): look where the teacher looks.

KL of the class token's attention in the last block, plus the mean squared error of the class token. ``product``
reads the heads as the official code does (and takes its weights: attention 20, class token 1, T = 10); ``mean``, ours,
matches the very map that a viewer draws, and takes no temperature. Class tokens are normalised over channels; a linear
adapter where the widths differ. The original is self-supervised: the hard targets are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from kd.errors import KdError
from kd.losses.class_attention import mean_attention_kl, product_attention_kl
from kd.losses.feature_mse import feature_mse
from kd.losses.tokens import normalised_tokens
from kd.methods.method import Context, Method, ModuleMethod, Outputs
from kd.methods.requirements import last_block, need_equal_tokens
from kd.methods.response import ResponseOptions, response_parts
from kd.models.attention import class_token_scores

HEADS = ("product", "mean")


@dataclass(frozen=True)
class Options(ResponseOptions):
    """``attention``, ``class_token``: weights; ``heads``: product or mean; ``softening``: T of product."""

    attention: float = 20.0
    class_token: float = 1.0
    heads: str = "product"
    softening: float = 10.0


class ClassTokenAttention(ModuleMethod):
    def __init__(self, options: Options, context: Context) -> None:
        super().__init__()
        assert context.student is not None and context.teacher is not None
        self.options, self.log_prior = options, context.log_prior
        self.student_blocks = self.student_attention = last_block(context.student_depth)
        self.teacher_blocks = self.teacher_attention = last_block(context.teacher_depth)
        equal = context.student.width == context.teacher.width
        self.adapter = nn.Identity() if equal else nn.Linear(context.student.width, context.teacher.width)

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        options = self.options
        parts = response_parts(options, student, teacher, targets, self.log_prior)
        if options.attention:
            scores = class_token_scores(student.qkv[0]), class_token_scores(teacher.qkv[0])
            mean = options.heads == "mean"
            term = mean_attention_kl(*scores) if mean else product_attention_kl(*scores, options.softening)
            parts["attention"] = options.attention * term
        if options.class_token:
            ours, _ = normalised_tokens(student.features[0])
            theirs, _ = normalised_tokens(teacher.features[0])
            parts["class_token"] = options.class_token * feature_mse(self.adapter(ours), theirs)
        return parts


def build(options: Options, context: Context) -> Method:
    """Raises KdError for another reading of the heads, or when the patches differ."""
    if options.heads not in HEADS:
        raise KdError(f"heads '{options.heads}' is unknown; there are {', '.join(HEADS)}.")
    need_equal_tokens("attention", context)
    return ClassTokenAttention(options, context)

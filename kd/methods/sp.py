"""Similarity-preserving distillation, Tung and Mori 2019 (arXiv 1907.09682): which images of a batch look alike.

The formula of mdistiller's code (sum / B^2, weight 3000) on the patch tokens of the last block, normalised token by
token. Widths and patch sizes may differ. Relates the batch's images.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.losses.similarity import batch_similarity
from kd.losses.tokens import normalised_tokens
from kd.methods.method import Context, Method, Outputs
from kd.methods.requirements import last_block, need_whole_batches
from kd.methods.response import ResponseOptions, response_parts


@dataclass(frozen=True)
class Options(ResponseOptions):
    """``similarity``: weight of the term."""

    similarity: float = 3000.0


@dataclass(frozen=True)
class SimilarityPreserving:
    options: Options
    log_prior: Tensor | None
    student_blocks: tuple[int, ...]
    teacher_blocks: tuple[int, ...]
    needs_teacher: bool = True

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        parts = response_parts(self.options, student, teacher, targets, self.log_prior)
        _, ours = normalised_tokens(student.features[0])
        _, theirs = normalised_tokens(teacher.features[0])
        return parts | {"similarity": self.options.similarity * batch_similarity(ours, theirs)}


def build(options: Options, context: Context) -> Method:
    """Raises KdError where batches are split."""
    need_whole_batches("sp", context)
    blocks = last_block(context.student_depth), last_block(context.teacher_depth)
    return SimilarityPreserving(options, context.log_prior, *blocks)

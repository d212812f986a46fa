"""Relational distillation, Park et al. 2019 (arXiv 1904.05068): distances and angles between a batch's images.

The formulas of mdistiller's code (weights 25 and 50) on the class tokens of the last block, normalised over channels.
Widths and patch sizes may differ. Relates the batch's images.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.losses.relations import angle_relation, distance_relation
from kd.losses.tokens import normalised_tokens
from kd.methods.method import Context, Method, Outputs
from kd.methods.requirements import last_block, need_whole_batches
from kd.methods.response import ResponseOptions, response_parts


@dataclass(frozen=True)
class Options(ResponseOptions):
    """``distance``, ``angle``: weights of the two terms."""

    distance: float = 25.0
    angle: float = 50.0


@dataclass(frozen=True)
class Relational:
    options: Options
    log_prior: Tensor | None
    student_blocks: tuple[int, ...]
    teacher_blocks: tuple[int, ...]
    needs_teacher: bool = True

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        parts = response_parts(self.options, student, teacher, targets, self.log_prior)
        ours, _ = normalised_tokens(student.features[0])
        theirs, _ = normalised_tokens(teacher.features[0])
        if self.options.distance:
            parts["distance"] = self.options.distance * distance_relation(ours, theirs)
        if self.options.angle:
            parts["angle"] = self.options.angle * angle_relation(ours, theirs)
        return parts


def build(options: Options, context: Context) -> Method:
    """Raises KdError where batches are split."""
    need_whole_batches("rkd", context)
    blocks = last_block(context.student_depth), last_block(context.teacher_depth)
    return Relational(options, context.log_prior, *blocks)

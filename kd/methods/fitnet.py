"""Hints, Romero et al. 2015 (arXiv 1412.6550): a middle block of the student predicts a middle block of the teacher.

A learned linear map of the student's tokens is compared with the teacher's by mean squared error; both are
normalised token by token first, which is ours (block outputs are ruled by a few outlier channels), and so is
training hint and task together instead of one after the other, as in mdistiller's code.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from kd.errors import KdError
from kd.losses.feature_mse import feature_mse
from kd.losses.tokens import normalised_tokens
from kd.methods.method import Context, Method, ModuleMethod, Outputs
from kd.methods.requirements import need_equal_tokens
from kd.methods.response import ResponseOptions, response_parts


@dataclass(frozen=True)
class Options(ResponseOptions):
    """``hint``: weight; ``student_layer``, ``teacher_layer``: 1-based blocks, 0 for the middle one."""

    hint: float = 1.0
    student_layer: int = 0
    teacher_layer: int = 0


class Hint(ModuleMethod):
    def __init__(self, options: Options, context: Context, student_block: int, teacher_block: int) -> None:
        super().__init__()
        assert context.student is not None and context.teacher is not None
        self.options, self.log_prior = options, context.log_prior
        self.student_blocks, self.teacher_blocks = (student_block,), (teacher_block,)
        self.adapter = nn.Linear(context.student.width, context.teacher.width)

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        parts = response_parts(self.options, student, teacher, targets, self.log_prior)
        _, ours = normalised_tokens(student.features[0])
        _, theirs = normalised_tokens(teacher.features[0])
        return parts | {"hint": self.options.hint * feature_mse(self.adapter(ours), theirs)}


def build(options: Options, context: Context) -> Method:
    """Raises KdError when a layer is not there or the patches differ."""
    need_equal_tokens("fitnet", context)
    ours = _block("student", options.student_layer, context.student_depth)
    return Hint(options, context, ours, _block("teacher", options.teacher_layer, context.teacher_depth))


def _block(model: str, layer: int, depth: int) -> int:
    if not 0 <= layer <= depth:
        raise KdError(f"{model}_layer {layer} is not among the {model}'s {depth} blocks.")
    return (layer or (depth + 1) // 2) - 1

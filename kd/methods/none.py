"""No teacher: the student learns from the labels alone. The control that every method is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.losses.cross_entropy import cross_entropy
from kd.methods.method import Context, Method, Outputs


@dataclass(frozen=True)
class Options:
    """There is nothing to choose."""


@dataclass(frozen=True)
class NoTeacher:
    log_prior: Tensor | None
    needs_teacher: bool = False
    student_blocks: tuple[int, ...] = ()
    teacher_blocks: tuple[int, ...] = ()

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        return {"hard": cross_entropy(student.logits, targets, self.log_prior)}


def build(options: Options, context: Context) -> Method:
    return NoTeacher(context.log_prior)

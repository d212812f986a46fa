"""Softened response alone (Hinton et al. 2015): ``a CE + b T^2 KL(teacher || student)``."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.losses.cross_entropy import cross_entropy
from kd.losses.response import softened_kl
from kd.methods.method import Context, Method, Outputs


@dataclass(frozen=True)
class Options:
    """Weights of the hard and the soft term (0 switches a term off), and the temperature of the soft one."""

    hard: float = 0.5
    soft: float = 0.5
    temperature: float = 2.0


@dataclass(frozen=True)
class ResponseDistillation:
    options: Options
    log_prior: Tensor | None
    needs_teacher: bool = True
    student_blocks: tuple[int, ...] = ()
    teacher_blocks: tuple[int, ...] = ()

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        parts: dict[str, Tensor] = {}
        if self.options.hard:
            parts["hard"] = self.options.hard * cross_entropy(student.logits, targets, self.log_prior)
        if self.options.soft:
            soft = softened_kl(student.logits, teacher.logits, self.options.temperature)
            parts["soft"] = self.options.soft * soft
        return parts


def build(options: Options, context: Context) -> Method:
    return ResponseDistillation(options, context.log_prior)

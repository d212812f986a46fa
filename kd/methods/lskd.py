"""Distillation of standardised logits, Sun et al. 2024 (arXiv 2403.01427), as in the official code.

``L = a CE + b T^2 KL`` on logits of mean 0 and deviation 1. The student's logits are free in size, so its
probabilities need a temperature fitted afterwards. Needs three classes: two standardised logits are always
+-0.7071. The weights are those of the code's CIFAR-100 setting (0.1 and 9).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.losses.cross_entropy import cross_entropy
from kd.losses.standardised import standardised_kl
from kd.methods.method import Context, Method, Outputs
from kd.methods.requirements import need_three_classes


@dataclass(frozen=True)
class Options:
    """Weights of the hard and the standardised soft term, and the temperature of the latter."""

    hard: float = 0.1
    soft: float = 9.0
    temperature: float = 2.0


@dataclass(frozen=True)
class Standardised:
    options: Options
    log_prior: Tensor | None
    needs_teacher: bool = True
    student_blocks: tuple[int, ...] = ()
    teacher_blocks: tuple[int, ...] = ()

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        soft = standardised_kl(student.logits, teacher.logits, self.options.temperature)
        return {
            "hard": self.options.hard * cross_entropy(student.logits, targets, self.log_prior),
            "soft": self.options.soft * soft,
        }


def build(options: Options, context: Context) -> Method:
    """Raises KdError for two classes."""
    need_three_classes("lskd", context)
    return Standardised(options, context.log_prior)

"""Normalised distillation, Yang et al. 2023 (arXiv 2303.13005).

``L = a CE + b (-p_t[y] log p_s[y]) + gamma T^2 H(n_t, n_s)`` with n the softmax over the other classes. The formula is
the paper's; one state of the official code leaves the target among the others. The last term is a cross-entropy, so
it does not reach 0. Of mixed images, the class with the larger share is the target. Needs three classes.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.losses.cross_entropy import cross_entropy
from kd.losses.normalised import others_cross_entropy, target_cross_entropy
from kd.methods.method import Context, Method, Outputs
from kd.methods.requirements import need_three_classes


@dataclass(frozen=True)
class Options:
    """``target`` and ``gamma``: weights of the target and of the other classes; ``temperature``: of the others."""

    hard: float = 1.0
    target: float = 1.0
    gamma: float = 1.5
    temperature: float = 1.0


@dataclass(frozen=True)
class Normalised:
    options: Options
    log_prior: Tensor | None
    needs_teacher: bool = True
    student_blocks: tuple[int, ...] = ()
    teacher_blocks: tuple[int, ...] = ()

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        options, labels = self.options, targets.argmax(1)
        ours, theirs = student.logits, teacher.logits
        return {
            "hard": options.hard * cross_entropy(ours, targets, self.log_prior),
            "target": options.target * target_cross_entropy(ours, theirs, labels),
            "others": options.gamma * others_cross_entropy(ours, theirs, labels, options.temperature),
        }


def build(options: Options, context: Context) -> Method:
    """Raises KdError for two classes."""
    need_three_classes("nkd", context)
    return Normalised(options, context.log_prior)

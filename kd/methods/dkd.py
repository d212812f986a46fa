"""Decoupled distillation, Zhao et al. 2022 (arXiv 2203.08679), as in the official mdistiller code.

``L = a CE + min(epoch / warmup, 1) (alpha TCKD + beta NCKD)``, T = 4; published betas lie between .5 and 8. The warm-up
there is 20 of 240 epochs; ours is shorter, as our schedules are. Of mixed images, the class with the larger share is
the target. Needs three classes: with two there is one other class, and NCKD is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.losses.cross_entropy import cross_entropy
from kd.losses.decoupled import other_classes_kl, target_class_kl
from kd.methods.method import Context, Method, ModuleMethod, Outputs, Step
from kd.methods.requirements import need_three_classes


@dataclass(frozen=True)
class Options:
    """``alpha``, ``beta``: weights of the target and of the other classes; ``warmup`` in epochs."""

    hard: float = 1.0
    alpha: float = 1.0
    beta: float = 2.0
    temperature: float = 4.0
    warmup: float = 5.0


class Decoupled(ModuleMethod):
    def __init__(self, options: Options, log_prior: Tensor | None) -> None:
        super().__init__()
        self.options, self.log_prior = options, log_prior
        self.ramp = 1.0

    def begin(self, step: Step) -> None:
        self.ramp = warmup_share(step.epoch, self.options.warmup)

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        options, labels = self.options, targets.argmax(1)
        logits = (student.logits, teacher.logits, labels, options.temperature)
        return {
            "hard": options.hard * cross_entropy(student.logits, targets, self.log_prior),
            "target": self.ramp * options.alpha * target_class_kl(*logits).mean(),
            "others": self.ramp * options.beta * other_classes_kl(*logits).mean(),
        }


def warmup_share(epoch: float, warmup: float) -> float:
    """min(epoch / warmup, 1); 1 without warm-up. ``epoch`` with its fraction, where the official code counts whole."""
    return min(epoch / warmup, 1.0) if warmup > 0 else 1.0


def build(options: Options, context: Context) -> Method:
    """Raises KdError for two classes."""
    need_three_classes("dkd", context)
    return Decoupled(options, context.log_prior)

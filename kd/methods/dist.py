"""DIST, Huang et al. 2022 (arXiv 2205.10536): the student's predictions need only correlate with the teacher's.

``L = a CE + beta (between classes) + gamma (within a class, over the batch)``, as in the official code (weights 1 and
1, T = 1). Needs three classes: any two vectors of two probabilities correlate perfectly. Relates the batch's images.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.losses.correlation import between_classes, within_class
from kd.losses.cross_entropy import cross_entropy
from kd.methods.method import Context, Method, Outputs
from kd.methods.requirements import need_three_classes, need_whole_batches


@dataclass(frozen=True)
class Options:
    """``beta``: weight of the correlation over classes; ``gamma``: of that over the batch."""

    hard: float = 1.0
    beta: float = 1.0
    gamma: float = 1.0
    temperature: float = 1.0


@dataclass(frozen=True)
class Correlation:
    options: Options
    log_prior: Tensor | None
    needs_teacher: bool = True
    student_blocks: tuple[int, ...] = ()
    teacher_blocks: tuple[int, ...] = ()

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        options, logits = self.options, (student.logits, teacher.logits)
        return {
            "hard": options.hard * cross_entropy(student.logits, targets, self.log_prior),
            "between": options.beta * between_classes(*logits, options.temperature),
            "within": options.gamma * within_class(*logits, options.temperature),
        }


def build(options: Options, context: Context) -> Method:
    """Raises KdError for two classes, and where batches are split."""
    need_three_classes("dist", context)
    need_whole_batches("dist", context)
    return Correlation(options, context.log_prior)

"""HDKD (El-Assiouti et al. 2024, arXiv 2407.07516): a hybrid student shares its convolutional stages with a CNN.

``L = a CE(z_class) + b KL(z_teacher || z_distillation, T = 1) + f sum_i i MSE(stage_i)``. The stages have equal
channels, so they are compared without an adapter. Teacher: ``python -m kd.teacher --arch hdkd``; the student is made
to match (``--blocks``, ``--width``, ``--depth``, ``--heads`` change it). Validation and evaluation take the mean of
both tokens' logits. From the authors' code, without its slips: KL is a sum over classes and a mean over images, every
stage runs once, and checkpoints are chosen on validation groups. Published: AdamW, 5e-5 falling to 2e-5, batch 16,
200 epochs.

Teacher and student are other models than those of the other methods, so figures stand beside theirs, not in pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.errors import KdError
from kd.losses.cross_entropy import cross_entropy
from kd.losses.response import softened_kl
from kd.losses.stage_mse import stages_mse
from kd.methods.method import Context, Method, Outputs
from kd.models.hdkd import HEADS_BLOCK, STAGES, HdkdConfig


@dataclass(frozen=True)
class Options:
    """Weights: ``hard`` of the class token, ``soft`` of the distillation token, ``feature`` of the stages."""

    hard: float = 0.5
    soft: float = 0.5
    feature: float = 10.0


@dataclass(frozen=True)
class SharedStages:
    options: Options
    log_prior: Tensor | None
    needs_teacher: bool = True
    student_blocks: tuple[int, ...] = (*range(STAGES), HEADS_BLOCK)
    teacher_blocks: tuple[int, ...] = tuple(range(STAGES))

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        options = self.options
        *stages, heads = student.features
        return {
            "hard": options.hard * cross_entropy(heads[:, 0], targets, self.log_prior),
            "soft": options.soft * softened_kl(heads[:, 1], teacher.logits, 1.0),
            "feature": options.feature * stages_mse(stages, teacher.features),
        }


def build(options: Options, context: Context) -> Method:
    """Raises KdError when the teacher is no HDKD teacher, or the stages differ in channels or size."""
    ours, theirs = context.student, context.teacher
    if not isinstance(theirs, HdkdConfig) or theirs.part != "teacher":
        raise KdError("The method hdkd needs a convolutional teacher; train one with python -m kd.teacher --arch hdkd.")
    if not isinstance(ours, HdkdConfig):
        raise KdError("The method hdkd needs a hybrid student; drop --arch vit.")
    if (ours.channels, ours.img_size) != (theirs.channels, theirs.img_size):
        raise KdError(
            f"The method hdkd compares stages as they are, but the student has channels {ours.channels} at "
            f"{ours.img_size} px and the teacher {theirs.channels} at {theirs.img_size} px; make them equal."
        )
    return SharedStages(options, context.log_prior)

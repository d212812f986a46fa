"""Dynamic distillation: the teacher learns too, from the labels and, a little, from its student. A reconstruction.

``L = a CE(s) + b T^2 KL(t detached || s) + CE(t) + mu T^2 KL(s detached || t)``, after mutual learning, Zhang et al.
2018 (arXiv 1706.00384), with a trained teacher to start from and a small mu. A copy of the teacher is trained, at
``rate`` times the student's learning rate; the teacher given stays as it is. Each update pays for the teacher's
backward pass.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from kd.errors import KdError
from kd.losses.cross_entropy import cross_entropy
from kd.losses.response import softened_kl
from kd.methods.method import Context, Method, ModuleMethod, Outputs, Step
from kd.models.vit import VitConfig, normalise, set_fused_attention


@dataclass(frozen=True)
class Options:
    """``hard``, ``soft``, ``temperature``: of the student; ``mutual``: mu; ``rate``: of the teacher's learning rate."""

    hard: float = 0.5
    soft: float = 0.5
    temperature: float = 2.0
    mutual: float = 0.1
    rate: float = 0.1


class LearningTeacher(ModuleMethod):
    needs_teacher = False  # the frozen one; this method runs its own copy

    def __init__(self, options: Options, config: VitConfig, log_prior: Tensor | None) -> None:
        super().__init__()
        self.options, self.config, self.log_prior, self.rate = options, config, log_prior, options.rate
        self.teacher: Any = nn.Identity()
        self._student: tuple[Any, ...] = ()
        self._images: Tensor | None = None

    def attach(self, student: nn.Module, teacher: nn.Module | None) -> None:
        self.teacher = copy.deepcopy(teacher).requires_grad_(True)  # type: ignore[union-attr]
        self._student = (student,)

    def begin(self, step: Step) -> None:
        self._images = step.images
        set_fused_attention(self.teacher, self._student[0].blocks[0].attn.fused_attn)

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert self._images is not None
        options = self.options
        ours, theirs = student.logits, self.teacher(normalise(self._images, self.config))
        return {
            "hard": options.hard * cross_entropy(ours, targets, self.log_prior),
            "soft": options.soft * softened_kl(ours, theirs.detach(), options.temperature),
            "teacher_hard": cross_entropy(theirs, targets, self.log_prior),
            "teacher_soft": options.mutual * softened_kl(theirs, ours.detach(), options.temperature),
        }


def build(options: Options, context: Context) -> Method:
    """Raises KdError without a teacher."""
    if context.teacher is None:
        raise KdError("The method dynamic needs --teacher RUN.")
    return LearningTeacher(options, context.teacher, context.log_prior)

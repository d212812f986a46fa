"""What a distillation method is: the layers it reads and the loss it computes from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True)
class Context:
    """What a method may know when it is built: depths of both models, classes, log class prior (C,) or None."""

    student_depth: int
    teacher_depth: int
    classes: int
    log_prior: Tensor | None


@dataclass(frozen=True)
class Outputs:
    """One model's outputs on a batch: logits (B, C); outputs of the named blocks, each (B, 1 + N, D)."""

    logits: Tensor
    features: list[Tensor]


class Method(Protocol):
    """``student_blocks`` and ``teacher_blocks`` (0-based) are the blocks whose outputs ``loss`` is given.

    ``needs_teacher`` False: the teacher is never run, and ``loss`` gets None for it.
    ``loss`` returns the named, already weighted parts; their sum is what is minimised.
    """

    @property
    def needs_teacher(self) -> bool: ...

    @property
    def student_blocks(self) -> tuple[int, ...]: ...

    @property
    def teacher_blocks(self) -> tuple[int, ...]: ...

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]: ...

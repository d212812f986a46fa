"""What a distillation method is: the layers it reads and the loss it computes from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor, nn

from kd.models.frozen import FrozenTeacher
from kd.models.vit import VitConfig


@dataclass(frozen=True)
class Guide:
    """One of several teachers: frozen, with its mean negative log likelihood on the validation patches."""

    model: FrozenTeacher
    validation_nll: float


@dataclass(frozen=True)
class Context:
    """What a method may know when it is built.

    Depths of both models, classes, log class prior (C,) or None. ``student`` and ``teacher``: sizes of both, None
    where the caller does not say. ``labels`` (n,): class of every manifest row, -1 outside the training split, or
    None. ``mixup``: alpha, 0 for off. ``accumulation``: batches per update; ``processes``: that share a batch.
    ``guides``: all teachers, for methods that take several.
    """

    student_depth: int
    teacher_depth: int
    classes: int
    log_prior: Tensor | None
    student: VitConfig | None = None
    teacher: VitConfig | None = None
    labels: Tensor | None = None
    mixup: float = 0.0
    accumulation: int = 1
    processes: int = 1
    guides: tuple[Guide, ...] = ()


@dataclass(frozen=True)
class Outputs:
    """One model's outputs on a batch.

    ``logits`` (B, C); ``features``: outputs of the named blocks, each (B, 1 + N, D); ``qkv``: queries, keys and
    values of the named attention layers, each (B, 3, heads, 1 + N, D / heads).
    """

    logits: Tensor
    features: list[Tensor]
    qkv: list[Tensor] = field(default_factory=list)


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


@dataclass(frozen=True)
class Step:
    """Where training stands before an update, and what of the batch the models' outputs do not show.

    ``update``: updates done; ``epoch``: epochs done, with the fraction; ``epochs``: of the whole run. ``images``
    (B, 3, H, W) in 0..1, as both models are given them; ``rows`` (B,): their rows in the manifest; ``views`` (B,):
    their orientations, 0 to 7. Where a batch is split, all three are those of this process's present part.
    """

    update: int
    epoch: float
    epochs: int
    images: Tensor
    rows: Tensor
    views: Tensor | None = None


class ModuleMethod(nn.Module):
    """A method that is more than a formula: it may own weights and memories, and is told of every update.

    Its parameters are trained by the student's optimiser, at ``rate`` times the student's learning rate, and its
    ``state_dict`` is kept in the checkpoints, so that a resumed run ends where an unbroken one does. It is no part
    of the student: nothing of it is exported. ``student_attention`` and ``teacher_attention`` (0-based) are the
    blocks whose queries, keys and values ``loss`` is given.
    """

    needs_teacher: bool = True
    student_blocks: tuple[int, ...] = ()
    teacher_blocks: tuple[int, ...] = ()
    student_attention: tuple[int, ...] = ()
    teacher_attention: tuple[int, ...] = ()
    rate: float = 1.0

    def attach(self, student: nn.Module, teacher: nn.Module | None) -> None:
        """Called once, before the first update, with the ViT that will be trained and the teacher's."""

    def begin(self, step: Step) -> None:
        """Called before every update, before ``loss``; before every part of a batch that is split."""

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        """As in ``Method``."""
        raise NotImplementedError

    def schedule(self, progress: float) -> float | None:
        """Learning rate over the peak at ``progress`` (0..1) of the run; None: the run's own warm-up and cosine."""
        return None

    def parameter_groups(self, weight_decay: float) -> list[dict[str, Any]]:
        """Groups for the optimiser; no decay on biases, norms and tokens, as for the student."""
        learning = [p for p in self.parameters() if p.requires_grad]
        split = (([p for p in learning if p.ndim > 1], weight_decay), ([p for p in learning if p.ndim <= 1], 0.0))
        return [{"params": group, "weight_decay": d, "lr_scale": self.rate} for group, d in split if group]

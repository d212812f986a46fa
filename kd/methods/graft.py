"""Dual-stage progressive grafting for few labels (Shen et al. 2021, zju-vipa/NetGraft), for transformers of one width.

The teacher's blocks fall into as many groups as the student has blocks. Stage 1: group g is replaced by student block
g, all else is the teacher, and that block alone learns to leave the outcome as it was; one block after the other.
Stage 2: blocks 1..j are grafted together, j growing, until the student stands alone. The loss is the distance of
logits by direction, against the whole teacher; no label is needed, ``hard`` adds them at the end. Patch embedding,
positions, class token, final norm and head are the teacher's and learn in the last phase only. Equal width makes
adapters needless.

Each phase has a cosine of its own, from the run's peak rate in stage 1 and ``second_rate`` times that in stage 2.
Published: Adam 2.5e-4, then 1e-4, both times shots / 10. Select on validation (the public code selects on test). A
reconstruction as to transformers and to the length of the phases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from kd.errors import KdError
from kd.losses.cross_entropy import cross_entropy
from kd.losses.direction import logit_direction
from kd.methods.method import Context, Method, ModuleMethod, Outputs, Step
from kd.methods.requirements import layer_map, need_equal_tokens, need_equal_width
from kd.models.vit import VitConfig, normalise

SHARED = ("patch_embed.", "cls_token", "pos_embed", "norm.", "head.")


@dataclass(frozen=True)
class Options:
    """``first``: share of the run for stage 1; ``second_rate``: of the peak rate, in stage 2; ``hard``: weight of
    labels once the student stands alone; ``layers``: last teacher block (1-based) of each group, evenly spread."""

    first: float = 0.5
    second_rate: float = 0.4
    hard: float = 0.0
    layers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Phase:
    """``grafted``: student blocks (0-based) in the teacher; ``within``: how far the phase has got, 0..1."""

    stage: int
    grafted: tuple[int, ...]
    within: float


class Grafting(ModuleMethod):
    def __init__(self, options: Options, ends: tuple[int, ...], config: VitConfig, log_prior: Tensor | None) -> None:
        super().__init__()
        self.options, self.ends, self.config, self.log_prior = options, ends, config, log_prior
        self._models: tuple[Any, Any] = (None, None)
        self._images: Tensor | None = None
        self._progress = 0.0

    def attach(self, student: nn.Module, teacher: nn.Module | None) -> None:
        """Gives the student what it shares with the teacher; keeps both, unregistered."""
        assert teacher is not None
        self._models = (student, teacher)
        theirs = teacher.state_dict()
        shared = {key: theirs[key].clone() for key in student.state_dict() if key.startswith(SHARED)}
        student.load_state_dict(shared, strict=False)

    def begin(self, step: Step) -> None:
        self._images, self._progress = step.images, step.epoch / step.epochs

    def phase(self, progress: float) -> Phase:
        """Where the run stands at ``progress`` (0..1): equally long phases within each stage."""
        count, first = len(self.ends), self.options.first
        if progress < first:
            place = progress / first * count
            number = min(int(place), count - 1)
            return Phase(1, (number,), place - number)
        place = min((progress - first) / max(1.0 - first, 1e-9), 1.0) * count
        number = min(int(place), count - 1)
        return Phase(2, tuple(range(number + 1)), place - number)

    def schedule(self, progress: float) -> float:
        phase = self.phase(progress)
        peak = 1.0 if phase.stage == 1 else self.options.second_rate
        return peak * (0.05 + 0.95 * 0.5 * (1.0 + math.cos(math.pi * phase.within)))

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        phase = self.phase(self._progress)
        if phase.grafted == tuple(range(len(self.ends))):
            parts = {"graft": logit_direction(student.logits, teacher.logits)}
            if self.options.hard:
                parts["hard"] = self.options.hard * cross_entropy(student.logits, targets, self.log_prior)
            return parts
        return {"graft": logit_direction(self.grafted_logits(phase), teacher.logits)}

    def grafted_logits(self, phase: Phase) -> Tensor:
        """Logits (B, C) of the teacher with its groups ``phase.grafted`` replaced."""
        assert self._images is not None
        ours, theirs = self._models
        with torch.no_grad():
            x = theirs.norm_pre(theirs.patch_drop(theirs._pos_embed(theirs.patch_embed(self._normalised()))))
        start = 0
        for group, end in enumerate(self.ends):
            blocks = [ours.blocks[group]] if group in phase.grafted else theirs.blocks[start:end]
            for block in blocks:
                x = block(x)
            start = end
        logits: Tensor = theirs.forward_head(theirs.norm(x))
        return logits

    def _normalised(self) -> Tensor:
        assert self._images is not None
        return normalise(self._images, self.config)


def build(options: Options, context: Context) -> Method:
    """Raises KdError without a teacher, or when the models differ in more than their blocks."""
    ours, theirs = context.student, context.teacher
    if ours is None or theirs is None:
        raise KdError("The method graft needs --teacher RUN.")
    if context.processes > 1:
        raise KdError(
            "The method graft trains one part of the student at a time, in one process; run it without torchrun."
        )
    need_equal_width("graft", context)
    need_equal_tokens("graft", context)
    if (ours.patch_size, ours.stem, ours.img_size) != (theirs.patch_size, theirs.stem, theirs.img_size):
        raise KdError(
            "The method graft gives the student its teacher's patch embedding; patch size and stem must match."
        )
    if not 0.0 < options.first < 1.0 or options.second_rate <= 0:
        raise KdError("first must lie between 0 and 1, and second_rate above 0.")
    ends = tuple(block + 1 for block in layer_map(options.layers, context))
    if ends[-1] != context.teacher_depth:
        raise KdError(f"layers must end with the teacher's last block, {context.teacher_depth}.")
    return Grafting(options, ends, theirs, context.log_prior)

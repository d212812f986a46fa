"""Teacher-student collaborative distillation, after Xu et al. 2022 (doi 10.1007/s10489-022-03486-4): the student's
own last exit teaches its earlier ones, beside the teacher.

A reconstruction from the abstract. Every block but the last gets an exit; all exits learn from the labels and the
teacher, and the early ones also from the last (detached, so that the last does not sink to their level):
``L = a CE + b T^2 KL(teacher) + mean over exits [a CE + b T^2 KL(teacher) + s T^2 KL(last)]``.

Validation, evaluation and *export take the last exit*, the student itself. ``exit_ensemble`` loads a run with its
exits: the average that the original votes with, and their disagreement as an uncertainty that costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from kd.errors import KdError
from kd.losses.cross_entropy import cross_entropy
from kd.losses.response import softened_kl
from kd.methods.method import Context, Method, ModuleMethod, Outputs
from kd.models.exits import ExitEnsemble, ExitHeads
from kd.run_folder import RunFolder, load_run


@dataclass(frozen=True)
class Options:
    """``hard``, ``soft``, ``temperature``: of every exit; ``self_taught``: weight of the last exit as a teacher."""

    hard: float = 0.5
    soft: float = 0.5
    self_taught: float = 0.5
    temperature: float = 2.0


class Collaborative(ModuleMethod):
    def __init__(self, options: Options, context: Context) -> None:
        super().__init__()
        assert context.student is not None
        self.options, self.log_prior = options, context.log_prior
        self.student_blocks = tuple(range(context.student_depth - 1))
        self.exits = ExitHeads(context.student)

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        options = self.options
        early = self.exits(student.features)
        hard = [options.hard * cross_entropy(z, targets, self.log_prior) for z in (student.logits, *early)]
        soft = [options.soft * softened_kl(z, teacher.logits, options.temperature) for z in (student.logits, *early)]
        last = student.logits.detach()
        own = [options.self_taught * softened_kl(z, last, options.temperature) for z in early]
        return {
            "hard": hard[0],
            "soft": soft[0],
            "exit_hard": torch.stack(hard[1:]).mean(),
            "exit_soft": torch.stack(soft[1:]).mean(),
            "exit_self": torch.stack(own).mean(),
        }


def exit_ensemble(path: str | Path) -> ExitEnsemble:
    """The best checkpoint of a run of this method, with its exits, in eval mode. Raises KdError."""
    run = load_run(path)
    heads = ExitHeads(run.vit_config)
    state = RunFolder(Path(path)).load(run.folder.best)["method"] or {}
    try:
        heads.load_state_dict({key.removeprefix("exits."): value for key, value in state.items()})
    except RuntimeError as error:
        raise KdError(f"The run {path} has no exits; it was not trained with --method tskd.") from error
    return ExitEnsemble(run.vit, heads).eval()


def build(options: Options, context: Context) -> Method:
    """Raises KdError when the student has a single block."""
    if context.student_depth < 2:
        raise KdError("The method tskd puts exits before the last block, and the student has a single block.")
    return Collaborative(options, context)

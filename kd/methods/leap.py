"""Layer targets that move while training, from shallow to deep, after LEAP. A reconstruction from its abstract.

``L = a CE + b T^2 KL + f mean_i [MSE(P_s,i, P_t,m_i) + MSE(c_s,i, c_t,m_i)]`` on normalised tokens. Student block i
(1-based) begins with teacher block i, its own depth, and ends with ``layers[i]``; its target m_i moves there block by
block, evenly over the share ``moving`` of the training, and stays. Which layers, which loss and how fast are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kd.errors import KdError
from kd.losses.feature_mse import feature_mse
from kd.losses.tokens import normalised_tokens
from kd.methods.method import Context, Method, ModuleMethod, Outputs, Step
from kd.methods.requirements import layer_map, need_equal_tokens, need_equal_width
from kd.methods.response import ResponseOptions, response_parts


@dataclass(frozen=True)
class Options(ResponseOptions):
    """``feature``: weight of the tokens; ``layers``: last targets, as for ``mdkd``; ``moving``: see above."""

    hard: float = 0.5
    soft: float = 0.5
    feature: float = 1.0
    moving: float = 0.7
    layers: tuple[int, ...] = ()


class MovingTargets(ModuleMethod):
    def __init__(self, options: Options, last: tuple[int, ...], log_prior: Tensor | None) -> None:
        super().__init__()
        self.options, self.last, self.log_prior = options, last, log_prior
        self.student_blocks = tuple(range(len(last)))
        self.teacher_blocks = tuple(range(last[-1] + 1))
        self._progress = 0.0

    def begin(self, step: Step) -> None:
        self._progress = step.epoch / step.epochs

    def targets(self, progress: float) -> tuple[int, ...]:
        """Teacher block (0-based) of each student block at ``progress`` (0..1) of the training."""
        moved = min(1.0, progress / self.options.moving)
        return tuple(first + int(moved * (last - first) + 0.5) for first, last in enumerate(self.last))

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        terms = []
        for ours, block in zip(student.features, self.targets(self._progress), strict=True):
            class_s, patch_s = normalised_tokens(ours)
            class_t, patch_t = normalised_tokens(teacher.features[block])
            terms.append(feature_mse(patch_s, patch_t) + feature_mse(class_s, class_t))
        parts = response_parts(self.options, student, teacher, targets, self.log_prior)
        return parts | {"feature": self.options.feature * torch.stack(terms).mean()}


def build(options: Options, context: Context) -> Method:
    """Raises KdError when widths, patches or the layer map do not fit."""
    need_equal_width("leap", context)
    need_equal_tokens("leap", context)
    last = layer_map(options.layers, context)
    if any(block < first for first, block in enumerate(last)):
        raise KdError(f"layers {options.layers} must not lie before the student's own depth.")
    if not 0.0 < options.moving <= 1.0:
        raise KdError(f"moving {options.moving} must lie above 0 and at most at 1.")
    return MovingTargets(options, last, context.log_prior)

"""Feature-distance-weighted decoupled distillation, after Yu et al. 2025 (doi 10.1007/s11548-025-03346-9).

Only the abstract is public to us, and it is about segmentation; this is a reconstruction for classification. The
abstract: the target-class term of decoupled distillation gets a weight per instance from the distance of student and
teacher features, and a class-wise feature distribution loss makes the student mimic the teacher's spatial
distribution. Ours: the weight is ``1 + (1 - cos(c_s, c_t))`` of the last block's class tokens, without gradient; the
class maps are each model's own head on its patch tokens, and the loss is the channel-wise KL over tokens, a channel
being a class. Needs three classes, as dkd.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch.nn.functional as functional
from torch import Tensor, nn

from kd.losses.channel_wise import channel_kl
from kd.losses.cross_entropy import cross_entropy
from kd.losses.decoupled import other_classes_kl, target_class_kl
from kd.losses.tokens import normalised_tokens
from kd.methods.dkd import warmup_share
from kd.methods.method import Context, Method, ModuleMethod, Outputs, Step
from kd.methods.requirements import last_block, need_equal_tokens, need_equal_width, need_three_classes


@dataclass(frozen=True)
class Options:
    """``alpha``, ``beta``, ``temperature``, ``warmup``: as in dkd; ``maps``: weight of the class maps' KL."""

    hard: float = 1.0
    alpha: float = 1.0
    beta: float = 2.0
    maps: float = 1.0
    temperature: float = 4.0
    warmup: float = 5.0


class FeatureDistanceWeighted(ModuleMethod):
    def __init__(self, options: Options, context: Context) -> None:
        super().__init__()
        self.options, self.log_prior = options, context.log_prior
        self.student_blocks = last_block(context.student_depth)
        self.teacher_blocks = last_block(context.teacher_depth)
        self.ramp = 1.0
        # In a tuple, so that the models do not count as parts of the method.
        self._models: tuple[Any, ...] = ()

    def attach(self, student: nn.Module, teacher: nn.Module | None) -> None:
        self._models = (student, teacher)

    def begin(self, step: Step) -> None:
        self.ramp = warmup_share(step.epoch, self.options.warmup)

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        options, labels = self.options, targets.argmax(1)
        logits = (student.logits, teacher.logits, labels, options.temperature)
        weights = 1.0 + feature_distance(student.features[0], teacher.features[0])
        parts = {
            "hard": options.hard * cross_entropy(student.logits, targets, self.log_prior),
            "target": self.ramp * options.alpha * (weights * target_class_kl(*logits)).mean(),
            "others": self.ramp * options.beta * other_classes_kl(*logits).mean(),
        }
        if options.maps:
            ours, theirs = (
                class_maps(model, outputs.features[0])
                for model, outputs in zip(self._models, (student, teacher), strict=True)
            )
            parts["maps"] = self.ramp * options.maps * channel_kl(ours, theirs.detach(), 1.0)
        return parts


def feature_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """``1 - cos`` of the class tokens of two block outputs (B, 1 + N, D), (B,) in 0..2, without gradient."""
    ours, _ = normalised_tokens(student.detach())
    theirs, _ = normalised_tokens(teacher.detach())
    return 1.0 - functional.cosine_similarity(ours, theirs, dim=1)


def class_maps(model: Any, hidden: Tensor) -> Tensor:
    """Logits of every patch token, (B, N, C): the ViT's own final norm and head on a block output (B, 1 + N, D)."""
    maps: Tensor = model.head(model.norm(hidden[:, 1:]))
    return maps


def build(options: Options, context: Context) -> Method:
    """Raises KdError for two classes, or when widths or patches differ."""
    need_three_classes("fdwa", context)
    need_equal_width("fdwa", context)
    need_equal_tokens("fdwa", context)
    return FeatureDistanceWeighted(options, context)

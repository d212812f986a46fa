"""The response part that all methods share: hard targets and, where wanted, the teacher's softened ones."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.losses.cross_entropy import cross_entropy
from kd.losses.response import softened_kl
from kd.methods.method import Outputs


@dataclass(frozen=True)
class ResponseOptions:
    """Weights of cross-entropy and softened KL (0 switches a term off), and the temperature of the KL.

    Feature methods are published with hard targets and their own term; ``soft`` adds plain distillation.
    """

    hard: float = 1.0
    soft: float = 0.0
    temperature: float = 2.0


def response_parts(
    options: ResponseOptions, student: Outputs, teacher: Outputs, targets: Tensor, log_prior: Tensor | None
) -> dict[str, Tensor]:
    """Weighted ``hard`` and ``soft``; targets (B, C) as probabilities."""
    parts: dict[str, Tensor] = {}
    if options.hard:
        parts["hard"] = options.hard * cross_entropy(student.logits, targets, log_prior)
    if options.soft:
        parts["soft"] = options.soft * softened_kl(student.logits, teacher.logits, options.temperature)
    return parts

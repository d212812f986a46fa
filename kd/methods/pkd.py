"""Patient distillation, Sun et al. 2019 (arXiv 1908.09355), the direct ancestor of distilling 12 blocks into 3.

``L = (1 - a) CE + a T^2 KL + b mean_l || c_s / |c_s| - c_t / |c_t| ||^2`` over the class tokens of the mapped blocks
but the last, which the response already teaches. Block outputs as they are, as in the official code; that one
averages over channels where the paper sums, so its b is D times larger.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.errors import KdError
from kd.losses.cross_entropy import cross_entropy
from kd.losses.patient import class_token_direction
from kd.losses.response import softened_kl
from kd.methods.method import Context, Method, Outputs
from kd.methods.requirements import layer_map, need_equal_width


@dataclass(frozen=True)
class Options:
    """``soft``: a; ``patient``: b; ``layers``: teacher block for each student block, 1-based, none for evenly."""

    soft: float = 0.5
    patient: float = 1.0
    temperature: float = 2.0
    layers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Patient:
    options: Options
    log_prior: Tensor | None
    student_blocks: tuple[int, ...]
    teacher_blocks: tuple[int, ...]
    needs_teacher: bool = True

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        options = self.options
        pairs = list(zip(student.features, teacher.features, strict=True))
        terms = [class_token_direction(s[:, 0], t[:, 0]) for s, t in pairs]
        soft = softened_kl(student.logits, teacher.logits, options.temperature)
        return {
            "hard": (1.0 - options.soft) * cross_entropy(student.logits, targets, self.log_prior),
            "soft": options.soft * soft,
            "patient": options.patient / len(terms) * sum(terms[1:], start=terms[0]),
        }


def build(options: Options, context: Context) -> Method:
    """Raises KdError when the layer map or the widths do not fit, or there is a single block."""
    need_equal_width("pkd", context)
    if context.student_depth < 2:
        raise KdError("The method pkd reads the blocks before the last, and the student has a single block.")
    blocks = layer_map(options.layers, context)
    return Patient(options, context.log_prior, tuple(range(context.student_depth - 1)), blocks[:-1])

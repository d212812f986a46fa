"""Several teachers, one soft target (after multi-teacher small-sample distillation on BreakHis; a reconstruction).

``L = a CE + b T^2 KL(q || p_s)``, ``q = sum_k w_k softmax(z_k / T)``. ``w_k = softmax_k(-NLL_k / tau)`` from the
teachers' likelihoods on the validation patches; with ``per_sample``, of labelled images also in proportion to
``p_k(y | x)``. ``--teacher`` is given several times; teachers may be of any architecture that shares classes and
image size, a CNN beside a ViT for instance. Only logits are compared. With ``--shots N`` (1, 5, 10) the student sees
N labelled patches of each class. Each update pays for every teacher's forward pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kd.errors import KdError
from kd.losses.cross_entropy import cross_entropy
from kd.losses.integrated_targets import integrated_kl, sample_weights, teacher_weights
from kd.methods.method import Context, Guide, Method, ModuleMethod, Outputs, Step


@dataclass(frozen=True)
class Options:
    """``hard``, ``soft``, ``temperature``: response; ``tau``: how much better teachers are preferred (small: more)."""

    hard: float = 0.5
    soft: float = 0.5
    temperature: float = 2.0
    tau: float = 0.5
    per_sample: bool = False


class SeveralTeachers(ModuleMethod):
    needs_teacher = False  # this method runs all of them itself

    def __init__(self, options: Options, guides: tuple[Guide, ...], log_prior: Tensor | None) -> None:
        super().__init__()
        self.options, self.log_prior = options, log_prior
        # Not registered: teachers are no part of what is trained, saved or counted.
        self._guides = guides
        self.weights = teacher_weights([guide.validation_nll for guide in guides], options.tau)
        self._images: Tensor | None = None

    def begin(self, step: Step) -> None:
        self._images = step.images

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert self._images is not None
        options = self.options
        logits = torch.stack([guide.model(self._images, ())[0] for guide in self._guides]).float()
        weights = self.weights.to(logits.device)
        each = (
            sample_weights(logits, targets, weights)
            if options.per_sample
            else weights[:, None].expand(-1, len(targets))
        )
        parts = {"soft": options.soft * integrated_kl(student.logits, logits, each, options.temperature)}
        if options.hard:
            parts["hard"] = options.hard * cross_entropy(student.logits, targets, self.log_prior)
        return parts


def build(options: Options, context: Context) -> Method:
    """Raises KdError with fewer than two teachers, or one that takes other images."""
    guides = context.guides
    if len(guides) < 2:
        raise KdError("The method multi_teacher needs at least two teachers: --teacher RUN --teacher RUN.")
    if options.tau <= 0:
        raise KdError(f"tau must be above 0, not {options.tau}.")
    sizes = {guide.model.config.img_size for guide in guides}
    if context.student is not None and sizes != {context.student.img_size}:
        raise KdError(f"All teachers must take the student's images of {context.student.img_size} px, not {sizes}.")
    return SeveralTeachers(options, guides, context.log_prior)

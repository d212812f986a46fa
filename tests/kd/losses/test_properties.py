"""What must hold of every loss: 0 where student and teacher agree, finite in bfloat16, float32 under autocast."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from kd.losses.class_attention import mean_attention_kl, product_attention_kl
from kd.losses.class_contrast import categorical_relation_kl, likelihoods, noise_contrast
from kd.losses.correlation import between_classes, within_class
from kd.losses.decoupled import other_classes_kl, target_class_kl
from kd.losses.masked_generation import masked_squared_error, summed_squared_error
from kd.losses.normalised import others_cross_entropy, target_cross_entropy
from kd.losses.patient import class_token_direction
from kd.losses.relations import angle_relation, distance_relation
from kd.losses.self_attention_relations import relation_kl
from kd.losses.similarity import batch_similarity
from kd.losses.standardised import standardised_kl

Loss = Callable[[Tensor, Tensor], Tensor]
LABELS = torch.tensor([0, 1, 2, 3, 0])
MASK = (torch.arange(30).view(5, 6) % 2).float()
CENTRES = torch.nn.functional.normalize(torch.arange(12.0).view(3, 4).sin(), dim=1)

# name: (loss of student and teacher, shape, 0 when both are equal)
LOSSES: dict[str, tuple[Loss, tuple[int, ...], bool]] = {
    "target_class": (lambda s, t: target_class_kl(s, t, LABELS, 4.0).mean(), (5, 4), True),
    "other_classes": (lambda s, t: other_classes_kl(s, t, LABELS, 4.0).mean(), (5, 4), True),
    "nkd_target": (lambda s, t: target_cross_entropy(s, t, LABELS), (5, 4), False),
    "nkd_others": (lambda s, t: others_cross_entropy(s, t, LABELS, 1.0), (5, 4), False),
    "standardised": (lambda s, t: standardised_kl(s, t, 2.0), (5, 4), True),
    "between_classes": (lambda s, t: between_classes(s, t, 1.0), (5, 4), True),
    "within_class": (lambda s, t: within_class(s, t, 1.0), (5, 4), True),
    "batch_similarity": (batch_similarity, (5, 6, 4), True),
    "distances": (distance_relation, (5, 4), True),
    "angles": (angle_relation, (5, 4), True),
    "mimic": (summed_squared_error, (5, 6, 4), True),
    "masked": (lambda s, t: masked_squared_error(s, t, MASK), (5, 6, 4), True),
    "patient": (class_token_direction, (5, 4), True),
    "product_attention": (lambda s, t: product_attention_kl(s, t, 10.0), (5, 2, 7), True),
    "mean_attention": (mean_attention_kl, (5, 2, 7), True),
    "self_attention": (lambda s, t: relation_kl(s, t, 2), (5, 2, 7, 4), True),
    "categorical": (lambda s, t: categorical_relation_kl(s, t, CENTRES, CENTRES, 0.07), (5, 4), True),
    "contrast": (
        lambda s, t: noise_contrast(
            likelihoods(s, t, torch.arange(5)[:, None], 0.5),
            likelihoods(s, t, torch.ones(5, 3, dtype=torch.long), 0.5),
            9,
        ),
        (5, 4),
        False,
    ),
}
NAMES = sorted(LOSSES)


def pair(shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    torch.manual_seed(7)
    return torch.randn(shape), torch.randn(shape)


@pytest.mark.parametrize("name", NAMES)
def test_never_negative_and_zero_where_both_agree(name: str) -> None:
    loss, shape, zero = LOSSES[name]
    student, teacher = pair(shape)
    assert float(loss(student, teacher)) > 1e-6
    if zero:
        assert float(loss(teacher.clone(), teacher)) == pytest.approx(0.0, abs=2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_following_the_gradient_brings_the_student_nearer(name: str) -> None:
    loss, shape, _ = LOSSES[name]
    student, teacher = pair(shape)
    student.requires_grad_(True)
    before = loss(student, teacher)
    before.backward()
    gradient = student.grad
    assert gradient is not None and torch.isfinite(gradient).all() and gradient.abs().max() > 0
    with torch.no_grad():
        nearer = student - 1e-2 * gradient / gradient.norm()
    assert float(loss(nearer, teacher)) < float(before.detach())


@pytest.mark.parametrize("name", NAMES)
def test_finite_and_close_in_bfloat16_and_exact_under_autocast(name: str) -> None:
    loss, shape, _ = LOSSES[name]
    student, teacher = pair(shape)
    exact = loss(student, teacher)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(loss(student, teacher), exact)
        narrow = loss(student.bfloat16(), teacher.bfloat16())
    assert narrow.dtype == torch.float32
    assert float(narrow) == pytest.approx(float(exact), rel=0.1, abs=1e-3)

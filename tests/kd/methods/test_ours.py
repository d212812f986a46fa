"""Our recipe against its parts computed apart, and the scaffold that is taken down."""

from __future__ import annotations

import pytest
import torch

from kd.errors import KdError
from kd.losses.class_attention import mean_attention_kl
from kd.losses.response import softened_kl
from kd.losses.self_attention_relations import relation_kl
from kd.methods import ours
from kd.methods.method import Context, Outputs, Step
from kd.models.attention import class_token_scores
from kd.models.vit import VitConfig

STUDENT = VitConfig(16, 8, 16, 3, 2, 3)
TEACHER = VitConfig(16, 8, 16, 12, 2, 3)
CONTEXT = Context(3, 12, 3, None, STUDENT, TEACHER)
FEATURES = {"spatial": 1.0, "channel": 1.0, "class_token": 1.0}


def outputs(seed: int) -> Outputs:
    random = torch.Generator().manual_seed(seed)
    features = [torch.randn(4, 5, 16, generator=random) for _ in range(3)]
    return Outputs(torch.randn(4, 3, generator=random), features, [torch.randn(4, 3, 2, 5, 8, generator=random)])


def step(epoch: float) -> Step:
    return Step(0, epoch, 10, torch.zeros(4, 3, 16, 16), torch.arange(4))


def test_the_default_is_answers_attention_and_relations_without_labels() -> None:
    student, teacher = outputs(0), outputs(1)
    method = ours.build(ours.Options(), CONTEXT)
    parts = method.loss(student, teacher, torch.zeros(4, 3))
    scores = class_token_scores(student.qkv[0]), class_token_scores(teacher.qkv[0])
    relations = sum(relation_kl(student.qkv[0][:, i], teacher.qkv[0][:, i], 2) for i in range(3))
    assert set(parts) == {"soft", "attention", "relations"}
    assert float(parts["soft"]) == pytest.approx(float(softened_kl(student.logits, teacher.logits, 2.0)))
    assert float(parts["attention"]) == pytest.approx(float(mean_attention_kl(*scores)))
    assert float(parts["relations"]) == pytest.approx(float(relations))


def test_everything_is_zero_for_a_student_that_is_its_teacher() -> None:
    same = outputs(0)
    options = ours.Options(others=1.0, **FEATURES)
    method = ours.build(options, CONTEXT)
    method.begin(step(0.0))
    parts = method.loss(same, same, torch.zeros(4, 3))
    assert len(parts) == 7
    assert all(float(value) == pytest.approx(0.0, abs=1e-6) for value in parts.values())


def test_features_fade_linearly_and_are_gone_at_the_end() -> None:
    method = ours.build(ours.Options(anneal=0.5, **FEATURES), CONTEXT)
    values = []
    for epoch in (0.0, 2.5, 5.0, 9.0):
        method.begin(step(epoch))
        values.append(method.loss(outputs(0), outputs(1), torch.zeros(4, 3)).get("spatial", torch.tensor(0.0)))
    first, half, *gone = (float(v) for v in values)
    assert half == pytest.approx(first / 2) and first > 0 and gone == [0.0, 0.0]


def test_two_classes_and_wrong_shares_are_refused() -> None:
    two = Context(3, 12, 2, None, STUDENT, TEACHER)
    ours.build(ours.Options(), two)
    with pytest.raises(KdError, match="three classes"):
        ours.build(ours.Options(others=1.0), two)
    with pytest.raises(KdError, match="anneal"):
        ours.build(ours.Options(anneal=1.5), CONTEXT)

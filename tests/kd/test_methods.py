"""Methods: which parts they have, that parts can be switched off, and that the teacher never learns."""

from __future__ import annotations

import pytest
import torch

from kd import methods
from kd.data.augment import Augmentation
from kd.distill import distillation, teacher_blocks
from kd.errors import KdError
from kd.methods import mdkd
from kd.methods.method import Context, Outputs
from kd.models.frozen import FrozenTeacher
from kd.models.vit import VitConfig, build_vit, copy_teacher_blocks

TEACHER = VitConfig(24, 8, 32, 12, 2, 3)
STUDENT = VitConfig(24, 8, 32, 3, 2, 3)
CONTEXT = Context(3, 12, 3, None)


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.rand(5, 3, 24, 24), torch.eye(3)[torch.tensor([0, 1, 2, 0, 1])]


@pytest.mark.parametrize("reading", mdkd.READINGS)
def test_no_gradient_reaches_the_teacher_and_all_student_weights_learn(reading: str) -> None:
    torch.manual_seed(0)
    teacher = FrozenTeacher(build_vit(TEACHER, drop_path=0.5), TEACHER)
    student = build_vit(STUDENT)
    before = [p.clone() for p in teacher.parameters()]
    objective = distillation(student, STUDENT, teacher, mdkd.build(mdkd.Options(feature_loss=reading), CONTEXT))
    _, parts = objective(*batch())
    torch.stack(list(parts.values())).sum().backward()
    assert all(p.grad is None and not p.requires_grad for p in teacher.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, teacher.parameters(), strict=True))
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in student.parameters())


def test_a_parent_cannot_put_the_teacher_into_training_mode() -> None:
    teacher = FrozenTeacher(build_vit(TEACHER, drop_path=0.9), TEACHER)
    torch.nn.ModuleList([teacher]).train()
    assert not any(module.training for module in teacher.modules())
    images, _ = batch()
    assert torch.equal(teacher(images, ())[0], teacher(images, ())[0])


def test_student_and_teacher_see_the_same_images(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []

    class Recorder(FrozenTeacher):
        def forward(self, images: torch.Tensor, blocks: object) -> tuple[torch.Tensor, list[torch.Tensor]]:
            seen.append(images.clone())
            return super().forward(images, ())

    # An identical model must then give identical logits, so the response term is exactly 0.
    vit = build_vit(STUDENT)
    twin = build_vit(STUDENT)
    twin.load_state_dict(vit.state_dict())
    method = methods.load("kd").build(methods.load("kd").Options(hard=0.0), CONTEXT)
    images, targets = batch()
    _, parts = distillation(vit, STUDENT, Recorder(twin, STUDENT), method)(images, targets)
    assert torch.equal(seen[0], images)
    assert float(parts["soft"].detach()) == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize("part", ["hard", "soft", "spatial", "channel", "class_token"])
def test_every_part_of_mdkd_can_be_switched_off(part: str) -> None:
    options = mdkd.Options(**{part: 0.0})
    method = mdkd.build(options, CONTEXT)
    torch.manual_seed(0)
    features = [torch.randn(4, 10, 32) for _ in range(6)]
    parts = method.loss(
        Outputs(torch.randn(4, 3), features[:3]), Outputs(torch.randn(4, 3), features[3:]), torch.eye(3)[[0, 1, 2, 0]]
    )
    assert set(parts) == {"hard", "soft", "spatial", "channel", "class_token"} - {part}


def test_feature_parts_are_means_over_layer_pairs_times_their_weight() -> None:
    torch.manual_seed(0)
    student, teacher = [torch.randn(2, 5, 8) for _ in range(3)], [torch.randn(2, 5, 8) for _ in range(3)]
    options = mdkd.Options(hard=0.0, soft=0.0, spatial=3.0)
    parts = mdkd.build(options, CONTEXT).loss(
        Outputs(torch.zeros(2, 3), student), Outputs(torch.zeros(2, 3), teacher), torch.eye(3)[:2]
    )
    single = [mdkd.feature_parts(s, t, mdkd.Options()) for s, t in zip(student, teacher, strict=True)]
    for name, weight in (("spatial", 3.0), ("channel", 1.0), ("class_token", 1.0)):
        assert float(parts[name]) == pytest.approx(weight * sum(float(p[name]) for p in single) / 3, rel=1e-5)


def test_mdkd_reads_blocks_4_8_12_of_12() -> None:
    method = mdkd.build(mdkd.Options(), CONTEXT)
    assert method.teacher_blocks == (3, 7, 11)
    assert method.student_blocks == (0, 1, 2)


@pytest.mark.parametrize("layers", [(4, 8), (8, 4, 12), (4, 8, 13), (0, 4, 8)])
def test_a_layer_map_that_does_not_fit_is_refused(layers: tuple[int, ...]) -> None:
    with pytest.raises(KdError, match="layers"):
        mdkd.build(mdkd.Options(layers=layers), CONTEXT)


def test_starting_from_teacher_blocks_copies_them_and_everything_around() -> None:
    torch.manual_seed(0)
    teacher, student = build_vit(TEACHER), build_vit(STUDENT)
    copy_teacher_blocks(student, teacher, teacher_blocks("teacher:0,5,11"))
    theirs, ours = teacher.state_dict(), student.state_dict()
    for index, source in enumerate((0, 5, 11)):
        assert torch.equal(ours[f"blocks.{index}.attn.qkv.weight"], theirs[f"blocks.{source}.attn.qkv.weight"])
    for key in ("patch_embed.proj.weight", "pos_embed", "cls_token", "norm.weight", "head.weight"):
        assert torch.equal(ours[key], theirs[key])
    student.get_parameter("head.weight").data.add_(1.0)
    assert not torch.equal(student.state_dict()["head.weight"], teacher.state_dict()["head.weight"])


@pytest.mark.parametrize("init", ["teacher:0,5", "teacher:0,5,12", "teacher:a", "blocks:0,5,11"])
def test_a_start_that_does_not_fit_is_refused(init: str) -> None:
    with pytest.raises(KdError):
        copy_teacher_blocks(build_vit(STUDENT), build_vit(TEACHER), teacher_blocks(init))


def test_no_augmentation_is_the_identity() -> None:
    from kd.data.augment import augment
    from kd.data.randomness import generator

    tiles = torch.randint(2, 255, (3, 24, 24, 3), dtype=torch.uint8)
    plain = augment(tiles, Augmentation.none(), generator(0, 0, 0, "augment"))
    assert torch.allclose(plain, tiles.permute(0, 3, 1, 2).float() / 255, atol=1e-6)

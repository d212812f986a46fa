"""Every path trains the student and its adapters, never the teacher; and what the teacher is shown."""

from __future__ import annotations

import pytest
import torch

from kd.errors import KdError
from kd.segment.augment import SegmentAugmentation, Views, augmented_views
from kd.segment.paths import LOSSES, Distillation, PathOptions
from kd.segment.training import FrozenSegmenter, Lesson, loss_parts, seeded_unet
from kd.segment.unet import UNetConfig, build_unet, multiply_adds, parameter_count

STUDENT, TEACHER = UNetConfig(2, 3), UNetConfig(4, 4)
ALL = [(path, loss) for path, kinds in LOSSES.items() for loss in kinds]


def setting(path: str, loss: str, view: str = "weak") -> tuple[torch.nn.Module, Lesson, Views]:
    torch.manual_seed(1)
    student, teacher = build_unet(STUDENT), build_unet(TEACHER)
    options = PathOptions(path, loss, view)
    lesson = Lesson(FrozenSegmenter(teacher), Distillation(options, STUDENT, TEACHER))
    strong, weak = torch.rand(4, 3, 16, 16), torch.rand(4, 3, 16, 16)
    return student, lesson, Views(strong, weak, torch.randint(0, 3, (4, 16, 16)))


@pytest.mark.parametrize(("path", "loss"), ALL)
def test_a_path_teaches_student_and_adapters_and_leaves_the_teacher_alone(path: str, loss: str) -> None:
    student, lesson, views = setting(path, loss)
    before = {k: v.clone() for k, v in lesson.teacher.state_dict().items()}
    learning = [*student.parameters(), *lesson.distillation.parameters()]
    optimizer = torch.optim.Adam(learning, lr=5e-3)
    values = []
    for _ in range(8):
        term = loss_parts(student, views, lesson)["teacher"]  # type: ignore[arg-type]
        optimizer.zero_grad()
        term.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        values.append(float(term.detach()))
    assert values[-1] < values[0]
    assert all(p.grad is None for p in lesson.teacher.parameters())
    assert all(torch.equal(before[k], v) for k, v in lesson.teacher.state_dict().items())
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in lesson.distillation.parameters())


def test_both_halves_add_up() -> None:
    student, lesson, views = setting("logits", "kld")
    both = loss_parts(student, views, lesson)  # type: ignore[arg-type]
    alone = loss_parts(student, views, None)["masks"]  # type: ignore[arg-type]
    assert float(both["masks"].detach()) == pytest.approx(0.5 * float(alone.detach()), rel=1e-5)


@pytest.mark.parametrize(("view", "same"), [("weak", False), ("same", True)])
def test_the_teacher_is_shown_the_view_that_was_asked_for(view: str, same: bool) -> None:
    student, lesson, views = setting("logits", "kld", view)
    first = float(loss_parts(student, views, lesson)["teacher"].detach())  # type: ignore[arg-type]
    other = Views(views.strong, views.strong, views.masks)
    student.train()
    assert (first == float(loss_parts(student, other, lesson)["teacher"].detach())) is same  # type: ignore[arg-type]


def test_a_teacher_stays_in_eval_mode() -> None:
    _, lesson, _ = setting("logits", "kld")
    torch.nn.ModuleList([lesson.teacher]).train()
    assert not any(module.training for module in lesson.teacher.modules())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"path": "deep"}, "no path 'deep'"),
        ({"path": "all_layers", "loss": "kld"}, "takes the loss l1"),
        ({"teacher_view": "none"}, "same or weak"),
        ({"share": 1.5}, "between 0 and 1"),
    ],
)
def test_options_that_do_not_fit(given: dict[str, object], says: str) -> None:
    with pytest.raises(KdError, match=says):
        PathOptions(**given)  # type: ignore[arg-type]


def test_weak_and_strong_view_lie_pixel_on_pixel_with_the_mask() -> None:
    images = torch.full((6, 32, 32, 3), 230, dtype=torch.uint8)
    masks = torch.zeros(6, 32, 32, dtype=torch.uint8)
    images[:, 6:20, 9:14] = 40
    masks[:, 6:20, 9:14] = 2
    views = augmented_views(images, masks, SegmentAugmentation(), torch.Generator().manual_seed(0))
    for view in (views.strong, views.weak):
        for picture, mask in zip(view, views.masks, strict=True):
            dark = picture.mean(0) < (picture.mean(0).min() + picture.mean(0).max()) / 2
            inside = mask == 2
            assert 2 * (dark & inside).sum() / (dark.sum() + inside.sum()) > 0.85
    assert len({tuple(mask.flatten().tolist()) for mask in views.masks}) > 1
    assert (views.strong - views.weak).abs().max() > 0.02


def test_without_strengths_nothing_is_changed() -> None:
    images = torch.randint(0, 256, (2, 16, 16, 3), dtype=torch.uint8)
    masks = torch.randint(0, 3, (2, 16, 16), dtype=torch.uint8)
    views = augmented_views(images, masks, SegmentAugmentation.none(), torch.Generator().manual_seed(0))
    assert torch.equal(views.masks, masks.long())
    assert torch.allclose(views.strong, images.permute(0, 3, 1, 2).float() / 255, atol=1e-3)
    assert torch.allclose(views.weak, images.permute(0, 3, 1, 2).float() / 255, atol=1e-6)


def test_sizes_are_counted_as_they_are() -> None:
    config = UNetConfig(2, 3)
    model = build_unet(config)
    assert parameter_count(model) == sum(v.numel() for n, v in model.named_parameters())
    counted = 0

    def count(module: torch.nn.Conv2d, inputs: object, output: torch.Tensor) -> None:
        nonlocal counted
        kernel = module.kernel_size[0] * module.kernel_size[1] * module.in_channels
        counted += output[0].numel() * kernel

    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(count)
    model(torch.rand(1, 3, 16, 16))
    assert multiply_adds(config, 16) == counted
    assert parameter_count(build_unet(UNetConfig(16, 5))) >= 50 * parameter_count(build_unet(UNetConfig(4, 4)))


def test_weights_depend_on_the_seed_alone() -> None:
    torch.manual_seed(3)
    one = seeded_unet(build_unet(STUDENT), 7).state_dict()
    torch.manual_seed(4)
    same, other = (seeded_unet(build_unet(STUDENT), seed).state_dict() for seed in (7, 8))
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert any(not torch.equal(one[k], other[k]) for k in one)

"""Grafting: the loss by hand, what a graft is made of, which block learns when, and where the rate stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from kd.distill import distillation
from kd.errors import KdError
from kd.losses.direction import logit_direction
from kd.methods import graft
from kd.methods.method import Context, Step
from kd.models.frozen import FrozenTeacher
from kd.models.vit import VitConfig, build_vit, normalise

TEACHER, STUDENT = VitConfig(24, 8, 16, 6, 2, 4), VitConfig(24, 8, 16, 3, 2, 4)
CONTEXT = Context(3, 6, 4, None, STUDENT, TEACHER)


class Setting:
    """Student, teacher, method and a batch."""

    def __init__(self, **options: float) -> None:
        torch.manual_seed(0)
        self.teacher, self.student = build_vit(TEACHER), build_vit(STUDENT)
        for weight in self.teacher.parameters():
            weight.data += 0.05 * torch.randn(weight.shape)
        self.frozen = FrozenTeacher(self.teacher, TEACHER)
        method = graft.build(graft.Options(**options), CONTEXT)  # type: ignore[arg-type]
        assert isinstance(method, graft.Grafting)
        self.method = method
        method.attach(self.student, self.teacher)
        self.objective = distillation(self.student, STUDENT, self.frozen, method)
        self.images, self.targets = torch.rand(8, 3, 24, 24), torch.eye(4).repeat(2, 1)

    def parts(self, progress: float) -> dict[str, torch.Tensor]:
        self.method.begin(Step(0, progress * 100, 100, self.images, torch.arange(8)))
        return self.objective(self.images, self.targets)[1]

    def learning(self) -> set[str]:
        """Blocks and shared parts of the student that have a gradient."""
        found = set()
        for name, p in self.student.named_parameters():
            if p.grad is not None and p.grad.abs().sum() > 0:
                found.add(".".join(name.split(".")[:2]) if name.startswith("blocks") else name.split(".")[0])
        return found


def test_the_loss_is_the_distance_of_directions() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(size=(2, 3, 5))
    terms = [((a / np.linalg.norm(a) - b / np.linalg.norm(b)) ** 2).sum() for a, b in zip(ours, theirs, strict=True)]
    found = logit_direction(torch.tensor(ours), torch.tensor(theirs))
    assert float(found) == pytest.approx(np.mean(terms), rel=1e-5)
    assert float(logit_direction(torch.tensor(ours), torch.tensor(7 * ours))) == pytest.approx(0.0, abs=1e-6)


def test_phases_follow_each_other() -> None:
    method = Setting(first=0.5).method
    seen = [(p.stage, p.grafted) for p in (method.phase(x) for x in (0.0, 0.2, 0.49, 0.5, 0.7, 0.9, 1.0))]
    assert seen == [(1, (0,)), (1, (1,)), (1, (2,)), (2, (0,)), (2, (0, 1)), (2, (0, 1, 2)), (2, (0, 1, 2))]


@pytest.mark.parametrize(
    ("progress", "learns"),
    [
        (0.0, {"blocks.0"}), (0.2, {"blocks.1"}), (0.45, {"blocks.2"}),
        (0.5, {"blocks.0"}), (0.7, {"blocks.0", "blocks.1"}),
        (0.9, {"blocks.0", "blocks.1", "blocks.2", "patch_embed", "cls_token", "pos_embed", "norm", "head"}),
    ],
)  # fmt: skip
def test_what_learns_in_each_phase(progress: float, learns: set[str]) -> None:
    setting = Setting()
    before = {k: v.clone() for k, v in setting.teacher.state_dict().items()}
    setting.parts(progress)["graft"].backward()  # type: ignore[no-untyped-call]
    assert setting.learning() == learns
    assert all(p.grad is None for p in setting.teacher.parameters())
    assert all(torch.equal(before[k], v) for k, v in setting.teacher.state_dict().items())


def test_a_graft_is_the_teacher_but_for_its_group() -> None:
    setting = Setting()
    setting.parts(0.2)
    phase = setting.method.phase(0.2)
    expected = setting.teacher
    with torch.no_grad():
        x = expected.norm_pre(expected._pos_embed(expected.patch_embed(normalise(setting.images, TEACHER))))
        blocks = [*expected.blocks[:2], setting.student.blocks[1], *expected.blocks[4:]]  # type: ignore[index]
        for block in blocks:
            x = block(x)
        logits = expected.forward_head(expected.norm(x))
        assert torch.allclose(setting.method.grafted_logits(phase), logits, atol=1e-6)
        setting.method.ends = (6, 6, 6)
        whole = graft.Phase(1, (), 0.0)
        assert torch.allclose(setting.method.grafted_logits(whole), setting.frozen(setting.images, ())[0], atol=1e-6)


def test_the_student_takes_over_what_surrounds_the_blocks() -> None:
    setting = Setting()
    ours, theirs = setting.student.state_dict(), setting.teacher.state_dict()
    shared = [key for key in ours if not key.startswith("blocks.")]
    assert len(shared) > 5 and all(torch.equal(ours[key], theirs[key]) for key in shared)
    assert not torch.equal(ours["blocks.0.attn.qkv.weight"], theirs["blocks.0.attn.qkv.weight"])


@pytest.mark.parametrize("progress", [0.0, 0.2, 0.5, 0.9])
def test_updates_lower_the_loss_of_each_phase(progress: float) -> None:
    setting = Setting()
    optimizer = torch.optim.Adam(setting.student.parameters(), lr=1e-3)
    values = []
    for _ in range(6):
        loss = setting.parts(progress)["graft"]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        values.append(float(loss.detach()))
    assert values[-1] < values[0]


def test_labels_teach_only_a_student_that_stands_alone() -> None:
    setting = Setting(hard=0.5)
    assert set(setting.parts(0.2)) == {"graft"} and set(setting.parts(0.95)) == {"graft", "hard"}


def test_every_phase_has_a_cosine_of_its_own() -> None:
    method = Setting(first=0.5, second_rate=0.4).method
    starts = [method.schedule(x) for x in (0.0, 1 / 6 + 1e-9, 1 / 3 + 1e-9)]
    assert starts == pytest.approx([1.0] * 3)
    assert method.schedule(1 / 6 - 1e-9) == pytest.approx(0.05, abs=1e-6)
    assert method.schedule(0.5) == pytest.approx(0.4) and method.schedule(1.0) == pytest.approx(0.02, abs=1e-3)


@pytest.mark.parametrize(
    ("options", "context", "says"),
    [
        ({"first": 0.0}, CONTEXT, "first must lie"),
        ({"layers": (2, 4, 5)}, CONTEXT, "end with the teacher's last block"),
        ({}, replace(CONTEXT, student=replace(STUDENT, width=32)), "channel by channel"),
        ({}, replace(CONTEXT, student=replace(STUDENT, stem="conv")), "patch size and stem"),
        ({}, replace(CONTEXT, processes=2), "in one process"),
        ({}, replace(CONTEXT, teacher=None), "needs --teacher"),
    ],
)
def test_what_it_demands(options: dict[str, object], context: Context, says: str) -> None:
    with pytest.raises(KdError, match=says):
        graft.build(graft.Options(**options), context)  # type: ignore[arg-type]

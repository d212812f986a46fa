"""What must hold of every method: it learns, on the student's side alone, in both precisions, and repeats itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from kd import methods
from kd.distill import distillation
from kd.methods.method import Context, Method, ModuleMethod, Step
from kd.models.frozen import FrozenTeacher
from kd.models.vit import VitConfig, build_vit

TEACHER = VitConfig(24, 8, 16, 6, 2, 4)
STUDENT = VitConfig(24, 8, 16, 3, 2, 4)
LABELS = torch.tensor([0, 1, 2, 3, 0, 1, 2, 3])
ROWS = torch.tensor([3, 0, 5, 7, 9, 6, 11, 4])
ALL_LABELS = torch.full((14,), -1)
ALL_LABELS[ROWS] = LABELS
ALL_LABELS[[1, 2, 8, 10]] = torch.arange(4)
CONTEXT = Context(3, 6, 4, None, STUDENT, TEACHER, ALL_LABELS)
# With models or stages of their own: test_hdkd.py, test_multi_teacher.py, test_graft.py.
OWN_TESTS = ("hdkd", "multi_teacher", "graft")
METHODS = tuple(name for name in methods.METHODS if name not in OWN_TESTS)
# Terms that learn from labels alone are not the method's own.
HARD = ("hard", "exit_hard", "teacher_hard")


class Setting:
    """A student, its teacher, a fixed batch and a method, ready to compute its loss."""

    def __init__(self, name: str, context: Context = CONTEXT, **options: object) -> None:
        torch.manual_seed(5)
        self.teacher = build_vit(replace(TEACHER, width=context.teacher.width))  # type: ignore[union-attr]
        for block in self.teacher.blocks:  # type: ignore[union-attr]
            block.attn.qkv.weight.data.mul_(8.0)  # untrained attention is all but uniform  # type: ignore
        assert context.student is not None and context.teacher is not None
        self.student = build_vit(context.student)
        self.images = torch.rand(8, 3, 24, 24)
        self.targets = torch.eye(4)[LABELS]
        module = methods.load(name)
        torch.manual_seed(6)
        self.method: Method = module.build(module.Options(**options), context)
        self.weights = list(self.student.parameters())
        if isinstance(self.method, ModuleMethod):
            self.method.attach(self.student, self.teacher)
            self.method.train()
            self.weights += [p for p in self.method.parameters() if p.requires_grad]
        frozen = FrozenTeacher(self.teacher, context.teacher) if self.method.needs_teacher else None
        self.objective = distillation(self.student, context.student, frozen, self.method)

    def parts(self, update: int = 0) -> dict[str, Tensor]:
        torch.manual_seed(100)
        if isinstance(self.method, ModuleMethod):
            self.method.begin(Step(update, 50.0, 100, self.images, ROWS))
        return self.objective(self.images, self.targets)[1]

    def own(self, parts: dict[str, Tensor]) -> Tensor:
        chosen = {name: value for name, value in parts.items() if name not in HARD}
        return torch.stack(list((chosen or parts).values())).sum()

    def train(self, updates: int, rate: float = 2e-3) -> list[float]:
        """The method's own loss before each update on the same batch, and after the last."""
        optimizer = torch.optim.Adam(self.weights, lr=rate)
        values = []
        for update in range(updates):
            own = self.own(self.parts(update))
            values.append(float(own.detach()))
            optimizer.zero_grad()
            own.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return [*values, float(self.own(self.parts(updates)).detach())]


@pytest.mark.parametrize("name", METHODS)
def test_a_few_updates_lower_the_methods_own_loss(name: str) -> None:
    values = Setting(name).train(6)
    assert values[-1] < 0.99 * values[0]  # nkd is a cross-entropy and cannot fall far


@pytest.mark.parametrize("name", METHODS)
def test_no_gradient_reaches_the_given_teacher_and_the_whole_student_learns(name: str) -> None:
    setting = Setting(name)
    before = {key: value.clone() for key, value in setting.teacher.state_dict().items()}
    parts = setting.parts()
    assert all(torch.isfinite(value) for value in parts.values())
    torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is None for p in setting.teacher.parameters())
    assert all(torch.equal(before[key], value) for key, value in setting.teacher.state_dict().items())
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in setting.student.parameters())
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in setting.weights)


@pytest.mark.parametrize("name", METHODS)
def test_bfloat16_changes_little(name: str) -> None:
    exact = Setting(name).parts()
    with torch.autocast("cpu", torch.bfloat16):
        narrow = Setting(name).parts()
    assert narrow.keys() == exact.keys()
    for part, value in narrow.items():
        assert value.dtype == torch.float32
        assert float(value.detach()) == pytest.approx(float(exact[part].detach()), rel=0.15, abs=0.03), part


@pytest.mark.parametrize("name", METHODS)
def test_the_same_seed_gives_the_same_run(name: str) -> None:
    assert Setting(name).train(2) == Setting(name).train(2)


NO_TEACHER_TERM = ("none", "crckd")  # crckd's own teacher is a running mean of the student


@pytest.mark.parametrize("name", [m for m in METHODS if m not in NO_TEACHER_TERM])
def test_the_loss_depends_on_the_teacher(name: str) -> None:
    one, other = Setting(name), Setting(name)
    teachers = [other.teacher, *([other.method.teacher] if name == "dynamic" else [])]  # type: ignore[attr-defined]
    for teacher in teachers:
        for weight in teacher.parameters():
            weight.data += 0.05 * torch.randn(weight.shape)
    assert float(other.own(other.parts()).detach()) != float(one.own(one.parts()).detach())


@pytest.mark.parametrize("name", ["fitnet", "vitkd", "attention", "minilm", "sp", "rkd", "at", "crckd", "dist", "tskd"])
def test_a_teacher_of_another_width(name: str) -> None:
    wide = replace(CONTEXT, teacher=replace(TEACHER, width=24))
    values = Setting(name, wide).train(4)
    assert values[-1] < values[0]


@pytest.mark.parametrize("name", ["fitnet", "at", "sp", "rkd", "vitkd", "attention", "minilm"])
def test_softened_targets_can_be_added_to_feature_methods(name: str) -> None:
    parts = Setting(name, hard=0.0, soft=0.5).parts()
    assert "soft" in parts and "hard" not in parts


def test_the_last_exit_does_not_sink_to_the_level_of_its_pupils() -> None:
    setting = Setting("tskd")
    setting.parts()["exit_self"].backward()  # type: ignore[no-untyped-call]
    assert setting.student.get_parameter("head.weight").grad is None
    assert setting.method.exits.heads[0][1].weight.grad.abs().sum() > 0  # type: ignore[attr-defined]


def test_student_and_learning_teacher_do_not_learn_each_others_part() -> None:
    for part, learner, other in (("soft", "student", "teacher"), ("teacher_soft", "teacher", "student")):
        setting = Setting("dynamic")
        models = {"student": setting.student, "teacher": setting.method.teacher}  # type: ignore[attr-defined]
        setting.parts()[part].backward()  # type: ignore[no-untyped-call]
        assert models[learner].head.weight.grad.abs().sum() > 0
        assert models[other].head.weight.grad is None

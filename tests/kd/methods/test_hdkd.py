"""HDKD: the block, the shared stages, the loss by hand, and the same commands as for every other method."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from kd import distill, evaluate, export, teacher
from kd.benchmark.measure import observe
from kd.command_line import run_tool
from kd.distill import distillation
from kd.errors import KdError
from kd.losses.stage_mse import stages_mse
from kd.methods import hdkd
from kd.methods.method import Context, Outputs
from kd.models.architectures import build_model, config_from_dict, hybrid_student
from kd.models.frozen import FrozenTeacher
from kd.models.hdkd import HEADS_BLOCK, Cbam, HdkdConfig, HdkdStudent, HdkdTeacher, Mbcsa
from kd.models.vit import VitConfig, forward_with_features
from kd.run_folder import load_run

CHANNELS = (4, 6, 8)
TEACHER = HdkdConfig(32, 16, 12, 3, 1, 4, part="teacher", blocks=(2, 1, 2), channels=CHANNELS)
STUDENT = HdkdConfig(32, 16, 12, 2, 2, 4, blocks=(1, 1, 1), channels=CHANNELS)
CONTEXT = Context(2, 3, 4, None, STUDENT, TEACHER)


def test_the_published_sizes_give_the_published_maps() -> None:
    config = HdkdConfig(224, 16, 256, 3, 8, 5)
    assert config.grid**2 == 196
    student = build_model(replace(config, img_size=32)).eval()
    with torch.no_grad():
        _, features = forward_with_features(student, torch.zeros(1, 3, 32, 32), (0, 1, 2, HEADS_BLOCK))
    assert [tuple(f.shape[1:]) for f in features] == [(64, 16, 16), (96, 8, 8), (192, 4, 4), (2, 5)]
    assert hybrid_student(None) == {
        "arch": "hdkd", "blocks": (2, 2, 3), "channels": (64, 96, 192), "width": 256, "heads": 8, "depth": 3
    }  # fmt: skip


def test_cbam_by_hand() -> None:
    torch.manual_seed(0)
    cbam = Cbam(32)
    x = torch.randn(2, 32, 5, 5)
    first, second = cbam.shared[0], cbam.shared[2]

    def mlp(v: np.ndarray) -> np.ndarray:
        hidden = np.maximum(v @ first.weight.detach().numpy().T + first.bias.detach().numpy(), 0)
        return hidden @ second.weight.detach().numpy().T + second.bias.detach().numpy()

    def sigmoid(v: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-v))

    a = x.numpy()
    assert first.out_features == 2  # 32 / 16
    attended = a * sigmoid(mlp(a.mean((2, 3))) + mlp(a.max((2, 3))))[:, :, None, None]
    both = np.pad(np.stack([attended.mean(1), attended.max(1)], 1), ((0, 0), (0, 0), (3, 3), (3, 3)))
    kernel = cbam.where.weight.detach().numpy()[0]
    where = np.zeros((2, 5, 5))
    for y, c in np.ndindex(5, 5):
        where[:, y, c] = (both[:, :, y : y + 7, c : c + 7] * kernel).sum((1, 2, 3))
    expected = a + attended * sigmoid(where + cbam.where.bias.detach().numpy())[:, None]
    assert np.abs(cbam(x).detach().numpy() - expected).max() < 1e-5


def test_a_block_of_stride_one_keeps_its_input_as_shortcut() -> None:
    block = Mbcsa(6, 6, 1).eval()
    assert isinstance(block.shortcut, nn.Identity)
    x = torch.randn(2, 6, 8, 8)
    for weight in block.body[-2].parameters():
        weight.data.zero_()
    block.body[-1].bias.data.zero_()
    block.body[-1].running_mean.zero_()
    assert torch.allclose(block(x), x)
    assert Mbcsa(6, 10, 2)(x).shape == (2, 10, 4, 4)
    widths = [m.out_channels for m in Mbcsa(6, 10, 2).body if isinstance(m, nn.Conv2d)]
    assert widths == [40, 40, 10]


def test_later_stages_count_more() -> None:
    rng = np.random.default_rng(0)
    shapes = [(2, 4, 8, 8), (2, 6, 4, 4), (2, 8, 2, 2)]
    ours, theirs = ([rng.normal(size=shape) for shape in shapes] for _ in range(2))
    expected = sum(i * ((s - t) ** 2).mean() for i, (s, t) in enumerate(zip(ours, theirs, strict=True), start=1))
    found = stages_mse([torch.tensor(s) for s in ours], [torch.tensor(t) for t in theirs])
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_each_token_learns_from_its_own_source() -> None:
    rng = np.random.default_rng(1)
    heads, logits = rng.normal(size=(3, 2, 4)), rng.normal(size=(3, 4))
    labels = np.array([0, 3, 1])

    def softmax(v: np.ndarray) -> np.ndarray:
        e = np.exp(v)
        return e / e.sum(-1, keepdims=True)

    hard = -np.log(softmax(heads[:, 0])[np.arange(3), labels]).mean()
    p, q = softmax(logits), softmax(heads[:, 1])
    soft = (p * np.log(p / q)).sum(1).mean()  # summed over classes, mean over images
    method = hdkd.build(hdkd.Options(hard=0.3, soft=0.7, feature=10.0), CONTEXT)
    stage = [torch.ones(3, 4, 2, 2)] * 3
    student = Outputs(torch.zeros(3, 4), [*stage, torch.tensor(heads).float()])
    parts = method.loss(
        student, Outputs(torch.tensor(logits).float(), [torch.zeros(3, 4, 2, 2)] * 3), torch.eye(4)[labels]
    )
    assert float(parts["hard"]) == pytest.approx(0.3 * hard, rel=1e-5)
    assert float(parts["soft"]) == pytest.approx(0.7 * soft, rel=1e-5)
    assert float(parts["feature"]) == pytest.approx(10.0 * (1 + 2 + 3), rel=1e-5)


def test_inference_is_the_mean_of_both_tokens() -> None:
    student = HdkdStudent(STUDENT).eval()
    images = torch.randn(2, 3, 32, 32)
    logits, (heads,) = forward_with_features(student, images, (HEADS_BLOCK,))
    assert torch.allclose(logits, heads.mean(1)) and torch.allclose(student(images), logits)
    embedding = student.forward_features(images)[:, 0]
    assert torch.allclose(student.head(embedding), logits)


def test_drop_path_reaches_the_blocks() -> None:
    rates = [getattr(block.drop_path1, "drop_prob", 0.0) for block in HdkdStudent(STUDENT, drop_path=0.2).blocks]
    assert rates == pytest.approx([0.0, 0.2])


def test_the_whole_student_learns_and_the_teacher_does_not() -> None:
    torch.manual_seed(0)
    model, student = HdkdTeacher(TEACHER), HdkdStudent(STUDENT)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
    for module in student.modules():
        if isinstance(module, Cbam):
            module.shared[0].bias.data.fill_(1.0)  # its single hidden unit would be dead by chance
    before = {k: v.clone() for k, v in model.state_dict().items()}
    objective = distillation(student, STUDENT, FrozenTeacher(model, TEACHER), hdkd.build(hdkd.Options(), CONTEXT))
    images, targets = torch.rand(8, 3, 32, 32), torch.eye(4).repeat(2, 1)
    optimizer = torch.optim.Adam(student.parameters(), lr=5e-3)
    values = []
    for _ in range(6):
        loss = torch.stack(list(objective(images, targets)[1].values())).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        values.append(float(loss.detach()))
    assert values[-1] < values[0]
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in student.parameters())
    assert all(p.grad is None for p in model.parameters())
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())  # batch statistics too


@pytest.mark.parametrize(
    ("context", "says"),
    [
        (replace(CONTEXT, teacher=VitConfig(32, 8, 16, 3, 2, 4)), "--arch hdkd"),
        (replace(CONTEXT, student=VitConfig(32, 8, 16, 3, 2, 4)), "drop --arch vit"),
        (replace(CONTEXT, student=replace(STUDENT, channels=(4, 6, 10))), "make them equal"),
    ],
)
def test_what_it_demands(context: Context, says: str) -> None:
    with pytest.raises(KdError, match=says):
        hdkd.build(hdkd.Options(), context)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"blocks": (1, 1)}, "3 stages"), ({"channels": (4, 0, 8)}, "at least 1"), ({"patch_size": 8}, "16 px")],
)
def test_sizes_that_cannot_be(change: dict[str, object], says: str) -> None:
    with pytest.raises(KdError, match=says):
        replace(STUDENT, **change)  # type: ignore[arg-type]


def test_configurations_survive_the_run_folder() -> None:
    assert config_from_dict(TEACHER.as_dict()) == TEACHER and config_from_dict(STUDENT.as_dict()) == STUDENT
    plain = VitConfig(32, 8, 16, 3, 2, 4)
    assert type(config_from_dict(plain.as_dict())) is VitConfig


def test_the_same_commands_as_for_every_other_method(
    dots: Path, teacher_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Images of 32 px, letterboxed from 24: four patches of 16 px."""
    short = ["--batch-size", "36", "--epochs", "2", "--quiet"]
    guide, student = tmp_path / "cnn", tmp_path / "hybrid"
    sizes = ["--arch", "hdkd", "--img-size", "32", "--blocks", "2,1,1", "--channels", "4,6,12"]
    teacher.main(["--manifest", str(dots), "--out", str(guide), *sizes, *short])
    assert isinstance(load_run(guide).vit, HdkdTeacher)
    distill.main(["--teacher", str(guide), "--method", "hdkd", "--out", str(student), *short])
    run = load_run(student)
    assert isinstance(run.vit, HdkdStudent) and run.vit_config.blocks == (1, 1, 1)  # type: ignore[attr-defined]
    assert (run.vit_config.width, run.vit_config.depth) == (16, 3)
    evaluate.main(["--run", str(guide), str(student), "--out", str(tmp_path / "report"), "--quiet"])
    alone = ["--teacher", str(guide), "--method", "none", "--arch", "hdkd", "--out", str(tmp_path / "alone")]
    distill.main([*alone, "--epochs", "1", "--batch-size", "36", "--quiet"])
    plain = ["--width", "16", "--heads", "2", "--depth", "2", "--patch-size", "8", *short]
    distill.main(["--teacher", str(guide), "--method", "kd", "--out", str(tmp_path / "vit"), *plain])
    capsys.readouterr()
    exported = ["--run", str(student), "--out", str(tmp_path / "hybrid.fnabundle"), "--mpp", "0.5", "--quiet"]
    assert run_tool(export.main, exported) == 1
    assert "plain vision transformer" in capsys.readouterr().err
    for method, given in (("mdkd", []), ("attention", []), ("kd", ["--init", "teacher:0,1"])):
        refused = ["--teacher", str(guide), "--method", method, "--out", str(tmp_path / "no"), *plain, *given]
        assert run_tool(distill.main, refused) == 1
        said = capsys.readouterr().err
        assert "error:" in said and not (tmp_path / "no").exists(), method


@pytest.mark.parametrize("config", [TEACHER, STUDENT])
def test_the_benchmark_measures_a_model_without_a_class_token_map(config):
    images = np.random.default_rng(0).integers(0, 255, (5, 32, 32, 3), np.uint8)
    model = build_model(config).eval()
    logits, attention = observe(model, config, images, np.array([0, 3]), False)
    assert logits.shape == (2, config.num_classes) and attention.shape == (2, 0)

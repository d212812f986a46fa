"""Several teachers: the integrated target by hand, who is listened to, and runs with few labelled images."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from kd import distill, teacher
from kd.command_line import run_tool
from kd.errors import KdError
from kd.losses.integrated_targets import integrated_kl, sample_weights, teacher_weights
from kd.methods import multi_teacher
from kd.methods.method import Context, Guide, Outputs, Step
from kd.models.frozen import FrozenTeacher
from kd.models.vit import VitConfig, build_vit
from kd.run_folder import load_run

RNG = np.random.default_rng(2)
STUDENT, TEACHERS = RNG.normal(size=(3, 4)), RNG.normal(size=(2, 3, 4))
LABELS = np.array([1, 0, 3])
CONFIG = VitConfig(24, 8, 16, 2, 2, 4)


def softmax(values: np.ndarray) -> np.ndarray:
    return np.exp(values) / np.exp(values).sum(-1, keepdims=True)


def test_weights_by_hand() -> None:
    nll = np.array([0.2, 0.7, 1.1])
    assert teacher_weights(nll.tolist(), 0.5).numpy() == pytest.approx(softmax(-nll / 0.5), rel=1e-5)


def test_weights_of_an_image_follow_what_teachers_say_of_its_label() -> None:
    overall = np.array([0.7, 0.3])
    targets = np.eye(4)[LABELS]
    targets[2] = 0.0  # no label: the overall weights stand
    expected = np.empty((2, 3))
    for b in range(3):
        own = overall * (softmax(TEACHERS[:, b])[:, LABELS[b]] if b < 2 else 1.0)
        expected[:, b] = own / own.sum()
    found = sample_weights(torch.tensor(TEACHERS), torch.tensor(targets).float(), torch.tensor(overall).float())
    assert found.numpy() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_integrated_target_by_hand(temperature: float) -> None:
    weights = RNG.dirichlet((1, 1), 3).T
    terms = []
    for b in range(3):
        q = (weights[:, b, None] * softmax(TEACHERS[:, b] / temperature)).sum(0)
        p = softmax(STUDENT[b] / temperature)
        terms.append((q * np.log(q / p)).sum())
    found = integrated_kl(torch.tensor(STUDENT), torch.tensor(TEACHERS), torch.tensor(weights), temperature)
    assert float(found) == pytest.approx(temperature**2 * np.mean(terms), rel=1e-5)


def guides() -> tuple[Guide, ...]:
    torch.manual_seed(0)
    return tuple(Guide(FrozenTeacher(build_vit(CONFIG), CONFIG), nll) for nll in (0.3, 0.9))


@pytest.mark.parametrize("per_sample", [False, True])
def test_the_student_learns_and_no_teacher_does(per_sample: bool) -> None:
    known = guides()
    context = Context(2, 2, 4, None, CONFIG, CONFIG, guides=known)
    method = multi_teacher.build(multi_teacher.Options(per_sample=per_sample), context)
    assert isinstance(method, multi_teacher.SeveralTeachers)
    assert not list(method.parameters()) and not method.state_dict()  # nothing of a teacher is trained or saved
    student = build_vit(CONFIG)
    images, targets = torch.rand(8, 3, 24, 24), torch.eye(4).repeat(2, 1)
    optimizer = torch.optim.Adam(student.parameters(), lr=2e-3)
    before = [{k: v.clone() for k, v in g.model.state_dict().items()} for g in known]
    values = []
    for _ in range(5):
        method.begin(Step(0, 0.0, 1, images, torch.arange(8)))
        parts = method.loss(Outputs(student(images), []), None, targets)
        loss = parts["hard"] + parts["soft"]
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        values.append(float(loss.detach()))
    assert values[-1] < values[0]
    assert all(p.grad is None for g in known for p in g.model.parameters())
    for kept, guide in zip(before, known, strict=True):
        assert all(torch.equal(kept[k], v) for k, v in guide.model.state_dict().items())


def test_one_teacher_is_not_several() -> None:
    with pytest.raises(KdError, match="at least two teachers"):
        multi_teacher.build(multi_teacher.Options(), Context(2, 2, 4, None, CONFIG, CONFIG, guides=guides()[:1]))


@pytest.fixture(scope="module")
def second_teacher(dots: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small convolutional one for the same images."""
    run = tmp_path_factory.mktemp("second") / "small"
    sizes = ["--width", "16", "--heads", "2", "--patch-size", "8", "--depth", "2", "--batch-size", "36", "--quiet"]
    teacher.main(["--manifest", str(dots), "--out", str(run), "--epochs", "2", "--seed", "5", *sizes])
    return run


@pytest.mark.parametrize("shots", [1, 5, 10])
@pytest.mark.parametrize("method", ["multi_teacher", "graft"])
def test_runs_with_few_labelled_images(
    method: str, shots: int, teacher_run: Path, second_teacher: Path, tmp_path: Path
) -> None:
    given = ["--teacher", str(teacher_run), "--method", method, "--shots", str(shots), "--out", str(tmp_path / "run")]
    if method == "multi_teacher":
        given += ["--teacher", str(second_teacher)]
    sizes = ["--depth", "2", "--batch-size", "12", "--epochs", "4", "--lr", "1e-3", "--quiet"]
    distill.main([*given, *sizes])
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["shots"] == shots and config["patches"]["train"] >= 12
    with (tmp_path / "run" / "log.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4 and float(rows[0]["updates"]) >= 1
    assert np.isfinite([float(row["loss"]) for row in rows]).all()
    assert load_run(tmp_path / "run").vit_config.depth == 2
    if method == "multi_teacher":
        assert len(config["further_teachers"]) == 1


def test_few_shots_are_drawn_by_the_seed_from_every_class(dots: Path, tmp_path: Path) -> None:
    from kd.options import TrainingOptions
    from kd.setup_run import few_shots

    labels = np.repeat([0, 1, 2], 20)
    rows = np.arange(60)
    drawn = {
        seed: few_shots(rows, labels, 5, TrainingOptions(batch_size=40, seed=seed), ("a", "b", "c")) for seed in (0, 1)
    }
    few = drawn[0]
    assert len(few) == 45 and len(set(few.tolist())) == 15  # repeated until they fill a batch
    assert np.bincount(labels[few]).tolist() == [15, 15, 15]
    assert set(few.tolist()) != set(drawn[1].tolist())
    with pytest.raises(KdError, match=r"--shots 21.*20 training patches of class a"):
        few_shots(rows, labels, 21, TrainingOptions(), ("a", "b", "c"))


def test_several_teachers_are_refused_by_other_methods(
    teacher_run: Path, second_teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two = ["--teacher", str(teacher_run), "--teacher", str(second_teacher), "--out", str(tmp_path / "run")]
    assert run_tool(distill.main, [*two, "--method", "kd"]) == 1
    assert "takes one --teacher" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()

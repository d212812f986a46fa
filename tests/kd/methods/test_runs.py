"""Methods with weights or a memory of their own, as a user runs them: resumed runs, what is kept, what is exported."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch

from kd import distill, training
from kd.command_line import run_tool
from kd.errors import KdError
from kd.methods import dkd
from kd.methods.method import Step
from kd.methods.tskd import exit_ensemble
from kd.run_folder import load_run

OWN = ("tskd", "dynamic", "crckd")


def arguments(out: Path, teacher: Path, method: str) -> list[str]:
    more = ["--method", method, "--depth", "2", "--epochs", "2", "--batch-size", "36", "--quiet"]
    return ["--teacher", str(teacher), "--out", str(out), *more]


@pytest.fixture(scope="module")
def runs(teacher_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    for name in OWN:
        distill.main(arguments(folder / name, teacher_run, name))
    return folder


def state(run: Path, name: str = "last.pt") -> dict[str, dict[str, torch.Tensor]]:
    found: dict[str, dict[str, torch.Tensor]] = torch.load(run / name, weights_only=True)
    return found


@pytest.mark.parametrize("name", OWN)
def test_a_stopped_run_goes_on_to_the_result_of_an_unbroken_one(
    name: str, runs: Path, teacher_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = training.Training._update
    count = 0

    def interrupting(self: training.Training, *given: object) -> bool:
        nonlocal count
        count += 1
        if count == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return original(self, *given)  # type: ignore[arg-type]

    broken = tmp_path / "broken"
    monkeypatch.setattr(training.Training, "_update", interrupting)
    assert run_tool(distill.main, arguments(broken, teacher_run, name)) == 130
    assert state(broken)["step"] == 2
    monkeypatch.undo()
    assert run_tool(distill.main, arguments(broken, teacher_run, name)) == 0
    for part in ("model", "method"):
        ours, theirs = state(broken)[part], state(runs / name)[part]
        assert ours.keys() == theirs.keys() and len(ours) > 0
        for key, value in ours.items():
            assert torch.equal(value, theirs[key]), f"{part}: {key}"


@pytest.mark.parametrize("name", OWN)
def test_the_student_alone_is_what_a_run_gives(name: str, runs: Path) -> None:
    run = load_run(runs / name)
    assert set(run.vit.state_dict()) == set(state(runs / name, "best.pt")["model"])
    assert "method" not in run.checkpoint


def test_the_learning_teacher_moves_and_the_given_one_does_not(runs: Path, teacher_run: Path) -> None:
    given = load_run(teacher_run).vit.state_dict()
    learnt = {k.removeprefix("teacher."): v for k, v in state(runs / "dynamic")["method"].items()}
    assert given.keys() == learnt.keys()
    moved = max(float((given[key] - learnt[key]).abs().max()) for key in given)
    assert 1e-5 < moved < 0.1


def test_the_memory_has_taken_in_the_training_rows_alone(runs: Path) -> None:
    memory = state(runs / "crckd")["method"]["student_memory.vectors"]
    rows = torch.arange(288)
    trained = rows // 3 % 12 < 6
    unit = (memory.norm(dim=1) - 1.0).abs() < 1e-5
    assert unit[trained].float().mean() > 0.9  # the incomplete last batch of an epoch is left out
    assert not unit[~trained].any()


def test_a_method_is_told_where_training_stands(
    teacher_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Step] = []
    monkeypatch.setattr(dkd.Decoupled, "begin", lambda self, step: seen.append(step))
    distill.main(arguments(tmp_path / "told", teacher_run, "dkd"))
    assert [step.update for step in seen] == list(range(8))  # 144 training patches, 4 updates an epoch, 2 epochs
    assert [step.epoch for step in seen] == [update / 4 for update in range(8)]
    assert {(step.epochs, step.images.shape, step.rows.shape) for step in seen} == {(2, (36, 3, 24, 24), (36,))}
    first = torch.cat([step.rows for step in seen[:4]])
    assert len(first.unique()) == 144 and (first // 3 % 12 < 6).all()


def test_exits_vote_and_disagree(runs: Path) -> None:
    ensemble = exit_ensemble(runs / "tskd")
    images = torch.rand(6, 3, 24, 24)
    with torch.no_grad():
        mean, disagreement = ensemble(images)
        exits = torch.stack([*ensemble.exits(_features(ensemble.vit, images)), ensemble.vit(images)]).softmax(-1)
    assert len(exits) == 2
    assert torch.allclose(mean, exits.mean(0), atol=1e-6)
    expected = (exits * (exits / exits.mean(0)).log()).sum(-1).mean(0)
    assert torch.allclose(disagreement, expected, atol=1e-6)
    assert (disagreement > 0).all()


def _features(vit: torch.nn.Module, images: torch.Tensor) -> list[torch.Tensor]:
    from kd.models.vit import forward_with_features

    return forward_with_features(vit, images, (0,))[1]


def test_a_run_of_another_method_has_no_exits(runs: Path) -> None:
    with pytest.raises(KdError, match="--method tskd"):
        exit_ensemble(runs / "crckd")


def test_two_classes_are_refused_before_anything_is_written(
    own_dots_of_two: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kd import teacher

    small = ["--width", "16", "--heads", "2", "--patch-size", "8", "--batch-size", "8", "--epochs", "1", "--quiet"]
    teacher.main(["--manifest", str(own_dots_of_two), "--out", str(tmp_path / "t"), "--depth", "3", *small])
    capsys.readouterr()
    command = ["--teacher", str(tmp_path / "t"), "--out", str(tmp_path / "s"), "--method", "dkd", *small]
    assert run_tool(distill.main, command) != 0
    said = capsys.readouterr().err.strip()
    assert "needs at least three classes" in said and "--method kd" in said and "Traceback" not in said
    assert not (tmp_path / "s").exists()


@pytest.fixture
def own_dots_of_two(own_dots: object) -> Path:
    """The small data set without its third class."""
    manifest: Path = own_dots()  # type: ignore[operator]
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join(line for line in lines if ",many," not in line) + "\n")
    (manifest.parent / "dataset.json").unlink()
    return manifest

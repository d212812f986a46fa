"""Runs as a user starts them: learning, resuming after a kill, repeatability, equal conditions, bad commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from kd import distill, teacher
from kd.command_line import run_tool
from kd.errors import KdError
from kd.run_folder import RunFolder, load_run

SMALL = ("--width", "32", "--heads", "2", "--patch-size", "8", "--batch-size", "24", "--lr", "3e-3", "--quiet")


def weights(run: Path, name: str = "last.pt") -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(run / name, weights_only=True)["model"]
    return state


def assert_equal_runs(one: Path, other: Path) -> None:
    for name in ("last.pt", "best.pt"):
        for (key, a), b in zip(weights(one, name).items(), weights(other, name).values(), strict=True):
            assert torch.equal(a, b), f"{name}: {key}"
    assert_equal_states(one, other)
    timed = ("images_per_s", "loader_share")
    rows = [torch.load(run / "last.pt", weights_only=True)["history"] for run in (one, other)]
    for a, b in zip(*rows, strict=True):
        assert {k: v for k, v in a.items() if k not in timed} == {k: v for k, v in b.items() if k not in timed}


def test_the_teacher_learns_and_leaves_a_complete_run_folder(teacher_run: Path) -> None:
    history = torch.load(teacher_run / "last.pt", weights_only=True)["history"]
    assert history[-1]["val_balanced_accuracy"] > 0.6  # chance is a third
    assert history[-1]["loss"] < history[0]["loss"]
    for name in ("config.json", "log.csv", "log.txt", "curves.png", "last.pt", "best.pt"):
        assert (teacher_run / name).stat().st_size > 0
    assert not list(teacher_run.glob(".*"))


def student(out: Path, teacher_run: Path, *more: str) -> list[str]:
    return ["--teacher", str(teacher_run), "--out", str(out), "--epochs", "3", "--batch-size", "24", "--quiet", *more]


KILLED = {
    "mdkd": ("--drop-path", "0.2", "--ema", "0.9", "--mixup", "0.2"),
    "crckd": ("--method", "crckd", "--depth", "2"),  # two memories, embeddings and a running mean
}


@pytest.mark.parametrize("name", sorted(KILLED))
def test_a_killed_run_goes_on_to_the_result_of_an_unbroken_one(name: str, teacher_run: Path, tmp_path: Path) -> None:
    more = (*KILLED[name], "--checkpoint-minutes", "0")
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    distill.main(student(unbroken, teacher_run, *more))
    command = [sys.executable, "-m", "kd.distill", *student(broken, teacher_run, *more)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    wait_for_mid_epoch(broken, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    state = torch.load(broken / "last.pt", weights_only=True)
    assert (state["epoch"], state["step"]) < (3, 0)
    (broken / ".last.pt.killed.part").write_bytes(b"half a checkpoint")
    distill.main(student(broken, teacher_run, *more))
    assert_equal_runs(unbroken, broken)
    assert not list(broken.glob(".*"))


def assert_equal_states(one: Path, other: Path) -> None:
    ours, theirs = (torch.load(run / "last.pt", weights_only=True)["method"] for run in (one, other))
    assert (ours is None) == (theirs is None)
    for key, value in (ours or {}).items():
        assert torch.equal(value, theirs[key]), f"method: {key}"


def wait_for_mid_epoch(run: Path, process: subprocess.Popen[bytes]) -> None:
    """Until a checkpoint inside epoch 1 or 2 has been written."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the run ended before it could be killed"
        if (run / "last.pt").is_file():
            state = torch.load(run / "last.pt", weights_only=True)
            if state["step"] > 0:
                return
        time.sleep(0.005)
    raise AssertionError("no checkpoint was written")


def test_ctrl_c_saves_and_the_same_command_goes_on(
    teacher_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from kd import training

    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    distill.main(student(unbroken, teacher_run, "--method", "kd"))
    original = training.Training._update
    count = 0

    def interrupting(self: training.Training, *arguments: object) -> bool:
        nonlocal count
        count += 1
        if count == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return original(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(training.Training, "_update", interrupting)
    assert run_tool(distill.main, student(broken, teacher_run, "--method", "kd")) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert torch.load(broken / "last.pt", weights_only=True)["step"] == 5
    assert run_tool(distill.main, student(broken, teacher_run, "--method", "kd")) == 0
    assert_equal_runs(unbroken, broken)


def test_seeds_repeat_a_run_and_methods_share_start_and_batches(
    teacher_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kd.data import batches

    seen: dict[str, list[bytes]] = {}
    original = batches.TrainingSet.batch

    def recording(self: batches.TrainingSet, order: np.ndarray, epoch: int, step: int) -> batches.Batch:
        found = original(self, order, epoch, step)
        seen[current].append(found.images.numpy().tobytes())
        return found

    monkeypatch.setattr(batches.TrainingSet, "batch", recording)
    starts = {}
    for current, method, seed in (("a", "none", "1"), ("b", "mdkd", "1"), ("c", "mdkd", "1"), ("d", "mdkd", "2")):
        seen[current] = []
        run = tmp_path / current
        # A learning rate of 0 keeps the start as it was.
        rate = ("--lr", "0", "--min-lr", "0") if current in "ab" else ()
        more = ("--method", method, "--seed", seed, "--epochs", "1", *rate)
        distill.main(student(run, teacher_run, *more))
        starts[current] = weights(run)
    assert all(torch.equal(starts["a"][key], starts["b"][key]) for key in starts["a"])
    assert seen["a"] == seen["b"] == seen["c"]
    assert seen["c"] != seen["d"]
    assert_equal_runs(tmp_path / "c", tmp_path / "c")
    assert all(torch.equal(starts["c"][key], weights(tmp_path / "c")[key]) for key in starts["c"])
    again = tmp_path / "again"
    distill.main(student(again, teacher_run, "--method", "mdkd", "--seed", "1", "--epochs", "1"))
    assert all(torch.equal(starts["c"][key], weights(again)[key]) for key in starts["c"])


def test_batches_made_ahead_change_nothing(dots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kd import training

    command = ["--manifest", str(dots), *SMALL, "--depth", "1", "--epochs", "2"]
    teacher.main([*command, "--out", str(tmp_path / "plain")])
    original = training.Training.__init__
    made: list[training.Training] = []

    def ahead(self: training.Training, *given: object, **named: object) -> None:
        original(self, *given, **named)  # type: ignore[arg-type]
        self.ahead = ThreadPoolExecutor(1)  # as on a GPU
        made.append(self)

    monkeypatch.setattr(training.Training, "__init__", ahead)
    teacher.main([*command, "--out", str(tmp_path / "ahead")])
    assert len(made) == 1
    assert_equal_runs(tmp_path / "plain", tmp_path / "ahead")


def test_a_run_folder_is_not_overwritten_by_another_run(teacher_run: Path, tmp_path: Path, dots: Path) -> None:
    run = tmp_path / "run"
    distill.main(student(run, teacher_run, "--method", "none", "--epochs", "1"))
    before = weights(run)
    with pytest.raises(KdError, match=r"holds another run .*training"):
        distill.main(student(run, teacher_run, "--method", "none", "--epochs", "1", "--seed", "5"))
    assert all(torch.equal(before[key], value) for key, value in weights(run).items())
    distill.main(student(run, teacher_run, "--method", "none", "--epochs", "1", "--seed", "5", "--restart"))
    assert not all(torch.equal(before[key], value) for key, value in weights(run).items())


def test_a_toml_file_sets_options_and_flags_win(dots: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        "[model]\nwidth = 16\nheads = 2\ndepth = 2\npatch_size = 8\n[training]\nepochs = 1\nbatch_size = 24\n"
        "lr = 1e-3\n"
        "[augmentation]\nnoise = 0.01\n"
    )
    run = tmp_path / "run"
    more = ["--prior-adjusted", "true", "--lr", "2e-3", "--amp", "bf16", "--augment", "blur_share=0.5", "--quiet"]
    teacher.main(["--manifest", str(dots), "--out", str(run), "--config", str(config), *more])
    stored = RunFolder(run).config()
    assert stored["model"]["width"] == 16
    assert stored["training"]["lr"] == 2e-3
    assert stored["training"]["prior_adjusted"] is True
    assert stored["augmentation"]["noise"] == 0.01
    assert stored["augmentation"]["blur_share"] == 0.5
    assert load_run(run).vit_config.depth == 2


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (("--epochs", "many"), "cannot be understood"),
        (("--augment", "sharpness=1"), "unknown option 'sharpness'"),
        (("--augment", "noise"), "name=value"),
        (("--patch-size", "7"), "does not divide"),
        (("--heads", "3", "--width", "32"), "attention heads"),
        (("--batch-size", "1000"), "fewer than one batch"),
        (("--config", "nowhere.toml"), "nowhere.toml cannot be read"),
        (("--device", "cuda:7"), "cannot be used"),
        (("--weights", "nowhere.safetensors"), "cannot be loaded"),
        (("--lr", "1e30", "--clip", "0", "--warmup-epochs", "0"), "lower the learning rate"),
    ],
)
def test_a_bad_command_ends_in_one_line(
    flags: tuple[str, ...], text: str, dots: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--manifest", str(dots), "--out", str(tmp_path / "run"), *SMALL, "--depth", "2", "--epochs", "2"]
    assert run_tool(teacher.main, [*command, *flags]) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert text in last


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (("--method", "wishes"), "no method 'wishes'"),
        (("--option", "sharp=1"), "unknown option 'sharp'"),
        (("--option", "feature_loss=odd"), "feature_loss 'odd'"),
        (("--option", "layers=1,2"), "layers must name one teacher block"),
        (("--init", "teacher:0,5,9"), "cannot be copied"),
        (("--init", "teacher:0,1,2", "--width", "16"), "equal width"),
        (("--patch-drop", "0.5"), "for the teacher alone"),
    ],
)
def test_a_bad_distillation_ends_in_one_line(
    flags: tuple[str, ...], text: str, teacher_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_tool(distill.main, student(tmp_path / "run", teacher_run, "--option", "layers=2,4,6", *flags)) == 1
    assert text in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_method_with_a_teacher_needs_one(dots: Path, tmp_path: Path) -> None:
    command = ["--manifest", str(dots), "--out", str(tmp_path / "run"), *SMALL]
    with pytest.raises(KdError, match="needs --teacher"):
        distill.main([*command, "--method", "mdkd"])
    distill.main([*command, "--method", "none", "--epochs", "1"])
    assert load_run(tmp_path / "run").vit_config.depth == 3

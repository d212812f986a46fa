"""A batch computed in parts, by one process or two: the same losses as in one piece; and the teacher's table."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from kd import distill, teacher
from kd.command_line import run_tool
from kd.models import frozen

TIMED = ("images_per_s", "loader_share")


def student(out: Path, teacher_run: Path, *more: str) -> list[str]:
    size = ["--depth", "2", "--epochs", "2", "--batch-size", "48", "--quiet"]
    return ["--teacher", str(teacher_run), "--out", str(out), *size, *more]


def history(run: Path) -> list[dict[str, float]]:
    rows: list[dict[str, float]] = torch.load(run / "last.pt", weights_only=True)["history"]
    return rows


def assert_same_curve(one: Path, other: Path, tolerance: float = 2e-4) -> None:
    for a, b in zip(history(one), history(other), strict=True):
        assert a.keys() == b.keys()
        for name in a.keys() - set(TIMED):
            assert a[name] == pytest.approx(b[name], rel=tolerance, abs=tolerance), name


METHODS = {"mdkd": (), "tskd": ()}


@pytest.fixture(scope="module")
def whole(teacher_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    for name in METHODS:
        distill.main(student(folder / name, teacher_run, "--method", name))
    return folder


@pytest.mark.parametrize("name", sorted(METHODS))
def test_accumulated_parts_equal_the_whole_batch(name: str, whole: Path, teacher_run: Path, tmp_path: Path) -> None:
    distill.main(student(tmp_path / "run", teacher_run, "--method", name, "--accumulation", "3"))
    assert_same_curve(whole / name, tmp_path / "run")


def torchrun(*command: str) -> subprocess.CompletedProcess[str]:
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "-m",
        "kd.distill",
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run([*launch, *command], env=environment, capture_output=True, text=True, timeout=300)


def test_two_processes_equal_one(whole: Path, teacher_run: Path, tmp_path: Path) -> None:
    # tskd has weights of its own beside the student's.
    done = torchrun(*student(tmp_path / "run", teacher_run, "--method", "tskd"))
    assert done.returncode == 0, done.stderr
    assert_same_curve(whole / "tskd", tmp_path / "run")
    assert done.stderr.count("finished: best") == 1


def test_a_method_that_relates_images_is_refused_with_one_sentence(teacher_run: Path, tmp_path: Path) -> None:
    done = torchrun(*student(tmp_path / "run", teacher_run, "--method", "sp"))
    assert done.returncode != 0
    assert done.stderr.count("error: The method sp relates the images of a batch to each other") == 1
    assert not (tmp_path / "run").exists()


def test_a_batch_that_cannot_be_cut_is_told(
    teacher_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_tool(distill.main, student(tmp_path / "run", teacher_run, "--accumulation", "5")) == 1
    assert "A batch of 48 cannot be cut into 5 equal parts" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


VIEWS = ("--views-only", "--epochs", "8", "--batch-size", "72")


def test_the_table_of_the_teachers_answers_changes_nothing_and_spares_the_teacher(
    teacher_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, table = (
        student(tmp_path / kind / "run", teacher_run, "--method", "attention", *VIEWS) for kind in ("live", "table")
    )
    distill.main([*live, "--teacher-cache-gb", "0"])
    calls = 0
    original = frozen.FrozenTeacher.forward

    def counted(self: frozen.FrozenTeacher, *given: object) -> object:
        nonlocal calls
        calls += 1
        return original(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(frozen.FrozenTeacher, "forward", counted)
    distill.main(table)
    assert calls == 4  # one to know the size, then 144 training patches in chunks of 64
    assert_same_curve(tmp_path / "live" / "run", tmp_path / "table" / "run")
    distill.main([*table, "--restart"])
    assert calls == 4
    assert_same_curve(tmp_path / "live" / "run", tmp_path / "table" / "run")


def test_no_table_where_it_would_be_too_large_or_images_differ_each_time(teacher_run: Path, tmp_path: Path) -> None:
    distill.main(student(tmp_path / "a" / "run", teacher_run, "--epochs", "8", "--batch-size", "144"))
    distill.main(student(tmp_path / "b" / "run", teacher_run, *VIEWS, "--teacher-cache-gb", "1e-5"))
    assert not list(tmp_path.rglob("views-*"))
    assert "the teacher's outputs would take" in (tmp_path / "b" / "run" / "log.txt").read_text()


def test_views_only_leaves_no_other_augmentation(
    dots: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--manifest", str(dots), "--out", str(tmp_path / "run"), "--views-only", "--augment", "noise=0.1"]
    assert run_tool(teacher.main, command) == 1
    assert "--views-only leaves no other augmentation" in capsys.readouterr().err

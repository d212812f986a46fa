"""The evaluation as a command: report, numbers, calibration on validation, several seeds as one entry."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kd import distill, evaluate, metrics
from kd.command_line import run_tool


@pytest.fixture(scope="module")
def students(teacher_run: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("students")
    for seed in ("0", "1"):
        command = ["--teacher", str(teacher_run), "--method", "kd", "--out", str(folder / f"kd-{seed}")]
        distill.main([*command, "--seed", seed, "--epochs", "1", "--batch-size", "24", "--quiet"])
    return [folder / "kd-0", folder / "kd-1"]


def test_the_report_compares_teacher_and_seeds(teacher_run: Path, students: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "report"
    seeds = "kd=" + ",".join(map(str, students))
    flags = ["--split", "test", "--resamples", "50", "--quiet"]
    assert run_tool(evaluate.main, ["--run", str(teacher_run), seeds, "--out", str(out), *flags]) == 0
    facts = json.loads((out / "metrics.json").read_text())
    stored = np.load(out / "predictions.npz")
    assert facts["groups"] == 4
    assert facts["samples"] == 96
    accuracies = [(stored[f"probabilities:kd:{i}"].argmax(1) == stored["labels"]).mean() for i in (0, 1)]
    assert facts["runs"]["kd"]["metrics"]["accuracy"]["value"] == pytest.approx(np.mean(accuracies))
    assert [one["accuracy"] for one in facts["runs"]["kd"]["single"]] == pytest.approx(accuracies)
    of_teacher = facts["runs"]["teacher"]["metrics"]["accuracy"]["value"]
    gap = facts["differences"]["kd - teacher"]["accuracy"]["value"]
    assert gap == pytest.approx(np.mean(accuracies) - of_teacher)
    report = (out / "report.md").read_text()
    assert "python -m kd.evaluate --run" in report
    assert "Research Use Only" in report
    assert "phantom" in report
    risks = facts["runs"]["teacher"]["risk_at_coverage"]
    assert risks["1"] == pytest.approx(1 - facts["runs"]["teacher"]["metrics"]["accuracy"]["value"])
    assert risks["0.5"] <= risks["1"]
    assert "aurc" in facts["runs"]["kd"]["metrics"]
    for name in ("confusion-teacher.png", "reliability-kd.png", "selective.png"):
        assert (out / name).stat().st_size > 1000
    matrix = np.array(facts["runs"]["teacher"]["confusion"])
    assert matrix.sum() == 96
    assert np.trace(matrix) / 96 == pytest.approx(of_teacher)


def test_the_temperature_comes_from_validation_not_from_the_split_measured(teacher_run: Path, tmp_path: Path) -> None:
    temperatures = []
    for split in ("val", "test"):
        out = tmp_path / split
        evaluate.main(["--run", str(teacher_run), "--split", split, "--out", str(out), "--resamples", "5", "--quiet"])
        facts = json.loads((out / "metrics.json").read_text())
        temperatures.append(facts["runs"]["teacher"]["single"][0]["temperature"])
    assert temperatures[0] == temperatures[1]
    stored = np.load(tmp_path / "val" / "predictions.npz")
    calibrated = np.log(stored["probabilities:teacher:0"].astype(np.float64))
    assert metrics.fit_temperature(calibrated, stored["labels"]) == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (["--run", "nowhere"], "nowhere is not a run folder"),
        (["--run", "{teacher}", "--split", "holdout"], "no rows of split 'holdout'"),
        (["--run", "{teacher}", "{teacher}"], "Two runs are called 'teacher'"),
        (["--run", "{teacher}", "--out", "{teacher}"], "is not empty"),
    ],
)
def test_a_bad_command_ends_in_one_line(
    flags: list[str], text: str, teacher_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [flag.replace("{teacher}", str(teacher_run)) for flag in flags]
    assert run_tool(evaluate.main, ["--out", str(tmp_path / "out"), "--quiet", *filled]) == 1
    error = capsys.readouterr().err.strip()
    assert text in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "out").exists()

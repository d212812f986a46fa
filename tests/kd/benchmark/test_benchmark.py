"""The whole command on tiny data: trainings, a kill, going on, the table; and plans that cannot be right."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kd.benchmark.__main__ import main
from kd.benchmark.plan import read_plan
from kd.command_line import INTERRUPTED
from kd.errors import KdError

STUDENT = """
[training]
batch_size = 24
lr = 3e-3
"""
PLAN = """
[benchmark]
title = "Dots"
protocol = "A: equal labels"
manifest = "{manifest}"
teacher = "{teacher}"
config = "{config}"
seeds = [0, 1]
epochs = 2
contrasts = [["init_kl", "none"]]
shifts = ["blur"]
resamples = 100
[[row]]
name = "none"
method = "none"
[[row]]
name = "init_kl"
method = "kd"
init = "teacher:0,2,5"
options = {{ hard = 0.0, soft = 1.0 }}
"""


@pytest.fixture(scope="module")
def plan(dots: Path, teacher_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    (folder / "student.toml").write_text(STUDENT)
    (folder / "plan.toml").write_text(PLAN.format(manifest=dots, teacher=teacher_run, config=folder / "student.toml"))
    return folder / "plan.toml"


@pytest.fixture(scope="module")
def killed_and_resumed(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a benchmark that was stopped during its first seed and then run to its end."""
    out = tmp_path_factory.mktemp("benchmark") / "out"
    flags = ["--plan", str(plan), "--out", str(out), "--memo", str(out.parent / "memo")]
    command = [sys.executable, "-m", "kd.benchmark", *flags]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 240
    while not (out / "runs" / "none-0" / "log.csv").is_file():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(240) == INTERRUPTED
    assert not (out / "table.md").exists()
    main(flags)
    return out


def test_a_killed_benchmark_goes_on_and_ends_in_the_table(killed_and_resumed: Path, plan: Path) -> None:
    out = killed_and_resumed
    with (out / "table.csv").open(newline="") as stream:
        rows = {row["row"]: row for row in csv.DictReader(stream)}
    assert set(rows) == {"teacher", "none", "init_kl", "random forest"}
    assert rows["init_kl"]["seeds"] == rows["init_kl"]["planned"] == "2"
    assert float(rows["init_kl"]["accuracy_low"]) <= float(rows["init_kl"]["accuracy"])
    assert float(rows["init_kl"]["training_images_per_s"]) > 0
    text = (out / "table.md").read_text()
    assert "init_kl - none" in text and "rho" in text and "unfinished" not in text
    assert not any((out.parent / "memo").iterdir())


def test_what_is_finished_is_neither_trained_nor_measured_again(killed_and_resumed: Path, plan: Path) -> None:
    out = killed_and_resumed
    files = (*out.glob("runs/*/last.pt"), *out.glob("measured/*"))
    stamps = {path: path.stat().st_mtime_ns for path in files}
    main(["--plan", str(plan), "--out", str(out)])
    assert {path: path.stat().st_mtime_ns for path in files} == stamps


def test_what_is_not_finished_is_said(killed_and_resumed: Path, plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(killed_and_resumed, out)
    log = out / "runs" / "init_kl-1" / "log.csv"
    log.write_text("\n".join(log.read_text().splitlines()[:2]) + "\n")
    main(["--plan", str(plan), "--out", str(out), "--unfinished"])
    assert "1 of 2, **unfinished**" in (out / "table.md").read_text()


def test_a_run_of_another_plan_is_not_taken_for_this_one(killed_and_resumed: Path, plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(killed_and_resumed, out)
    config = out / "runs" / "init_kl-0" / "config.json"
    facts = json.loads(config.read_text())
    facts["method"]["options"]["soft"] = 0.7
    config.write_text(json.dumps(facts))
    with pytest.raises(KdError, match="another run"):
        main(["--plan", str(plan), "--out", str(out), "--train-only"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["init_kl", "none"]', '["ours", "none"]', "'ours', which is no row"),
        ("soft = 1.0", "sof = 1.0", "sof"),
        ('name = "init_kl"', 'name = "none"', "two rows called 'none'"),
        ("epochs = 2", "", "epochs"),
        ("protocol", "protocoll", "protocoll"),
    ],
)
def test_a_wrong_plan_is_one_sentence(plan: Path, tmp_path: Path, old: str, new: str, said: str) -> None:
    wrong = tmp_path / "plan.toml"
    wrong.write_text(plan.read_text().replace(old, new))
    with pytest.raises(KdError, match=said) as refused:
        read_plan(wrong)
    assert "\n" not in str(refused.value)

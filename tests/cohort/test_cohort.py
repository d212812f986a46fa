"""Many slides: every one is scored once, whatever is killed in between."""

import contextlib
import csv
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from app.analysis.runtime import cuda_driver
from app.analysis.runtime.candidates import runs_on_cpu
from app.cohort.arguments import MAX_JOBS
from app.cohort.command_line import default_jobs, default_workers
from app.cohort.slide_list import list_tasks
from app.slides.slide import SlideError
from kd.bundle import load_bundle
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """A folder with four slides, one of them damaged, and two models: a quick one and a slow one."""
    folder = tmp_path_factory.mktemp("cohort")
    make_bundle(folder)
    make_bundle(folder, "slow", slow_px=4096)
    slides = folder / "slides"
    (slides / "monday").mkdir(parents=True)
    for name, color in (("a.tif", RED), ("monday/a.tif", BLUE), ("b.tif", RED)):
        cells = [(x, y, color) for x in range(60, 600, 60) for y in range(60, 400, 60)]
        write_slide(slides / name, draw(640, 448, cells))
    (slides / "broken.tif").write_bytes((slides / "a.tif").read_bytes()[:200])
    return folder


def command(cohort, work, *arguments, model="tiny", slides=True):
    fixed = [cohort / "slides", "--model", cohort / f"{model}.fnabundle", "--out", work / "out"] if slides else []
    return [sys.executable, "-m", "app.score", *map(str, [*fixed, "--data-dir", work / "data", *arguments])]


def table(work):
    with (work / "out" / "cohort.csv").open() as stream:
        lines = [line for line in stream if not line.startswith("#")]
    return {Path(row["results"]).relative_to(work / "out").as_posix(): row for row in csv.DictReader(lines)}


def states(work):
    return {name: row["state"] for name, row in table(work).items()}


def csv_of(work, name):
    """The scores without the date that stands at their head."""
    text = (work / "out" / name / "scores.csv").read_text()
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_each_slide_of_a_folder_has_a_place_of_its_own(tmp_path):
    slides = tmp_path / "slides"
    for name in ("x.svs", "x.tif", "sub/x.svs"):
        (slides / name).parent.mkdir(parents=True, exist_ok=True)
        (slides / name).write_bytes(b"")
    tasks = list_tasks([slides, Path("y.svs"), Path("other/y.svs")], Path("out"))
    assert [t.folder.as_posix() for t in tasks] == ["out/sub/x", "out/x.svs", "out/x.tif", "out/y", "out/y-2"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(SlideError, match="holds no slide"):
        list_tasks([tmp_path / "empty"], Path("out"))


def test_a_cohort_is_scored_and_then_left_alone(cohort, tmp_path):
    done = subprocess.run(command(cohort, tmp_path, "--jobs", "2"), cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert states(tmp_path) == {"a": "scored", "b": "scored", "broken": "failed", "monday/a": "scored"}
    written = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("summary.json")}
    again = subprocess.run(command(cohort, tmp_path), cwd=TOP, capture_output=True, text=True)
    assert again.returncode == 1
    assert sorted(states(tmp_path).values()) == ["already scored"] * 3 + ["failed"]
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("summary.json")} == written
    # Another model is another result.
    subprocess.run(command(cohort, tmp_path, model="slow"), cwd=TOP, capture_output=True, text=True)
    assert sorted(states(tmp_path).values()) == ["failed", "scored", "scored", "scored"]


@pytest.mark.parametrize(
    ("cores", "slides", "jobs", "workers"),
    [(1, 5, 1, 1), (2, 1, 1, 2), (2, 5, 2, 2), (4, 3, 3, 2), (8, 1000, 8, 2), (64, 1000, MAX_JOBS, 16), (64, 2, 2, 64)],
)
def test_as_many_slides_at_a_time_as_cores_each_with_twice_its_share(monkeypatch, cores, slides, jobs, workers):
    monkeypatch.setattr("multiprocessing.cpu_count", lambda: cores)
    assert default_jobs(slides, on_cpu=True) == jobs and default_workers(jobs) == workers
    assert default_jobs(slides, on_cpu=False) == 1


def test_a_run_on_a_gpu_is_foreseen(cohort, monkeypatch):
    bundle = load_bundle(cohort / "tiny.fnabundle")
    monkeypatch.setattr(cuda_driver, "gpu_names", lambda: ("a card",))
    for built_in, expected in (
        (["CPUExecutionProvider"], True),
        (["CUDAExecutionProvider", "CPUExecutionProvider"], False),
    ):
        monkeypatch.setattr("onnxruntime.get_available_providers", lambda found=built_in: found)
        assert runs_on_cpu(bundle) is expected, "the bundle holds no program for torch"
        assert runs_on_cpu(bundle, "cpu") and runs_on_cpu(bundle, "auto", "int8")
        assert not runs_on_cpu(bundle, "cuda")
    monkeypatch.setattr(cuda_driver, "gpu_names", lambda: ())
    assert runs_on_cpu(bundle), "a provider without a card"


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_a_killed_run_goes_on_without_scoring_a_slide_twice(cohort, tmp_path):
    run = subprocess.Popen(
        command(cohort, tmp_path, "--jobs", "1", model="slow"),
        cwd=TOP,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: (tmp_path / "out" / "a" / "summary.json").exists())
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    first = (tmp_path / "out" / "a" / "summary.json").stat().st_mtime_ns
    subprocess.run(command(cohort, tmp_path, model="slow"), cwd=TOP, capture_output=True)
    assert states(tmp_path)["a"] == "already scored" and states(tmp_path)["monday/a"] == "scored"
    assert (tmp_path / "out" / "a" / "summary.json").stat().st_mtime_ns == first


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def has_stored_scores(folder):
    try:
        with contextlib.closing(sqlite3.connect(f"file:{folder / 'scores.sqlite'}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM blocks").fetchone()[0] > 0
    except sqlite3.OperationalError:
        return False


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_two_workers_one_of_which_is_killed_score_every_slide_once_as_a_local_run_does(cohort, tmp_path):
    pytest.importorskip("distributed")
    cells = [(x, y, RED if x > 500 else BLUE) for x in range(32, 1024, 64) for y in range(32, 1408, 64)]
    write_slide(cohort / "slides" / "large.tif", draw(1024, 1408, cells))
    address = f"tcp://127.0.0.1:{free_port()}"
    quiet = {"cwd": TOP, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    scheduler = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", address, "--no-dashboard"], **quiet
    )
    workers = [
        subprocess.Popen(command(cohort, tmp_path / str(n), "--worker", address, slides=False), **quiet)
        for n in range(2)
    ]
    remote, local = tmp_path / "remote", tmp_path / "local"
    try:
        run = subprocess.Popen(
            command(cohort, remote, "--scheduler", address, "--workers", "1", model="slow"),
            cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        # The large slide is in work for so long that its first scores are stored before it ends.
        busy = lambda: [n for n in range(2) if has_stored_scores(tmp_path / str(n) / "data")]  # noqa: E731
        wait_for(lambda: busy() or run.poll() is not None)
        assert run.poll() is None, run.stderr.read()
        assert not (remote / "out" / "large" / "summary.json").exists()
        os.killpg(workers[busy()[0]].pid, signal.SIGKILL)
        _, stderr = run.communicate(timeout=240)
    finally:
        for process in (*workers, scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert run.returncode == 1 and "Traceback" not in stderr, stderr
    subprocess.run(command(cohort, local, model="slow"), cwd=TOP, capture_output=True)
    found = states(remote)
    assert found.pop("broken") == "failed"
    assert set(found) == {"a", "b", "large", "monday/a"} and set(found.values()) <= {"scored", "already scored"}
    for name in found:
        assert csv_of(remote, name) == csv_of(local, name)
        fields = [
            json.loads((work / "out" / name / "summary.json").read_text())["ranked_fields"] for work in (remote, local)
        ]
        np.testing.assert_equal(fields[0], fields[1])


def test_a_scheduler_that_is_not_there_is_told(cohort, tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    import app.cohort.cluster as cluster
    from app.cohort.one_slide import ScoreError, ScoreOptions

    monkeypatch.setattr(cluster, "_CONNECT_S", 0.5)
    with pytest.raises(ScoreError, match="No scheduler answers"):
        list(cluster.score_on_cluster([], ScoreOptions(cohort / "tiny.fnabundle"), f"tcp://127.0.0.1:{free_port()}"))

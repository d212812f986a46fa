"""``python -m app.score`` as a user runs it."""

import contextlib
import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.records.provenance import RESEARCH_USE_ONLY
from app.score import main
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide
from tests.slide_bundles import WEIGHTS_NAME, make_slide_bundle

TOP = Path(__file__).resolve().parents[1]
FILES = {"scores.csv", "scores.geojson", "summary.json"} | {f"heatmap-{k}.png" for k in ("background", "blue", "red")}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with a bundle, two good slides, one without a scale, and one that is none."""
    folder = tmp_path_factory.mktemp("wörld mit leer")
    make_bundle(folder)
    make_bundle(folder, "slow", slow_px=2048)
    cells = [(x, y, RED if x > 300 else BLUE) for x in range(60, 600, 90) for y in range(60, 400, 90)]
    image = draw(640, 448, cells)
    write_slide(folder / "good.tif", image)
    (folder / "other").mkdir()
    write_slide(folder / "other" / "good.tif", image[:, ::-1])
    write_slide(folder / "no-scale.tif", image, mpp=None)
    (folder / "no-slide.svs").write_bytes(b"this is no slide" * 100)
    return folder


def command(world, out, *arguments, model="tiny"):
    fixed = ["--model", world / f"{model}.fnabundle", "--data-dir", out / "data", "--out", out / "out"]
    return [sys.executable, "-m", "app.score", *map(str, [*arguments, *fixed])]


def score(world, out, *arguments):
    return subprocess.run(command(world, out, *arguments), cwd=TOP, capture_output=True, text=True, timeout=300)


def test_good_slides_are_scored_and_bad_ones_cost_a_line_each(world, tmp_path):
    slides = ["good.tif", "no-slide.svs", "no-scale.tif", "missing.svs", "other/good.tif"]
    done = score(world, tmp_path, *(world / s for s in slides))
    assert done.returncode == 1
    # Bars of slides that are in work may leave a control sequence before it.
    errors = [line for line in done.stderr.splitlines() if line.removeprefix("\x1b[A").startswith("error: ")]
    told = {next(s for s in slides if str(world / s) in e): e for e in errors}
    assert len(errors) == 3 and set(told) == set(slides[1:4])
    assert "--mpp" in told["no-scale.tif"] and "Traceback" not in done.stderr and RESEARCH_USE_ONLY in done.stderr
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"good", "good-2", "cohort.csv"}
    for name in ("good", "good-2"):
        assert {p.name for p in (tmp_path / "out" / name).iterdir()} == FILES
    summary = json.loads((tmp_path / "out" / "good" / "summary.json").read_text())
    assert summary["complete"] and summary["summary"]["tiles_scored"] > 10
    assert summary["provenance"]["mpp_source"] == "known"
    fields = {
        n: json.loads((tmp_path / "out" / n / "summary.json").read_text())["ranked_fields"][0]["rect"]
        for n in ("good", "good-2")
    }
    assert fields["good"]["x"] > 250 and fields["good-2"]["x"] < 390, "mirrored slide, mirrored field"


def test_a_scale_can_be_given(world, tmp_path):
    done = score(world, tmp_path, world / "no-scale.tif", "--mpp", "0.25")
    assert done.returncode == 0, done.stderr
    assert (
        json.loads((tmp_path / "out" / "no-scale" / "summary.json").read_text())["provenance"]["mpp_source"]
        == "calibrated"
    )


def test_a_slide_model_says_what_the_whole_slide_comes_to(world, tmp_path):
    student = make_bundle(tmp_path, "named", training={"weights": WEIGHTS_NAME})
    slides, phantom = make_slide_bundle(tmp_path), make_slide_bundle(tmp_path, "drawn", training_domain="phantom")
    summary_file = tmp_path / "out" / "good" / "summary.json"

    def summary(*arguments):
        run = command(world, tmp_path, world / "good.tif", *arguments)
        run[run.index("--model") + 1] = str(student.path)
        done = subprocess.run(run, cwd=TOP, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(summary_file.read_text()), done.stdout

    assert summary()[0]["slide_model"] is None
    plain, said = summary("--slide-model", slides.path)
    found = plain["slide_model"]
    assert "slide model slides: benign" in said
    assert sum(found["probabilities"].values()) == pytest.approx(1.0, abs=1e-4)
    assert found["provenance"]["slide_model_hash"] == slides.hash and "not what is true" in found["note"]
    assert found["provenance"]["plan_key"] == plain["provenance"]["plan_key"]
    assert found["tiles_weighed"] == found["tiles"] == plain["summary"]["tiles_scored"]
    assert found["attended_fields"][0]["rect"]["x"] > 250 and found["attended_fields"][0]["heaviest"] > 2
    assert "already scored" not in said and "still hold" in summary("--slide-model", slides.path)[1]
    assert summary("--slide-model", phantom.path)[0]["slide_model"] is None, "it means nothing on a real slide"

    refused = score(world, tmp_path / "refused", world / "good.tif", "--slide-model", slides.path)
    assert refused.returncode == 1 and "does not name its weights" in refused.stderr
    assert not (tmp_path / "refused").exists(), "nothing was scored"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["good.tif", "--mpp", "300"], "not a scale"),
        (["good.tif", "--device", "abacus"], "no device"),
        (["good.tif", "--device", "mps"], "cannot be run on mps"),
        (["good.tif", "--precision", "int8"], "no int8 model"),
        (["good.tif", "--workers", "-1"], "'-1' is not a number of threads"),
        (["good.tif", "--jobs", "0"], "'0' is not a number of slides"),
    ],
)
def test_wrong_options_end_in_a_sentence(world, tmp_path, arguments, words):
    done = score(world, tmp_path, world / arguments[0], *arguments[1:])
    assert done.returncode != 0 and words in done.stderr and "Traceback" not in done.stderr


def test_a_missing_model_ends_in_a_sentence(world, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "app.score", str(world / "good.tif"), "--out", str(tmp_path), "--model", "/nowhere"],
        cwd=TOP,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and done.stderr.startswith("error: There is no model bundle")


def test_results_that_cannot_be_written_are_told_before_anything_is_scored(world, tmp_path):
    (tmp_path / "out").write_text("a file")
    done = score(world, tmp_path, world / "good.tif")
    assert done.returncode == 1 and "Results cannot be written to" in done.stderr and "--out" in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "data").exists(), "nothing was scored"


def test_scores_that_cannot_be_kept_are_told_and_the_run_goes_on(world, tmp_path):
    (tmp_path / "data").write_text("a file")
    done = score(world, tmp_path, world / "good.tif")
    assert done.returncode == 0, done.stderr
    assert "warning: Scores cannot be kept in" in done.stderr and "--data-dir" in done.stderr
    assert "Traceback" not in done.stderr and (tmp_path / "out" / "good" / "summary.json").exists()


def test_no_process_is_kept_for_slides_that_others_score(world, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr("app.score._start_children", lambda: started.append(True))
    monkeypatch.setattr("app.cohort.command_line.run", lambda given: 0)
    named = [str(world / "good.tif"), "--out", str(tmp_path)]
    assert main([*named, "--scheduler", "tcp://nowhere:1"]) == main(["--worker", "tcp://nowhere:1"]) == 0
    assert not started
    assert main(named) == 0 and started


SLOW_IMPORT = """
import sys, time
from app import score

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "app.cohort.command_line":
            print("importing", flush=True)
            time.sleep(60)

sys.meta_path.insert(0, Slow())
if __name__ == "__main__":
    sys.exit(score.main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_while_the_program_still_starts_is_a_sentence(world, tmp_path):
    (tmp_path / "start.py").write_text(SLOW_IMPORT)
    program = subprocess.Popen(
        [sys.executable, tmp_path / "start.py", world / "good.tif", "--out", tmp_path / "out"],
        env={**os.environ, "PYTHONPATH": str(TOP)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout.readline() == "importing\n"
    os.killpg(program.pid, signal.SIGINT)
    _, stderr = program.communicate(timeout=60)
    assert program.returncode == 130 and stderr == "Interrupted before anything was scored.\n"


def stored_blocks(database):
    if not database.exists():
        return 0
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM blocks").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_ends_cleanly_and_the_same_command_goes_on(world, tmp_path):
    cells = [(x, y, RED) for x in range(32, 2048, 64) for y in range(32, 2048, 64)]
    slide = write_slide(tmp_path / "large.tif", draw(2048, 2048, cells))
    run = command(world, tmp_path, slide, "--workers", "1", model="slow")
    program = subprocess.Popen(
        run, cwd=TOP, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while stored_blocks(tmp_path / "data" / "scores.sqlite") == 0:
        assert time.monotonic() < deadline, "no score was stored"
        time.sleep(0.02)
    assert program.poll() is None, "still at work"
    os.killpg(program.pid, signal.SIGINT)
    _, stderr = program.communicate(timeout=120)
    assert program.returncode == 130, stderr
    assert "Interrupted" in stderr and "Traceback" not in stderr
    assert not (tmp_path / "out").exists(), "nothing half-written"
    assert stored_blocks(tmp_path / "data" / "scores.sqlite") > 0
    done = subprocess.run(run, cwd=TOP, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out" / "large" / "scores.csv").open() as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    assert len(rows) == 32 * 32 and all(row["state"] == "scored" and row["most_likely"] == "red" for row in rows)

"""`python -m kd.phantom`: results, and one sentence with status 2 for bad input."""

import subprocess
import sys
from pathlib import Path

import pytest

from kd.phantom.__main__ import main

SLIDE = ["slide", "--seed", "1", "--suspicious-clusters", "0"]


def run(argv: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(argv)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("kd.phantom:")]
    return status, lines[-1] if lines else ""


def test_slide_and_patches_are_written(tmp_path: Path) -> None:
    out = tmp_path / "s.tif"
    assert main([*SLIDE, "--out", str(out), "--width", "600", "--height", "600"]) == 0
    assert out.exists() and (tmp_path / "s.truth.npz").exists() and (tmp_path / "s.truth.json").exists()
    assert main(["patches", "--out", str(tmp_path / "p"), "--cases", "6", "--per-case", "2"]) == 0
    assert (tmp_path / "p" / "manifest.csv").exists()


@pytest.mark.parametrize(
    ("extra", "word"),
    [
        (["--width", "10", "--height", "600"], "px on each side"),
        (["--width", "600", "--height", "600", "--mpp", "9"], "--mpp"),
        (["--width", "600", "--height", "600", "--quality", "5"], "--quality"),
        (["--width", "600", "--height", "600", "--suspicious-clusters", "-1"], "negative"),
        (["--width", "600", "--height", "600", "--suspicious-clusters", "500"], "do not fit"),
    ],
)
def test_bad_slides_are_refused_in_one_sentence(
    extra: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, message = run([*SLIDE, "--out", str(tmp_path / "s.tif"), *extra], capsys)
    assert status == 2 and word in message
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_wrong_ending_and_existing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = ["--width", "600", "--height", "600"]
    status, message = run([*SLIDE, *size, "--out", str(tmp_path / "none" / "s.tif")], capsys)
    assert status == 2 and "does not exist" in message
    status, message = run([*SLIDE, *size, "--out", str(tmp_path / "s.png")], capsys)
    assert status == 2 and ".tif" in message
    taken = tmp_path / "s.tif"
    taken.write_bytes(b"mine")
    status, message = run([*SLIDE, *size, "--out", str(taken)], capsys)
    assert status == 2 and "--overwrite" in message
    assert taken.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("extra", "word"),
    [(["--cases", "2"], "--cases"), (["--per-case", "0"], "--per-case"), (["--size", "4000"], "um wide")],
)
def test_bad_data_sets_are_refused(
    extra: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, message = run(["patches", "--out", str(tmp_path / "p"), *extra], capsys)
    assert status == 2 and word in message
    assert list(tmp_path.iterdir()) == []


def test_existing_data_needs_overwrite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "mine.txt").write_text("mine")
    status, message = run(["patches", "--out", str(tmp_path / "p"), "--cases", "6", "--per-case", "1"], capsys)
    assert status == 2 and "--overwrite" in message
    assert (tmp_path / "p" / "mine.txt").exists()


def test_the_phantom_needs_no_torch() -> None:
    code = "import sys, kd.phantom.__main__, kd.phantom.controls; sys.exit('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0

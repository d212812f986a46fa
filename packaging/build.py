"""Build the one-folder bundle and prove that it works: ``python packaging/build.py [--no-smoke]``.

The smoke test starts the built program with an empty environment and an empty home, lets it score the
demo slide offscreen, and compares the scores with those of the same job from source. It prints the size,
the start time and the largest difference, and fails when the scores differ.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PROGRAM = TOP / "dist" / "fnascope" / ("fnascope.exe" if sys.platform == "win32" else "fnascope")
TOLERANCE = 1e-4


def build() -> None:
    """Run PyInstaller on the spec; what it prints goes to ``build/pyinstaller.log``."""
    log = TOP / "build" / "pyinstaller.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w", encoding="utf-8") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN",
             "--distpath", str(TOP / "dist"), "--workpath", str(TOP / "build"),
             str(TOP / "packaging" / "fnascope.spec")],
            stdout=stream, stderr=subprocess.STDOUT, cwd=TOP, check=False,
        )  # fmt: skip
    if done.returncode:
        sys.exit(f"PyInstaller failed with status {done.returncode}; see {log}.")


def run_demo(command: list[str], out: Path, home: Path) -> float:
    """Score the demo slide offscreen with an empty environment; returns the seconds it took."""
    home.mkdir()
    start = time.monotonic()
    done = subprocess.run(
        [*command, "--demo", "--out", str(out)],
        env={"HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8"},
        cwd=TOP, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{command[0]} ended with status {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.monotonic() - start


def read_scores(out: Path) -> dict[str, list[float]]:
    """The probabilities of every scored tile in ``scores.csv``, by tile."""
    (path,) = sorted(out.rglob("scores.csv"))
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    scored = [row for row in rows if row["state"].lower() == "scored"]
    names = [name for name in rows[0] if name.startswith("p_")]
    return {f"{row['column']},{row['row']}": [float(row[name]) for name in names] for row in scored}


def largest_difference(ours: dict[str, list[float]], theirs: dict[str, list[float]]) -> float:
    """Largest difference of a probability; infinite when the scored tiles are not the same, or are none."""
    if not ours or ours.keys() != theirs.keys():
        return float("inf")
    return max(abs(a - b) for key in ours for a, b in zip(ours[key], theirs[key], strict=True))


def start_seconds() -> float:
    """Seconds until the program has started and printed its version."""
    start = time.monotonic()
    subprocess.run([str(PROGRAM), "--version"], check=True, capture_output=True, env={"QT_QPA_PLATFORM": "offscreen"})
    return time.monotonic() - start


def smoke() -> None:
    """Run bundle and source side by side and compare; exits non-zero when they differ."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        # A home for each: scores that one stored must not be taken for those of the other.
        seconds = run_demo([str(PROGRAM)], place / "bundle", place / "home of bundle")
        run_demo([sys.executable, "-m", "app"], place / "source", place / "home of source")
        difference = largest_difference(read_scores(place / "bundle"), read_scores(place / "source"))
        scored = len(read_scores(place / "bundle"))
    size_mb = sum(f.stat().st_size for f in PROGRAM.parent.rglob("*") if f.is_file() and not f.is_symlink()) / 1e6
    starts = sorted(start_seconds() for _ in range(5))
    torch_files = [f for f in PROGRAM.parent.rglob("*") if f.name.startswith("libtorch")]
    spread = f"{starts[0]:.2f}-{starts[-1]:.2f}, 5 warm starts"
    print(f"bundle: {size_mb:.0f} MB; prints its version after {starts[2]:.2f} s ({spread})")
    print(f"demo slide opened, scored and written in {seconds:.1f} s from start to end")
    print(f"{scored} tiles; largest difference from source {difference:.2g}")
    if difference > TOLERANCE or torch_files:
        sys.exit("The bundle does not reproduce the scores of the source, or holds torch.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--no-smoke", action="store_true", help="build only")
    parser.add_argument("--smoke-only", action="store_true", help="test the bundle that is in dist/")
    options = parser.parse_args()
    if not options.smoke_only:
        shutil.rmtree(PROGRAM.parent, ignore_errors=True)
        build()
    if not options.no_smoke:
        smoke()


if __name__ == "__main__":
    main()

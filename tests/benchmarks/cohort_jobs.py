"""A cohort on one machine: slides one after the other on all cores, or several at a time in a process each.

    python tests/benchmarks/cohort_jobs.py SLIDE ... [--jobs 1 2] [--repeats 3] [--model BUNDLE]

Each way is ``python -m app.score FOLDER --jobs N`` as a user calls it, from an empty data folder, on the same slides:
with N = 1 a slide's tiles are scored by as many threads of one process as there are cores; with N > 1 that many
slides are in work, each in a process with its share of the cores. The ways take turns, in changing order. That both
score the same tiles to the same values is checked. Do not run it beside other work.
Writes ``results/cohort_jobs.md``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import psutil
from machine import RESULTS, TOP, markdown_head, spread


def run(folder: Path, out: Path, jobs: int, model: Path | None) -> tuple[float, float]:
    """Wall seconds, and peak memory of all processes in MiB (shared pages counted once)."""
    command = [sys.executable, "-m", "app.score", folder, "--out", out / "out", "--data-dir", out / "data"]
    command += ["--jobs", jobs, *(["--model", model] if model else [])]
    begun = time.perf_counter()
    program = subprocess.Popen([str(part) for part in command], cwd=TOP, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)  # fmt: skip
    peak, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(1.0):
            try:
                top = psutil.Process(program.pid)
                parts = [p.memory_full_info().pss for p in (top, *top.children(recursive=True))]
            except psutil.Error:
                continue
            peak[0] = max(peak[0], sum(parts) / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    said, _ = program.communicate()
    seconds = time.perf_counter() - begun
    ended.set()
    watcher.join()
    if program.returncode != 0:
        sys.exit(f"--jobs {jobs} failed:\n{said[-2000:]}")
    return seconds, peak[0]


def tables(out: Path) -> dict[str, str]:
    """What was scored, by slide, without the lines that tell when and how."""
    found = {}
    for table in sorted((out / "out").rglob("scores.csv")):
        lines = table.read_text(encoding="utf-8").splitlines()
        found[table.parent.name] = "\n".join(line for line in lines if not line.startswith("#"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slides", type=Path, nargs="+")
    parser.add_argument("--jobs", type=int, nargs="+", default=sorted({1, os.cpu_count() or 1}))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS / "cohort_jobs.md")
    options = parser.parse_args()
    seconds: dict[int, list[float]] = {jobs: [] for jobs in options.jobs}
    memory: dict[int, list[float]] = {jobs: [] for jobs in options.jobs}
    first: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "slides"
        folder.mkdir()
        for slide in options.slides:
            (folder / slide.name).symlink_to(slide.resolve())
        for repeat in range(options.repeats):
            turn = options.jobs if repeat % 2 == 0 else options.jobs[::-1]
            for jobs in turn:
                out = Path(temporary) / f"{repeat}-{jobs}"
                wall, peak = run(folder, out, jobs, options.model)
                seconds[jobs].append(wall)
                memory[jobs].append(peak)
                found = tables(out)
                first = first or found
                if found != first or len(found) != len(options.slides):
                    sys.exit(f"--jobs {jobs} scored other tiles, or to other values")
                print(f"--jobs {jobs}: {wall:.1f} s, {peak:.0f} MiB", file=sys.stderr, flush=True)
    base = seconds[options.jobs[0]]
    text = (
        f"{len(options.slides)} slides: {', '.join(slide.name for slide in options.slides)}. Same scores each way.\n\n"
    )
    text += f"| way | seconds | faster than --jobs {options.jobs[0]} | peak memory, MiB |\n|---|---|---|---|\n"
    for jobs, values in seconds.items():
        ratios = [a / b for a, b in zip(base, values, strict=True)]
        name = "threads: --jobs 1" if jobs == 1 else f"processes: --jobs {jobs}"
        text += f"| {name} | {spread(values, 1)} | {spread(ratios)} | {statistics.median(memory[jobs]):.0f} |\n"
    options.out.write_text(markdown_head("A cohort on one machine") + text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

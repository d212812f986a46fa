"""A cohort on one machine: slides one after the other on all cores, or several at a time in a process each.

    python tests/benchmarks/cohort_jobs.py SLIDE ... [--ways 1x2 2x1 2x2] [--repeats 3] [--model BUNDLE]

Each way JxW is ``python -m app.score FOLDER --jobs J --workers W`` from an empty data folder, on the same slides:
J slides are in work, each in a scoring process of its own with W threads. 1xCORES is threads alone, CORESx1 processes
alone, CORESxCORES lets the last slides use all cores at the price of more threads than cores before. The ways take
turns, in changing order. That all score the same tiles to the same values is checked. Do not run it beside other work.
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


def run(folder: Path, out: Path, way: str, model: Path | None) -> tuple[float, float]:
    """Wall seconds, and peak memory of all processes in MiB (shared pages counted once)."""
    command = [sys.executable, "-m", "app.score", folder, "--out", out / "out", "--data-dir", out / "data"]
    jobs, workers = way.split("x")
    command += ["--jobs", jobs, "--workers", workers, *(["--model", model] if model else [])]
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
        sys.exit(f"{way} failed:\n{said[-2000:]}")
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
    cores = os.cpu_count() or 1
    parser.add_argument("--ways", nargs="+", default=[f"1x{cores}", f"{cores}x1", f"{cores}x{cores}"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS / "cohort_jobs.md")
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {way: [] for way in options.ways}
    memory: dict[str, list[float]] = {way: [] for way in options.ways}
    first: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "slides"
        folder.mkdir()
        for slide in options.slides:
            (folder / slide.name).symlink_to(slide.resolve())
        for repeat in range(options.repeats):
            turn = options.ways if repeat % 2 == 0 else options.ways[::-1]
            for way in turn:
                out = Path(temporary) / f"{repeat}-{way}"
                wall, peak = run(folder, out, way, options.model)
                seconds[way].append(wall)
                memory[way].append(peak)
                found = tables(out)
                first = first or found
                if found != first or len(found) != len(options.slides):
                    sys.exit(f"{way} scored other tiles, or to other values")
                print(f"{way}: {wall:.1f} s, {peak:.0f} MiB", file=sys.stderr, flush=True)
    base = seconds[options.ways[0]]
    text = (
        f"{len(options.slides)} slides: {', '.join(slide.name for slide in options.slides)}. Same scores each way.\n\n"
    )
    text += f"| slides at a time x threads of each | seconds | faster than {options.ways[0]} | peak memory, MiB |\n"
    text += "|---|---|---|---|\n"
    for way, values in seconds.items():
        ratios = [a / b for a, b in zip(base, values, strict=True)]
        text += f"| {way} | {spread(values, 1)} | {spread(ratios)} | {statistics.median(memory[way]):.0f} |\n"
    options.out.write_text(markdown_head("A cohort on one machine") + text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

"""What grows with the cells and what with the glass: phantom slides from 10,000 x 10,000 to 160,000 x 120,000 px.

    python tests/benchmarks/scaling.py [--work FOLDER] [--runs 1] [--window] [--out FILE.md]

Each slide holds copies of the bundled demo slide (a phantom) on empty glass (``sparse_slide.py``): the same number of
copies on more and more glass, then more and more copies on the same glass. Timed in a process of its own each, without
a window, with the demo student: opening (with the check in a child process), finding the cells, scoring until the end.
Memory is the peak of the proportional set size (PSS) of all processes, sampled five times a second. ``--window``: the
largest slide with most cells once more, viewed and scored in the window at 1920 x 1080 with 100,000 marks
(``window_while_scoring.py --until-scored``). Writes a table, the figures and a plot (needs matplotlib). Do not run it
beside other work.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import command_line
from window_while_scoring import MemoryWatch, machine

RESULTS = Path(__file__).resolve().parent / "results"
SIZES = ((10_000, 10_000), (40_000, 30_000), (80_000, 60_000), (160_000, 120_000))
LARGEST = SIZES[-1]
ON_MORE_GLASS = (1, 16)
"""Copies of the demo slide that are put on slides of every size where they fit."""
MORE_CELLS = (1, 4, 16, 64)
"""Copies on the largest slide."""
MEMORY_WANTED_MIB = 1536


def cases() -> list[tuple[tuple[int, int], int]]:
    """(size, copies) of every slide."""
    glass = [(size, copies) for copies in ON_MORE_GLASS for size in SIZES if copies == 1 or size != SIZES[0]]
    return glass + [(LARGEST, copies) for copies in MORE_CELLS if (LARGEST, copies) not in glass]


def score(path: Path) -> dict[str, float]:
    """One slide from the file to the last score."""
    from session_run import score_once

    from app.slides.open import open_slide

    memory = MemoryWatch(every_s=0.2)
    memory.start()
    begun = time.perf_counter()
    slide = open_slide(path)
    opened = time.perf_counter()
    run = score_once(slide)
    memory.stop()
    running = run.began_s.get("running", run.done_s)
    return {
        "open_s": opened - begun,
        "find_s": running - run.began_s.get("finding cells", opened),
        "score_s": run.done_s - running,
        "total_s": run.done_s - begun,
        "tiles": float(run.tiles),
        "peak_pss_mib": memory.peak_mib,
    }


def measure(work: Path, size: tuple[int, int], copies: int, runs: int) -> dict[str, Any]:
    """Median and range over the runs, each a process of its own; the slide is written anew and removed."""
    from sparse_slide import write_sparse_slide

    from app.resources import resource_path

    path = work / f"sparse-{size[0]}x{size[1]}-{copies}.tif"
    write_sparse_slide(path, size, resource_path("demo/demo-slide.tif"), copies)
    found = []
    try:
        for _ in range(runs):
            done = subprocess.run(
                [sys.executable, __file__, "--one", str(path)], check=True, capture_output=True, text=True
            )
            found.append(json.loads(done.stdout.splitlines()[-1]))
    finally:
        path.unlink()
    row: dict[str, Any] = {"width": size[0], "height": size[1], "copies": copies}
    for key in found[0]:
        values = [run[key] for run in found]
        row[key] = statistics.median(values)
        row[f"{key}_range"] = [min(values), max(values)]
    return row


def window_memory(work: Path) -> dict[str, Any]:
    """The largest slide with most cells in the window."""
    from sparse_slide import write_sparse_slide

    from app.resources import resource_path

    path, out = work / "sparse-window.tif", work / "window.json"
    write_sparse_slide(path, LARGEST, resource_path("demo/demo-slide.tif"), MORE_CELLS[-1])
    try:
        script = Path(__file__).with_name("window_while_scoring.py")
        command = [sys.executable, str(script), str(path), "--windows", "1080p", "--runs", "1", "--until-scored"]
        subprocess.run([*command, "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
        run = json.loads(out.read_text(encoding="utf-8"))["windows"]["1080p"]["runs"][0]
    finally:
        path.unlink()
    return {key: run[key] for key in ("peak_pss_mib", "marks", "run", "frame", "stall")}


HEADER = (
    "| slide, px | copies of the demo slide | tiles with cells | open s | find cells s | score s | tiles/s | peak MiB |"
)


def table(rows: list[dict[str, Any]]) -> list[str]:
    lines = [HEADER, "|" + "---|" * 8]
    for row in rows:
        low, high = row["total_s_range"]
        spread = f" ({low:.1f} to {high:.1f} in all)" if high > low else ""
        lines.append(
            f"| {row['width']:,} x {row['height']:,} | {row['copies']} | {row['tiles']:,.0f} | {row['open_s']:.2f} "
            f"| {row['find_s']:.2f} | {row['score_s']:.2f}{spread} | {row['tiles'] / max(row['score_s'], 1e-9):,.0f} "
            f"| {row['peak_pss_mib']:,.0f} |"
        )
    return lines


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Time against glass for equal cells, time against cells for equal glass, and memory."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for copies in ON_MORE_GLASS:
        same = sorted((r for r in rows if r["copies"] == copies), key=lambda r: r["width"])
        if not same:  # as in a trial
            continue
        glass = [r["width"] * r["height"] / 1e9 for r in same]
        axes[0].plot(glass, [r["total_s"] for r in same], "o-", label=f"{same[0]['tiles']:,.0f} tiles with cells")
        axes[2].plot(glass, [r["peak_pss_mib"] for r in same], "o-", label=f"{same[0]['tiles']:,.0f} tiles with cells")
    same = sorted((r for r in rows if (r["width"], r["height"]) == LARGEST), key=lambda r: r["copies"])
    axes[1].plot([r["tiles"] for r in same], [r["total_s"] for r in same], "o-")
    labels = ("glass, gigapixels", f"tiles with cells on {LARGEST[0]:,} x {LARGEST[1]:,} px", "glass, gigapixels")
    for axis, label, unit in zip(
        axes, labels, ("open, find, score: s", "open, find, score: s", "peak MiB"), strict=True
    ):
        axis.set(xlabel=label, ylabel=unit)
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
    axes[0].legend(frameon=False)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, help="where the slides are written (default: a temporary folder)")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--window", action="store_true")
    parser.add_argument("--largest", type=int, default=len(SIZES), help=f"of the {len(SIZES)} sizes, so many (a trial)")
    parser.add_argument("--out", type=Path, default=RESULTS / "scaling.md")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(score(options.one)), flush=True)
        os._exit(0)
    rows, window = [], None
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        for size, copies in cases():
            if size in SIZES[: options.largest]:
                rows.append(measure(Path(folder), size, copies, options.runs))
                print(table(rows)[-1], flush=True)
        if options.window:
            window = window_memory(Path(folder))
    lines = [f"Command: `{command_line()}`. {json.dumps(machine())}", "", *table(rows)]
    if window is not None:
        lines += ["", f"Viewed and scored in the window (wanted: below {MEMORY_WANTED_MIB} MiB): {json.dumps(window)}"]
        print(lines[-1])
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options.out.with_suffix(".json").write_text(json.dumps({"rows": rows, "window": window}, indent=1) + "\n", "utf-8")
    plot(rows, options.out.with_suffix(".png"))


if __name__ == "__main__":
    main()

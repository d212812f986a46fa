"""How many times as fast as scoring every tile of the glass with the teacher, and which step brings how much.

    python tests/benchmarks/total_factor.py SLIDE --teacher RUN --student RUN [--model BUNDLE] [--tiles 500]
        [--repeats 5] [--cores 2]

Baseline: every tile of the grid, read by openslide's ``read_region``, scored by the 12-layer teacher in torch fp32.
Its time is extrapolated from a sample of tiles, spread evenly over the glass: seconds per tile of reading and of the
model, one thread each, divided by the cores, as if they divided without loss (which favours the baseline). The
sample is cut into as many parts as there are repeats; in each repeat all readers and models take turns on one part.
Then one thing after the other is changed: the student in place of the teacher; ONNX Runtime in the default precision in
place of torch; only tiles with cells, finding them included; and last our reading, with everything else that a run
takes: this step is the measured time of a whole run, from ``start`` to the last score, started process included.
The factors multiply to the total. Writes ``results/total_factor.md``. Do not run it beside other work.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cv2
import numpy as np
import numpy.typing as npt
import openslide
from machine import RESULTS, markdown_head, spread

from app.analysis.cell_scan import scan_slide
from app.analysis.group_scoring import GROUP_TILES
from app.analysis.plan import TilePlan, block_order, make_plan
from app.analysis.runtime.student import StudentRuntime
from app.analysis.runtime.tuned_student import tune
from app.analysis.runtime.tuning import CACHE_VARIABLE
from app.analysis.tile_reader import TileReader
from app.resources import resource_path
from app.session.slide_session import SlideSession
from app.slides.open import open_slide
from kd.bundle import Bundle, load_bundle

TARGET = 20.0
BATCH = 8
Tiles = npt.NDArray[np.uint8]
STEPS = ("teacher, torch fp32", "student, torch fp32", "student, ONNX Runtime", "openslide read_region", "our reading")


def torch_scorer(run_folder: Path) -> Callable[[Tiles], object]:
    # Here: a started scoring process imports what this script imports, which would count as time of the run.
    import torch

    from kd.models.student_graph import StudentGraph
    from kd.models.vit import set_fused_attention
    from kd.run_folder import load_run

    torch.set_num_threads(1)
    run = load_run(run_folder)
    set_fused_attention(run.vit, True)
    graph = StudentGraph(run.vit, run.vit_config).eval()

    def score(tiles: Tiles) -> None:
        with torch.inference_mode():
            for i in range(0, len(tiles), BATCH):
                graph(torch.from_numpy(tiles[i : i + BATCH]))

    return score


def openslide_reader(path: Path, plan: TilePlan) -> Callable[[list[int]], Tiles]:
    """As a script would: region by region, RGBA to RGB, resized where the plan asks for it."""
    slide = openslide.OpenSlide(path)

    def read(cells: list[int]) -> Tiles:
        tiles = []
        for cell in cells:
            region = plan.tile_region(cell)
            corner = (round(region.x * plan.downsample), round(region.y * plan.downsample))
            image = slide.read_region(corner, plan.read_level, (region.width, region.height)).convert("RGB")
            tiles.append(np.asarray(image.resize((plan.tile_px, plan.tile_px)) if plan.resampled else image))
        return np.stack(tiles)

    return read


def read_in_groups(reader: TileReader, plan: TilePlan, cells: list[int]) -> None:
    """As a run does."""
    out = np.empty((GROUP_TILES, plan.tile_px, plan.tile_px, 3), np.uint8)
    for start in range(0, len(cells), GROUP_TILES):
        reader.read_many(np.array(cells[start : start + GROUP_TILES]), out)


def seconds_per_tile(work: Callable[[], object], tiles: int) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) / tiles


def whole_run_s(path: Path, bundle: Bundle, cores: int) -> float:
    """Seconds from ``start`` until every tile with cells is scored and stored."""
    slide = open_slide(path, probe=False)
    ended = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        session = SlideSession(slide, bundle, Path(folder), device="cpu", workers=cores)
        session.subscribe(lambda e: ended.set() if e.kind in ("finished", "failed", "process-died") else None)
        begun = time.perf_counter()
        session.start()
        ended.wait()
        seconds = time.perf_counter() - begun
        if session.progress.state != "finished":
            sys.exit("the run failed: " + "; ".join(notice.text for notice in session.notices))
        session.close()
    slide.close()
    return seconds


def measure(options: argparse.Namespace) -> tuple[list[dict[str, float]], int, int, str]:
    bundle = load_bundle(options.model)
    slide = open_slide(options.slide, probe=False)
    mpp, card = slide.info.mpp, bundle.card
    assert mpp is not None
    plan = make_plan(slide.info.levels, mpp, tile_px=card.tile_px, mpp=card.mpp, stride_um=card.stride_um)
    begun = time.perf_counter()
    found = scan_slide(slide, mpp)
    find_s = time.perf_counter() - begun
    assert found is not None
    order = block_order(plan, *found.for_plan(plan))
    runtime, _ = tune(bundle, StudentRuntime.load(bundle, "cpu"), asked_workers=options.cores)
    batch = runtime.batch_size
    scorers: dict[str, Callable[[Tiles], object]] = {
        STEPS[0]: torch_scorer(options.teacher),
        STEPS[1]: torch_scorer(options.student),
        STEPS[2]: lambda tiles: [runtime.score(tiles[i : i + batch]) for i in range(0, len(tiles), batch)],
    }
    plain = openslide_reader(options.slide, plan)
    sample = np.linspace(0, plan.cells - 1, options.tiles).astype(int)
    warm = plain(sample[:BATCH].tolist())
    for score in scorers.values():
        score(warm)
    rows = []
    for repeat in range(options.repeats):
        cells = sample[repeat :: options.repeats].tolist()
        # Neighbours, since a file tile that is shared is decoded once.
        run_of = order[repeat * len(order) // options.repeats :][: len(cells)].tolist()
        row = dict.fromkeys(STEPS, 0.0)
        tiles = plain(cells)
        for name, score in scorers.items():
            row[name] = seconds_per_tile(lambda score=score, tiles=tiles: score(tiles), len(cells))  # type: ignore[misc]
        row[STEPS[3]] = seconds_per_tile(lambda cells=run_of: plain(cells), len(run_of))  # type: ignore[misc]
        reader = TileReader(slide, plan)
        row[STEPS[4]] = seconds_per_tile(
            lambda cells=run_of, reader=reader: read_in_groups(reader, plan, cells),  # type: ignore[misc]
            len(run_of),
        )
        row["find cells"] = find_s
        row["our whole run"] = whole_run_s(options.slide, bundle, options.cores)
        rows.append(row)
        print(f"{repeat + 1}: " + ", ".join(f"{k} {v:.6f} s" for k, v in row.items()), flush=True)
    slide.close()
    return rows, plan.cells, len(order), f"{runtime.choice.precision}, {runtime.choice.tuning}"


def factors(row: dict[str, float], glass: int, cellular: int, cores: int) -> dict[str, float]:
    """Seconds of each stage of one repeat, and the factors between them."""
    reading = row[STEPS[3]]
    stages = [glass * (reading + row[name]) / cores for name in STEPS[:3]]
    stages.append(cellular * (reading + row[STEPS[2]]) / cores + row["find cells"] / cores)
    stages.append(row["our whole run"])
    names = ("architecture", "precision and runtime", "glass skipped", "reading, and all else of a run")
    found = {name: before / after for name, before, after in zip(names, stages, stages[1:], strict=False)}
    return {**found, "total": stages[0] / stages[-1], "baseline, s": stages[0], "ours, s": stages[-1]}


def table(rows: list[dict[str, float]], glass: int, cellular: int, options: argparse.Namespace, choice: str) -> str:
    per_repeat = [factors(row, glass, cellular, options.cores) for row in rows]
    what = {
        "architecture": "12-layer teacher to 3-layer student, torch fp32",
        "precision and runtime": f"torch fp32 to ONNX Runtime, {choice}",
        "glass skipped": f"{glass} tiles to {cellular} with cells, finding them included",
        "reading, and all else of a run": "openslide read_region to our reading; less what a run adds to its parts",
        "total": f"baseline over ours; target {TARGET:g}",
        "baseline, s": f"extrapolated from {options.tiles} tiles all over the glass, by {options.cores} cores",
        "ours, s": f"measured whole: {cellular} tiles, {options.cores} cores, process start to last score",
    }
    lines = [
        f"Median (lowest to highest) of {len(rows)} repeats.",
        "",
        "| factor | times | from, to |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {spread([row[name] for row in per_repeat])} | {text} |" for name, text in what.items()]
    lines += ["", "| part, one thread | ms a tile |", "|---|---|"]
    lines += [f"| {name} | {spread([1e3 * row[name] for row in rows], 3)} |" for name in STEPS]
    ratio = spread([row[STEPS[3]] / row[STEPS[4]] for row in rows])
    lines.append(f"| reading alone: openslide over ours, tiles of a run in its order | {ratio} times |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slide", type=Path)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--student", type=Path, required=True, help="run folder of the bundled student")
    parser.add_argument("--model", type=Path, default=Path(resource_path("models/demo.fnabundle")))
    parser.add_argument("--tiles", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=RESULTS / "total_factor.md")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[CACHE_VARIABLE] = folder
        rows, glass, cellular, choice = measure(options)
    text = markdown_head(f"Against the teacher on every tile: {options.slide.name}")
    text += table(rows, glass, cellular, options, choice)
    print(text)
    options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Whole slides on NVIDIA GPUs against the model alone there, and against reading alone.

    python tests/benchmarks/cuda_end_to_end.py SLIDE [--model BUNDLE] [--device cuda] [--precision auto] [--repeats 3]

Three figures in tiles/s, by turns: the model alone (the slide's own tiles, read before; batches and threads at a time
as in a run), reading alone (decoding, resampling and focus on all cores), and a whole run (a session, from the first
scores to the last). A run cannot be faster than the slower of the two parts, so its efficiency is stated over the
model and over that bound; the aim is .9. The slide should have at least 20,000 tiles with cells. Writes
``results/cuda_end_to_end.md``. Do not run it beside other work. Ends with status 2 and a sentence where there is no
GPU.

``--device cpu`` runs the same on a CPU, to see that the benchmark works; it writes nothing, and its parts share cores.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import numpy.typing as npt
from machine import RESULTS, markdown_head, spread

from app.analysis.cell_scan import scan_slide
from app.analysis.focus import MIN_CELLULARITY, quick_focus_scores
from app.analysis.plan import TilePlan, block_order, make_plan
from app.analysis.runtime import cuda_driver, onnx_backend
from app.analysis.runtime.backend import StudentError
from app.analysis.runtime.host_buffers import IN_WORK
from app.analysis.runtime.student import StudentRuntime
from app.analysis.runtime.tuned_student import tune
from app.analysis.tile_reader import TileReader
from app.resources import resource_path
from app.session.slide_session import SlideSession
from app.slides.open import open_slide
from kd.bundle import Bundle, load_bundle

KEPT_TILES = 4096
"""Tiles in memory for the model alone."""
MODEL_S = 3.0
GROUP = 32
AIM = 0.9


def no_gpu() -> str:
    """Why nothing can be measured here; empty where it can."""
    if not cuda_driver.gpu_names():
        return (
            "There is no NVIDIA GPU with its driver here, so nothing was measured; run this on a machine that has one."
        )
    if "cuda" not in onnx_backend.available_devices():
        return "This onnxruntime has no CUDA provider: install onnxruntime-gpu in place of onnxruntime."
    return ""


def on_threads(count: int, work: Callable[[], int]) -> float:
    """Sum of what ``work`` returns on so many threads, per second. Raises what one of them raised."""
    done: list[int] = []
    errors: list[Exception] = []

    def one() -> None:
        try:
            done.append(work())
        except Exception as error:  # handed on to the thread that waits for this one
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(count)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sum(done) / (time.perf_counter() - begun)


def model_rate(runtime: StudentRuntime, tiles: npt.NDArray[np.uint8], at_a_time: int) -> float:
    size = runtime.batch_size
    starts = range(0, len(tiles) - size + 1, size) or range(1)
    until = time.perf_counter() + MODEL_S

    def work() -> int:
        count = turn = 0
        while time.perf_counter() < until:
            start = starts[turn % len(starts)]
            count += len(runtime.score(tiles[start : start + size]).probabilities)
            turn += 1
        return count

    return on_threads(at_a_time, work)


def reading_rate(
    path: Path, plan: TilePlan, order: npt.NDArray[np.int64], cellularity: npt.NDArray[np.float32], threads: int
) -> float:
    """Decoding, resampling, and focus of the tiles that a run judges; ``cellularity`` of all cells of the plan."""
    slide = open_slide(path, probe=False)  # with an empty cache
    reader = TileReader(slide, plan)
    waiting = [order[start : start + GROUP] for start in range(0, len(order), GROUP)][::-1]

    def work() -> int:
        tiles = np.empty((GROUP, plan.tile_px, plan.tile_px, 3), np.uint8)
        count = 0
        while True:
            try:
                cells = waiting.pop()
            except IndexError:
                return count
            reader.read_many(cells, tiles[: len(cells)])
            judged = np.flatnonzero(cellularity[cells] >= MIN_CELLULARITY)
            if len(judged):
                quick_focus_scores(tiles, judged, plan.mpp_used)
            count += len(cells)

    rate = on_threads(threads, work)
    slide.close()
    return rate


def whole_rate(path: Path, bundle: Bundle, device: str, precision: str) -> tuple[float, int, str]:
    """Tiles/s from the first scores to the last, tiles, and on what."""
    slide = open_slide(path, probe=False)
    ended, moments = threading.Event(), []

    def listen(event: object) -> None:
        kind = event.kind  # type: ignore[attr-defined]
        if kind == "scores" and session.progress.state == "running":
            moments.append((time.perf_counter(), session.progress.done))
        if kind in ("finished", "failed", "process-died"):
            ended.set()

    with tempfile.TemporaryDirectory() as folder:
        session = SlideSession(slide, bundle, Path(folder), device=device, precision=precision, demonstration=True)
        session.subscribe(listen)
        session.start()
        ended.wait()
        if session.progress.state != "finished" or len(moments) < 2:
            sys.exit("the run failed: " + "; ".join(notice.text for notice in session.notices))
        scores = session.score_map()
        session.close()
    slide.close()
    (first, before), (last, after) = moments[0], moments[-1]
    return (after - before) / (last - first), after, scores.provenance.device if scores is not None else ""


def measure(path: Path, bundle: Bundle, device: str, precision: str, repeats: int) -> tuple[str, float]:
    """The table, and the efficiency over the bound."""
    slide = open_slide(path, probe=False)
    mpp, card = slide.info.mpp, bundle.card
    if mpp is None:
        sys.exit(f"{path.name} states no scale")
    plan = make_plan(slide.info.levels, mpp, tile_px=card.tile_px, mpp=card.mpp, stride_um=card.stride_um)
    found = scan_slide(slide, mpp)
    assert found is not None
    cellularity, holds_cells = found.for_plan(plan)
    order = block_order(plan, cellularity, holds_cells)
    kept = order[:: max(1, len(order) // KEPT_TILES)][:KEPT_TILES]
    tiles = np.empty((len(kept), plan.tile_px, plan.tile_px, 3), np.uint8)
    TileReader(slide, plan).read_many(kept, tiles)
    slide.close()
    runtime, workers = tune(bundle, StudentRuntime.load(bundle, device, precision), precision)
    at_a_time = workers if runtime.choice.device == "cpu" else IN_WORK * runtime.choice.devices
    runtime.score(tiles[: runtime.batch_size])
    model, reading, whole = [], [], []
    count, where = 0, ""
    for _ in range(repeats):
        model.append(model_rate(runtime, tiles, at_a_time))
        reading.append(reading_rate(path, plan, order, cellularity.ravel(), workers))
        rate, count, where = whole_rate(path, bundle, device, precision)
        whole.append(rate)
    over_model = [w / m for w, m in zip(whole, model, strict=True)]
    over_bound = [w / min(m, r) for w, m, r in zip(whole, model, reading, strict=True)]
    bound = "the model" if statistics.median(model) < statistics.median(reading) else "reading"
    lines = [
        f"{path.name}, {count:,} cells of the grid; {bundle.card.name} {runtime.choice.precision}; {where}; "
        f"GPUs: {', '.join(cuda_driver.gpu_names()) or 'none'}. Median (lowest to highest) of {repeats}.",
        "",
        "| model alone, tiles/s | reading alone | whole | whole / model | whole / slower part | slower part |",
        "|---|---|---|---|---|---|",
        f"| {spread(model, 0)} | {spread(reading, 0)} | {spread(whole, 0)} | {spread(over_model)} | "
        f"{spread(over_bound)} | {bound} |",
    ]
    return "\n".join(lines) + "\n", statistics.median(over_bound)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the aim is met, 1 when not, 2 where nothing can be measured."""
    parser = argparse.ArgumentParser(description="Whole slides on NVIDIA GPUs against the model alone.")
    parser.add_argument("slide", type=Path)
    parser.add_argument("--model", type=Path, default=resource_path("models/demo.fnabundle"))
    parser.add_argument("--device", default="cuda", help="cuda, cuda:N, or cpu to try the benchmark")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args(arguments)
    problem = "" if given.device == "cpu" else no_gpu()
    if problem:
        print(problem, file=sys.stderr)
        return 2
    try:
        table, efficiency = measure(given.slide, load_bundle(given.model), given.device, given.precision, given.repeats)
    except StudentError as error:
        print(error, file=sys.stderr)
        return 2
    print(table)
    if given.device != "cpu":
        text = markdown_head("Whole slides on NVIDIA GPUs") + table
        (RESULTS / "cuda_end_to_end.md").write_text(text, encoding="utf-8")
    return 0 if efficiency >= AIM else 1


if __name__ == "__main__":
    sys.exit(main())

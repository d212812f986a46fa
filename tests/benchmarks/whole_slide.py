"""Whole-slide speed against the sum of its parts, and the memory of all processes.

    python tests/benchmarks/whole_slide.py SLIDE --model BUNDLE [--repeats 3] [--cores 2] [--out FILE.json]

Parts, each alone on one core, per tile: decoding (chunks of the file, in the order of the run), resampling, the
model (batches as in a run, one thread). Whole: a session with one scoring thread for each core, from the first tile
to the last; starting the process and finding cells are stated apart. Parts and whole take turns, so that a change of
the machine's speed meets both. Efficiency is whole tiles/s over cores / (t_decode + t_resample + t_model).
Do not run it beside other work.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import psutil

from app.analysis.cell_scan import scan_slide
from app.analysis.plan import block_order, make_plan
from app.analysis.runtime.student import StudentRuntime
from app.analysis.tile_reader import TileReader
from app.records.scores import CellState
from app.session.slide_session import SlideSession
from app.slides.open import open_slide
from kd.bundle import Bundle, load_bundle

MODEL_TILES = 1000


@dataclass(frozen=True)
class Parts:
    """Seconds per tile of each part, and of finding all cells, on one core."""

    find_cells_s: float
    decode_s: float
    resample_s: float
    model_s: float


@dataclass(frozen=True)
class Whole:
    """One run: tiles scored, seconds until the first tile, from first to last, and peak memory of all processes."""

    tiles: int
    start_s: float
    score_s: float
    peak_mib: float


def measure_parts(path: Path, bundle: Bundle, device: str, precision: str) -> Parts:
    slide = open_slide(path, probe=False)
    mpp, card = slide.info.mpp, bundle.card
    assert mpp is not None
    plan = make_plan(slide.info.levels, mpp, tile_px=card.tile_px, mpp=card.mpp, stride_um=card.stride_um)
    begun = time.perf_counter()
    found = scan_slide(slide, mpp)
    find_cells_s = time.perf_counter() - begun
    assert found is not None
    order = block_order(plan, *found.for_plan(plan))
    slide.close()
    slide = open_slide(path, probe=False)  # with an empty cache
    reader = TileReader(slide, plan)
    kept = set(order[:: max(1, len(order) // MODEL_TILES)].tolist())
    pixels = []
    begun = time.perf_counter()
    for cell in order:
        image = reader.pixels(plan.tile_region(int(cell)))
        if int(cell) in kept:
            pixels.append(image)
    decode_s = (time.perf_counter() - begun) / len(order)
    begun = time.perf_counter()
    tiles = [reader.resample(image) for image in pixels]
    resample_s = (time.perf_counter() - begun) / len(tiles)
    runtime = StudentRuntime.load(bundle, device, precision)
    batches = [np.stack(tiles[i : i + runtime.batch_size]) for i in range(0, len(tiles), runtime.batch_size)]
    runtime.score(batches[0])
    begun = time.perf_counter()
    for batch in batches:
        runtime.score(batch)
    model_s = (time.perf_counter() - begun) / len(tiles)
    slide.close()
    return Parts(find_cells_s, decode_s, resample_s, model_s)


def measure_whole(path: Path, bundle: Bundle, device: str, precision: str, cores: int) -> Whole:
    slide = open_slide(path, probe=False)
    moments: dict[str, float] = {}
    ended = threading.Event()

    def listen(event: object) -> None:
        kind = event.kind  # type: ignore[attr-defined]
        if kind == "scores" and session.progress.state == "running":
            moments.setdefault("first", time.perf_counter())
        if kind in ("finished", "failed", "process-died"):
            moments["end"] = time.perf_counter()
            ended.set()

    with tempfile.TemporaryDirectory() as folder:
        session = SlideSession(slide, bundle, Path(folder), device=device, precision=precision, workers=cores)
        session.subscribe(listen)
        memory = PeakMemory()
        begun = time.perf_counter()
        session.start()
        ended.wait()
        peak = memory.stop()
        if session.progress.state != "finished":
            sys.exit("the run failed: " + "; ".join(notice.text for notice in session.notices))
        scores = session.score_map()
        assert scores is not None
        tiles = int(np.isin(scores.states, (CellState.SCORED, CellState.OUT_OF_FOCUS, CellState.FAILED)).sum())
        session.close()
    slide.close()
    return Whole(tiles, moments["first"] - begun, moments["end"] - moments["first"], peak)


class PeakMemory:
    """Largest sum of the unique memory of this process and its children, sampled ten times a second."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Peak in MiB."""
        self._end.set()
        self._thread.join()
        return self.peak

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._end.wait(0.1):
            total = 0.0
            for process in (own, *own.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total / 2**20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("slide", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    bundle = load_bundle(options.model)
    rows = []
    for repeat in range(options.repeats):
        parts = measure_parts(options.slide, bundle, options.device, options.precision)
        whole = measure_whole(options.slide, bundle, options.device, options.precision, options.cores)
        expected = options.cores / (parts.decode_s + parts.resample_s + parts.model_s)
        rate = whole.tiles / whole.score_s
        rows.append({**asdict(parts), **asdict(whole), "tiles_per_s": rate, "efficiency": rate / expected})
        print(
            f"{repeat + 1}: decode {1e3 * parts.decode_s:.3f} ms, resample {1e3 * parts.resample_s:.3f} ms, model "
            f"{1e3 * parts.model_s:.3f} ms, finding cells {parts.find_cells_s:.1f} s; {whole.tiles} tiles, first after "
            f"{whole.start_s:.1f} s, then {rate:.1f} tiles/s: efficiency {rate / expected:.3f}; "
            f"peak {whole.peak_mib:.0f} MiB",
            flush=True,
        )
    for name in ("tiles_per_s", "efficiency", "peak_mib"):
        values = [row[name] for row in rows]
        print(f"{name}: median {statistics.median(values):.3f}, from {min(values):.3f} to {max(values):.3f}")
    if options.out:
        options.out.write_text(
            json.dumps({"slide": options.slide.name, "cores": options.cores, "runs": rows}, indent=2)
        )


if __name__ == "__main__":
    main()

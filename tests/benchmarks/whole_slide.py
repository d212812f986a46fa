"""Whole-slide speed against the sum of its parts, where the CPU time goes, and the memory of all processes.

    python tests/benchmarks/whole_slide.py SLIDE [--model BUNDLE] [--vit-b3 BUNDLE | --no-vit] [--repeats 3]
        [--tiles 0] [--vit-tiles 240] [--cores 2]

Measured for the demo student in int8 and fp32, and for a ViT-B of three blocks with random weights (the paper's size;
made by ``vit_b3.py`` unless given). Parts, each alone on one core, per tile: decoding (groups of neighbours in the
order of a run, copied to where the model takes them), resampling, focus, the model (batches as in a run, one thread).
Whole: a session with one scoring thread for each core, from the first tile to the last, or for so many tiles
(``--tiles``; 0 means all with cells); starting the process and finding cells are stated apart. Parts and whole take
turns, so that a change of the machine's speed meets both. Efficiency is whole tiles/s over cores / (t_decode +
t_resample + t_model). CPU time outside the model's kernels is that of both processes in the same stretch, less the
model's CPU time alone. Writes ``results/whole_slide.md`` and ``.json``. Do not run it beside other work.
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
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cv2
import numpy as np
import psutil
from machine import RESULTS, describe_machine, markdown_head, spread

from app.analysis.cell_scan import scan_slide
from app.analysis.focus import MIN_CELLULARITY, quick_focus_scores
from app.analysis.group_scoring import GROUP_TILES
from app.analysis.plan import block_order, make_plan
from app.analysis.runtime.student import StudentRuntime
from app.analysis.runtime.tuned_student import tune
from app.analysis.runtime.tuning import CACHE_VARIABLE
from app.analysis.tile_reader import TileReader
from app.resources import resource_path
from app.session.slide_session import SlideSession
from app.slides.open import open_slide
from kd.bundle import Bundle, load_bundle

T = TypeVar("T")

MODEL_S = 1.5
"""About so many seconds of the model alone are measured in each repeat."""


@dataclass(frozen=True)
class Case:
    name: str
    bundle: Bundle
    precision: str
    tiles: int
    """At most so many tiles are scored; 0 means all."""


@dataclass(frozen=True)
class Parts:
    """Seconds per tile of each part alone on one core, by the clock; ``*_cpu_s`` the CPU time of the same."""

    find_cells_s: float
    decode_s: float
    resample_s: float
    focus_s: float
    model_s: float
    decode_cpu_s: float
    resample_cpu_s: float
    focus_cpu_s: float
    model_cpu_s: float
    choice: str


@dataclass(frozen=True)
class Whole:
    """One run: tiles scored, seconds until the first tile, from first to last, CPU seconds of the scoring process and
    of the session's in that time, and peak memory of all processes."""

    tiles: int
    start_s: float
    score_s: float
    scoring_cpu_s: float
    session_cpu_s: float
    peak_mib: float


class Watch:
    """Seconds by the clock and of this thread's CPU time spent within its ``with`` blocks."""

    def __init__(self) -> None:
        self._clock = self._cpu = 0.0

    def __enter__(self) -> None:
        self._clock -= time.perf_counter()
        self._cpu -= time.thread_time()

    def __exit__(self, *_: object) -> None:
        self._clock += time.perf_counter()
        self._cpu += time.thread_time()

    def per(self, count: int) -> tuple[float, float]:
        return self._clock / count, self._cpu / count


def measure_parts(path: Path, case: Case, cores: int) -> Parts:
    slide = open_slide(path, probe=False)
    mpp, card = slide.info.mpp, case.bundle.card
    assert mpp is not None
    plan = make_plan(slide.info.levels, mpp, tile_px=card.tile_px, mpp=card.mpp, stride_um=card.stride_um)
    begun = time.perf_counter()
    found = scan_slide(slide, mpp)
    find_cells_s = time.perf_counter() - begun
    assert found is not None
    cellularity, holds_cells = found.for_plan(plan)
    order = block_order(plan, cellularity, holds_cells)[: case.tiles or None]
    slide.close()
    slide = open_slide(path, probe=False)  # with an empty cache
    reader = TileReader(slide, plan)
    groups = [order[start : start + GROUP_TILES] for start in range(0, len(order), GROUP_TILES)]
    out = np.empty((GROUP_TILES, card.tile_px, card.tile_px, 3), np.uint8)
    reading, resampling, judging, kept = Watch(), Watch(), Watch(), []
    for place, group in enumerate(groups):
        with reading:
            reader.read_many(group, out)
        if place % max(1, len(order) // 2000) == 0:
            kept.append((group, out[: len(group)].copy()))
    for group, read in kept:
        pixels = [reader.pixels(plan.tile_region(int(cell))) for cell in group]
        with resampling:
            for image in pixels:
                reader.resample(image)
        judged = np.flatnonzero(cellularity.ravel()[group] >= MIN_CELLULARITY)
        with judging:
            quick_focus_scores(read, judged, plan.mpp_used)
    tiles = np.concatenate([read for _, read in kept])
    resample, focus = resampling.per(len(tiles)), judging.per(len(tiles))
    # Where tiles are resampled, reading them has done so.
    decode = tuple(whole - part * plan.resampled for whole, part in zip(reading.per(len(order)), resample, strict=True))
    runtime, _ = tune(case.bundle, StudentRuntime.load(case.bundle, "cpu", case.precision), case.precision, cores)
    batches = [tiles[i : i + runtime.batch_size] for i in range(0, len(tiles), runtime.batch_size)]
    runtime.score(batches[0])
    scored, scoring, until = 0, Watch(), time.perf_counter() + MODEL_S
    for batch in batches:
        with scoring:
            runtime.score(batch)
        scored += len(batch)
        if time.perf_counter() > until:
            break
    model = scoring.per(scored)
    slide.close()
    choice = f"{runtime.choice.precision}, {runtime.choice.tuning}"
    walls, cpus = zip(decode, resample, focus, model, strict=True)
    return Parts(find_cells_s, *walls, *cpus, choice)


def measure_whole(path: Path, case: Case, cores: int) -> Whole:
    slide = open_slide(path, probe=False)
    moments: dict[str, tuple[float, float, float, int]] = {}
    ended = threading.Event()

    def now() -> tuple[float, float, float, int]:
        """Clock, CPU time of the scoring process and of this one, tiles done."""
        assert session.process_id is not None
        scoring = psutil.Process(session.process_id).cpu_times()
        return time.perf_counter(), scoring.user + scoring.system, time.process_time(), session.progress.done

    def listen(event: object) -> None:
        kind = event.kind  # type: ignore[attr-defined]
        if ended.is_set():
            return
        if kind == "scores" and session.progress.state == "running":
            moments.setdefault("first", now())
        enough = case.tiles and session.progress.done >= case.tiles
        if enough or kind in ("finished", "failed", "process-died"):
            moments["end"] = now()
            ended.set()

    with tempfile.TemporaryDirectory() as folder:
        session = SlideSession(slide, case.bundle, Path(folder), device="cpu", precision=case.precision, workers=cores)
        session.subscribe(listen)
        memory = PeakMemory()
        begun = time.perf_counter()
        session.start()
        ended.wait()
        peak = memory.stop()
        if session.progress.state not in ("finished", "running"):
            sys.exit("the run failed: " + "; ".join(notice.text for notice in session.notices))
        session.close()
    slide.close()
    first, end = moments["first"], moments["end"]
    return Whole(end[3] - first[3], first[0] - begun, end[0] - first[0], end[1] - first[1], end[2] - first[2], peak)


class PeakMemory:
    """Largest sum of the resident memory of this process and its children, sampled ten times a second; once a second it
    is looked which children there are, which takes longer than the rest and would count as the session's time."""

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
        family, looks = [own], 0
        while not self._end.wait(0.1):
            if looks % 10 == 0:
                family = [own, *own.children(recursive=True)]
            looks += 1
            total = 0.0
            for process in family:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total / 2**20)


def in_own_process(work: Callable[[Path, Case, int], T], path: Path, case: Case, cores: int) -> T:
    """Measure in a process of its own: tiles and models that this script holds are no part of the program's memory."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        return pool.submit(work, path, case, cores).result()


def measure(path: Path, case: Case, cores: int) -> dict[str, float | str]:
    parts = in_own_process(measure_parts, path, case, cores)
    whole = in_own_process(measure_whole, path, case, cores)
    rate = whole.tiles / whole.score_s
    alone = parts.decode_s + parts.resample_s + parts.model_s
    cpu = (whole.scoring_cpu_s + whole.session_cpu_s) / whole.tiles
    named = parts.model_cpu_s + parts.decode_cpu_s + parts.resample_cpu_s + parts.focus_cpu_s
    return {
        **asdict(parts),
        **asdict(whole),
        "tiles_per_s": rate,
        "efficiency": rate * alone / cores,
        "efficiency_with_focus": rate * (alone + parts.focus_s) / cores,
        "cpu_s_per_tile": cpu,
        "outside_kernels": 1 - parts.model_cpu_s / cpu,
        "session_cpu_s_per_tile": whole.session_cpu_s / whole.tiles,
        "rest_cpu_s_per_tile": whole.scoring_cpu_s / whole.tiles - named,
    }


def table(rows: dict[str, list[dict[str, float | str]]]) -> str:
    lines = [
        "| model | tiles/s | efficiency | with focus among the parts | CPU time outside the kernels % | tiles | "
        "first tile after s | peak MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, runs in rows.items():
        cells = [
            _of(runs, "tiles_per_s", 1, 1),
            _of(runs, "efficiency", 1, 3),
            _of(runs, "efficiency_with_focus", 1, 3),
            _of(runs, "outside_kernels", 100, 1),
            _of(runs, "tiles", 1, 0),
            _of(runs, "start_s", 1, 2),
            _of(runs, "peak_mib", 1, 0),
        ]
        lines.append(f"| {name} ({runs[0]['choice']}) | {' | '.join(cells)} |")
    lines += [
        "",
        "Where it goes, ms per tile, medians; the first four alone on one core (clock, then CPU), the others in the "
        "run. `rest`: waiting kernels' colder caches, copies, Python, queue, pipe. Finding cells comes before.",
        "",
        "| model | model | decode | resample | focus | session process (score map, saving, events) | rest | "
        "all CPU | find cells, s a slide |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, runs in rows.items():
        alone = [f"{_mid(runs, f'{part}_s')} / {_mid(runs, f'{part}_cpu_s')}" for part in _PARTS]
        inside = [_mid(runs, key) for key in ("session_cpu_s_per_tile", "rest_cpu_s_per_tile", "cpu_s_per_tile")]
        lines.append(f"| {name} | {' | '.join([*alone, *inside])} | {_of(runs, 'find_cells_s', 1, 2)} |")
    return "\n".join(lines) + "\n"


_PARTS = ("model", "decode", "resample", "focus")


def _of(runs: list[dict[str, float | str]], key: str, factor: float, digits: int) -> str:
    return spread([float(run[key]) * factor for run in runs], digits)


def _mid(runs: list[dict[str, float | str]], key: str) -> str:
    return f"{1e3 * statistics.median(float(run[key]) for run in runs):.4f}"


def make_vit_b3(slide: Path, folder: Path) -> Bundle:
    """A ViT-B/3 with random weights, in fp32 and, where it agrees, int8."""
    from vit_b3 import build, card_of, sample_tiles

    from kd.bundle_writer import write_bundle

    tiles, mpp = sample_tiles(slide, 224)
    graph, config = build(tiles, 0)
    write_bundle(graph, card_of(config, mpp, 0), tiles[:32], folder / "vit-b3.fnabundle", precisions=("int8",))
    return load_bundle(folder / "vit-b3.fnabundle")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slide", type=Path)
    parser.add_argument("--model", type=Path, default=Path(resource_path("models/demo.fnabundle")))
    parser.add_argument("--vit-b3", type=Path)
    parser.add_argument("--no-vit", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tiles", type=int, default=0)
    parser.add_argument("--vit-tiles", type=int, default=240)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=RESULTS / "whole_slide.md")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[CACHE_VARIABLE] = folder
        bundle = load_bundle(options.model)
        cases = [Case(f"{bundle.card.name}, {p}", bundle, p, options.tiles) for p in ("int8", "fp32")]
        if not options.no_vit:
            vit = load_bundle(options.vit_b3) if options.vit_b3 else make_vit_b3(options.slide, Path(folder))
            held = [p for p in ("int8", "fp32") if p in vit.precisions]
            cases += [Case(f"ViT-B/3 (random weights), {p}", vit, p, options.vit_tiles) for p in held]
        rows: dict[str, list[dict[str, float | str]]] = {case.name: [] for case in cases}
        for repeat in range(options.repeats):
            for case in cases:
                rows[case.name].append(measure(options.slide, case, options.cores))
                row = rows[case.name][-1]
                print(
                    f"{repeat + 1}: {case.name}: {row['tiles_per_s']:.1f} tiles/s, efficiency {row['efficiency']:.3f}, "
                    f"outside the kernels {row['outside_kernels']:.1%}",
                    flush=True,
                )
    text = markdown_head(f"Scoring {options.slide.name} on {options.cores} cores") + table(rows)
    print(text)
    options.out.write_text(text, encoding="utf-8")
    facts = {"machine": describe_machine(), "slide": options.slide.name, "cores": options.cores, "runs": rows}
    options.out.with_suffix(".json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Tiles per second against WSInfer: same slide, same tiles, same ViT-B of three blocks, same cores.

    python tests/benchmarks/wsinfer_peer.py SLIDE --wsinfer-python PATH [--repeats 4] [--cores 2]

WSInfer (PyPI ``wsinfer`` 0.6.1) needs an environment of its own, and its PATH/bin/python is what to give:

    python3.11 -m venv WSINFER && WSINFER/bin/pip install torch==2.13.0 torchvision==0.28.0 'numpy<2' 'zarr<3' \\
        openslide-bin 'wsinfer[openslide]==0.6.1'

(the older numpy and zarr because 0.6.1 imports ``zarr.storage.KVStore``). It is not changed; ``wsinfer_side.py`` tells
what it is given. The slide is one of some 4,000 x 4,000 px, so that a run has a few hundred tiles. The tiles are those
that our cell finder chose and that were in focus; WSInfer gets their coordinates as ``wsinfer patch`` would leave them.
Both read level 0, and nothing is resampled (the model takes the slide's um per pixel). Both are held to the same cores.

``pipeline``: from the first tile asked for to the last result, model loaded and cells found: WSInfer's loop over
batches (reading, transforms, model) against our run from "planned" to "finished" (reading, focus, model, storing).
``command``: the whole programs, interpreter start, model loading and result files included; ours also finds the cells.
WSInfer runs as it does unless told otherwise (a loader process for each core, batches of 32), and with its
``--speedup``; it is compared in whichever was faster. Sides take turns. Do not run it beside other work.
Writes ``results/wsinfer_peer.md`` and ``.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import numpy.typing as npt
from machine import RESULTS, describe_machine, markdown_head, spread

from app.records.scores import CellState
from app.session.slide_session import SlideSession
from app.slides.open import open_slide
from kd.bundle import Bundle, load_bundle

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
BATCH = 32
PRECISIONS = ("fp32", "auto")
TARGETS = {"fp32": 2.0, "auto": 5.0}


@dataclass(frozen=True)
class OurRun:
    """Seconds from planned to finished, the scored tiles (n, 2) of level-0 x and y and their probabilities."""

    seconds: float
    precision: str
    places: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]


class WsinferServer:
    """WSInfer in a process of its own, which lives as long as the benchmark."""

    def __init__(self, python: Path, cores: int) -> None:
        self._process = subprocess.Popen(
            [python, HERE / "wsinfer_side.py", "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=wsinfer_environment(cores),
        )
        self._said: list[str] = []
        threading.Thread(target=self._drain, daemon=True).start()
        self.versions = self._answer()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit("WSInfer ended:\n" + "".join(self._said[-20:]))
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            sys.exit(str(answer["error"]))
        return answer

    def _drain(self) -> None:
        assert self._process.stderr is not None
        self._said.extend(self._process.stderr)


def wsinfer_environment(cores: int) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": str(cores), "HF_HUB_OFFLINE": "1", "WSINFER_FORCE_CPU": "1"}


def run_ours(slide_path: Path, bundle: Bundle, precision: str, cores: int) -> OurRun:
    """A session scores the slide, with one thread for each core."""
    slide = open_slide(slide_path, probe=False)
    moments: dict[str, float] = {}
    ended = threading.Event()

    def listen(event: Any) -> None:
        if session.progress.state == "running":
            moments.setdefault("planned", time.perf_counter())
        if event.kind in ("finished", "failed", "process-died"):
            moments["end"] = time.perf_counter()
            ended.set()

    with tempfile.TemporaryDirectory() as folder:
        session = SlideSession(slide, bundle, Path(folder), device="cpu", precision=precision, workers=cores)
        session.subscribe(listen)
        session.start()
        ended.wait()
        if session.progress.state != "finished":
            sys.exit("our run failed: " + "; ".join(notice.text for notice in session.notices))
        scores = session.score_map()
        assert scores is not None
        cells = np.flatnonzero(scores.states.ravel() == CellState.SCORED)
        rows, columns = np.divmod(cells, scores.grid.columns)
        pitch = scores.grid.stride_px
        places = np.stack([np.rint(columns * pitch), np.rint(rows * pitch)], 1).astype(np.int64)
        probabilities = scores.probabilities.reshape(-1, len(bundle.card.classes))[cells].copy()
        used = scores.provenance.precision
        session.close()
    slide.close()
    return OurRun(moments["end"] - moments["planned"], used, places, probabilities)


def command_ours(slide: Path, bundle: Bundle, precision: str, cores: int) -> float:
    """Wall seconds of ``python -m app.score``."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--model", bundle.path, "--out", f"{folder}/out", "--data-dir", f"{folder}/data"]
        return wall([sys.executable, "-m", "app.score", slide, *arguments, "--precision", precision,
                     "--workers", str(cores)], dict(os.environ))  # fmt: skip


def command_wsinfer(python: Path, request: dict[str, Any], prepared: Path, cores: int) -> float:
    """Wall seconds of ``wsinfer run`` on coordinates that are there."""
    slide = Path(request["slide"])
    options = ["-i", slide.parent, "-o", prepared, "-c", request["config"], "-p", request["model"]]
    options += ["-b", str(BATCH), "-n", str(cores), *(["--speedup"] if request["speedup"] else [])]
    seconds = wall([python, HERE / "wsinfer_side.py", "cli", "run", *options], wsinfer_environment(cores))
    if not (prepared / "model-outputs-csv" / f"{slide.stem}.csv").is_file():
        sys.exit("wsinfer run wrote no table")
    return seconds


def wall(command: list[Any], environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run([str(part) for part in command], cwd=TOP, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    if done.returncode != 0:
        sys.exit(f"{command[1:4]} failed:\n{done.stderr[-3000:]}")
    return seconds


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def differences(table: Path, ours: OurRun, side: int, width: int, height: int) -> npt.NDArray[np.float64]:
    """Largest difference of a probability for each tile inside the slide. (WSInfer paints the rest black.)"""
    with table.open(newline="") as stream:
        theirs = {
            (int(row["minx"]), int(row["miny"])): [float(v) for k, v in row.items() if k.startswith("prob_")]
            for row in csv.DictReader(stream)
        }
    inside = [i for i, (x, y) in enumerate(ours.places) if x + side <= width and y + side <= height]
    return np.array([np.abs(np.array(theirs[tuple(ours.places[i])]) - ours.probabilities[i]).max() for i in inside])


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    cores: int = options.cores
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])  # children inherit it
    model = options.model or folder / "model"
    if not model.exists():
        wall([sys.executable, HERE / "vit_b3.py", options.slide, model], dict(os.environ))
    bundle = load_bundle(model / "vit-b3.fnabundle")
    (folder / "slides").mkdir()
    slide = folder / "slides" / options.slide.name
    slide.symlink_to(options.slide.resolve())
    opened = open_slide(slide, probe=False)
    size, mpp = opened.info.levels[0].size, opened.info.mpp
    opened.close()
    first = {precision: run_ours(slide, bundle, precision, cores) for precision in PRECISIONS}
    tiles = len(first["fp32"].places)
    say(f"{tiles} tiles; ours, to warm up: " + ", ".join(f"{p} {tiles / r.seconds:.1f}/s" for p, r in first.items()))
    request = {
        "slide": str(slide),
        "coordinates": first["fp32"].places.tolist(),
        "patch_px": bundle.card.tile_px,
        "mpp": mpp,
        "config": str(model / "wsinfer" / "config.json"),
        "model": str(model / "wsinfer" / "torchscript_model.pt"),
        "threads": cores,
        "batch": BATCH,
        "loaders": cores,
    }
    server = WsinferServer(options.wsinfer_python, cores)
    numbers = iter(range(10**6))

    def theirs(speedup: bool, **more: Any) -> dict[str, Any]:
        return server.ask({**request, "speedup": speedup, "results": str(folder / f"run{next(numbers)}"), **more})

    warm = {}
    for speedup in (False, True):
        warm[speedup] = theirs(speedup)
        say(f"WSInfer{' --speedup' * speedup}: {tiles / warm[speedup]['loop_seconds']:.1f} tiles/s, to warm up")
    speedup = warm[True]["loop_seconds"] < warm[False]["loop_seconds"]
    inside = (bundle.card.tile_px, size.width, size.height)
    found = {p: differences(Path(warm[False]["table"]), run, *inside) for p, run in first.items()}
    pipeline: dict[str, list[float]] = {"wsinfer": [], **{p: [] for p in PRECISIONS}}
    command: dict[str, list[float]] = {"wsinfer": [], **{p: [] for p in PRECISIONS}}
    for repeat in range(options.repeats):
        pipeline["wsinfer"].append(theirs(speedup)["loop_seconds"])
        for precision in PRECISIONS:
            pipeline[precision].append(run_ours(slide, bundle, precision, cores).seconds)
        say(f"{repeat + 1}: " + ", ".join(f"{k} {tiles / v[-1]:.1f}/s" for k, v in pipeline.items()))
    for _ in range(options.commands):
        prepared = Path(theirs(speedup, only_prepare=True)["results"])
        command["wsinfer"].append(
            command_wsinfer(options.wsinfer_python, {**request, "speedup": speedup}, prepared, cores)
        )
        for precision in PRECISIONS:
            command[precision].append(command_ours(slide, bundle, precision, cores))
    server.close()
    return {
        "slide": options.slide.name,
        "tiles": tiles,
        "cores": cores,
        "versions": server.versions,
        "wsinfer_speedup": speedup,
        "wsinfer_trial_loop_seconds": {"plain": warm[False]["loop_seconds"], "speedup": warm[True]["loop_seconds"]},
        "precision": {p: run.precision for p, run in first.items()},
        "agreement_on_the_card": dict(bundle.card.agreement),
        "largest_difference": {p: float(values.max()) for p, values in found.items()},
        "compared_tiles": len(found["fp32"]),
        "seconds": {"pipeline": pipeline, "command": command},
    }


def table(result: dict[str, Any]) -> str:
    tiles = result["tiles"]
    lines = [
        f"{result['slide']}, {tiles} tiles of 224 px at level 0, ViT-B of 3 blocks (random weights), "
        f"{result['cores']} cores. WSInfer {result['versions']['wsinfer']}, torch {result['versions']['torch']}, "
        f"{'with' if result['wsinfer_speedup'] else 'without'} --speedup (the faster of both).",
        "",
        "| what | WSInfer, tiles/s | ours, tiles/s | ratio, median (lowest to highest) | target | "
        f"largest difference of a probability ({result['compared_tiles']} tiles) |",
        "|---|---|---|---|---|---|",
    ]
    for what, seconds in result["seconds"].items():
        for precision in PRECISIONS:
            if not seconds[precision]:
                continue
            name = f"{what}, {result['precision'][precision]}" + (" (default)" if precision == "auto" else "")
            ratios = [a / b for a, b in zip(seconds["wsinfer"], seconds[precision], strict=True)]
            speeds = [spread([tiles / s for s in seconds[side]], 1) for side in ("wsinfer", precision)]
            lines.append(
                f"| {name} | {speeds[0]} | {speeds[1]} | **{spread(ratios)}** | "
                f"{f'>= {TARGETS[precision]:g}' if what == 'pipeline' else ''} | "
                f"{result['largest_difference'][precision]:.1e} |"
            )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slide", type=Path)
    parser.add_argument("--wsinfer-python", type=Path, required=True, help="Python of the environment with wsinfer")
    parser.add_argument("--model", type=Path, help="folder that vit_b3.py wrote or is to write (default: made anew)")
    parser.add_argument("--repeats", type=int, default=4, help="of the pipeline")
    parser.add_argument("--commands", type=int, default=2, help="repeats of the whole programs")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the result files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(options, Path(folder))
    text = table(result)
    print(text)
    ratios = {
        p: statistics.median(
            a / b for a, b in zip(*(result["seconds"]["pipeline"][k] for k in ("wsinfer", p)), strict=True)
        )
        for p in PRECISIONS
    }
    result = {"machine": describe_machine(), "ratio": ratios, **result}
    (options.out / "wsinfer_peer.md").write_text(markdown_head("Against WSInfer") + text, encoding="utf-8")
    (options.out / "wsinfer_peer.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

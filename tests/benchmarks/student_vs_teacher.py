"""Images per second of a student against its teacher, in the same runtime and precision, interleaved.

``python tests/benchmarks/student_vs_teacher.py --teacher RUN --student RUN [--batch 8] [--repeats 15]``

Runs torch float32 and ONNX Runtime float32 with one thread. Teacher and student take turns, so that whatever else
the machine does meets both alike; the ratio is the median over the repeats, with its quartiles.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kd.bundle import GRAPH_INPUT
from kd.models.student_graph import StudentGraph
from kd.models.vit import set_fused_attention
from kd.onnx_graph import export_onnx, open_onnx
from kd.run_folder import load_run


def torch_runner(graph: StudentGraph, tiles: np.ndarray) -> Callable[[], object]:
    batch = torch.from_numpy(tiles)

    def run() -> object:
        with torch.inference_mode():
            return graph(batch)

    return run


def onnx_runner(graph: StudentGraph, tiles: np.ndarray, folder: Path, name: str) -> Callable[[], object]:
    export_onnx(graph, folder / f"{name}.onnx")
    session = open_onnx(folder / f"{name}.onnx")
    return lambda: session.run(None, {GRAPH_INPUT: tiles})


def seconds(run: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - start) / times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--student", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=15)
    parsed = parser.parse_args()
    torch.set_num_threads(1)
    graphs = {}
    for name in ("teacher", "student"):
        run = load_run(getattr(parsed, name))
        set_fused_attention(run.vit, True)
        graphs[name] = StudentGraph(run.vit, run.vit_config).eval()
    size = graphs["student"].config.img_size
    tiles = np.random.default_rng(0).integers(0, 256, (parsed.batch, size, size, 3), dtype=np.uint8)
    print(f"{size} px, batch {parsed.batch}, one thread, {parsed.repeats} interleaved repeats; median (quartiles)")
    print("| runtime | teacher images/s | student images/s | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for runtime in ("torch fp32", "ONNX Runtime fp32"):
            runners = {
                name: torch_runner(graph, tiles)
                if runtime.startswith("torch")
                else onnx_runner(graph, tiles, Path(folder), name)
                for name, graph in graphs.items()
            }
            for run_once in runners.values():
                seconds(run_once, 3)
            times = {name: np.empty(parsed.repeats) for name in runners}
            for i in range(parsed.repeats):
                for name, run_once in runners.items():
                    times[name][i] = seconds(run_once, 6)
            low, middle, high = np.quantile(times["teacher"] / times["student"], [0.25, 0.5, 0.75])
            speeds = [f"{parsed.batch / np.median(times[name]):.0f}" for name in ("teacher", "student")]
            print(f"| {runtime} | {speeds[0]} | {speeds[1]} | {middle:.2f} ({low:.2f}-{high:.2f}) |")


if __name__ == "__main__":
    main()

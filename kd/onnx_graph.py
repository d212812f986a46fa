"""ONNX files of a student graph: writing them, and running them for comparison."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kd.bundle import GRAPH_INPUT, GRAPH_OUTPUTS, SUSPICIOUS_THRESHOLD
from kd.models.student_graph import StudentGraph
from kd.onnx_nodes import HalfNodes, OnnxNodes, save
from kd.student_onnx import student_model

OPSET = 17
"""Of the graphs that torch exports."""
Outputs = dict[str, npt.NDArray[np.float32]]


def export_onnx(graph: StudentGraph, target: Path) -> None:
    """Write ``graph`` in float32 with a dynamic batch axis, with operators of the ONNX standard alone."""
    save(student_model(graph, OnnxNodes()), target)


def export_fp16(graph: StudentGraph, target: Path, tiles: npt.NDArray[np.uint8]) -> None:
    """Write ``graph`` with half precision of the products with weights. Needs no ``tiles``."""
    save(student_model(graph, HalfNodes()), target)


def run_torch(graph: StudentGraph, tiles: npt.NDArray[np.uint8], batch: int = 64) -> Outputs:
    """Outputs by name of the torch graph in float32 on the CPU."""
    graph = graph.eval().cpu()
    parts: list[list[npt.NDArray[np.float32]]] = []
    with torch.no_grad():
        for start in range(0, len(tiles), batch):
            outputs = graph(torch.from_numpy(np.ascontiguousarray(tiles[start : start + batch])))
            parts.append([o.numpy() for o in outputs])
    return {name: np.concatenate([p[i] for p in parts]) for i, name in enumerate(GRAPH_OUTPUTS)}


def open_onnx(model: Path | bytes, threads: int = 1) -> Any:
    """An ONNX Runtime session on the CPU with ``threads`` threads, of a file or of what would stand in one."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"]
    )


def run_onnx(path: Path, tiles: npt.NDArray[np.uint8], batch: int = 64) -> Outputs:
    """Outputs by name of an ONNX file."""
    session = open_onnx(path)
    parts = [
        session.run(list(GRAPH_OUTPUTS), {GRAPH_INPUT: tiles[start : start + batch]})
        for start in range(0, len(tiles), batch)
    ]
    return {name: np.concatenate([p[i] for p in parts]) for i, name in enumerate(GRAPH_OUTPUTS)}


def agreement(exact: Outputs, reduced: Outputs, suspicious: Sequence[int] = ()) -> dict[str, float]:
    """How a reduced precision differs from the exact one, on the same tiles.

    ``top1``: share of equal top classes; ``mean_max_diff``, ``p99_max_diff``, ``max_diff``: mean, 99th
    percentile and maximum over tiles of the largest difference of a class probability; ``suspicious_flips``: share
    of tiles that are suspicious in one alone (``suspicious`` classes given); ``tiles``: their number.
    """
    a, b = exact["probabilities"], reduced["probabilities"]
    largest = np.abs(a - b).max(1)
    flips = {}
    if suspicious:
        ours, theirs = (p[:, list(suspicious)].sum(1) >= SUSPICIOUS_THRESHOLD for p in (a, b))
        flips = {"suspicious_flips": float((ours != theirs).mean())}
    return {
        "top1": float((a.argmax(1) == b.argmax(1)).mean()),
        "mean_max_diff": float(largest.mean()),
        "p99_max_diff": float(np.quantile(largest, 0.99)),
        "max_diff": float(largest.max()),
        **flips,
        "tiles": float(len(a)),
    }

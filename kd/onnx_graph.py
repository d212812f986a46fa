"""ONNX files of a student graph: export, half precision, and running them for comparison."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kd.bundle import GRAPH_INPUT, GRAPH_OUTPUTS, SUSPICIOUS_THRESHOLD
from kd.models.student_graph import StudentGraph

OPSET = 17
Outputs = dict[str, npt.NDArray[np.float32]]


def export_onnx(graph: StudentGraph, target: Path) -> None:
    """Write ``graph`` with a dynamic batch axis. The legacy exporter is used: it keeps names and opset 17."""
    graph = graph.eval().cpu()
    size = graph.config.img_size
    example = torch.zeros(2, size, size, 3, dtype=torch.uint8)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracer and deprecation notices; the result is compared with torch
        torch.onnx.export(
            graph,
            (example,),
            str(target),
            input_names=[GRAPH_INPUT],
            output_names=list(GRAPH_OUTPUTS),
            dynamic_axes={name: {0: "batch"} for name in (GRAPH_INPUT, *GRAPH_OUTPUTS)},
            opset_version=OPSET,
            dynamo=False,
        )


def convert_fp16(source: Path, target: Path, tiles: npt.NDArray[np.uint8]) -> None:
    """Half precision of the products with the blocks' weights, which are nearly all of a model; the rest stays float.

    Needs no ``tiles``. The squares that make the out-of-domain score leave half precision's range. (onnxruntime's own
    converter names two casts alike where several nodes that it leaves out read one tensor.)
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(source))
    weights = {entry.name: entry for entry in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        if node.op_type != "MatMul" or "/blocks." not in node.name or node.input[1] not in weights:
            nodes.append(node)
            continue
        weight, (given, output) = weights[node.input[1]], (node.input[0], node.output[0])
        weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), weight.name))
        node.input[0], node.output[0] = f"{node.name}_half", f"{node.name}_product"
        nodes += [
            helper.make_node("Cast", [given], [node.input[0]], f"{node.name}_to_half", to=TensorProto.FLOAT16),
            node,
            helper.make_node("Cast", [node.output[0]], [output], f"{node.name}_to_float", to=TensorProto.FLOAT),
        ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, str(target))


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

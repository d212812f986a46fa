"""Tiny model bundles made without training: an ONNX graph whose answers follow from a tile's mean colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from kd.bundle import GRAPH_INPUT, GRAPH_OUTPUTS, Bundle, BundleCard, ClassInfo, load_bundle, write_card

TILE_PX = 32
CLASSES = (
    ClassInfo("background", "Background", "#999999", "bright", False),
    ClassInfo("blue", "Blue cells", "#0072b2", "more blue than red", False),
    ClassInfo("red", "Red cells", "#d55e00", "more red than blue", True),
)
# Rows: mean red, green, blue in 0..1. Columns: classes.
WEIGHTS = np.array([[6.0, -30.0, 30.0], [6.0, 0.0, 0.0], [6.0, 30.0, -30.0]], np.float32)
BIAS = np.array([-16.0, 0.0, 0.0], np.float32)


def expected_probabilities(tiles: np.ndarray) -> np.ndarray:
    """What the graph must say of uint8 (B, H, W, 3) tiles: float32 (B, 3)."""
    logits = tiles.astype(np.float64).mean(axis=(1, 2)) / 255.0 @ WEIGHTS + BIAS
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


def make_bundle(
    folder: Path,
    name: str = "tiny",
    *,
    int8_error: float | None = None,
    fp16_error: float | None = None,
    slow_px: int = 0,
    **card_changes: object,
) -> Bundle:
    """Write a bundle. With ``int8_error`` it holds an "int8" model whose logits of class 0 are off by that much, with
    ``fp16_error`` an "fp16" one;
    with ``slow_px`` (1024: about a millisecond) each tile is blown up to so many pixels squared on the way."""
    path = folder / f"{name}.fnabundle"
    path.mkdir(parents=True)
    model = _graph(0.0)
    if slow_px:
        blow_up(model, slow_px)
    onnx.save(model, path / "model.onnx")
    for precision, error in (("int8", int8_error), ("fp16", fp16_error)):
        if error is not None:
            onnx.save(_graph(error), path / f"model.{precision}.onnx")
    (path / "model.safetensors").write_bytes(b"no weights")
    card = {
        "name": name,
        "kind": "classifier",
        "architecture": "mean colour",
        "architecture_args": {},
        "date": "2026-01-01",
        "commit": "",
        "classes": CLASSES,
        "tile_px": TILE_PX,
        "mpp": 0.5,
        "stride_um": 16.0,
        "stains": ("pap", "mgg"),
        "preparations": ("smear",),
        "scanners": ("any",),
        "site": "thyroid",
        "training_domain": "made by hand",
        "prior": (0.4, 0.3, 0.3),
        "training": {},
        "metrics": {},
        "temperature": 1.0,
    }
    write_card(BundleCard(**(card | card_changes)), path)
    tiles = np.random.default_rng(0).integers(0, 256, (6, 1, 1, 3)).astype(np.uint8)
    tiles = np.broadcast_to(tiles, (6, TILE_PX, TILE_PX, 3)).copy()
    session = onnxruntime.InferenceSession(str(path / "model.onnx"), providers=["CPUExecutionProvider"])
    outputs = dict(zip(GRAPH_OUTPUTS, session.run(list(GRAPH_OUTPUTS), {GRAPH_INPUT: tiles}), strict=True))
    np.savez_compressed(path / "reference.npz", tiles=tiles, **outputs)
    return load_bundle(path)


def _graph(error: float) -> onnx.ModelProto:
    """mean colour -> linear -> softmax; attention is the darkness of 4 x 4 patches over its mean."""
    bias = BIAS + np.array([error, 0.0, 0.0], np.float32)
    constants = {
        "weights": WEIGHTS / np.float32(255.0),
        "bias": bias,
        "full": np.array(255.5, np.float32),
        "middle": np.array(127.5, np.float32),
    }
    node = helper.make_node
    nodes = [
        node("Cast", [GRAPH_INPUT], ["pixels"], to=TensorProto.FLOAT),
        node("ReduceMean", ["pixels"], ["embedding"], axes=[1, 2], keepdims=0),
        node("Gemm", ["embedding", "weights", "bias"], ["logits"]),
        node("Softmax", ["logits"], ["probabilities"], axis=1),
        node("ReduceMean", ["pixels"], ["grey"], axes=[3], keepdims=1),
        node("Sub", ["full", "grey"], ["dark"]),
        node("Transpose", ["dark"], ["dark_nchw"], perm=[0, 3, 1, 2]),
        node("AveragePool", ["dark_nchw"], ["patches"], kernel_shape=[8, 8], strides=[8, 8]),
        node("ReduceMean", ["patches"], ["patch_mean"], axes=[2, 3], keepdims=1),
        node("Div", ["patches", "patch_mean"], ["relative"]),
        node("Squeeze", ["relative", "one"], ["attention"]),
        node("Sub", ["embedding", "middle"], ["offset"]),
        node("Abs", ["offset"], ["distance"]),
        node("ReduceMean", ["distance"], ["out_of_domain"], axes=[1], keepdims=0),
    ]
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    initializers.append(numpy_helper.from_array(np.array([1], np.int64), "one"))
    shapes = {
        "logits": ["b", 3],
        "probabilities": ["b", 3],
        "attention": ["b", 4, 4],
        "embedding": ["b", 3],
        "out_of_domain": ["b"],
    }
    graph = helper.make_graph(
        nodes,
        "mean-colour",
        [helper.make_tensor_value_info(GRAPH_INPUT, TensorProto.UINT8, ["b", TILE_PX, TILE_PX, 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def blow_up(model: onnx.ModelProto, size: int) -> None:
    """Make the graph expand each tile to ``size`` x ``size`` floats on the way, without changing its answers."""
    for node in model.graph.node:
        for i, name in enumerate(node.output):
            if name == "out_of_domain":
                node.output[i] = "plain"
    make = helper.make_node
    model.graph.node.extend(
        [
            make("Slice", ["relative", "zero", "one", "axis_y"], ["top"]),
            make("Slice", ["top", "zero", "one", "axis_x"], ["corner"]),
            make("Expand", ["corner", "large"], ["blown"]),
            make("ReduceMean", ["blown"], ["small"], axes=[1, 2, 3], keepdims=0),
            make("Mul", ["small", "nought"], ["nothing"]),
            make("Add", ["plain", "nothing"], ["out_of_domain"]),
        ]
    )
    for name, value in {"zero": [0], "axis_y": [2], "axis_x": [3], "large": [1, 1, size, size]}.items():
        model.graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), name))
    model.graph.initializer.append(numpy_helper.from_array(np.array(0.0, np.float32), "nought"))
    onnx.checker.check_model(model)

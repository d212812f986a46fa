"""A tiny slide model for the students of ``tests.bundles``: it looks at what is redder than blue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from kd.bundle import SLIDE_INPUT, SLIDE_MODEL, SLIDE_OUTPUTS, Bundle, BundleCard, ClassInfo, load_bundle, write_card

WEIGHTS_NAME = "0123456789abcdef"
"""The name of the student's weights: ``make_bundle(folder, training={"weights": WEIGHTS_NAME})``."""
SLIDE_CLASSES = (
    ClassInfo("benign", "benign", "#999999", "class of the slide", False),
    ClassInfo("suspicious", "suspicious", "#56b4e9", "class of the slide", True),
)
SCORE = np.array([[0.05], [0.0], [-0.05]], np.float32)
HEAD = np.array([[0.0, 0.05], [0.0, 0.0], [0.0, -0.05]], np.float32)


def expected_weights(embeddings: np.ndarray) -> np.ndarray:
    """Softmax over tiles (n, 3) of (mean red - mean blue) / 20, times n."""
    scores = embeddings.astype(np.float64) @ SCORE[:, 0]
    odds = np.exp(scores - scores.max())
    return (odds / odds.mean()).astype(np.float32)


def make_slide_bundle(folder: Path, name: str = "slides", **card_changes: object) -> Bundle:
    """Write a bundle of kind ``slide model``."""
    path = folder / f"{name}.fnabundle"
    path.mkdir(parents=True)
    onnx.save(_graph(), path / "model.onnx")
    (path / "model.safetensors").write_bytes(b"no weights")
    card = {
        "name": name,
        "kind": SLIDE_MODEL,
        "architecture": "red attention",
        "architecture_args": {"student": WEIGHTS_NAME},
        "date": "2026-01-01",
        "commit": "",
        "classes": SLIDE_CLASSES,
        "tile_px": 32,
        "mpp": 0.5,
        "stride_um": 16.0,
        "stains": ("pap", "mgg"),
        "preparations": (),
        "scanners": (),
        "site": "",
        "training_domain": "made by hand",
        "prior": (0.5, 0.5),
        "training": {},
        "metrics": {},
        "temperature": 1.0,
    }
    write_card(BundleCard(**(card | card_changes)), path)
    embeddings = np.random.default_rng(0).uniform(0, 255, (5, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(path / "model.onnx"), providers=["CPUExecutionProvider"])
    probabilities, attention = session.run(list(SLIDE_OUTPUTS), {SLIDE_INPUT: embeddings})
    np.savez(path / "reference.npz", embeddings=embeddings, probabilities=probabilities, attention=attention)
    return load_bundle(path, SLIDE_MODEL)


def _graph() -> onnx.ModelProto:
    """Softmax pooling over the tiles, a linear layer, softmax; attention is the share of a tile times n."""
    nodes = [
        helper.make_node("MatMul", ["embeddings", "score"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["share"], axis=0),
        helper.make_node("Transpose", ["share"], ["across"], perm=[1, 0]),
        helper.make_node("MatMul", ["across", "embeddings"], ["pooled"]),
        helper.make_node("MatMul", ["pooled", "head"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["rows"], axis=1),
        helper.make_node("Squeeze", ["rows", "first"], ["probabilities"]),
        helper.make_node("Shape", ["share"], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["count"], axis=0),
        helper.make_node("Cast", ["count"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["share", "number"], ["column"]),
        helper.make_node("Squeeze", ["column", "second"], ["attention"]),
    ]
    constants = {"score": SCORE, "head": HEAD, "first": np.array([0]), "second": np.array([1]), "zero": np.array(0)}
    graph = helper.make_graph(
        nodes, "slide", [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [2]),
         helper.make_tensor_value_info("attention", TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

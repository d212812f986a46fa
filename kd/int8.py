"""Int8 of a student's matrix products with fixed scales, so that a tile's scores do not depend on its batch.

ONNX Runtime's own quantiser takes the range of each activation from the batch at hand: the same tile then gets other
scores beside other tiles. Here the ranges are taken once, from calibration tiles, and written into the file; and each
integer product, its scale and its bias are the one operator that ONNX Runtime has for them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from kd.bundle import GRAPH_INPUT
from kd.models.student_graph import StudentGraph
from kd.onnx_graph import open_onnx
from kd.onnx_nodes import CONTRIB, Array, OnnxNodes, save
from kd.student_onnx import student_model

CALIBRATION_BATCH = 8
LARGEST_CODE = 255
LARGEST_WEIGHT = 127
SMALLEST_STEP = float(np.finfo(np.float32).tiny)
Ranges = dict[str, tuple[float, float]]


def quantize_int8(graph: StudentGraph, target: Path, tiles: npt.NDArray[np.uint8]) -> None:
    """Weights int8 for each channel, activations uint8; head, attention map and distance stay in float.

    ``tiles`` uint8 (n, H, W, 3) give the ranges of the activations: from the least to the largest value of any tile.
    """
    save(student_model(graph, Int8Nodes(activation_ranges(graph, tiles))), target)


def activation_ranges(graph: StudentGraph, tiles: npt.NDArray[np.uint8]) -> Ranges:
    """Least and largest value that each product multiplies with its weights, by its name; 0 lies between them."""
    nodes = OnnxNodes()
    session = open_onnx(student_model(graph, nodes, watched=True).SerializeToString())
    values = list(dict.fromkeys(nodes.inner.values()))
    ranges = dict.fromkeys(values, (0.0, 0.0))
    for start in range(0, len(tiles), CALIBRATION_BATCH):
        found = session.run(values, {GRAPH_INPUT: tiles[start : start + CALIBRATION_BATCH]})
        for value, array in zip(values, found, strict=True):
            low, high = ranges[value]
            ranges[value] = min(low, float(array.min())), max(high, float(array.max()))
    return {name: ranges[value] for name, value in nodes.inner.items()}


class Int8Nodes(OnnxNodes):
    """Integer products: uint8 codes of the activations, of fixed ``ranges``, with int8 weights."""

    def __init__(self, ranges: Ranges) -> None:
        super().__init__()
        self._ranges = ranges

    def dense(self, name: str, value: str, weight: Array, bias: Array | None) -> str:
        low, high = self._ranges[name]
        step = max(high - low, SMALLEST_STEP) / LARGEST_CODE
        scale = self.constant(step, f"{name}.scale")
        zero = self.constant(round(-low / step), f"{name}.zero", np.uint8)
        codes = self.add("QuantizeLinear", value, scale, zero)
        return self._product(name, codes, scale, zero, weight, bias)

    def dense_pixels(self, name: str, value: str, weight: Array) -> str:
        """Pixels are the codes themselves: nothing is rounded but the weights."""
        scale, zero = self.constant(1.0, f"{name}.scale"), self.constant(0, f"{name}.zero", np.uint8)
        return self._product(name, value, scale, zero, weight, None)

    def _product(self, name: str, codes: str, scale: str, zero: str, weight: Array, bias: Array | None) -> str:
        steps = np.maximum(np.abs(weight).max(1), SMALLEST_STEP) / LARGEST_WEIGHT
        weights = self.constant(np.rint(weight / steps[:, None]).T, f"{name}.weight", np.int8)
        channel_steps = self.constant(steps, f"{name}.weight_scale")
        channel_zeros = self.constant(np.zeros(len(steps)), f"{name}.weight_zero", np.int8)
        inputs = [codes, weights, scale, channel_steps, zero, channel_zeros]
        if bias is not None:
            inputs.append(self.constant(bias, f"{name}.bias"))
        return self.add("MatMulIntegerToFloat", *inputs, output=name, domain=CONTRIB)

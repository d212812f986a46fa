"""Writes an ONNX graph node by node, with the products of activations and weights in one precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
"""The first with Gelu as one operator."""
IR_VERSION = 10
CONTRIB = "com.microsoft"
KERNEL: dict[str, Any] = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class PixelStem:
    """3x3 convolutions of stride 2 with a border of one pixel, a ReLU between each two, on tiles of ``side`` px.

    ``weights`` (outputs, inputs, 3, 3) and ``biases`` are those for pixels of 0..255 less ``mean``, one for each of R,
    G and B: the border is of that colour.
    """

    side: int
    mean: Array
    weights: list[Array]
    biases: list[Array]

    @property
    def last(self) -> int:
        """Number of the last convolution."""
        return len(self.weights) - 1


class OnnxNodes:
    """Nodes and constants in the order they are added; values are known by name.

    ``inner`` holds float values whose range matters to integers, by name: what a product multiplies with its weights
    (by the name of the product), and what a convolution of a stem gives.
    """

    def __init__(self) -> None:
        self.inner: dict[str, str] = {}
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def constant(self, value: Any, name: str = "", dtype: npt.DTypeLike = np.float32) -> str:
        """A constant of the graph; returns its name."""
        name = name or f"constant_{len(self._constants)}"
        # Not ascontiguousarray, which makes a vector of a number.
        self._constants[name] = numpy_helper.from_array(np.array(value, dtype, order="C"), name)
        return name

    def integers(self, *values: int) -> str:
        return self.constant(values, dtype=np.int64)

    def add(self, operator: str, *inputs: str, output: str = "", domain: str = "", **attributes: Any) -> str:
        """A node of one output; returns its name."""
        return self.add_many(operator, *inputs, outputs=[output or self._fresh(operator)], domain=domain, **attributes)[
            0
        ]

    def add_many(
        self, operator: str, *inputs: str, outputs: Sequence[str], domain: str = "", **attributes: Any
    ) -> list[str]:
        name = outputs[0]
        self._nodes.append(helper.make_node(operator, inputs, outputs, name, domain=domain or None, **attributes))
        return list(outputs)

    def reshape(self, value: str, *shape: int) -> str:
        return self.add("Reshape", value, self.integers(*shape))

    def transpose(self, value: str, *order: int) -> str:
        return self.add("Transpose", value, perm=list(order))

    def dense(self, name: str, value: str, weight: Array, bias: Array | None) -> str:
        """``value`` (n, inputs) times ``weight`` (outputs, inputs), plus ``bias``: (n, outputs), all in float."""
        self.inner[name] = value
        factors = [value, self.constant(weight.T, f"{name}.weight")]
        if bias is None:
            return self.add("MatMul", *factors, output=name)
        return self.add("Gemm", *factors, self.constant(bias, f"{name}.bias"), output=name)

    def embed_patches(self, name: str, patches: str, weight: Array) -> str:
        """uint8 (B, patches, inputs) times ``weight`` (outputs, inputs): (B * (1 + patches), outputs) in float.

        The first row of each tile is of zeros.
        """
        # Cast first: CUDA pads no uint8.
        rows = self.row_before_patches(self.add("Cast", patches, to=TensorProto.FLOAT), np.float32)
        # Pixels are not centred here, so that half precision would lose what it adds up.
        return OnnxNodes.dense(self, name, self.reshape(rows, -1, weight.shape[1]), weight, None)

    def stem(self, tiles: str, stem: PixelStem) -> str:
        """uint8 (B, H, W, 3) through the convolutions: (B, 1 + patches, channels) in float.

        The first row of each tile is of zeros. The bias of the last convolution is left to be added.
        """
        image = self.first_convolutions(tiles, stem, stem.last)
        weight = self.constant(stem.weights[-1], f"stem.{stem.last}.weight")
        image = self.add("Conv", image, weight, **KERNEL)
        rows = self.transpose(self.reshape(image, 0, len(stem.weights[-1]), -1), 0, 2, 1)
        return self.row_before_patches(rows, np.float32)

    def first_convolutions(self, tiles: str, stem: PixelStem, count: int) -> str:
        """The first ``count`` of them with their ReLU, in float: (B, channels, H, W)."""
        image = self.add("Cast", self.transpose(tiles, 0, 3, 1, 2), to=TensorProto.FLOAT)
        # The mean is subtracted, not folded: so the border, which is of zeros, has its colour.
        image = self.add("Sub", image, self.constant(stem.mean.reshape(3, 1, 1)))
        for i, (weight, bias) in enumerate(zip(stem.weights[:count], stem.biases[:count], strict=True)):
            factors = self.constant(weight, f"stem.{i}.weight"), self.constant(bias, f"stem.{i}.bias")
            image = self.add("Relu", self.add("Conv", image, *factors, **KERNEL))
            self.inner[f"stem.{i}.output"] = image
        return image

    def row_before_patches(self, rows: str, dtype: npt.DTypeLike) -> str:
        """A row of zeros before the patches (B, patches, channels) of each tile."""
        return self.add("Pad", rows, self.integers(0, 1, 0, 0, 0, 0), self.constant(0, dtype=dtype))

    def model(
        self,
        name: str,
        inputs: dict[str, Any],
        outputs: dict[str, Any],
        between: dict[str, Any],
        watched: Sequence[str] = (),
    ) -> Any:
        """The model. ``inputs``, ``outputs``, values ``between``, where it can be cut: (element type, shape) by name.

        ``watched`` floats become outputs.
        """
        given = [helper.make_tensor_value_info(key, *kind) for key, kind in inputs.items()]
        found = [helper.make_tensor_value_info(key, *kind) for key, kind in outputs.items()]
        found += [helper.make_tensor_value_info(key, TensorProto.FLOAT, None) for key in watched]
        graph = helper.make_graph(self._nodes, name, given, found, list(self._constants.values()))
        graph.value_info.extend(helper.make_tensor_value_info(key, *kind) for key, kind in between.items())
        domains = {node.domain for node in self._nodes} | {""}
        versions = [helper.make_opsetid(domain, OPSET if not domain else 1) for domain in sorted(domains)]
        return helper.make_model(graph, opset_imports=versions, ir_version=IR_VERSION, producer_name="kd")

    def _fresh(self, operator: str) -> str:
        return f"{operator}_{len(self._nodes)}"


class HalfNodes(OnnxNodes):
    """Half precision of the products with weights, which are nearly all of a model; the rest stays float.

    The squares that make the out-of-domain score leave half precision's range.
    """

    def dense(self, name: str, value: str, weight: Array, bias: Array | None) -> str:
        half = self.add("Cast", value, to=TensorProto.FLOAT16)
        product = self.add("MatMul", half, self.constant(weight.T, f"{name}.weight", np.float16))
        summed = self.add("Cast", product, to=TensorProto.FLOAT)
        return summed if bias is None else self.add("Add", summed, self.constant(bias, f"{name}.bias"))


def save(model: Any, target: Path) -> None:
    onnx.save(model, str(target))

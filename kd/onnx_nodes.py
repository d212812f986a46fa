"""Writes an ONNX graph node by node, with the products of activations and weights in one precision."""

from __future__ import annotations

from collections.abc import Sequence
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
Array = npt.NDArray[Any]


class OnnxNodes:
    """Nodes and constants in the order they are added; values are known by name.

    ``inner`` holds, by the name of a product, the float value that it multiplies with its weights.
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

    def split(self, value: str, parts: int) -> list[str]:
        """Equal parts along the first axis, which is dropped."""
        names = [f"{value}_{i}" for i in range(parts)]
        self.add_many("Split", value, outputs=names, axis=0, num_outputs=parts)
        return [self.add("Squeeze", name, self.integers(0)) for name in names]

    def dense(self, name: str, value: str, weight: Array, bias: Array | None) -> str:
        """``value`` (n, inputs) times ``weight`` (outputs, inputs), plus ``bias``: (n, outputs), all in float."""
        self.inner[name] = value
        factors = [value, self.constant(weight.T, f"{name}.weight")]
        if bias is None:
            return self.add("MatMul", *factors, output=name)
        return self.add("Gemm", *factors, self.constant(bias, f"{name}.bias"), output=name)

    def dense_pixels(self, name: str, value: str, weight: Array) -> str:
        """As ``dense`` without bias, for a ``value`` in uint8."""
        return self.dense(name, self.add("Cast", value, to=TensorProto.FLOAT), weight, None)

    def model(self, name: str, inputs: dict[str, Any], outputs: dict[str, Any], watched: Sequence[str] = ()) -> Any:
        """The model. ``inputs`` and ``outputs``: (element type, shape) by name; ``watched`` floats become outputs."""
        given = [helper.make_tensor_value_info(key, *kind) for key, kind in inputs.items()]
        found = [helper.make_tensor_value_info(key, *kind) for key, kind in outputs.items()]
        found += [helper.make_tensor_value_info(key, TensorProto.FLOAT, None) for key in watched]
        graph = helper.make_graph(self._nodes, name, given, found, list(self._constants.values()))
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

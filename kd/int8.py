"""Int8 of a student's matrix products with fixed scales, so that a tile's scores do not depend on its batch.

ONNX Runtime's dynamic quantisation takes the range of each activation from the batch at hand: the same tile then gets
other scores beside other tiles. Here the ranges are taken once, from calibration tiles, and written into the file; and
each integer product, its cast and its scale become the one operator that ONNX Runtime has for them.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kd.bundle import GRAPH_INPUT
from kd.onnx_graph import open_onnx

CALIBRATION_BATCH = 8
LARGEST_CODE = 255.0


def quantize_int8(source: Path, target: Path, tiles: npt.NDArray[np.uint8]) -> None:
    """Weights int8 for each channel, activations uint8, in the blocks; head, attention map and distance stay in float.

    ``tiles`` uint8 (n, H, W, 3) give the ranges of the activations: from the least to the largest value of any batch.
    """
    import onnx

    _quantize_weights(source, target)
    model = onnx.load(str(target))
    _fix_scales(model, _activation_ranges(model, tiles))
    _fuse_products(model)
    onnx.save(model, str(target))


def _quantize_weights(source: Path, target: Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(str(source))
    float_nodes = [
        node.name for node in model.graph.node if node.op_type in ("MatMul", "Gemm") and "/blocks." not in node.name
    ]
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)  # the quantiser recommends a preprocessing step on every call
    try:
        quantize_dynamic(
            str(source),
            str(target),
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=float_nodes,
        )
    finally:
        logging.getLogger().setLevel(level)


def _activation_ranges(model: Any, tiles: npt.NDArray[np.uint8]) -> dict[str, tuple[float, float]]:
    """Least and largest value that each dynamic quantiser met, by its name."""
    import onnx
    from onnx import TensorProto, helper

    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    quantisers = _quantisers(probe)
    for node in quantisers:
        probe.graph.output.append(helper.make_tensor_value_info(node.output[1], TensorProto.FLOAT, None))
        probe.graph.output.append(helper.make_tensor_value_info(node.output[2], TensorProto.UINT8, None))
    session = open_onnx(probe.SerializeToString())
    asked = [name for node in quantisers for name in node.output[1:3]]
    ranges = {node.name: (0.0, 0.0) for node in quantisers}
    for start in range(0, len(tiles), CALIBRATION_BATCH):
        found = session.run(asked, {GRAPH_INPUT: tiles[start : start + CALIBRATION_BATCH]})
        for node, scale, zero in zip(quantisers, found[::2], found[1::2], strict=True):
            low, high = ranges[node.name]
            step, offset = float(scale), float(zero)
            ranges[node.name] = min(low, -offset * step), max(high, (LARGEST_CODE - offset) * step)
    return ranges


def _quantisers(model: Any) -> list[Any]:
    return [node for node in model.graph.node if node.op_type == "DynamicQuantizeLinear"]


def _fix_scales(model: Any, ranges: dict[str, tuple[float, float]]) -> None:
    from onnx import helper, numpy_helper

    nodes = []
    for node in model.graph.node:
        if node.op_type == "DynamicQuantizeLinear":
            (given,), (codes, scale, zero) = node.input, node.output
            low, high = ranges[node.name]
            step = max(high - low, float(np.finfo(np.float32).tiny)) / LARGEST_CODE
            offset = np.uint8(round(-low / step))
            model.graph.initializer.append(numpy_helper.from_array(np.array(step, np.float32), scale))
            model.graph.initializer.append(numpy_helper.from_array(np.array(offset, np.uint8), zero))
            node = helper.make_node("QuantizeLinear", [given, scale, zero], [codes], node.name)
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _fuse_products(model: Any) -> None:
    """MatMulInteger, Cast, Mul by (scale a * scale b), and the bias that follows, as one MatMulIntegerToFloat.

    ONNX Runtime does so by itself only while the scale of ``a`` is computed; without it, fixed scales are slower.
    """
    from onnx import helper

    maker = {output: node for node in model.graph.node for output in node.output}
    users: dict[str, list[Any]] = {}
    for node in model.graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    constants = {entry.name for entry in model.graph.initializer}

    def only_user(name: str, operation: str) -> Any | None:
        found = users.get(name, [])
        return found[0] if len(found) == 1 and found[0].op_type == operation else None

    fused: dict[str, Any] = {}
    gone: set[str] = set()
    for product in [node for node in model.graph.node if node.op_type == "MatMulInteger"]:
        cast = only_user(product.output[0], "Cast")
        scaled = only_user(cast.output[0], "Mul") if cast else None
        if cast is None or scaled is None:
            continue
        scales = maker.get(next(name for name in scaled.input if name != cast.output[0]))
        if scales is None or scales.op_type != "Mul":
            continue
        # The quantiser multiplies the scale of the activations by that of the weights, in this order.
        inputs = [*product.input[:2], *scales.input, *product.input[2:4]]
        output, taken = scaled.output[0], [product, cast, scaled, scales]
        bias = only_user(output, "Add")
        added = next((name for name in bias.input if name in constants), None) if bias else None
        if bias is not None and added is not None:
            inputs, output, taken = [*inputs, added], bias.output[0], [*taken, bias]
        fused[product.name] = helper.make_node(
            "MatMulIntegerToFloat", inputs, [output], f"{product.name}_to_float", domain="com.microsoft"
        )
        gone |= {node.name for node in taken}
    nodes = [fused.get(node.name, node) for node in model.graph.node if node.name in fused or node.name not in gone]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    if fused:
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))

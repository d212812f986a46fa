"""A student as an ONNX graph that computes what the outputs need, and no more.

``kd.models.student_graph`` defines what a bundle's model computes; here the same numbers are computed with less work,
by algebra alone (the difference is that of rounding):

* Of the last block only the class token is read. There, the query of head h is folded with the key weights,
  u = q W_k, so that the scores are u . x_t for the normalised tokens x_t themselves (the bias of the keys adds the same
  to each score, and drops out of the softmax); and the value weights are applied after the weighted mean of the
  tokens. Neither keys nor values of the tokens are computed, and projection and MLP run for one token of a tile.
* Normalisation of the pixels and the scale of the queries are folded into weights. The class token is a row of the
  positions: a row of zeros stands for it among the patches, so that the tokens are nowhere joined.
* Tokens of all tiles are rows of one matrix, so that each product adds its bias itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto
from torch import Tensor

from kd.bundle import GRAPH_INPUT
from kd.models.student_graph import StudentGraph
from kd.models.vit import VitConfig
from kd.onnx_nodes import OnnxNodes, PixelStem

Doubles = npt.NDArray[np.float64]
LAST_BLOCK = "last"
"""What the names of the products of the last block begin with."""
PIXEL_RANGE = 255.0


def student_model(graph: StudentGraph, nodes: OnnxNodes, watched: bool = False) -> Any:
    """The ONNX model of ``graph`` with a dynamic batch axis, in the precision of ``nodes``.

    ``watched`` makes the float value that each product multiplies an output as well.
    """
    config, vit = graph.config, _any(graph.vit)
    blocks = list(vit.blocks)
    tokens = _conv_tokens(nodes, graph) if config.stem == "conv" else _patch_tokens(nodes, graph)
    for number, block in enumerate(blocks[:-1]):
        tokens = _block(nodes, config, block, f"blocks.{number}", tokens)
    class_token, scores = _last_block(nodes, config, blocks[-1], tokens)
    _outputs(nodes, graph, class_token, scores)
    side, grid = config.img_size, config.grid
    shapes = {
        "logits": [config.num_classes],
        "probabilities": [config.num_classes],
        "attention": [grid, grid],
        "embedding": [config.width],
        "out_of_domain": [],
    }
    return nodes.model(
        "student",
        {GRAPH_INPUT: (TensorProto.UINT8, ["batch", side, side, 3])},
        {name: (TensorProto.FLOAT, ["batch", *shape]) for name, shape in shapes.items()},
        {f"blocks.{i}.output": (TensorProto.FLOAT, ["rows", config.width]) for i in range(config.depth - 1)},
        list(dict.fromkeys(nodes.inner.values())) if watched else (),
    )


def _patch_tokens(nodes: OnnxNodes, graph: StudentGraph) -> str:
    """Rows of pixels of each patch times the weights of the embedding: (B * tokens, D)."""
    config, projection = graph.config, _any(graph.vit).patch_embed.proj
    grid, patch, width = config.grid, config.patch_size, config.width
    mean, std = np.array(config.mean) * PIXEL_RANGE, np.array(config.std) * PIXEL_RANGE
    weight = _doubles(projection.weight).transpose(0, 2, 3, 1)  # D, rows, columns, RGB
    positions = _positions(graph)
    positions[1:] += _doubles(projection.bias) - (weight * (mean / std)).sum((1, 2, 3))
    rows = nodes.reshape(GRAPH_INPUT, -1, grid, patch, grid, patch * 3)
    rows = nodes.reshape(nodes.transpose(rows, 0, 1, 3, 2, 4), -1, grid * grid, patch * patch * 3)
    embedded = nodes.embed_patches("stem", rows, (weight / std).reshape(width, -1))
    return _with_positions(nodes, nodes.reshape(embedded, -1, 1 + grid * grid, width), positions)


def _conv_tokens(nodes: OnnxNodes, graph: StudentGraph) -> str:
    """What the convolutions give for each patch: (B * tokens, D)."""
    stem, positions = pixel_stem(graph), _positions(graph)
    positions[1:] += stem.biases[-1]
    return _with_positions(nodes, nodes.stem(GRAPH_INPUT, stem), positions)


def pixel_stem(graph: StudentGraph) -> PixelStem:
    """The convolutions of ``kd.models.conv_stem`` as they apply to pixels of 0..255."""
    config = graph.config
    mean, std = np.array(config.mean) * PIXEL_RANGE, np.array(config.std) * PIXEL_RANGE
    layers = list(_any(graph.vit).patch_embed.proj)
    weights, biases = [], []
    for layer, after in zip(layers, [*layers[1:], None], strict=True):
        if not hasattr(layer, "kernel_size"):
            continue
        weight = _doubles(layer.weight)
        if after is None:
            weights.append(weight)
            biases.append(_doubles(layer.bias))
            continue
        # Batch normalisation with the statistics of training is a scale and a shift.
        scale = _doubles(after.weight) / np.sqrt(_doubles(after.running_var) + after.eps)
        weights.append(weight * scale[:, None, None, None])
        biases.append(_doubles(after.bias) - _doubles(after.running_mean) * scale)
    weights[0] = weights[0] / std[:, None, None]
    return PixelStem(config.img_size, mean, weights, biases)


def _positions(graph: StudentGraph) -> Doubles:
    """(tokens, D); the first row is the class token at its position."""
    vit = _any(graph.vit)
    positions: Doubles = _doubles(vit.pos_embed)[0].copy()
    positions[0] += _doubles(vit.cls_token)[0, 0]
    return positions


def _with_positions(nodes: OnnxNodes, tokens: str, positions: Doubles) -> str:
    added = nodes.add("Add", tokens, nodes.constant(positions[None], "positions"))
    return nodes.reshape(added, -1, positions.shape[1])


def _block(nodes: OnnxNodes, config: VitConfig, block: Any, name: str, tokens: str) -> str:
    """A whole block: (B * tokens, D) to the same, which is named ``blocks.NUMBER.output``."""
    heads, width, count = config.heads, config.width, 1 + config.grid**2
    head_width = width // heads
    weight, bias = _scaled_qkv(block, width, head_width)
    normal = _norm(nodes, tokens, block.norm1)
    # Three products, not one that must be split: what is copied less is worth more.
    orders = {"query": (0, 2, 1, 3), "key": (0, 2, 3, 1), "value": (0, 2, 1, 3)}
    query, key, value = (
        nodes.transpose(
            nodes.reshape(
                nodes.dense(f"{name}.{part}", normal, weight[i * width :][:width], bias[i * width :][:width]),
                -1, count, heads, head_width,
            ),
            *order,
        )
        for i, (part, order) in enumerate(orders.items())
    )  # fmt: skip
    scores = nodes.add("MatMul", query, key)
    mixed = nodes.add("MatMul", nodes.add("Softmax", scores, axis=-1), value)
    mixed = nodes.reshape(nodes.transpose(mixed, 0, 2, 1, 3), -1, width)
    projected = nodes.dense(f"{name}.proj", mixed, _doubles(block.attn.proj.weight), _doubles(block.attn.proj.bias))
    return _mlp(nodes, block, name, nodes.add("Add", tokens, projected))


def _last_block(nodes: OnnxNodes, config: VitConfig, block: Any, tokens: str) -> tuple[str, str]:
    """The class token (B, D) after the block, and its scores before the softmax (B, heads, tokens)."""
    heads, width, count = config.heads, config.width, 1 + config.grid**2
    head_width, name = width // heads, LAST_BLOCK
    weight, bias = _scaled_qkv(block, width, head_width)
    first = nodes.constant(0, dtype=np.int64)
    normal = nodes.reshape(_norm(nodes, tokens, block.norm1), -1, count, width)
    class_token = nodes.add("Gather", nodes.reshape(tokens, -1, count, width), first, axis=1)
    query = nodes.dense(f"{name}.query", nodes.add("Gather", normal, first, axis=1), weight[:width], bias[:width])
    by_head = nodes.transpose(nodes.reshape(query, -1, heads, head_width), 1, 0, 2)
    keys = nodes.constant(weight[width : 2 * width].reshape(heads, head_width, width), f"{name}.keys")
    asked = nodes.transpose(nodes.add("MatMul", by_head, keys), 1, 0, 2)
    scores = nodes.add("MatMul", asked, nodes.transpose(normal, 0, 2, 1))
    mean = nodes.transpose(nodes.add("MatMul", nodes.add("Softmax", scores, axis=-1), normal), 1, 0, 2)
    values = nodes.constant(weight[2 * width :].reshape(heads, head_width, width).transpose(0, 2, 1), f"{name}.values")
    mixed = nodes.reshape(nodes.transpose(nodes.add("MatMul", mean, values), 1, 0, 2), -1, width)
    projection = _doubles(block.attn.proj.weight)
    # The weights of the mean add up to 1, so that the bias of the values passes through it.
    projected_bias = _doubles(block.attn.proj.bias) + projection @ bias[2 * width :]
    projected = nodes.dense(f"{name}.proj", mixed, projection, projected_bias)
    return _mlp(nodes, block, name, nodes.add("Add", class_token, projected)), scores


def _scaled_qkv(block: Any, width: int, head_width: int) -> tuple[Doubles, Doubles]:
    weight, bias = _doubles(block.attn.qkv.weight).copy(), _doubles(block.attn.qkv.bias).copy()
    weight[:width] *= head_width**-0.5
    bias[:width] *= head_width**-0.5
    return weight, bias


def _mlp(nodes: OnnxNodes, block: Any, name: str, tokens: str) -> str:
    first, second = block.mlp.fc1, block.mlp.fc2
    normal = _norm(nodes, tokens, block.norm2)
    hidden = nodes.add("Gelu", nodes.dense(f"{name}.fc1", normal, _doubles(first.weight), _doubles(first.bias)))
    added = nodes.dense(f"{name}.fc2", hidden, _doubles(second.weight), _doubles(second.bias))
    return nodes.add("Add", tokens, added, output=f"{name}.output")


def _norm(nodes: OnnxNodes, tokens: str, norm: Any, output: str = "") -> str:
    factors = nodes.constant(_doubles(norm.weight)), nodes.constant(_doubles(norm.bias))
    return nodes.add("LayerNormalization", tokens, *factors, output=output, axis=-1, epsilon=float(norm.eps))


def _outputs(nodes: OnnxNodes, graph: StudentGraph, class_token: str, scores: str) -> None:
    """What ``StudentGraph.forward`` returns, by the names of ``kd.bundle.GRAPH_OUTPUTS``; always in float."""
    vit, grid = _any(graph.vit), graph.config.grid
    embedding = _norm(nodes, class_token, vit.norm, output="embedding")
    head = nodes.constant(_doubles(vit.head.weight).T, "head.weight"), nodes.constant(_doubles(vit.head.bias))
    logits = nodes.add("Gemm", embedding, *head, output="logits")
    softened = nodes.add("Div", logits, nodes.constant(_doubles(graph.temperature), "temperature"))
    nodes.add("Softmax", softened, axis=-1, output="probabilities")
    ends = nodes.integers(1), nodes.integers(1 + grid * grid), nodes.integers(2)
    attention = nodes.add("Softmax", nodes.add("Slice", scores, *ends), axis=-1)
    attention = nodes.add("ReduceMean", attention, nodes.integers(1), keepdims=0)
    scaled = nodes.add("Mul", attention, nodes.constant(grid * grid))
    nodes.add("Reshape", scaled, nodes.integers(-1, grid, grid), output="attention")
    whitened = nodes.add("MatMul", embedding, nodes.constant(_doubles(graph.whitening), "whitening"))
    means = nodes.constant(_doubles(graph.class_means), "class_means")
    offsets = nodes.add("Sub", nodes.add("Unsqueeze", whitened, nodes.integers(1)), means)
    distances = nodes.add("ReduceSum", nodes.add("Mul", offsets, offsets), nodes.integers(2), keepdims=0)
    nodes.add("ReduceMin", distances, nodes.integers(1), keepdims=0, output="out_of_domain")


def _doubles(values: Tensor) -> Doubles:
    found: Doubles = values.detach().cpu().double().numpy()
    return found


def _any(module: Any) -> Any:
    """timm's modules are not typed."""
    return module

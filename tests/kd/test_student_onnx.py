"""The exported graph computes what timm's plain forward does, and nothing that no output needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from kd.int8 import quantize_int8
from kd.int8_weights import beside_each_other, pair_steps, patch_moments, rounded
from kd.models.student_graph import StudentGraph
from kd.models.vit import VitConfig, build_vit
from kd.onnx_graph import export_fp16, export_onnx, open_onnx, run_onnx, run_torch

PLAIN = VitConfig(24, 8, 32, 3, 2, 3)
CONFIGS = [
    PLAIN,
    replace(PLAIN, depth=1),
    replace(PLAIN, heads=4, depth=2, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    replace(PLAIN, img_size=32, patch_size=16, heads=1, depth=2, stem="conv", mean=(0.7, 0.5, 0.4)),
    replace(PLAIN, stem="conv", depth=1, mlp_ratio=2.0),
]


def random_graph(config: VitConfig) -> StudentGraph:
    """Weights, biases, norms and running statistics all away from what they begin with."""
    torch.manual_seed(3)
    vit = build_vit(config)
    for name, parameter in vit.named_parameters():
        torch.nn.init.normal_(parameter, 0.0, 0.5 if name.startswith("patch_embed") else 0.15)
        if "norm" in name and name.endswith("weight"):
            parameter.data += 1.0
    vit.train()(torch.rand(8, 3, config.img_size, config.img_size))
    graph = StudentGraph(vit, config, temperature=1.7)
    graph.whitening.normal_(0.0, 0.1)
    graph.class_means.normal_()
    return graph.eval()


def random_tiles(config: VitConfig, count: int) -> np.ndarray:
    """Coarse blocks of colour in a little noise, so that tiles and their patches differ."""
    random = np.random.default_rng(5)
    blocks = random.integers(0, 236, (count, 4, 4, 3)).repeat(config.img_size // 4, 1).repeat(config.img_size // 4, 2)
    return (blocks + random.integers(0, 20, blocks.shape)).astype(np.uint8)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.stem}-{c.depth}-{c.heads}")
def test_the_exported_graph_equals_the_plain_forward(config: VitConfig, tmp_path: Path) -> None:
    graph, tiles = random_graph(config), random_tiles(config, 5)
    export_onnx(graph, tmp_path / "model.onnx")
    exported, exact = run_onnx(tmp_path / "model.onnx", tiles), run_torch(graph, tiles)
    for name, values in exact.items():
        assert values.std() > 1e-3, name
        np.testing.assert_allclose(exported[name], values, rtol=1e-5, atol=1e-5, err_msg=name)
    with torch.no_grad():
        images = torch.from_numpy(tiles).permute(0, 3, 1, 2) / 255
        normal = (images - torch.tensor(config.mean).view(3, 1, 1)) / torch.tensor(config.std).view(3, 1, 1)
        logits = graph.vit(normal).numpy()
    np.testing.assert_allclose(exported["logits"], logits, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("write", [export_fp16, quantize_int8])
@pytest.mark.parametrize("config", CONFIGS[2:], ids=lambda c: f"{c.stem}-{c.mean}")
def test_reduced_precisions_come_near_the_plain_forward(
    config: VitConfig, write: Callable[[StudentGraph, Path, np.ndarray], None], tmp_path: Path
) -> None:
    graph, tiles = random_graph(config), random_tiles(config, 8)
    write(graph, tmp_path / "model.onnx", tiles)
    reduced, exact = run_onnx(tmp_path / "model.onnx", tiles), run_torch(graph, tiles)
    for name, values in exact.items():
        assert 0 < np.abs(reduced[name] - values).max() < 0.2 * np.ptp(values), name


@pytest.mark.parametrize("columns", [2, 4])
def test_a_convolution_of_columns_beside_each_other_is_the_same_one(columns: int) -> None:
    random = np.random.default_rng(0)
    kernel, image = random.normal(size=(5, 3, 3, 3)), random.normal(size=(2, 16, 16, 3))
    expected = torch.conv2d(torch.from_numpy(image).permute(0, 3, 1, 2), torch.from_numpy(kernel), None, 2, 1)
    wide = torch.from_numpy(image).reshape(2, 16, 8 // columns, 6 * columns).permute(0, 3, 1, 2)
    padded = torch.nn.functional.pad(wide, (1, 0, 1, 0))
    found = torch.conv2d(padded, torch.from_numpy(beside_each_other(kernel, columns)), None, (2, 1))
    found = found.permute(0, 2, 3, 1).reshape(2, 8, 8, 5).permute(0, 3, 1, 2)
    torch.testing.assert_close(found, expected)


def test_rounding_for_like_neighbours_errs_less_on_them() -> None:
    random = np.random.default_rng(0)
    pixels = random.normal(100, 30, (500, 1)) + random.normal(0, 5, (500, 27))
    weight = random.normal(size=(6, 27))
    steps = np.abs(weight).max(1) / 7
    found = rounded(weight, steps, pixels.T @ pixels / len(pixels)) * steps[:, None]
    plain = np.rint(weight / steps[:, None]) * steps[:, None]
    errors = [np.abs(pixels @ (near - weight).T).mean() for near in (found, plain)]
    assert errors[0] < errors[1] / 4
    np.testing.assert_allclose(found / steps[:, None], np.rint(found / steps[:, None]), atol=1e-9)


def test_rounding_of_a_patch_embedding_keeps_the_mean_of_bright_tiles() -> None:
    random = np.random.default_rng(0)
    tiles = random.integers(180, 240, (60, 24, 24, 3), dtype=np.uint8)
    patches = tiles.reshape(60, 3, 8, 3, 24).transpose(0, 1, 3, 2, 4).reshape(-1, 192).astype(np.float64)
    moments, weight = patch_moments(tiles, 8), random.normal(size=(6, 192))
    np.testing.assert_allclose(moments, patches.T @ patches / len(patches))
    steps = np.abs(weight).max(1) / 63
    plain = np.rint(weight / steps[:, None])
    errors = [
        np.abs((patches @ (found * steps[:, None] - weight).T).mean(0)).mean()
        for found in (rounded(weight, steps, moments), plain)
    ]
    assert errors[0] < errors[1] / 10


def integer_weights(path: Path) -> dict[str, np.ndarray]:
    """Weights (outputs, inputs) of integer products by name, inputs in the order in which they are multiplied."""
    graph = onnx.load(str(path)).graph
    constants = {c.name: numpy_helper.to_array(c) for c in graph.initializer}
    found = {}
    for node in graph.node:
        if node.op_type == "MatMulIntegerToFloat":
            found[node.output[0]] = constants[node.input[1]].T.astype(np.int64)
        elif node.op_type == "QLinearConv":
            kernel = constants[node.input[3]].astype(np.int64)
            found[node.input[3]] = kernel.transpose(0, 2, 3, 1).reshape(len(kernel), -1)
    return found


@pytest.mark.parametrize("stem", ["patch", "conv"])
def test_no_two_products_of_integers_leave_16_bits(stem: str, tmp_path: Path) -> None:
    config = replace(PLAIN, img_size=32, stem=stem)
    quantize_int8(random_graph(config), tmp_path / "model.onnx", random_tiles(config, 8))
    found = integer_weights(tmp_path / "model.onnx")
    of_pixels = found["stem" if stem == "patch" else "stem.0.weight"]
    assert 60 <= np.abs(of_pixels).max() <= 63
    assert len(found) > 10
    for name, weights in found.items():
        assert weights.shape[1] % 2 == 0, name
        pairs = weights.reshape(len(weights), -1, 2)
        largest = np.maximum(np.maximum(pairs, 0).sum(2), np.maximum(-pairs, 0).sum(2)).max()
        assert largest >= 60 and 255 * largest < 2**15, name


def test_a_weight_beside_small_ones_may_be_larger_than_half_of_the_limit() -> None:
    weight = np.array([[1.0, -1.0, 0.1, 0.1, 0.5], [0.6, 0.6, 0.1, 0.0, 1.0]])
    np.testing.assert_allclose(pair_steps(weight), [1 / 127, 1.2 / 128])


@pytest.mark.parametrize("stem", ["patch", "conv"])
def test_in_the_last_block_nothing_but_scores_and_means_is_computed_for_all_tokens(stem: str, tmp_path: Path) -> None:
    config = replace(PLAIN, img_size=32, stem=stem)
    tokens = 1 + config.grid**2
    batch = 3
    export_onnx(random_graph(config), tmp_path / "model.onnx")
    rows = rows_of_products(onnx.load(str(tmp_path / "model.onnx")), random_tiles(config, batch))
    of_blocks = [name for name, count in rows.items() if count == batch * tokens and name != "stem"]
    assert len(of_blocks) == 6 * (
        config.depth - 1
    )  # query, key, value, proj, fc1 and fc2 of the blocks before the last
    assert sorted(rows[f"last.{name}"] for name in ("query", "proj", "fc1", "fc2")) == [batch] * 4
    assert all(count <= batch for name, count in rows.items() if name not in of_blocks and name != "stem")


def rows_of_products(model: onnx.ModelProto, tiles: np.ndarray) -> dict[str, int]:
    """Rows of the value that each product with weights multiplies, by the product's name."""
    weights = {entry.name: numpy_helper.to_array(entry) for entry in model.graph.initializer}
    products = [n for n in model.graph.node if n.op_type in ("MatMul", "Gemm") and n.input[1] in weights]
    assert products
    kept = {output.name for output in model.graph.output}
    for node in products:
        if node.input[0] not in kept:
            kept.add(node.input[0])
            model.graph.output.append(onnx.helper.make_tensor_value_info(node.input[0], onnx.TensorProto.FLOAT, None))
    session = open_onnx(model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(names, {"tiles": tiles}), strict=True))
    return {node.output[0]: found[node.input[0]].shape[-2] for node in products}


@pytest.mark.parametrize("write", [lambda g, t, _: export_onnx(g, t), export_fp16], ids=["fp32", "fp16"])
def test_float_models_hold_operators_of_the_standard_alone(
    write: Callable[[StudentGraph, Path, np.ndarray], None], tmp_path: Path
) -> None:
    graph = random_graph(CONFIGS[3])
    write(graph, tmp_path / "model.onnx", random_tiles(CONFIGS[3], 2))
    model = onnx.load(str(tmp_path / "model.onnx"))
    onnx.checker.check_model(model, full_check=True)
    assert {node.domain for node in model.graph.node} == {""}

"""The slide model in the viewer: weights of tiles, and what is refused."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from app.analysis.plan import make_plan
from app.analysis.runtime.student import StudentRuntime
from app.analysis.slide_model import SlideModel, embed_cells, weight_map
from app.analysis.tile_reader import TileReader
from app.records.scores import GridSpec
from app.slides.open import open_slide
from kd.bundle import SLIDE_MODEL, BundleError, load_bundle, write_card
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student, and a slide model of its embeddings: weights are the softmax of their first number times 3."""
    folder = tmp_path_factory.mktemp("slide model")
    student = make_bundle(folder)
    width = _embedding_width(student)
    score = np.zeros((width, 1), np.float32)
    score[0] = 3.0
    head = np.random.default_rng(0).normal(size=(width, 2)).astype(np.float32)
    out = folder / "slides.fnabundle"
    out.mkdir()
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
    constants = {"score": score, "head": head, "first": np.array([0]), "second": np.array([1]), "zero": np.array(0)}
    graph = helper.make_graph(
        nodes, "slide", [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", width])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [2]),
         helper.make_tensor_value_info("attention", TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), out / "model.onnx")
    card = student.card
    arguments = {"student": "0123456789abcdef"}
    write_card(
        replace(card, kind=SLIDE_MODEL, classes=card.classes[:2], prior=(0.5, 0.5), architecture_args=arguments), out
    )
    one = np.ones((3, width), np.float32)
    pooled = np.exp(one[0] @ head - (one[0] @ head).max())
    np.savez(out / "reference.npz", embeddings=one, probabilities=(pooled / pooled.sum()).astype(np.float32))
    return folder


def _embedding_width(student: object) -> int:
    runtime = StudentRuntime.load(student, "cpu", "fp32")  # type: ignore[arg-type]
    side = student.card.tile_px  # type: ignore[attr-defined]
    return int(runtime.score(np.zeros((1, side, side, 3), np.uint8)).embedding.shape[1])


def test_the_tiles_of_a_slide_get_weights_whose_mean_is_one(world: Path) -> None:
    student = load_bundle(world / "tiny.fnabundle")
    model = SlideModel(load_bundle(world / "slides.fnabundle", SLIDE_MODEL))
    file = write_slide(world / "s.tif", draw(640, 448, [(150, 150, BLUE), (450, 300, RED)]))
    slide = open_slide(file)
    card = student.card
    plan = make_plan(slide.info.levels, 0.25, tile_px=card.tile_px, mpp=card.mpp, stride_um=card.stride_um)
    runtime = StudentRuntime.load(student, "cpu", "fp32")
    wanted = np.arange(plan.cells)
    found = embed_cells(runtime, TileReader(slide, plan), wanted)
    stopped = embed_cells(runtime, TileReader(slide, plan), wanted, keep_going=lambda: False)
    slide.close()
    assert found is not None and stopped is None
    cells, embeddings = found
    assert (cells == wanted).all()
    weighed = model.weigh(embeddings)
    expected = np.exp(3 * embeddings[:, 0] - (3 * embeddings[:, 0]).max())
    np.testing.assert_allclose(weighed.weights, expected / expected.mean(), rtol=1e-3)
    assert weighed.probabilities.sum() == pytest.approx(1.0, abs=1e-5)
    assert weight_map(plan.grid, cells, weighed.weights).mean() == pytest.approx(1.0, abs=1e-4)


def test_a_map_is_zero_where_no_tile_was_weighed() -> None:
    table = weight_map(GridSpec(3, 2, 10, 10), np.array([1, 5]), np.array([0.5, 1.5], np.float32))
    assert table.tolist() == [[0, 0.5, 0], [0, 0, 1.5]]


def test_another_student_a_classifier_and_a_wrong_reference_are_refused(world: Path) -> None:
    student = load_bundle(world / "tiny.fnabundle")
    model = SlideModel(load_bundle(world / "slides.fnabundle", SLIDE_MODEL))
    with pytest.raises(BundleError, match="another student"):
        model.check_student(student)
    training = {**student.card.training, "weights": "0123456789abcdef"}
    model.check_student(replace(student, card=replace(student.card, training=training)))
    with pytest.raises(BundleError, match="is a classifier"):
        SlideModel(student)
    stored = dict(np.load(world / "slides.fnabundle" / "reference.npz"))
    np.savez(world / "slides.fnabundle" / "reference.npz", **{**stored, "probabilities": np.array([0.9, 0.1])})
    with pytest.raises(BundleError, match="does not give its reference"):
        SlideModel(load_bundle(world / "slides.fnabundle", SLIDE_MODEL))
    assert asdict(student.card)["kind"] == "classifier"

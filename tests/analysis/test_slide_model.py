"""The slide model in the viewer: weights of tiles, the fields they come to, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.analysis.attended import rank_by_attention
from app.analysis.plan import make_plan
from app.analysis.runtime.student import StudentRuntime
from app.analysis.slide_model import SlideModel, embed_cells, weight_map
from app.analysis.suspicion import Criterion
from app.analysis.tile_reader import TileReader
from app.analysis.weighing import in_blocks
from app.records.scores import CellState, GridSpec
from app.slides.open import open_slide
from kd.bundle import SLIDE_MODEL, BundleError, load_bundle
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide
from tests.slide_bundles import WEIGHTS_NAME, expected_weights, make_slide_bundle


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student, and a slide model of its embeddings."""
    folder = tmp_path_factory.mktemp("slide model")
    make_bundle(folder, training={"weights": WEIGHTS_NAME})
    make_slide_bundle(folder)
    return folder


def test_the_tiles_of_a_slide_get_weights_whose_mean_is_one(world: Path) -> None:
    student = load_bundle(world / "tiny.fnabundle")
    model = SlideModel(load_bundle(world / "slides.fnabundle", SLIDE_MODEL))
    slide = open_slide(write_slide(world / "s.tif", draw(640, 448, [(150, 150, BLUE), (450, 300, RED)])), probe=False)
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
    np.testing.assert_allclose(weighed.weights, expected_weights(embeddings), rtol=1e-3)
    assert weighed.probabilities.sum() == pytest.approx(1.0, abs=1e-5)
    assert weight_map(plan.grid, cells, weighed.weights).mean() == pytest.approx(1.0, abs=1e-4)
    assert sorted(in_blocks(plan, wanted[::3]).tolist()) == wanted[::3].tolist()


def test_a_map_is_zero_where_no_tile_was_weighed() -> None:
    table = weight_map(GridSpec(3, 2, 10, 10), np.array([1, 5]), np.array([0.5, 1.5], np.float32))
    assert table.tolist() == [[0, 0.5, 0], [0, 0, 1.5]]


def test_fields_are_groups_of_heavy_tiles_by_their_share_of_the_attention() -> None:
    grid = GridSpec(12, 4, 10, 10)
    weights = np.full((4, 12), 0.5, np.float32)
    weights[0, 0], weights[2, 8:11], weights[0, 5] = 9.0, (4.0, 5.0, 3.0), 1.9
    states = np.full((4, 12), CellState.SCORED, np.uint8)
    states[3, 0] = CellState.OUT_OF_FOCUS
    weights[3, 0] = 50.0
    probabilities = np.zeros((4, 12, 3), np.float32)
    probabilities[..., 1] = 1.0
    probabilities[0, 0] = (0.1, 0.1, 0.8)
    found = rank_by_attention(grid, states, probabilities, np.zeros((4, 12), np.float32), Criterion((2,)), weights)
    assert found.by_attention and found.stands_out
    total = float(weights[states == CellState.SCORED].sum())
    assert [(f.cells, f.peak_cell, f.class_index, f.heaviest) for f in found.fields] == [
        (3, 33, 1, 5.0),
        (1, 0, 2, 9.0),
    ]
    assert [f.attention for f in found.fields] == pytest.approx([12 / total, 9 / total])
    assert found.fields[1].score == pytest.approx(0.8) and found.fields[0].rect.x == 80


def test_alike_weights_give_no_order() -> None:
    grid, states = GridSpec(4, 4, 10, 10), np.full((4, 4), CellState.SCORED, np.uint8)
    probabilities, flat = np.full((4, 4, 2), 0.5, np.float32), np.ones((4, 4), np.float32)
    found = rank_by_attention(grid, states, probabilities, np.zeros((4, 4), np.float32), Criterion((1,)), flat)
    assert found.fields == () and not found.stands_out
    nothing = np.zeros((4, 4), np.uint8)
    assert rank_by_attention(grid, nothing, probabilities, flat, Criterion(()), 0 * flat).fields == ()


def test_another_student_a_classifier_and_a_wrong_reference_are_refused(world: Path) -> None:
    student = load_bundle(world / "tiny.fnabundle")
    model = SlideModel(load_bundle(world / "slides.fnabundle", SLIDE_MODEL))
    model.check_student(student)
    for training, words in (({"weights": "another"}, "another student"), ({}, "does not name its weights")):
        with pytest.raises(BundleError, match=words):
            model.check_student(replace(student, card=replace(student.card, training=training)))
    with pytest.raises(BundleError, match="is a classifier"):
        SlideModel(student)
    stored = dict(np.load(world / "slides.fnabundle" / "reference.npz"))
    np.savez(world / "slides.fnabundle" / "reference.npz", **{**stored, "probabilities": np.array([0.9, 0.1])})
    with pytest.raises(BundleError, match="does not give its reference"):
        SlideModel(load_bundle(world / "slides.fnabundle", SLIDE_MODEL))

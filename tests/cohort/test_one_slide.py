"""One slide with a slide model: what a failed weighing leaves, and what is stamped."""

from __future__ import annotations

import json

import pytest

from app.cohort import one_slide
from app.cohort.one_slide import ScoreError, ScoreOptions, score_slide
from app.session.slide_weighing import WeighingError
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide
from tests.slide_bundles import WEIGHTS_NAME, make_slide_bundle


@pytest.fixture
def world(tmp_path):
    """``score(slide_model, ...)`` scores a small slide; ``summary()`` reads what was written."""
    cells = [(x, y, RED if x > 150 else BLUE) for x in range(60, 300, 60) for y in range(60, 200, 60)]
    slide = write_slide(tmp_path / "small.tif", draw(320, 224, cells))
    student = make_bundle(tmp_path, training={"weights": WEIGHTS_NAME})

    class World:
        folder = tmp_path / "out"

        def score(self, slide_model, **options):
            path = slide_model.path if slide_model is not None else None
            options = ScoreOptions(student.path, tmp_path / "data", path, **{"workers": 1, **options})
            return score_slide(slide, self.folder, student, options)

        def summary(self):
            return json.loads((self.folder / "summary.json").read_text())

    return World()


def test_a_failed_weighing_costs_the_slide_model_s_part_only_and_is_tried_again(world, tmp_path, monkeypatch):
    slide_model, asked = make_slide_bundle(tmp_path), []

    def fail(*_arguments, **_options):
        asked.append(True)
        raise WeighingError("The process that weighs the slide ended unexpectedly; try again.")

    with monkeypatch.context() as patch:
        patch.setattr(one_slide, "weigh", fail)
        with pytest.raises(WeighingError):
            world.score(slide_model)
    assert asked and world.summary()["complete"] and world.summary()["slide_model"] is None
    assert (world.folder / "scores.csv").exists()
    assert world.score(slide_model).state == "scored"
    assert world.summary()["slide_model"]["provenance"]["slide_model_hash"] == slide_model.hash


def test_a_slide_model_of_phantoms_is_stamped_although_the_student_is_of_real_slides(world, tmp_path):
    phantom = make_slide_bundle(tmp_path, "drawn", training_domain="phantom")
    assert world.score(phantom).state == "scored" and not world.summary()["demonstration"]
    result = world.score(phantom, demonstration=True)
    assert any("slide model drawn was trained on phantoms" in notice for notice in result.notices)
    assert "DEMONSTRATION MODE" in result.text, "it stands in the table of a cohort"
    written = world.summary()
    assert written["slide_model"] is not None and written["demonstration"]
    assert any("DEMONSTRATION MODE" in note for note in written["notes"])
    assert any("slide model drawn was trained on phantoms" in note for note in written["notes"])
    assert world.score(phantom, demonstration=True).state == "already scored"
    # Files of a version that did not stamp them are written again.
    (world.folder / "summary.json").write_text(json.dumps(written | {"demonstration": False}))
    assert world.score(phantom, demonstration=True).state == "scored" and world.summary()["demonstration"]
    assert world.score(phantom).state == "scored" and world.summary()["slide_model"] is None


def test_a_run_that_leaves_tiles_out_does_not_pass_for_a_scored_slide(world):
    with pytest.raises(ScoreError, match=r"ended with \d+ tiles not looked at"):
        world.score(None, workers=-1)
    assert not world.folder.exists()

"""A slide model weighs what a session scored: its result, where it is refused, and when it no longer holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.records.scores import CellState
from app.session.slide_weighing import WeighingError, may_weigh, slide_models_for, still_holds, weigh
from kd.bundle import BundleError
from tests.bundles import make_bundle
from tests.slide_bundles import WEIGHTS_NAME, make_slide_bundle


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("student"), training={"weights": WEIGHTS_NAME})


@pytest.fixture(scope="module")
def slide_model(tmp_path_factory):
    return make_slide_bundle(tmp_path_factory.mktemp("slide model"))


def test_the_scored_tiles_are_weighed_and_the_red_corner_comes_first(open_session, student, slide_model):
    listener = open_session(model=student)
    session = listener.session
    with pytest.raises(WeighingError, match="No tile of the slide is scored yet"):
        weigh(session, slide_model)
    session.start()
    listener.wait("finished")
    told = []
    weighed = weigh(session, slide_model, on_progress=lambda done, total: told.append((done, total)))
    assert weighed is not None
    scores = session.score_map()
    assert weighed.cells.tolist() == np.flatnonzero(scores.states == CellState.SCORED).tolist()
    assert weighed.weights.mean() == pytest.approx(1.0, abs=1e-4)
    assert weighed.probabilities.sum() == pytest.approx(1.0, abs=1e-5) and weighed.probabilities[1] > 0.5
    assert told[-1] == (weighed.tiles, weighed.tiles) and [done for done, _ in told] == sorted(d for d, _ in told)
    red = scores.probabilities.reshape(-1, 3)[weighed.cells, 2]
    assert np.corrcoef(weighed.weights, red)[0, 1] > 0.6
    first = weighed.fields[0]
    assert first.rect.x > 1400 and first.rect.y < 1300 and first.heaviest > 2 and 0 < first.attention < 1
    assert (weighed.precision, weighed.student_name, weighed.tiles) == ("fp32", "tiny", len(weighed.cells))
    assert still_holds(session, weighed)
    assert not still_holds(session, replace(weighed, plan_key="of other scores"))
    fewer = replace(weighed, tiles=weighed.tiles - 1)
    assert not still_holds(session, fewer), "more tiles were scored since"

    assert weigh(session, slide_model, keep_going=lambda: False) is None


def test_what_does_not_belong_together_is_refused(open_session, student, slide_model, tmp_path):
    other = make_bundle(tmp_path, "other", training={"weights": "of another"})
    damaged = make_slide_bundle(tmp_path, "damaged").path
    (damaged / "card.json").write_text("{}")
    folders = [other.path, damaged, tmp_path / "missing.fnabundle", slide_model.path]
    assert [found.hash for found in slide_models_for(student, folders)] == [slide_model.hash]
    assert slide_models_for(other, folders) == []
    with pytest.raises(BundleError, match="another student"):
        weigh(open_session(model=other).session, slide_model)
    with pytest.raises(WeighingError, match="not scored"):
        weigh(open_session(model=None).session, slide_model)


def test_a_phantom_slide_model_says_nothing_of_a_real_slide_but_in_demonstration(open_session, student, tmp_path):
    phantom = make_slide_bundle(tmp_path, "of phantoms", training_domain="phantom")
    session = open_session(model=student).session
    assert not may_weigh(session, phantom)
    with pytest.raises(WeighingError, match="phantoms only"):
        weigh(session, phantom)
    session.set_demonstration(True)
    assert may_weigh(session, phantom)


def test_the_refusal_names_the_one_that_was_trained_on_phantoms(open_session, slide_model, tmp_path):
    drawn = make_bundle(tmp_path, "drawn", training={"weights": WEIGHTS_NAME}, training_domain="phantom")
    with pytest.raises(WeighingError, match="The model drawn was trained on phantoms only"):
        weigh(open_session(model=drawn).session, slide_model)

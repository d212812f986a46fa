"""A second model asked about fields: its own process, progress, cancel, and where it disagrees."""

from dataclasses import replace

import numpy as np
import pytest

from app.geometry import RectPx
from app.session.second_opinion import EndedError, OpinionError, SecondOpinions, field_cells, opinion_of
from app.slides.open import open_slide
from tests.bundles import CLASSES, expected_probabilities, make_bundle

RED_FIELD, BLUE_FIELD = RectPx(1600, 300, 512, 384), RectPx(200, 1800, 512, 384)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    agreement = {"int8": {"top1": 1.0, "max_diff": 0.001}}
    return make_bundle(tmp_path_factory.mktemp("teacher"), "teacher", int8_error=0.001, agreement=agreement)


@pytest.fixture
def slide(slide_path):
    opened = open_slide(slide_path, probe=False)
    yield opened
    opened.close()


@pytest.fixture
def advisers(slide, teacher, request):
    made = SecondOpinions(slide.info, teacher, mpp=0.25, plane=0, precision=getattr(request, "param", "auto"))
    yield made
    made.close()


@pytest.mark.parametrize("advisers", ["int8", "fp32"], indirect=True)
def test_the_teacher_sees_red_and_blue_and_disagrees_where_it_should(advisers):
    told = {}
    fields = {7: (RED_FIELD, CLASSES[2]), 9: (BLUE_FIELD, CLASSES[2])}
    advisers.ask(fields, lambda number, opinion: told.setdefault(number, opinion))
    assert told[7].class_key == "red" and told[7].suspicion > 0.5 and not told[7].disagrees
    assert told[9].class_key == "blue" and told[9].suspicion < 0.5 and told[9].disagrees
    assert told[7].model == "teacher" and told[7].class_name == "Red cells"
    again = {}
    advisers.ask({7: (RED_FIELD, CLASSES[2])}, lambda number, opinion: again.setdefault(number, opinion))
    assert again[7] == told[7], "the process answers later questions too"


def test_cancelling_ends_the_question_and_the_next_one_is_answered(advisers):
    told = {}
    advisers.ask({1: (RED_FIELD, CLASSES[2])}, told.__setitem__, keep_going=lambda: False)
    assert told == {}
    advisers.ask({2: (BLUE_FIELD, CLASSES[1])}, told.__setitem__)
    assert list(told) == [2]


def test_a_dead_process_is_told_in_words(advisers):
    advisers.ask({1: (RED_FIELD, CLASSES[2])}, lambda *_: None)
    advisers._process._process.kill()
    with pytest.raises(OpinionError, match="ended unexpectedly"):
        advisers.ask({1: (RED_FIELD, CLASSES[2])}, lambda *_: None)


def test_after_a_failed_question_the_next_one_does_not_wait_for_ever(advisers):
    def refuse(_number, _opinion):
        raise RuntimeError("the one who asked is gone")

    with pytest.raises(RuntimeError):
        advisers.ask({1: (RED_FIELD, CLASSES[2])}, refuse)
    advisers.close()
    with pytest.raises(EndedError):
        advisers.ask({1: (RED_FIELD, CLASSES[2])}, lambda *_: None)


def test_a_question_that_is_waiting_when_the_process_is_closed_ends(advisers):
    advisers.ask({1: (RED_FIELD, CLASSES[2])}, lambda *_: None)
    asked = []

    def close_first() -> bool:
        if not asked:
            asked.append(True)
            advisers.close()
        return True

    with pytest.raises(EndedError):
        advisers.ask({1: (RED_FIELD, CLASSES[2])}, lambda *_: None, keep_going=close_first)


def test_a_phantom_teacher_says_nothing_of_a_real_slide(slide, tmp_path):
    phantom = make_bundle(tmp_path, "phantom teacher", training_domain="phantom")
    with pytest.raises(OpinionError, match="phantoms only"):
        SecondOpinions(slide.info, phantom, mpp=0.25, plane=0)
    SecondOpinions(slide.info, phantom, mpp=0.25, plane=0, demonstration=True).close()


def test_a_field_s_tiles_are_those_it_covers_by_half(advisers):
    plan = advisers._plan
    side = plan.grid.tile_px
    assert field_cells(plan, RectPx(0, 0, 2 * side, side)).tolist() == [0, 1]
    assert field_cells(plan, RectPx(0.4 * side, 0, 2 * side, side)).tolist() == [0, 1]
    assert len(field_cells(plan, RectPx(0, 0, 3, 3))) == 1


def test_tiles_count_as_far_as_they_hold_cells(teacher):
    tiles = np.array([[[[250, 250, 250]]], [[[200, 60, 60]]]], np.uint8)
    probabilities = expected_probabilities(tiles)
    assert probabilities[0].argmax() == 0
    opinion = opinion_of(teacher.card, probabilities, np.zeros(2, np.float32), CLASSES[2])
    assert opinion.class_key == "red" and opinion.probability > 0.75, "a plain mean would give less than .5"
    unknown = opinion_of(teacher.card, probabilities, np.zeros(2, np.float32), replace(CLASSES[2], key="another"))
    assert not unknown.disagrees, "a class that the teacher does not know cannot be contradicted"
    calm = replace(teacher.card, classes=tuple(replace(info, suspicious=False) for info in CLASSES))
    assert opinion_of(calm, probabilities, np.zeros(2, np.float32), CLASSES[2]).disagrees


def test_a_field_that_is_listed_as_harmless_is_no_difference_where_the_teacher_calls_it_so(teacher):
    blue = expected_probabilities(np.array([[[[60, 60, 200]]]], np.uint8))
    red = expected_probabilities(np.array([[[[200, 60, 60]]]], np.uint8))

    def differs(found, listed) -> bool:
        return opinion_of(teacher.card, found, np.zeros(1, np.float32), listed).disagrees

    assert not differs(blue, CLASSES[1]) and differs(red, CLASSES[1])
    assert not differs(blue, CLASSES[0]), "two harmless classes"
    assert differs(blue, CLASSES[2]) and not differs(red, CLASSES[2])
    assert differs(blue, None) and not differs(red, None), "what is listed without a class was suspicious once"

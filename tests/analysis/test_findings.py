"""Suspicious groups, their evidence, the ranking and the summary."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.certainty import is_uncertain, is_unlike, uncertain
from app.analysis.findings import MIN_SUSPICION, rank, summarise
from app.analysis.grouping import LINK_SUSPICION, MAX_FIELD_CELLS
from app.analysis.suspicion import FAMILIAR_SHARE, TILES_PER_FIELD, Criterion, measured_error
from app.records.scores import CellState, GridSpec
from kd.bundle import ClassInfo

CLASSES = tuple(ClassInfo(key, key.title(), "#123456", "", key in "cd") for key in "abcd")
CRITERION = Criterion((2, 3), prior=0.4, background=0)


def scores_of(suspicion, harmless=1):
    """States and probabilities of a map whose class c has this probability, and class ``harmless`` the rest."""
    suspicion = np.asarray(suspicion, np.float32)
    probabilities = np.zeros((*suspicion.shape, 4), np.float32)
    probabilities[..., 2] = suspicion
    probabilities[..., harmless] = 1 - suspicion
    return np.full(suspicion.shape, CellState.SCORED, np.uint8), probabilities


def ranked(suspicion, criterion=CRITERION, *, strange=0.0, tile=100.0, stride=100.0, states=None, harmless=0):
    usual, probabilities = scores_of(suspicion, harmless)
    rows, columns = usual.shape
    out_of_domain = np.full(usual.shape, strange, np.float32)
    grid = GridSpec(columns, rows, tile, stride)
    return rank(grid, usual if states is None else states, probabilities, out_of_domain, criterion)


def test_one_group_of_cells_is_one_field_with_all_its_tiles():
    suspicion = np.zeros((20, 20))
    suspicion[4:7, 5:7] = 0.8
    suspicion[5, 5] = 0.9
    suspicion[7, 7] = 0.7  # touches by a corner
    suspicion[15, 15] = 0.95
    suspicion[10, 2] = MIN_SUSPICION - 0.01
    fields = ranked(suspicion, tile=100.0, stride=90.0).fields
    assert [(f.cells, f.peak_cell, f.class_index) for f in fields] == [(7, 105, 2), (1, 315, 2)]
    rect = fields[0].rect
    assert (rect.x, rect.y, rect.right, rect.bottom) == (450, 360, 730, 730)


def test_tiles_that_overlap_are_one_field_and_so_are_tiles_joined_by_less_suspicious_ones():
    apart = np.zeros((1, 12))
    apart[0, [2, 4]] = 0.9
    assert len(ranked(apart).fields) == 2
    assert len(ranked(apart, tile=200.0, stride=100.0).fields) == 1, "tiles two strides apart touch"
    apart[0, 3] = LINK_SUSPICION
    (joined,) = ranked(apart).fields
    assert joined.cells == 2
    states, _ = scores_of(apart)
    states[0, 3] = CellState.OUT_OF_FOCUS
    assert len(ranked(apart, states=states).fields) == 2, "what is out of focus joins nothing"


def test_a_group_that_no_screen_shows_at_once_is_split():
    suspicion = np.zeros((3, 40))
    suspicion[1, 2:32] = 0.9
    fields = ranked(suspicion).fields
    assert sum(field.cells for field in fields) == 30
    assert all(field.rect.width <= 100 * MAX_FIELD_CELLS for field in fields)
    assert 4 <= len(fields) <= 7


def test_only_scored_tiles_and_suspicious_classes_count():
    states, _ = scores_of([[0.9, 0.9, 0.9]])
    states[0, 0], states[0, 1] = CellState.OUT_OF_FOCUS, CellState.PENDING
    assert [f.cells for f in ranked([[0.9, 0.9, 0.9]], states=states).fields] == [1]
    assert ranked([[0.9, 0.9, 0.9]], Criterion(())).fields == ()
    assert ranked([[0.9, 0.9, 0.9]], Criterion((1,))).fields == ()


def test_several_suspicious_classes_add_up():
    probabilities = np.array([[[0.0, 0.4, 0.25, 0.35]]], np.float32)
    state, strange = np.full((1, 1), 2, np.uint8), np.zeros((1, 1), np.float32)
    (field,) = rank(GridSpec(1, 1, 1.0, 1.0), state, probabilities, strange, CRITERION).fields
    assert abs(field.score - 0.6) < 1e-6 and field.class_index == 3


def test_harmless_neighbours_speak_against_a_group_and_more_suspicious_tiles_for_it():
    lonely = np.zeros((9, 9))
    lonely[4, 4] = 0.9
    on_glass = ranked(lonely, harmless=0).fields[0].evidence
    assert ranked(lonely, harmless=1).fields == (), "one tile in the middle of a harmless sheet"
    lonely[4, 5] = 0.9
    assert ranked(lonely, harmless=0).fields[0].evidence == pytest.approx(2 * on_glass, rel=1e-3)


def test_what_is_unlike_the_training_data_speaks_less_for_suspicion_and_is_flagged():
    suspicion = np.full((1, 2), 0.95)
    criterion = Criterion((2, 3), prior=0.4, background=0, unlike_at=2.0)
    half = FAMILIAR_SHARE * criterion.unlike_at / 2
    plain, strange = (ranked(suspicion, criterion, strange=score).fields[0] for score in (0.0, half))
    assert strange.evidence == pytest.approx(plain.evidence / 2, rel=1e-3)
    assert not strange.unlike_training
    (unlike,) = ranked(suspicion, criterion, strange=2.5).fields
    assert unlike.unlike_training and unlike.evidence <= 0, "listed, but never a reason for a ranking"
    assert not ranked(suspicion, criterion, strange=2.5).stands_out
    mixed = np.array([[1.9, 2.1, 2.1]], np.float32)
    states, probabilities = scores_of([[0.95, 0.95, 0.95]])
    (flagged,) = rank(GridSpec(3, 1, 1.0, 1.0), states, probabilities, mixed, criterion).fields
    assert flagged.unlike_training


def test_a_slide_needs_more_evidence_the_more_fields_it_has():
    suspicion = np.zeros((100, 100))
    suspicion[50, 50] = 0.97
    large = ranked(suspicion)
    assert large.needed == pytest.approx(math.log(10_000 / TILES_PER_FIELD))
    assert large.fields and not large.stands_out and large.standing_out == ()
    states, _ = scores_of(suspicion)
    states[suspicion == 0] = CellState.BACKGROUND
    assert ranked(suspicion, states=states).stands_out, "the only cells of the slide"
    suspicion[50:52, 50:53] = 0.97
    suspicion[10, 10] = 0.97
    found = ranked(suspicion)
    assert found.stands_out and len(found.standing_out) == 2, "beside a strong one a weak one is worth a look"


def test_the_criterion_comes_from_the_card():
    assert measured_error({"test": {"accuracy": {"value": 0.9}}, "validation": {"accuracy": 0.8}}) == pytest.approx(0.1)
    assert measured_error({"validation": {"accuracy": 0.97}}) == pytest.approx(0.03)
    assert measured_error({}) == measured_error({"test": {"accuracy": "good"}}) == 0.05
    card = SimpleNamespace(
        suspicious_indices=(2, 3),
        prior=(0.3, 0.3, 0.1, 0.3),
        classes=CLASSES,
        out_of_domain_threshold=2.0,
        metrics={"test": {"accuracy": 0.91}},
    )
    criterion = Criterion.of_card(card)
    assert (criterion.prior, criterion.error) == (pytest.approx(0.4), pytest.approx(0.06)), "2 of the 3 other classes"
    assert (criterion.background, criterion.unlike_at) == (None, 2.0)
    rare, common = (ranked([[0.9, 0.9]], Criterion((2, 3), prior=prior)).fields[0].evidence for prior in (0.1, 0.8))
    assert rare > common, "the same probability says more where training had few suspicious tiles"


def test_uncertain_and_unlike():
    assert is_uncertain(np.array([0.6, 0.35, 0.05], np.float32))
    assert not is_uncertain(np.array([0.75, 0.2, 0.05], np.float32))
    flags = uncertain(np.array([[[0.5, 0.5], [0.9, 0.1]]], np.float32))
    assert flags.tolist() == [[True, False]]
    assert is_unlike(3.0, 2.0) and not is_unlike(1.0, 2.0) and not is_unlike(3.0, None)


@given(st.integers(1, 25), st.integers(1, 25), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_every_suspicious_tile_is_in_one_field_at_most_and_the_order_is_by_evidence(rows, columns, seed):
    rng = np.random.default_rng(seed)
    suspicion = np.where(rng.random((rows, columns)) < 0.3, rng.random((rows, columns)), 0)
    ranking = ranked(suspicion)
    evidence = [field.evidence for field in ranking.fields]
    assert evidence == sorted(evidence, reverse=True) and all(value > 0 for value in evidence)
    assert sum(field.cells for field in ranking.fields) <= (suspicion >= MIN_SUSPICION).sum()
    peaks = [divmod(field.peak_cell, columns) for field in ranking.fields]
    assert len(set(peaks)) == len(peaks)
    for field, (row, column) in zip(ranking.fields, peaks, strict=True):
        assert abs(field.score - suspicion[row, column]) < 1e-6 and field.score >= MIN_SUSPICION
        assert max(field.rect.width, field.rect.height) <= 100 * MAX_FIELD_CELLS


def test_the_summary_counts_states_and_most_likely_classes():
    states = np.array([[2, 2, 2], [1, 3, 4], [0, 0, 2]], np.uint8)
    probabilities = np.zeros((3, 3, 4), np.float32)
    for cell, top in (((0, 0), 0), ((0, 1), 2), ((0, 2), 3), ((2, 2), 1)):
        probabilities[(*cell, top)] = 1.0
    summary = summarise(states, probabilities, CLASSES, may_rank=True)
    assert (summary.tiles_scored, summary.background, summary.out_of_focus) == (4, 1, 1)
    assert (summary.failed, summary.pending) == (1, 2)
    assert [(c.key, c.count, c.share) for c in summary.per_class] == [(k, 1, 0.25) for k in "abcd"]
    assert summary.suspicious_share == 0.5
    assert summarise(states, probabilities, CLASSES, may_rank=False).suspicious_share is None
    empty = summarise(np.zeros((2, 2), np.uint8), np.zeros((2, 2, 4), np.float32), CLASSES, may_rank=True)
    assert empty.tiles_scored == 0 and empty.suspicious_share == 0

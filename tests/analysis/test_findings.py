"""Ranked fields and the summary."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.findings import FIELD_REACH_CELLS, MIN_SUSPICION, rank_fields, summarise
from app.records.scores import CellState, GridSpec
from kd.bundle import ClassInfo

CLASSES = tuple(ClassInfo(key, key.title(), "#123456", "", key in "cd") for key in "abcd")
SUSPICIOUS = (2, 3)


def scores_of(suspicion):
    """States and probabilities of a map whose class c has this probability."""
    suspicion = np.asarray(suspicion, np.float32)
    probabilities = np.zeros((*suspicion.shape, 4), np.float32)
    probabilities[..., 2] = suspicion
    probabilities[..., 0] = 1 - suspicion
    return np.full(suspicion.shape, CellState.SCORED, np.uint8), probabilities


def test_neighbouring_suspicious_tiles_are_one_field():
    suspicion = np.zeros((20, 20))
    suspicion[4:7, 5:7] = 0.8
    suspicion[5, 5] = 0.9
    suspicion[15, 15] = 0.95
    suspicion[10, 2] = MIN_SUSPICION - 0.01
    fields = rank_fields(GridSpec(20, 20, 100.0, 90.0), *scores_of(suspicion), SUSPICIOUS, 10)
    assert [(f.cells, f.peak_cell, f.class_index) for f in fields] == [(1, 315, 2), (6, 105, 2)]
    rect = fields[1].rect
    assert (rect.x, rect.y, rect.right, rect.bottom) == (450, 360, 640, 640)


def test_only_scored_tiles_and_suspicious_classes_count():
    states, probabilities = scores_of([[0.9, 0.9, 0.9]])
    states[0, 0], states[0, 1] = CellState.OUT_OF_FOCUS, CellState.PENDING
    grid = GridSpec(3, 1, 10.0, 10.0)
    assert [f.cells for f in rank_fields(grid, states, probabilities, SUSPICIOUS, 5)] == [1]
    assert rank_fields(grid, states, probabilities, (), 5) == []
    assert rank_fields(grid, states, probabilities, (1,), 5) == []


def test_several_suspicious_classes_add_up():
    probabilities = np.array([[[0.3, 0.1, 0.25, 0.35]]], np.float32)
    (field,) = rank_fields(GridSpec(1, 1, 1.0, 1.0), np.full((1, 1), 2, np.uint8), probabilities, SUSPICIOUS, 5)
    assert abs(field.score - 0.6) < 1e-6 and field.class_index == 3


def test_of_nearly_equal_peaks_the_larger_field_is_first_whatever_the_limit():
    suspicion = np.zeros((1, 30))
    suspicion[0, 2] = 0.9999
    suspicion[0, 20:23] = 0.9998
    states, probabilities = scores_of(suspicion)
    grid = GridSpec(30, 1, 1.0, 1.0)
    all_fields = rank_fields(grid, states, probabilities, SUSPICIOUS, 10)
    assert [f.cells for f in all_fields] == [3, 1]
    assert rank_fields(grid, states, probabilities, SUSPICIOUS, 1) == all_fields[:1]


@given(st.integers(1, 25), st.integers(1, 25), st.integers(0, 2**31), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_fields_are_apart_sorted_and_leave_no_higher_peak_out(rows, columns, seed, limit):
    rng = np.random.default_rng(seed)
    suspicion = np.where(rng.random((rows, columns)) < 0.3, rng.random((rows, columns)), 0)
    states, probabilities = scores_of(suspicion)
    fields = rank_fields(GridSpec(columns, rows, 1.0, 1.0), states, probabilities, SUSPICIOUS, limit)
    assert len(fields) <= limit
    assert all(a.score >= b.score - 1e-3 for a, b in itertools.pairwise(fields))
    peaks = [divmod(f.peak_cell, columns) for f in fields]
    for i, a in enumerate(peaks):
        assert abs(fields[i].score - probabilities[a][2]) < 1e-6
        for b in peaks[:i]:
            assert max(abs(a[0] - b[0]), abs(a[1] - b[1])) > FIELD_REACH_CELLS
    if (suspicion >= MIN_SUSPICION).any():
        assert abs(fields[0].score - probabilities[..., 2].max()) < 1e-3
    else:
        assert fields == []


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

"""What counts as looked at: rest, change, breaks; and that no second is counted twice or invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geometry import RectPx
from app.records.coverage import quad_of_rect
from app.session.dwell import BREAK_S, REPORT_S, REST_S, DwellClock, Field

HERE = Field(quad_of_rect(RectPx(0, 0, 100, 100)), 20.0)
THERE = Field(quad_of_rect(RectPx(500, 0, 100, 100)), 20.0)


def seconds(views):
    return sum(view.seconds for view in views)


def test_passing_by_does_not_count():
    clock = DwellClock()
    views = clock.update(0.0, HERE) + clock.update(REST_S * 0.9, THERE) + clock.update(REST_S * 1.8, None)
    assert views == []


def test_a_rest_counts_at_once_then_once_a_second_and_at_its_end():
    clock = DwellClock()
    told = {n / 8: clock.update(n / 8, HERE) for n in range(20)}
    assert [at for at, views in told.items() if views] == [0.375, 1.375, 2.375]
    end = clock.update(2.5, None)
    assert seconds([view for views in told.values() for view in views] + end) == pytest.approx(2.5)
    assert all(view.corners == HERE.corners and view.magnification == 20.0 for view in end)


def test_time_in_which_the_machine_slept_is_not_counted():
    clock = DwellClock()
    views = clock.update(0.0, HERE) + clock.update(0.5, HERE) + clock.update(1000.0, HERE)
    assert seconds(views) == pytest.approx(0.5)
    assert clock.update(1000.0 + REST_S / 2, HERE) == [], "the rest begins anew"


# Sums of steps round, so a step of exactly BREAK_S may come out as a longer silence.
AWAKE_S = BREAK_S - 1e-6


@given(st.lists(st.tuples(st.floats(0.01, AWAKE_S), st.sampled_from([None, HERE, THERE])), max_size=60))
def test_seconds_of_a_stay_add_up_to_its_length(steps):
    clock, now, views = DwellClock(), 0.0, []
    stays, current = [], None
    for gap, field in steps:
        now += gap
        views += clock.update(now, field)
        if current is None or current[0] != field:
            current = [field, now, now]
            stays.append(current)
        current[2] = now
    views += clock.update(now + REPORT_S, None)
    if current is not None:
        current[2] = now + REPORT_S
    for n, stay in enumerate(stays[:-1]):
        stay[2] = stays[n + 1][1]
    for field in (HERE, THERE):
        lengths = [end - start for kind, start, end in stays if kind == field]
        expected = sum(length for length in lengths if length >= REST_S)
        slack = sum(length for length in lengths if abs(length - REST_S) < 1e-9)
        assert seconds([v for v in views if v.corners == field.corners]) == pytest.approx(expected, abs=slack + 1e-6)

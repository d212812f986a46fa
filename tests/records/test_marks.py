"""Marks as values: changing one makes a later one."""

from app.records.marks import changed, new_mark
from app.records.shapes import point
from app.records.times import utc_after, utc_now


def test_a_change_is_always_later_than_what_it_changed():
    mark = new_mark("a" * 64, point(0, 0), note="first")
    stamps = [mark.modified_utc]
    for _ in range(50):
        mark = changed(mark, note="next")
        stamps.append(mark.modified_utc)
    assert stamps == sorted(set(stamps))
    assert mark.created_utc == stamps[0]


def test_stamps_of_other_programs_are_replaced_by_now():
    before = utc_now()
    assert before <= utc_after("yesterday") <= utc_now()
    assert utc_after("2999-01-01T00:00:00Z") == "2999-01-01T00:00:00.001Z"


def test_copies_on_two_slides_have_keys_of_their_own():
    mark = new_mark("a" * 64, point(0, 0))
    assert mark.key != changed(mark, slide="b" * 64).key
    assert mark.uuid != new_mark("a" * 64, point(0, 0)).uuid

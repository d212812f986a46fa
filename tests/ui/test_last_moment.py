"""What is done in the last moment before a slide is closed is in its case all the same."""

import threading

import pytest
from PySide6.QtCore import QThreadPool
from PySide6.QtTest import QTest

from app.case.case_opening import open_case
from app.geometry import PointPx, RectPx
from app.records.marks import new_mark
from app.records.shapes import rectangle
from app.ui.background import run_in_background, wait_for_background

PATIENCE_MS = 60_000


@pytest.fixture
def opened(open_window, slide_path, qtbot):
    """A window in front, with a slide and its case."""
    window = open_window(slide_path, model=None)
    window.activateWindow()
    qtbot.waitUntil(lambda: window.case.store is not None and window.isActiveWindow(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.marking.marks.is_loading, timeout=PATIENCE_MS)
    return window


def close_slide(window, qtbot):
    """Close it by the menu, and read its case from the disk."""
    folder, slide = window.case.store.folder, window.case.slide
    window.actions_["close_slide"].trigger()
    assert window.case.store is None
    assert window.case.wait_until_closed(PATIENCE_MS / 1000) and wait_for_background(20_000)
    return open_case(folder, read_only=True), slide


def seconds_seen(store, slide) -> float:
    return float(store.coverage(slide).dwell_s(20.0).max())


def test_the_last_second_on_a_field_counts(opened, qtbot):
    store, slide = opened.case.store, opened.case.slide
    opened.stage.view.center_on(PointPx(700, 700), 20.0)
    qtbot.waitUntil(lambda: seconds_seen(store, slide) > 0, timeout=PATIENCE_MS)
    qtbot.wait(400)
    before = seconds_seen(store, slide)
    kept, slide = close_slide(opened, qtbot)
    assert seconds_seen(kept, slide) > before
    kept.close()


def test_a_field_that_is_still_being_judged_counts(opened, qtbot):
    view, store, slide = opened.stage.view, opened.case.store, opened.case.slide
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    go_on = threading.Event()
    for _ in range(QThreadPool.globalInstance().maxThreadCount()):
        run_in_background(lambda _token: go_on.wait(PATIENCE_MS / 1000))
    view.center_on(PointPx(700, 700), 20.0)
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    qtbot.wait(900)
    assert seconds_seen(store, slide) == 0
    threading.Timer(0.2, go_on.set).start()
    kept, slide = close_slide(opened, qtbot)
    assert seconds_seen(kept, slide) > 0.3
    kept.close()


def test_what_is_being_typed_is_kept(opened, qtbot):
    form, fields = opened.sheet.panel.form, opened.sheet.panel.fields
    opened.sheet.go_to_sheet()
    fields["site"].setFocus()
    QTest.keyClicks(fields["site"], "left lobe")
    # Without the focus moving, which would keep it too.
    form.comment.insertPlainText("to the last letter")
    kept, _slide = close_slide(opened, qtbot)
    assert (kept.sheet.comment, kept.specimen.site) == ("to the last letter", "left lobe")
    kept.close()


def test_a_note_that_is_being_typed_is_kept(opened, qtbot):
    mark = new_mark(opened.case.slide, rectangle(RectPx(10, 10, 100, 100)))
    opened.case.edit("Draw rectangle", put=[mark])
    opened.marking.marks.select([mark.uuid])
    QTest.keyClicks(opened.docks.marks.note, "a groove")
    kept, slide = close_slide(opened, qtbot)
    assert [mark.note for mark in kept.marks(slide)] == ["a groove"]
    kept.close()


def test_where_the_view_was_when_it_closed_is_remembered(opened, qtbot):
    opened.stage.view.center_on(PointPx(900, 400), 20.0)
    kept, slide = close_slide(opened, qtbot)
    assert (kept.place(slide).center.x, kept.place(slide).center.y) == pytest.approx((900, 400), abs=1)
    kept.close()


def test_an_edit_of_thousands_of_marks_is_done_before_the_case_is_given_back(opened, qtbot):
    slide = opened.case.slide
    marks = [new_mark(slide, rectangle(RectPx(n % 100, n // 100, 5, 5))) for n in range(6000)]
    opened.case.edit("Import", put=marks)
    qtbot.waitUntil(lambda: len(opened.marking.marks.index) == 6000, timeout=PATIENCE_MS)
    opened.actions_["select_all_marks"].trigger()
    busy = threading.Event()
    opened.case.in_turn(lambda _token: busy.wait(PATIENCE_MS / 1000))
    opened.marking.marks.set_note("Note", "all of them")
    threading.Timer(0.2, busy.set).start()
    kept, slide = close_slide(opened, qtbot)
    assert {mark.note for mark in kept.marks(slide)} == {"all of them"}
    kept.close()

"""The sheet, worked with keys alone, and what of it is there after closing and opening again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.geometry import PointPx
from app.records.bethesda import CATEGORIES, BethesdaCategory
from app.records.specimen import AdequateAnyway
from app.ui.sheet.choice_list import MARK_ROLE, RIGHT_ROLE

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
PATIENCE_MS = 60_000


def press(key, modifiers=Qt.KeyboardModifier.NoModifier):
    """A key for whatever has the focus."""
    QTest.keyClick(QApplication.focusWidget() or QApplication.activeWindow(), key, modifiers)


def write(text: str):
    QTest.keyClicks(QApplication.focusWidget(), text)


def open_with_case(open_window, qtbot, slide_path, **kwargs):
    window = open_window(slide_path, **kwargs)
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    window.activateWindow()
    window.stage.view.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.stage.view)
    return window


def count(window, cells: str):
    """G, digits, Enter on the slide."""
    press(Qt.Key.Key_G)
    assert QApplication.focusWidget().objectName() == "countEdit"
    write(cells)
    press(Qt.Key.Key_Return)
    assert QApplication.focusWidget() is window.stage.view


def test_a_sheet_is_filled_in_by_keys_alone_and_is_there_again(open_window, qtbot, slide_path):
    window = open_with_case(open_window, qtbot, slide_path, model=None)
    window.stage.view.center_on(PointPx(700, 600), 20.0)
    for cells in ("12", "9", "30"):
        count(window, cells)
        press(Qt.Key.Key_Right)
    store, panel = window.case.store, window.sheet.panel
    assert [group.cells for group in store.groups()] == [12, 9, 30]
    assert store.groups()[0].at.x < store.groups()[2].at.x, "each lies where the view was"
    assert panel.groups_box.counter.text() == "2 of 6 groups of at least 10 cells"
    assert "4 more groups" in panel.groups_box.verdict.text()

    press(Qt.Key.Key_J, CTRL)
    assert QApplication.focusWidget() is panel.form.category.list
    press(Qt.Key.Key_Down)
    assert store.sheet.category is None, "moving chooses nothing"
    press(Qt.Key.Key_5)
    assert store.sheet.category is BethesdaCategory.SUSPICIOUS
    press(Qt.Key.Key_3, CTRL)
    assert store.sheet.category is BethesdaCategory.AUS
    press(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is panel.form.category.subtype
    press(Qt.Key.Key_Down)
    assert store.sheet.subtype == "nuclear"
    press(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is panel.form.checklist.list
    press(Qt.Key.Key_Plus)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Minus)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Space)
    press(Qt.Key.Key_Space)
    press(Qt.Key.Key_Space)
    assert store.sheet.checklist == {"enlargement": True, "irregular_contour": False}
    press(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is panel.form.comment
    write("Grooves in 2 groups.")
    qtbot.waitUntil(lambda: store.sheet.comment == "Grooves in 2 groups.")
    assert window.stage.view.magnification == 20.0, "digits and letters stayed in the sheet"

    window.close()
    again = open_with_case(open_window, qtbot, slide_path, model=None)
    sheet, panel = again.case.store.sheet, again.sheet.panel
    assert (sheet.category, sheet.subtype) == (BethesdaCategory.AUS, "nuclear")
    assert sheet.comment == panel.form.comment.toPlainText() == "Grooves in 2 groups."
    assert panel.form.checklist.list.mark(0) == "yes" and panel.form.checklist.list.mark(1) == "no"
    assert panel.form.category.list.mark(2) == "on"
    assert panel.groups_box.list.topLevelItemCount() == 3
    assert panel.groups_box.counter.text() == "2 of 6 groups of at least 10 cells"


def test_groups_are_edited_deleted_and_undone_by_keys(open_window, qtbot, slide_path):
    window = open_with_case(open_window, qtbot, slide_path, model=None)
    for cells in ("12", "9"):
        count(window, cells)
    store, box = window.case.store, window.sheet.panel.groups_box
    window.sheet.go_to_sheet()
    box.list.setFocus()
    box.list.setCurrentItem(box.list.topLevelItem(1))
    press(Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not box.list)
    QApplication.focusWidget().selectAll()
    write("15")
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sorted(group.cells for group in store.groups()) == [12, 15])
    box.list.setFocus()
    press(Qt.Key.Key_Delete)
    assert [group.cells for group in store.groups()] == [12]
    press(Qt.Key.Key_Z, CTRL)
    assert sorted(group.cells for group in store.groups()) == [12, 15]
    assert box.counter.text().startswith("2 of 6")
    window.stage.view.center_on(PointPx(100, 100), 10.0)
    press(Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    assert abs(window.stage.view.transform.center.x - store.groups()[0].at.x) < 2


def test_case_site_and_reader_are_kept_and_the_reader_is_known_in_the_next_case(
    open_window, qtbot, slide_path, unscaled_path
):
    window = open_with_case(open_window, qtbot, slide_path, model=None)
    for name, text in (("title", "A-17 \u738b\u5c0f\u660e"), ("site", "Left lobe"), ("reader", "Dr. Wu")):
        window.sheet.panel.fields[name].setFocus()
        window.sheet.panel.fields[name].clear()
        # As an input method does; QTest types ASCII only.
        window.sheet.panel.fields[name].insert(text)
        press(Qt.Key.Key_Return)
    specimen = window.case.store.specimen
    assert (specimen.title, specimen.site, specimen.reader) == ("A-17 \u738b\u5c0f\u660e", "Left lobe", "Dr. Wu")
    window.close()
    again = open_with_case(open_window, qtbot, slide_path, model=None)
    assert again.sheet.panel.fields["title"].text() == "A-17 \u738b\u5c0f\u660e"
    again.close()
    other = open_with_case(open_window, qtbot, unscaled_path, model=None)
    assert (other.case.store.specimen.title, other.case.store.specimen.reader) == ("", "Dr. Wu")


def test_counting_is_given_up_by_escape_and_takes_digits_only(open_window, qtbot, slide_path):
    window = open_with_case(open_window, qtbot, slide_path, model=None)
    press(Qt.Key.Key_G)
    write("x0-g")
    assert QApplication.focusWidget().text() == ""
    press(Qt.Key.Key_Escape)
    assert window.case.store.groups() == [] and QApplication.focusWidget() is window.stage.view


def test_adequate_anyway_because_of_colloid(open_window, qtbot, slide_path):
    window = open_with_case(open_window, qtbot, slide_path, model=None)
    anyway = window.sheet.panel.form.anyway
    window.sheet.go_to_sheet()
    anyway.setFocus()
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down)
    assert window.case.store.sheet.adequate_anyway is AdequateAnyway.COLLOID
    assert window.sheet.panel.groups_box.verdict.text() == "Adequate anyway because of abundant colloid"
    window.case.undo()
    window.case.undo()
    assert anyway.currentData() == AdequateAnyway.NO


def test_each_category_shows_its_own_published_risk(open_window):
    rows = open_window().sheet.panel.form.category.list
    for row, facts in enumerate(CATEGORIES.values()):
        risk = f"{facts.rom_mean} % ({facts.rom_low}\N{EN DASH}{facts.rom_high})"
        assert rows.item(row).data(RIGHT_ROLE) == risk and facts.name in rows.item(row).text()
    assert rows.item(0).data(MARK_ROLE) == "off"


def test_proposed_groups_are_places_to_look_at_and_count_nothing(open_window, qtbot, slide_path):
    window = open_with_case(open_window, qtbot, slide_path, model=None)
    press(Qt.Key.Key_G, CTRL)
    groups = window.sheet.groups
    qtbot.waitUntil(lambda: bool(groups.proposals), timeout=PATIENCE_MS)
    shown = groups.proposals[-1]
    assert shown.contains(window.stage.view.transform.center), "the view went to the one that was shown"
    assert window.case.store.groups() == []
    before = len(groups.proposals)
    count(window, "20")
    assert len(groups.proposals) == before - 1, "what was counted is proposed no more"
    assert [group.cells for group in window.case.store.groups()] == [20]
    press(Qt.Key.Key_G, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert groups.proposals == []


def test_a_comment_that_is_being_typed_when_the_window_closes_is_kept(open_window, qtbot, slide_path):
    window = open_with_case(open_window, qtbot, slide_path, model=None)
    window.sheet.go_to_sheet()
    window.sheet.panel.form.comment.setFocus()
    write("Typed to the last moment")
    assert window.case.store.sheet.comment == ""
    window.close()
    again = open_with_case(open_window, qtbot, slide_path, model=None)
    assert again.case.store.sheet.comment == "Typed to the last moment"

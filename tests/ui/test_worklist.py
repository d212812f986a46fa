"""The worklist in the window: a folder is listed, opened from, scored, and remembered."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.session.worklist_item import WorkState
from app.ui.main_window import MainWindow
from app.ui.worklist.model import IMAGE_ROLE, OPEN_ROLE, Order
from kd.bundle import ClassInfo
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide

PATIENCE_MS = 180_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("folder ä")
    (place / "deeper").mkdir()
    for number, name in enumerate(("a.tif", "b.tif", "deeper/c.tif")):
        cells = [(150 * i + 60, 200 + 90 * number, RED if number == 1 else BLUE) for i in range(6)]
        write_slide(place / name, draw(1024, 1024, cells))
    return place


@pytest.fixture
def listed(open_window, folder, qtbot):
    """A window that shows the folder's slides."""
    window = open_window()
    window.settings.auto_start = False
    window.actions_["open_folder"].trigger()
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(folder))
    dialog.reject()
    qtbot.waitUntil(lambda: window.worklist.model.rowCount() == 3, timeout=PATIENCE_MS)
    return window


def items(model):
    return [model.item(row) for row in range(model.rowCount())]


def states(window) -> list[WorkState]:
    model = window.worklist.model
    return [model.item(row).state for row in range(model.rowCount())]


def test_slides_are_listed_opened_by_key_and_stepped_through(listed, folder, qtbot):
    model, view = listed.worklist.model, listed.docks.worklist.view
    assert listed.docks.left_tabs.currentWidget() is listed.docks.worklist
    qtbot.waitUntil(lambda: all(model.item(row).fingerprint for row in range(3)), timeout=PATIENCE_MS)
    assert states(listed) == [WorkState.NEW] * 3
    qtbot.waitUntil(lambda: model.index(0).data(IMAGE_ROLE) is not None, timeout=PATIENCE_MS)

    view.setCurrentIndex(model.index(1))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: listed.specimen.session is not None, timeout=PATIENCE_MS)
    assert listed.specimen.session.slide.info.path == folder / "b.tif"
    assert [bool(model.index(row).data(OPEN_ROLE)) for row in range(3)] == [False, True, False]
    qtbot.waitUntil(lambda: states(listed)[1] is WorkState.IN_PROGRESS, timeout=PATIENCE_MS)
    listed.actions_["human_first"].trigger()
    listed.settings.human_first = False

    def only_that_case_is_read_without_the_model() -> bool:
        # The list is also read again because of the first switch; the last answer counts.
        listed.worklist.refresh([folder / "a.tif", folder / "b.tif"])
        return model.item(1).hidden and not model.item(0).hidden

    qtbot.waitUntil(only_that_case_is_read_without_the_model, timeout=PATIENCE_MS)

    beside = listed.docks.worklist.menu_of(folder / "a.tif").actions()[1]
    assert beside.isEnabled()
    beside.trigger()
    qtbot.waitUntil(lambda: listed.beside.current is not None, timeout=PATIENCE_MS)
    assert listed.beside.current.request.slide_path == folder / "a.tif"

    listed.actions_["next_slide"].trigger()
    last = folder / "deeper" / "c.tif"
    qtbot.waitUntil(lambda: listed.specimen.session.slide.info.path == last, timeout=PATIENCE_MS)
    listed.actions_["next_slide"].trigger()
    assert "last slide" in listed.status.currentMessage()
    assert not listed.specimen.is_opening


def test_slides_are_ordered_by_state_suspicion_and_case(listed, folder, qtbot):
    model, view, order = listed.worklist.model, listed.docks.worklist.view, listed.docks.worklist.order
    qtbot.waitUntil(lambda: all(item.fingerprint for item in items(model)), timeout=PATIENCE_MS)
    a, b, c = (model.item(row) for row in range(3))
    listed.worklist._timer.stop()
    view.setCurrentIndex(model.index(2))
    red = ClassInfo("red", "Red", "#ff0000", "", True)
    model.put(replace(a, state=WorkState.REPORTED, case_title="B 2", top_class=red, top_probability=0.6))
    model.put(replace(c, state=WorkState.IN_PROGRESS, case_title="a 1", top_class=red, top_probability=0.9))

    def names(chosen: Order) -> str:
        order.setCurrentIndex(order.findData(chosen))
        order.activated.emit(order.currentIndex())
        assert view.currentIndex().row() == model.row_of(c.path), "the selected slide stays selected"
        return "".join(item.path.stem for item in items(model))

    assert names(Order.STATE) == "cba"
    assert names(Order.CASE) == "cab"
    assert names(Order.SUSPICION) == "cab"
    model.put(replace(a, top_class=red, top_probability=0.95))
    assert "".join(item.path.stem for item in items(model)) == "acb", "what is found out later is put in its place"
    assert names(Order.NAME) == "abc"
    assert listed.docks.worklist.order.toolTip() and b.path in model.paths


def test_a_reader_who_comes_first_learns_nothing_from_what_is_in_the_list_or_still_on_its_way(listed, qtbot):
    model, desk = listed.worklist.model, listed.worklist
    qtbot.waitUntil(lambda: all(item.fingerprint for item in items(model)), timeout=PATIENCE_MS)
    desk._timer.stop()
    red = ClassInfo("red", "Red", "#ff0000", "", True)
    scored = replace(model.item(1), complete=True, may_rank=True, top_class=red, top_probability=0.9)
    model.put(scored)
    listed.actions_["human_first"].trigger()
    qtbot.waitUntil(lambda: all(item.hidden for item in items(model)), timeout=PATIENCE_MS)
    assert model.item(1).top_class is None
    desk._take(scored, listed.bundle_path)
    assert model.item(1).hidden and model.item(1).top_class is None, "found out before the switch, told after it"
    qtbot.waitUntil(lambda: desk._looking is None, timeout=PATIENCE_MS)
    assert all(item.hidden for item in items(model)), "looked up again, and hidden still"
    listed.actions_["human_first"].trigger()
    qtbot.waitUntil(lambda: not any(item.hidden for item in items(model)), timeout=PATIENCE_MS)


def test_the_way_through_the_list_does_not_change_with_the_states_of_its_slides(listed, folder, qtbot):
    model, order = listed.worklist.model, listed.docks.worklist.order
    qtbot.waitUntil(lambda: all(item.fingerprint for item in items(model)), timeout=PATIENCE_MS)
    listed.worklist._timer.stop()
    order.setCurrentIndex(order.findData(Order.STATE))
    order.activated.emit(order.currentIndex())

    def is_open(name: str) -> bool:
        session = listed.specimen.session
        return session is not None and session.slide.info.path.name == name

    listed.open_path(folder / "a.tif")
    qtbot.waitUntil(lambda: is_open("a.tif"), timeout=PATIENCE_MS)
    for done, following in (("a.tif", "b.tif"), ("b.tif", "c.tif")):
        path = folder / done
        model.put(replace(model.item(model.row_of(path)), state=WorkState.REPORTED))
        assert model.row_of(path) > 0, "what is reported goes down the list"
        listed.actions_["next_slide"].trigger()
        qtbot.waitUntil(lambda name=following: is_open(name), timeout=PATIENCE_MS)
    listed.actions_["next_slide"].trigger()
    assert "last slide of the list" in listed.status.currentMessage()
    order.setCurrentIndex(order.findData(Order.NAME))
    order.activated.emit(order.currentIndex())
    listed.actions_["previous_slide"].trigger()
    qtbot.waitUntil(lambda: is_open("b.tif"), timeout=PATIENCE_MS)


def test_another_model_leaves_nothing_of_what_the_former_one_said(listed, tmp_path, qtbot):
    model, desk = listed.worklist.model, listed.worklist
    qtbot.waitUntil(lambda: all(item.fingerprint for item in items(model)), timeout=PATIENCE_MS)
    desk._timer.stop()
    red = ClassInfo("red", "Red", "#ff0000", "", True)
    scored = replace(model.item(1), state=WorkState.SCORED, complete=True, top_class=red, top_probability=0.9)
    model.put(scored)
    former = listed.bundle_path
    listed.use_bundle(make_bundle(tmp_path, "another").path)
    assert states(listed) == [WorkState.NEW] * 3 and model.item(1).top_class is None
    desk._take(scored, former)
    assert model.item(1).top_class is None, "an answer that was still on its way"
    qtbot.waitUntil(lambda: desk._looking is None, timeout=PATIENCE_MS)
    assert states(listed) == [WorkState.NEW] * 3


def test_the_window_is_asked_on_its_own_thread_only(open_window, folder, qtbot, monkeypatch):
    asked = set()
    settled = MainWindow.bundle_path.fget

    def bundle_path(window):
        asked.add(threading.current_thread())
        return settled(window)

    window = open_window()
    monkeypatch.setattr(MainWindow, "bundle_path", property(bundle_path))
    window.worklist.open_folder(folder)
    model = window.worklist.model
    qtbot.waitUntil(
        lambda: model.rowCount() == 3 and all(item.fingerprint for item in items(model)), timeout=PATIENCE_MS
    )
    assert asked == {threading.main_thread()}


def test_subfolders_can_be_left_out_and_the_folder_is_remembered(listed, folder, open_window, qtbot):
    listed.docks.worklist.recursive.click()
    qtbot.waitUntil(lambda: listed.worklist.model.rowCount() == 2, timeout=PATIENCE_MS)
    listed.close()
    later = open_window()
    assert later.worklist.model.rowCount() == 0, "read when it is looked at"
    later.docks.show_worklist()
    qtbot.waitUntil(lambda: later.worklist.model.rowCount() == 2, timeout=PATIENCE_MS)
    assert not later.docks.worklist.recursive.isChecked()


def test_the_folder_is_scored_in_the_background_and_goes_on_after_a_kill(listed, open_window, qtbot):
    panel = listed.docks.worklist
    qtbot.mouseClick(panel.score_button, Qt.MouseButton.LeftButton)
    assert listed.settings.worklist_scoring, "a killed program knows at its next start"
    assert panel.cancel_button.isVisible()
    qtbot.waitUntil(lambda: states(listed) == [WorkState.SCORED] * 3, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not listed.settings.worklist_scoring, timeout=PATIENCE_MS)
    model = listed.worklist.model
    assert [model.item(row).top_class is not None for row in range(3)] == [False, True, False]

    listed.actions_["human_first"].trigger()
    qtbot.waitUntil(lambda: all(model.item(row).hidden for row in range(3)), timeout=PATIENCE_MS)
    assert model.item(1).top_class is None, "a reader who decides first learns nothing from the list"

    listed.settings.worklist_scoring = True
    listed.close()
    later = open_window()
    later.docks.show_worklist()
    qtbot.waitUntil(lambda: "interrupted" in later.docks.worklist._scoring_text.text(), timeout=PATIENCE_MS)
    assert "Go on" in later.docks.worklist.score_button.text()


def test_a_folder_that_is_gone_is_told_in_words(open_window, tmp_path, qtbot):
    window = open_window()
    window.worklist.open_folder(tmp_path / "gone")
    qtbot.waitUntil(lambda: "gone" in window.docks.worklist._message.text(), timeout=PATIENCE_MS)
    assert window.worklist.model.rowCount() == 0

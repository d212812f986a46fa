"""The case of the slide on screen: made, reopened, locked, damaged, lost, moved. What the user is told of it."""

import gc
import shutil
import sqlite3
import threading
import weakref
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.case.case_database import FILE_NAME
from app.geometry import PointPx, RectPx
from app.records.marks import new_mark
from app.records.shapes import rectangle
from app.ui.background import wait_for_background

PATIENCE_MS = 180_000


@pytest.fixture
def open_case_window(open_window, slide_path, qtbot):
    """Opens a window without a model and waits for the case of its slide."""

    def open_one(slide=slide_path):
        window = open_window(slide, model=None)
        qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
        return window

    return open_one


def mark_something(window, note="here"):
    mark = new_mark(window.case.slide, rectangle(RectPx(10, 10, 100, 100)), note=note)
    assert window.case.edit("Draw rectangle", put=[mark]) is not None
    return mark


def leave(window):
    window.close()
    assert wait_for_background(20_000)


def notes(window):
    return [mark.note for mark in window.case.store.marks(window.case.slide)]


def click(window, text):
    for box in window.findChildren(QMessageBox):
        for button in box.buttons():
            if button.text() == text:
                button.click()
                return
    raise AssertionError(f"no button {text!r}")


def press_banner(window, key):
    window.banners._own[key][2][1]()


def choose_folder(window, folder):
    dialog = window.findChild(QFileDialog, "caseFolderDialog")
    dialog.fileSelected.emit(str(folder))
    dialog.reject()


def cases(window):
    return sorted(p.parent for p in (window.paths.data_dir / "cases").glob(f"*/{FILE_NAME}"))


def test_a_slide_gets_one_case_and_finds_it_and_its_place_again(open_case_window, qtbot):
    window = open_case_window()
    mark_something(window)
    view = window.stage.view
    view.rotate_to(30)
    view.center_on(PointPx(700, 600), 20.0)
    shown = view.transform
    qtbot.waitUntil(lambda: _place_is(window, shown.center), timeout=PATIENCE_MS)
    leave(window)

    again = open_case_window()
    assert len(cases(again)) == 1
    assert notes(again) == ["here"]
    transform = again.stage.view.transform
    assert (transform.center.x, transform.center.y) == pytest.approx((shown.center.x, shown.center.y), abs=1)
    assert (transform.scale, transform.rotation_deg) == pytest.approx((shown.scale, 30))


def _place_is(window, center):
    place = window.case.store.place(window.case.slide)
    return place is not None and abs(place.center.x - center.x) < 1 and place.rotation_deg == 30


def test_the_same_slide_opened_again_in_one_window_is_not_locked_by_itself(open_case_window, qtbot):
    window = open_case_window()
    mark_something(window)
    for _ in range(3):
        window.reopen()
    qtbot.waitUntil(lambda: not window.specimen.is_opening and window.case.store is not None, timeout=PATIENCE_MS)
    assert not window.case.read_only
    assert notes(window) == ["here"]


def test_two_slides_have_two_cases(open_case_window, unscaled_path, qtbot):
    window = open_case_window()
    mark_something(window)
    first = window.case.store
    window.open_path(unscaled_path)
    qtbot.waitUntil(lambda: window.case.store not in (None, first), timeout=PATIENCE_MS)
    assert notes(window) == []
    assert len(cases(window)) == 2


def test_a_second_window_reads_what_the_first_does_and_may_take_over(open_case_window, qtbot):
    first, second = open_case_window(), open_case_window()
    assert second.case.read_only
    assert any("open elsewhere" in text and "process" in text for text in second.banners.texts())
    second.case.edit("Draw rectangle", put=[new_mark(second.case.slide, rectangle(RectPx(0, 0, 5, 5)))])
    (box,) = second.findChildren(QMessageBox, "errorBox")
    assert "reading only" in box.text()
    box.close()
    mark_something(first)
    qtbot.waitUntil(lambda: notes(second) == ["here"], timeout=PATIENCE_MS)

    press_banner(second, "case-locked")
    click(second, "Take over")
    qtbot.waitUntil(lambda: second.case.store is not None and not second.case.read_only, timeout=PATIENCE_MS)
    assert not any("open elsewhere" in text for text in second.banners.texts())
    mark_something(second, "of the second")
    mark_something(first, "too late")
    qtbot.waitUntil(lambda: any("taken over" in text for text in first.banners.texts()), timeout=PATIENCE_MS)
    assert not first.close(), "a window with unsaved changes asks first"
    click(first, "Drop the changes")
    assert not first.isVisible()
    assert notes(second) == ["here", "of the second"]


def test_after_a_killed_session_the_user_is_told_that_all_is_there(open_case_window):
    window = open_case_window()
    mark_something(window)
    leave(window)
    (folder,) = cases(window)
    connection = sqlite3.connect(folder / FILE_NAME)
    import socket

    dead = (1, "token", socket.gethostname(), "somebody", 2**22 - 3, 1.0, "2026-01-01T00:00:00.000Z")
    connection.execute("INSERT INTO owner VALUES (?, ?, ?, ?, ?, ?, ?)", dead)
    connection.commit()
    connection.close()
    again = open_case_window()
    assert not again.case.read_only
    assert notes(again) == ["here"]
    assert any("ended unexpectedly" in text for text in again.banners.texts())
    press_banner(again, "case-recovered")
    assert not any("ended unexpectedly" in text for text in again.banners.texts())


def test_a_damaged_case_offers_its_backup(open_case_window, open_window, slide_path, qtbot):
    window = open_case_window()
    mark_something(window)
    leave(window)
    (folder,) = cases(window)
    assert list((folder / "backups").glob("case-*.sqlite"))
    (folder / FILE_NAME).write_bytes(b"SQLite format 3\x00" + b"\xff" * 8000)
    again = open_window(slide_path, model=None)
    qtbot.waitUntil(lambda: bool(again.case.problem), timeout=PATIENCE_MS)
    assert again.case.store is None
    press_banner(again, "case-problem")
    click(again, "Restore")
    qtbot.waitUntil(lambda: again.case.store is not None, timeout=PATIENCE_MS)
    assert notes(again) == ["here"]
    assert not any("marked or decided" in text for text in again.banners.texts())
    assert list(folder.glob("case.damaged-*"))


def test_a_folder_that_goes_away_is_told_and_the_case_saved_elsewhere(open_case_window, tmp_path, qtbot):
    window = open_case_window()
    mark_something(window)
    qtbot.waitUntil(lambda: window.case.store.unsaved == 0, timeout=PATIENCE_MS)
    folder = window.case.store.folder
    shutil.rmtree(folder)
    mark_something(window, "after the loss")
    qtbot.waitUntil(lambda: any("cannot be reached" in text for text in window.banners.texts()), timeout=PATIENCE_MS)
    press_banner(window, "case-save")
    choose_folder(window, tmp_path)
    qtbot.waitUntil(lambda: window.case.store.folder.parent == tmp_path, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.case.store.unsaved == 0, timeout=PATIENCE_MS)
    qtbot.waitUntil(
        lambda: not any("cannot be reached" in text for text in window.banners.texts()), timeout=PATIENCE_MS
    )
    leave(window)
    again = open_case_window()
    assert again.case.store.folder.parent == tmp_path
    assert notes(again) == ["here", "after the loss"]


def test_a_slide_that_is_closed_unsaved_is_asked_about_and_nothing_is_lost(open_case_window, tmp_path, qtbot):
    window = open_case_window()
    shutil.rmtree(window.case.store.folder)
    mark_something(window, "kept")
    store = window.case.store
    window.specimen.close()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox, "notSavedBox")), timeout=PATIENCE_MS)
    click(window, "Save elsewhere...")
    choose_folder(window, tmp_path)
    qtbot.waitUntil(lambda: store.folder.parent == tmp_path and store.unsaved == 0, timeout=PATIENCE_MS)
    assert wait_for_background(20_000)
    again = open_case_window()
    assert notes(again) == ["kept"]


def test_a_moved_slide_finds_its_case_and_a_moved_case_its_slide(open_case_window, slide_path, tmp_path, qtbot):
    original = tmp_path / "share" / "slide.tif"
    original.parent.mkdir()
    shutil.copy(slide_path, original)
    window = open_case_window(original)
    mark_something(window)
    folder = window.case.store.folder
    window.specimen.close()
    assert wait_for_background(20_000)
    moved = tmp_path / "archive" / "2026" / "slide.tif"
    moved.parent.mkdir(parents=True)
    original.rename(moved)

    window.open_path(moved)
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    assert notes(window) == ["here"]
    assert window.case.store.slides()[0].paths[0] == str(moved)
    window.specimen.close()
    assert wait_for_background(20_000)

    elsewhere = tmp_path / "stick" / "case"
    elsewhere.parent.mkdir()
    shutil.move(folder, elsewhere)
    window.case_choice.open_case(elsewhere)
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    assert window.case.store.folder == elsewhere
    assert notes(window) == ["here"]


def test_a_slide_that_is_gone_is_looked_for_where_the_user_says(open_case_window, slide_path, tmp_path, qtbot):
    original = tmp_path / "share" / "slide.tif"
    original.parent.mkdir()
    shutil.copy(slide_path, original)
    window = open_case_window(original)
    mark_something(window)
    window.specimen.close()
    assert wait_for_background(20_000)
    moved = tmp_path / "archive" / "deep" / "slide.tif"
    moved.parent.mkdir(parents=True)
    original.rename(moved)
    window.open_path(original)
    qtbot.waitUntil(lambda: any("is not where it was" in text for text in window.banners.texts()), timeout=PATIENCE_MS)
    press_banner(window, "slide-missing")
    choose_folder(window, tmp_path / "archive")
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    assert window.specimen.session.slide.info.path == moved
    assert notes(window) == ["here"]
    for box in window.findChildren(QMessageBox):
        box.close()


def test_another_case_for_the_slide_and_back(open_case_window, qtbot):
    from app.ui.dialogs.cases import CasesDialog

    window = open_case_window()
    mark_something(window)
    first = window.case.store
    window.case.use(new=True)
    qtbot.waitUntil(lambda: window.case.store not in (None, first), timeout=PATIENCE_MS)
    second = window.case.store
    assert notes(window) == []
    window.actions_["cases_of_slide"].trigger()
    qtbot.waitUntil(lambda: window.findChild(CasesDialog) is not None, timeout=PATIENCE_MS)
    dialog = window.findChild(CasesDialog)
    rows = [dialog.list.topLevelItem(row) for row in range(dialog.list.topLevelItemCount())]
    assert sorted(row.text(3) for row in rows) == ["0", "1"]
    dialog.list.setCurrentItem(next(row for row in rows if row.text(3) == "1"))
    dialog.open_button.click()
    qtbot.waitUntil(lambda: window.case.store not in (None, second), timeout=PATIENCE_MS)
    assert window.case.store.folder == first.folder
    assert notes(window) == ["here"]


def test_nothing_is_written_beside_the_slide(open_case_window, slide_path, tmp_path):
    share = tmp_path / "share"
    share.mkdir()
    shutil.copy(slide_path, share / "slide.tif")
    before = (share / "slide.tif").stat().st_mtime_ns
    share.chmod(0o555)
    window = open_case_window(share / "slide.tif")
    mark_something(window)
    leave(window)
    assert [p.name for p in share.iterdir()] == ["slide.tif"]
    assert (share / "slide.tif").stat().st_mtime_ns == before
    share.chmod(0o755)


def test_a_closed_case_and_its_session_are_freed_without_looking_for_cycles(open_window, qtbot, slide_path, large_path):
    window = open_window(slide_path, finished=True)
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    mark_something(window)
    store, session = weakref.ref(window.case.store), weakref.ref(window.specimen.session)
    gc.disable()
    try:
        window.open_path(large_path)
        qtbot.waitUntil(lambda: window.case.store not in (None, store()), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: store() is None and session() is None, timeout=PATIENCE_MS)
    finally:
        gc.enable()


def test_undo_does_not_overtake_a_change_of_many_that_is_under_way(open_case_window, qtbot, monkeypatch):
    window = open_case_window()
    mark, case, go_on, refused = mark_something(window), window.case, threading.Event(), []
    edit = case.store.edit

    def slowly(*arguments):
        go_on.wait(PATIENCE_MS / 1000)
        return edit(*arguments)

    monkeypatch.setattr(case.store, "edit", slowly)
    case.refused.connect(refused.append)
    case.edit_on_worker("Change note", put=[replace(mark, note="later")])
    assert case.undo() is None and case.redo() is None
    assert len(refused) == 2 and "still being made" in refused[0] and notes(window) == ["here"]
    for box in window.findChildren(QMessageBox, "errorBox"):
        box.close()
    go_on.set()
    qtbot.waitUntil(lambda: notes(window) == ["later"] and not case._editing, timeout=PATIENCE_MS)
    assert case.undo() is not None
    assert notes(window) == ["here"]

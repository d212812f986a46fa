"""Opening, replacing, refusing and cancelling, as a user does it."""

import json

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton

from app.ui.background import wait_for_background

PATIENCE_MS = 180_000


def slide_shown(window):
    session = window.specimen.session
    return session.slide.info.path if session else None


def test_a_window_without_a_slide_says_how_to_open_one(open_window):
    window = open_window()
    assert window.windowTitle() == "FNAScope"
    assert window.stack.currentWidget() is window.welcome
    assert not window.actions_["fit"].isEnabled()
    assert window.actions_["open"].isEnabled()
    assert not any(action.isEnabled() for action in window.actions_.magnifications.values())
    assert "tiny" in window.docks.analysis._model_name.text()
    assert "when a slide is opened" in window.docks.analysis._model_facts.text()


def test_a_slide_is_shown_with_its_facts(open_window, slide_path):
    window = open_window(slide_path)
    assert window.stack.currentWidget() is window.stage.view
    assert window.windowTitle() == f"{slide_path.name} - FNAScope"
    assert window.stage.view.magnification is not None
    facts = [window.docks.slide._form.itemAt(row).widget().text() for row in range(window.docks.slide._form.count())]
    assert any("2,048" in fact for fact in facts)
    assert any("0.2500" in fact for fact in facts)


def test_dialog(open_window, slide_path, qtbot):
    window = open_window()
    window.actions_["open"].trigger()
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(slide_path))
    dialog.reject()
    qtbot.waitUntil(lambda: slide_shown(window) == slide_path, timeout=PATIENCE_MS)


def test_drop(open_window, slide_path, qtbot):
    window = open_window()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(slide_path))])
    enter = QDragEnterEvent(
        QPoint(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    drop = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        QEvent.Type.Drop,
    )  # fmt: skip
    QApplication.sendEvent(window, drop)
    qtbot.waitUntil(lambda: slide_shown(window) == slide_path, timeout=PATIENCE_MS)


def test_recent_files_are_remembered_by_the_next_window(open_window, slide_path, unscaled_path, tmp_path, qtbot):
    window = open_window(slide_path)
    window.open_path(unscaled_path)
    qtbot.waitUntil(lambda: slide_shown(window) == unscaled_path, timeout=PATIENCE_MS)
    window.close()
    assert wait_for_background(20_000)
    stored = json.loads((tmp_path / "data" / "settings.json").read_text(encoding="utf-8"))
    assert stored["recent_files"] == [str(unscaled_path), str(slide_path)]

    later = open_window()
    entries = later.menus.recent.actions()
    assert unscaled_path.name in entries[0].text()
    assert slide_path.name in entries[1].text()
    entries[1].trigger()
    qtbot.waitUntil(lambda: slide_shown(later) == slide_path, timeout=PATIENCE_MS)


def test_a_second_slide_replaces_the_first_and_closes_it(open_window, slide_path, unscaled_path, qtbot):
    window = open_window(slide_path)
    first = window.specimen.session
    window.open_path(unscaled_path)
    qtbot.waitUntil(lambda: slide_shown(window) == unscaled_path, timeout=PATIENCE_MS)
    assert wait_for_background(20_000)
    assert first.progress.state != "running"
    try:
        from app.geometry import PixelRegion

        first.slide.read(PixelRegion(0, 0, 8, 8))
    except Exception as error:
        assert type(error).__name__ == "SlideError"
    else:
        raise AssertionError("the first slide is still open")


def test_a_file_that_is_no_slide_is_refused_in_a_sentence_and_the_former_slide_stays(
    open_window, slide_path, tmp_path, qtbot
):
    window = open_window(slide_path)
    bad = tmp_path / "broken.svs"
    bad.write_bytes(b"II*\x00\xff\xff\xff\xff" + b"\x00" * 64)
    window.open_path(bad)
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=PATIENCE_MS)
    (box,) = window.findChildren(QMessageBox)
    assert "broken.svs" in box.text()
    assert "Traceback" not in box.text()
    assert "\n" not in box.text().strip()
    box.findChild(QPushButton, "copyDetails").click()
    assert box.isVisible(), "copying keeps the box open"
    assert box.text() in QGuiApplication.clipboard().text()
    box.close()
    assert slide_shown(window) == slide_path
    assert str(bad) not in window.settings.recent_files


def test_hostile_files_leave_the_window_usable(open_window, shared_data, slide_path, qtbot):
    window = open_window()
    hostile = sorted(p for p in (shared_data / "hostile").rglob("*") if p.suffix in (".svs", ".tif", ".tiff"))[:3]
    assert hostile
    for path in hostile:
        window.open_path(path)
        qtbot.waitUntil(lambda: not window.specimen.is_opening, timeout=PATIENCE_MS)
        for box in window.findChildren(QMessageBox):
            box.close()
    window.open_path(slide_path)
    qtbot.waitUntil(lambda: slide_shown(window) == slide_path, timeout=PATIENCE_MS)


def test_opening_can_be_cancelled(open_window, slide_path, qtbot):
    window = open_window()
    window.open_path(slide_path)
    assert window.specimen.is_opening
    qtbot.waitUntil(lambda: window.opening_overlay.isVisible() or window.specimen.session is not None)
    if window.specimen.session is None:
        qtbot.mouseClick(window.opening_overlay.findChild(QPushButton, "cancelOpening"), Qt.MouseButton.LeftButton)
    else:  # quicker than the overlay appears: the same signal, without the button
        window.specimen.close()
    assert not window.specimen.is_opening
    assert not window.opening_overlay.isVisible()
    assert wait_for_background(20_000)
    QApplication.processEvents()
    assert window.specimen.session is None
    assert window.stack.currentWidget() is window.welcome


def test_a_missing_file_is_answered_in_words(open_window, tmp_path, qtbot):
    window = open_window()
    window.open_path(tmp_path / "nowhere.svs")
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=PATIENCE_MS)
    (box,) = window.findChildren(QMessageBox)
    assert "nowhere.svs" in box.text()
    box.close()

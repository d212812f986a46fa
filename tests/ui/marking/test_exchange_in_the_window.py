"""Import and export as the user does it: menu, drop, progress, cancel, undo."""

import json
import threading
import uuid
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QProgressDialog

from app.ui.background import wait_for_background
from app.ui.marking import mark_set
from app.ui.marking.marking import NOT_SHOWN

PATIENCE_MS = 60_000


def squares(count: int) -> list[dict]:
    corners = np.random.default_rng(5).uniform((0, 0), (1900, 1400), (count, 2)).round(2)
    return [
        {
            "type": "Feature",
            "id": str(uuid.UUID(int=number + 1, version=4)),
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, y], [x + 20, y], [x + 20, y + 30], [x, y + 30], [x, y]]],
            },
            "properties": {
                "objectType": "annotation",
                "classification": {"name": "Tumor", "color": [200, 0, 0]},
                "name": f"nucleus {number}",
            },
        }
        for number, (x, y) in enumerate(corners.tolist())
    ]


def write(path: Path, features: list[dict]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def drop(window, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    enter = QDragEnterEvent(
        QPoint(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        QEvent.Type.Drop,
    )  # fmt: skip
    QApplication.sendEvent(window, event)


def test_thousands_of_marks_are_one_step_of_undo_and_shown(hands, tmp_path, qtbot):
    window = hands.window
    drop(window, write(tmp_path / "of qupath.geojson", squares(3000)))
    qtbot.waitUntil(lambda: len(hands.marks) == 3000, timeout=PATIENCE_MS)
    assert window.docks.marks.model.rowCount() == 3000
    assert window.marking.classes.name_of(hands.marks[0].class_key) == "Tumor"
    assert hands.marks[0].note == "nucleus 0"
    assert window.actions_["undo"].text() == "&Undo Import 3,000 marks"
    before = hands.view.grab_image()
    window.actions_["undo"].trigger()
    qtbot.waitUntil(lambda: len(hands.marks) == 0, timeout=PATIENCE_MS)
    assert hands.view.grab_image() != before
    window.actions_["redo"].trigger()
    qtbot.waitUntil(lambda: len(hands.marks) == 3000, timeout=PATIENCE_MS)


def test_marks_that_cannot_be_shown_are_told_and_shown_when_tried_again(hands, tmp_path, qtbot, monkeypatch):
    window, built = hands.window, []

    class TooLittleMemory(mark_set.MarkIndex):
        def __init__(self, marks=()):
            built.append(True)
            if len(built) == 1:
                raise MemoryError("there is too little memory")
            super().__init__(marks)

    monkeypatch.setattr(mark_set, "MarkIndex", TooLittleMemory)
    drop(window, write(tmp_path / "marks.geojson", squares(2500)))
    qtbot.waitUntil(lambda: window.banners.has(NOT_SHOWN), timeout=PATIENCE_MS)
    assert not window.marking.marks.is_loading and len(window.case.store.marks(window.case.slide)) == 2500
    severity, text, (_word, again) = window.banners._own[NOT_SHOWN]
    assert severity == "error" and "too little memory" in text
    again()
    qtbot.waitUntil(lambda: len(hands.marks) == 2500, timeout=PATIENCE_MS)
    assert not window.banners.has(NOT_SHOWN)


def test_what_is_exported_comes_back_the_same(hands, tmp_path, qtbot):
    window = hands.window
    window.mark_exchange.import_file(write(tmp_path / "in.geojson", squares(5)))
    qtbot.waitUntil(lambda: len(hands.marks) == 5, timeout=PATIENCE_MS)
    hands.key(Qt.Key.Key_E)
    hands.drag((-100, -80), (0, 0), (100, 80))
    window.actions_["export_marks"].trigger()
    dialog = window.findChild(QFileDialog, "exportMarksDialog")
    dialog.fileSelected.emit(str(tmp_path / "out.geojson"))
    dialog.reject()
    qtbot.waitUntil(lambda: (tmp_path / "out.geojson").exists(), timeout=PATIENCE_MS)
    written = json.loads((tmp_path / "out.geojson").read_text(encoding="utf-8"))
    assert written["features"][:5] == squares(5)
    drawn = hands.marks
    window.case.use(new=True)
    qtbot.waitUntil(lambda: window.case.store is not None and hands.marks == [], timeout=PATIENCE_MS)
    window.mark_exchange.import_file(tmp_path / "out.geojson")
    qtbot.waitUntil(lambda: len(hands.marks) == 6, timeout=PATIENCE_MS)
    assert [(m.uuid, m.shape) for m in hands.marks] == [(m.uuid, m.shape) for m in drawn]


def test_members_of_a_collection_survive_import_and_export_and_go_with_the_import(hands, tmp_path, qtbot, monkeypatch):
    window, source = hands.window, tmp_path / "in.geojson"
    source.write_text(json.dumps({"type": "FeatureCollection", "project": {"id": 7}, "features": squares(3)}))
    window.mark_exchange.import_file(source)
    qtbot.waitUntil(lambda: len(hands.marks) == 3, timeout=PATIENCE_MS)
    assert "3 marks imported" in window.status.currentMessage()
    window.mark_exchange.export_file(tmp_path / "out.geojson")
    qtbot.waitUntil((tmp_path / "out.geojson").exists, timeout=PATIENCE_MS)
    assert json.loads((tmp_path / "out.geojson").read_text())["project"] == {"id": 7}
    qtbot.waitUntil(lambda: "3 marks written" in window.status.currentMessage(), timeout=PATIENCE_MS)
    steps = window.case.store.next_steps
    monkeypatch.setattr("app.exchange.marks_geojson.utc_now", lambda: "2031-01-01T00:00:00+00:00")
    window.mark_exchange.import_file(source)
    qtbot.waitUntil(lambda: "brought nothing new" in window.status.currentMessage(), timeout=PATIENCE_MS)
    assert window.case.store.next_steps == steps and len(hands.marks) == 3
    window.actions_["undo"].trigger()
    assert window.case.store.marks(window.case.slide) == []


def test_asap_file(hands, tmp_path, qtbot):
    path = tmp_path / "of asap.xml"
    path.write_text(
        '<?xml version="1.0"?><ASAP_Annotations><Annotations>'
        '<Annotation Name="Annotation 0" Type="Polygon" PartOfGroup="tumor" Color="#F4FA58"><Coordinates>'
        '<Coordinate Order="0" X="100" Y="100"/><Coordinate Order="1" X="200" Y="100"/>'
        '<Coordinate Order="2" X="150" Y="220"/></Coordinates></Annotation></Annotations>'
        '<AnnotationGroups><Group Name="tumor" PartOfGroup="None" Color="#ff0000"/></AnnotationGroups>'
        "</ASAP_Annotations>",
        encoding="utf-8",
    )
    hands.window.actions_["import_marks"].trigger()
    dialog = hands.window.findChild(QFileDialog, "importMarksDialog")
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    qtbot.waitUntil(lambda: hands.kinds == ["polygon"], timeout=PATIENCE_MS)
    assert hands.window.marking.classes.name_of(hands.marks[0].class_key) == "tumor"


@pytest.mark.parametrize("content", ["", "{", '{"type": "Feature"}', '[{"type": "Nonsense"}]'])
def test_a_broken_file_is_refused_in_a_sentence_and_changes_nothing(hands, tmp_path, qtbot, content):
    path = tmp_path / "broken.geojson"
    path.write_text(content, encoding="utf-8")
    drop(hands.window, path)
    qtbot.waitUntil(lambda: bool(hands.window.findChildren(QMessageBox)) or bool(hands.marks), timeout=PATIENCE_MS)
    for box in hands.window.findChildren(QMessageBox):
        assert "broken.geojson" in box.text()
        box.close()
    assert hands.marks == [] or content == '{"type": "Feature"}'


def test_cancelling_an_import_leaves_the_case_as_it_was(hands, tmp_path, qtbot):
    path = write(tmp_path / "large.geojson", squares(20_000))
    hands.window.mark_exchange.import_file(path)
    box = hands.window.findChild(QProgressDialog, "marksProgress")
    box.canceled.emit()
    assert wait_for_background(60_000)
    hands.settle()
    assert hands.marks == []
    assert not hands.window.case.store.can_undo


def test_without_a_slide_a_file_of_marks_is_answered_in_words(open_window, tmp_path):
    window = open_window()
    drop(window, write(tmp_path / "marks.geojson", squares(1)))
    (box,) = window.findChildren(QMessageBox)
    assert "Open a slide first" in box.text()
    box.close()


def test_cancelling_too_late_still_shows_what_was_imported(hands, tmp_path, qtbot, monkeypatch):
    store = hands.window.case.store
    save, saving, go_on = store.save, threading.Event(), threading.Event()

    def held() -> None:
        saving.set()
        go_on.wait(PATIENCE_MS / 1000)
        save()

    monkeypatch.setattr(store, "save", held)
    hands.window.mark_exchange.import_file(write(tmp_path / "few.geojson", squares(3)))
    box = hands.window.findChildren(QProgressDialog, "marksProgress")[-1]
    qtbot.waitUntil(saving.is_set, timeout=PATIENCE_MS)
    box.canceled.emit()
    go_on.set()
    qtbot.waitUntil(lambda: len(hands.marks) == 3, timeout=PATIENCE_MS)
    assert "3 marks imported" in hands.window.status.currentMessage()

"""Every shape drawn with the mouse, found again in a reopened case; selection, editing, undo and redo."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.records.shapes import length_um
from app.ui.background import wait_for_background
from app.ui.marking.tool_input import Tool

PATIENCE_MS = 180_000
KEYS = {
    "point": Qt.Key.Key_P,
    "line": Qt.Key.Key_W,
    "rectangle": Qt.Key.Key_Q,
    "ellipse": Qt.Key.Key_E,
    "polygon": Qt.Key.Key_Y,
    "freehand": Qt.Key.Key_K,
}
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
CIRCLE = [(100, 0), (70, 70), (0, 100), (-70, 70), (-100, 0), (-70, -70), (0, -100), (70, -70)]


def draw_all(hands) -> None:
    hands.key(KEYS["rectangle"])
    hands.drag((-300, -200), (-250, -150), (-200, -120))
    hands.key(KEYS["ellipse"])
    hands.drag((-100, -200), (0, -150), (50, -100))
    hands.key(KEYS["line"])
    hands.drag((150, -200), (200, -200), (250, -200))
    hands.key(KEYS["point"])
    hands.click(0, 0)
    hands.key(KEYS["polygon"])
    for corner in ((-300, 100), (-200, 100), (-200, 200)):
        hands.click(*corner)
    hands.key(Qt.Key.Key_Return)
    hands.key(KEYS["freehand"])
    hands.drag(*((x + 150, y + 150) for x, y in CIRCLE))


def test_every_shape_is_there_again_when_the_slide_is_opened_anew(open_marked, qtbot):
    hands = open_marked()
    draw_all(hands)
    assert hands.kinds == ["rectangle", "ellipse", "line", "point", "polygon", "freehand"]
    drawn = hands.marks
    expected = hands.slide_point(-300, -200)
    left, top = drawn[0].shape.parts[0][0][0]
    assert (left, top) == pytest.approx((expected.x, expected.y), abs=0.01)
    across = hands.slide_point(250, -200).x - hands.slide_point(150, -200).x
    mpp = hands.window.specimen.session.mpp
    assert length_um(drawn[2].shape, mpp) == pytest.approx(across * mpp, rel=1e-6)
    assert hands.window.marking.model.text(drawn[2], 2).endswith("µm")
    hands.window.close()
    assert wait_for_background(20_000)

    again = open_marked()
    assert again.marks == drawn
    undo = again.window.actions_["undo"]
    assert undo.text() == "&Undo Draw freehand", "undo reaches back into the session before"
    undo.trigger()
    assert again.marks == drawn[:-1]


def test_a_drawn_mark_is_painted_in_the_colour_of_its_class(hands):
    hands.window.marking._choose_class("pseudoinclusion")
    hands.key(KEYS["rectangle"])
    hands.drag((-100, -80), (0, 0), (100, 80))
    hands.key(Qt.Key.Key_Escape)
    hands.key(Qt.Key.Key_Escape)
    image = hands.view.grab_image()
    at = hands.at(0, -80)
    colors = [image.pixelColor(at.x(), at.y() + dy) for dy in (-1, 0, 1)]
    assert any(c.red() > 180 and c.green() < 120 and c.blue() < 140 for c in colors)
    hands.window.actions_["marks_visible"].setChecked(False)
    image = hands.view.grab_image()
    assert all(image.pixelColor(at.x(), at.y() + dy).green() > 130 for dy in (-1, 0, 1))


def test_undo_and_redo_of_every_step_and_what_the_menu_says(hands):
    draw_all(hands)
    undo, redo = hands.window.actions_["undo"], hands.window.actions_["redo"]
    assert undo.text() == "&Undo Draw freehand"
    for left in range(5, -1, -1):
        undo.trigger()
        hands.settle()
        assert len(hands.marks) == left
    assert not undo.isEnabled()
    assert redo.text() == "&Redo Draw rectangle"
    for left in range(1, 7):
        redo.trigger()
        assert len(hands.marks) == left
    assert hands.kinds == ["rectangle", "ellipse", "line", "point", "polygon", "freehand"]


def test_polygon_by_double_click_backspace_and_escape(hands):
    hands.key(KEYS["polygon"])
    hands.click(0, 0)
    hands.click(80, 0)
    hands.click(200, 200)
    hands.key(Qt.Key.Key_Backspace)
    hands.click(80, 80)
    hands.double_click(0, 80)
    assert hands.kinds == ["polygon"]
    assert len(hands.marks[0].shape.parts[0][0]) == 4
    hands.key(KEYS["polygon"])
    hands.click(0, 0)
    hands.click(80, 0)
    hands.key(Qt.Key.Key_Escape)
    assert hands.window.marking.tools.tool is Tool.POLYGON, "the first Esc drops the drawing, not the tool"
    assert hands.kinds == ["polygon"]
    hands.key(Qt.Key.Key_Escape)
    assert hands.window.marking.tools.tool is Tool.HAND


def test_a_box_is_spanned_by_two_clicks_too_and_shift_makes_it_square(hands):
    hands.key(KEYS["rectangle"])
    hands.click(-50, -50)
    hands.click(60, 20)
    assert hands.kinds == ["rectangle"]
    hands.key(KEYS["ellipse"])
    hands.drag((-50, 80), (0, 90), (60, 100), modifiers=SHIFT)
    (left, top), (right, bottom) = hands.marks[-1].shape.parts[0][0]
    assert right - left == pytest.approx(bottom - top)


def test_moving_a_mark_and_a_vertex_adding_and_removing_one(hands):
    hands.key(KEYS["polygon"])
    for corner in ((-100, -100), (100, -100), (100, 100), (-100, 100)):
        hands.click(*corner)
    hands.key(Qt.Key.Key_Return)
    assert hands.window.marking.tools.tool is Tool.SELECT, "the tool returns to Select after drawing"
    before = hands.marks[0].shape.parts[0][0]
    by = hands.slide_point(30, 20).x - hands.slide_point(0, 0).x

    hands.drag((0, 0), (10, 10), (30, 20))
    moved = hands.marks[0].shape.parts[0][0]
    assert moved[:, 0] == pytest.approx(before[:, 0] + by)
    assert hands.window.actions_["undo"].text() == "&Undo Move polygon"

    hands.drag((-70, -80), (-90, -100), (-110, -120))
    corner = hands.slide_point(-110, -120)
    ring = hands.marks[0].shape.parts[0][0]
    assert ring[0] == pytest.approx((corner.x, corner.y), abs=0.01)
    assert ring[1:] == pytest.approx(moved[1:])
    assert hands.window.actions_["undo"].text() == "&Undo Edit polygon"

    hands.click(130, 20, ALT)
    assert len(hands.marks[0].shape.parts[0][0]) == 5
    hands.click(130, 20, ALT)
    assert len(hands.marks[0].shape.parts[0][0]) == 4
    for _ in range(4):
        hands.window.actions_["undo"].trigger()
    assert hands.marks[0].shape.parts[0][0] == pytest.approx(before)


def test_corner_of_a_rectangle(hands):
    hands.key(KEYS["rectangle"])
    hands.drag((-100, -100), (0, 0), (100, 100))
    hands.drag((100, 100), (120, 130), (150, 160))
    (left, top), (right, bottom) = hands.marks[0].shape.parts[0][0]
    first, last = hands.slide_point(-100, -100), hands.slide_point(150, 160)
    assert (left, top, right, bottom) == pytest.approx((first.x, first.y, last.x, last.y), abs=0.01)


def test_selecting_one_several_and_by_frame_and_deleting(hands):
    hands.window.settings.keep_tool = True
    hands.key(KEYS["rectangle"])
    for x in (-300, -100, 100):
        hands.drag((x, -50), (x + 20, 0), (x + 100, 50))
    hands.key(Qt.Key.Key_V)
    marks = hands.window.marking.marks
    hands.click(-250, 0)
    hands.click(-50, 0, SHIFT)
    assert [m.uuid for m in marks.selected] == [m.uuid for m in hands.marks[:2]]
    hands.click(-250, 0, SHIFT)
    assert [m.uuid for m in marks.selected] == [hands.marks[1].uuid]
    hands.click(0, 300)
    assert marks.selected == []
    hands.drag((-350, -100), (0, 50), (20, 100), modifiers=SHIFT)
    assert len(marks.selected) == 2
    hands.key(Qt.Key.Key_Delete)
    assert len(hands.marks) == 1
    assert hands.window.actions_["undo"].text() == "&Undo Delete 2 marks"
    hands.window.actions_["undo"].trigger()
    assert len(hands.marks) == 3


def test_a_click_without_a_tool_selects_and_a_drag_moves_the_slide(hands):
    hands.view.set_magnification(40)
    hands.key(KEYS["rectangle"])
    hands.drag((-100, -100), (0, 0), (100, 100))
    hands.key(Qt.Key.Key_Escape)
    hands.key(Qt.Key.Key_Escape)
    hands.window.marking.marks.select([])
    hands.click(0, 0)
    assert len(hands.window.marking.marks.selected) == 1
    center, shape = hands.view.transform.center, hands.marks[0].shape
    hands.drag((0, 0), (20, 0), (60, 0))
    assert hands.view.transform.center.x < center.x
    assert hands.marks[0].shape == shape


def test_locked_marks_neither_move_nor_go(hands):
    hands.key(KEYS["rectangle"])
    hands.drag((-100, -100), (0, 0), (100, 100))
    hands.window.actions_["lock_marks"].trigger()
    shape = hands.marks[0].shape
    hands.drag((0, 0), (20, 20), (40, 40))
    hands.key(Qt.Key.Key_Delete)
    assert [m.shape for m in hands.marks] == [shape]
    hands.window.actions_["lock_marks"].trigger()
    hands.key(Qt.Key.Key_Delete)
    assert hands.marks == []


def test_space_and_drag_moves_the_slide_while_a_tool_is_on_and_the_wheel_zooms(hands):
    hands.view.set_magnification(20)
    hands.key(KEYS["polygon"])
    hands.click(-100, -100)
    first = hands.slide_point(-100, -100)
    center = hands.view.transform.center
    QTest.keyPress(hands.view, Qt.Key.Key_Space)
    hands.drag((0, 0), (30, 0), (80, 40))
    QTest.keyRelease(hands.view, Qt.Key.Key_Space)
    assert hands.view.transform.center.x < center.x
    assert hands.kinds == []
    scale = hands.view.transform.scale
    wheel = QWheelEvent(
        QPointF(50, 50), hands.view.mapToGlobal(QPointF(50, 50)), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(hands.view, wheel)
    assert hands.view.transform.scale > scale
    hands.click(50, 50)
    hands.click(50, 120)
    hands.key(Qt.Key.Key_Return)
    (mark,) = hands.marks
    assert mark.shape.parts[0][0][0] == pytest.approx((first.x, first.y), abs=0.01)


def test_class_note_and_filter_in_the_panel(hands):
    panel, marks = hands.window.docks.marks, hands.window.marking.marks
    hands.window.settings.keep_tool = True
    hands.key(KEYS["point"])
    hands.click(-50, 0)
    hands.click(50, 0)
    (first, second) = hands.marks
    marks.select([second.uuid])
    panel.of_class.setCurrentIndex(panel.of_class.findData("giant_cell"))
    panel.of_class.activated.emit(panel.of_class.currentIndex())
    QTest.keyClicks(panel.note, "many nuclei")
    QTest.keyClick(panel.note, Qt.Key.Key_Return)
    after = marks.index.get(second.uuid)
    assert (after.class_key, after.note) == ("giant_cell", "many nuclei")
    assert hands.window.actions_["undo"].text() == "&Undo Note"
    assert [c.key for c in hands.window.case.store.classes()] == ["giant_cell"]
    panel.search.setText("NUCLEI")
    assert [panel.model.mark(row).uuid for row in range(panel.model.rowCount())] == [second.uuid]
    panel.search.setText("")
    panel.only_class.setCurrentIndex(panel.only_class.findText("No class"))
    panel.only_class.activated.emit(panel.only_class.currentIndex())
    assert [panel.model.mark(row).uuid for row in range(panel.model.rowCount())] == [first.uuid]


def test_next_goes_from_mark_to_mark_and_shows_it(hands):
    hands.view.set_magnification(40)
    hands.window.settings.keep_tool = True
    hands.key(KEYS["point"])
    hands.click(-200, 0)
    hands.click(200, 0)
    hands.window.marking.marks.select([])
    places = [mark.shape.parts[0][0][0] for mark in hands.marks]
    for expected in (places[0], places[1], places[0]):
        hands.window.actions_["next_mark"].trigger()
        center = hands.view.transform.center
        assert (center.x, center.y) == pytest.approx(tuple(expected), abs=2)
    assert [m.uuid for m in hands.window.marking.marks.selected] == [hands.marks[0].uuid]


def test_copies_are_marks_of_their_own(hands):
    hands.key(KEYS["rectangle"])
    hands.drag((-100, -100), (0, 0), (100, 100))
    hands.window.actions_["copy_marks"].trigger()
    assert "Rectangle" in QApplication.clipboard().text()
    hands.window.actions_["paste_marks"].trigger()
    assert hands.kinds == ["rectangle", "rectangle"]
    assert len({mark.uuid for mark in hands.marks}) == 2


def test_a_class_made_by_the_user_is_there_in_the_next_case_too(hands, qtbot):
    from app.ui.dialogs.mark_classes import MarkClassesDialog

    hands.window.actions_["mark_classes"].trigger()
    dialog = hands.window.findChild(MarkClassesDialog)
    dialog.add()
    dialog.list.currentItem().setText("Psammoma body")
    dialog.accept()
    assert "Psammoma body" in [c.name for c in hands.window.marking.classes.all]
    case, before = hands.window.case, hands.window.case.store
    case.use(new=True)
    qtbot.waitUntil(lambda: case.store not in (None, before), timeout=PATIENCE_MS)
    assert case.store.classes() == []
    assert "Psammoma body" in [c.name for c in hands.window.marking.classes.all]

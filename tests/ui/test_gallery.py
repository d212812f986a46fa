"""The gallery in the window: keys, decisions in the case, badges, filters, what comes back at reopening."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app.geometry import RectPx
from app.records.findings import RankedField, Ranking
from app.records.shapes import MarkKind
from app.records.specimen import Verdict
from app.ui.findings import _Found
from app.ui.panels.fields_delegate import THUMBNAIL_PX
from tests.bundles import CLASSES, make_bundle

PATIENCE_MS = 180_000
RED_CORNER_PX = (1000, 500)
KEYS = {Verdict.CONFIRMED: Qt.Key.Key_C, Verdict.DISMISSED: Qt.Key.Key_X, Verdict.DOTTED: Qt.Key.Key_D}


@pytest.fixture
def scored(open_window, slide_path, qtbot):
    """The window with the drawn slide, all of it scored, and its case open."""
    window = open_window(slide_path, finished=True)
    window.activateWindow()
    qtbot.waitUntil(lambda: window.docks.fields.model.rowCount() > 0, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    return window


def fields_of(*places: float) -> tuple[RankedField, ...]:
    return tuple(RankedField(RectPx(x, 100, 64, 64), 0.9, 2, 2, int(x), 9.0) for x in places)


def show(window, *places: float) -> None:
    """Let the gallery hear of a ranking, as from a look at the scores."""
    window.findings._take_found(_Found(window.specimen.session.summary(), Ranking(fields_of(*places), 1.0, 100)))


def entries(window) -> list[float]:
    model = window.docks.fields.model
    return [model.entry(row).field.rect.x for row in range(model.rowCount())]


def decisions(window) -> dict[float, Verdict]:
    return {d.rect.x: d.verdict for d in window.case.store.decisions(window.case.slide)}


def test_space_jumps_to_a_red_field_at_the_remembered_magnification_and_b_goes_back(scored, qtbot):
    view, fields = scored.stage.view, scored.docks.fields
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert fields.view.currentIndex().row() == 0
    center = view.transform.to_slide(*(side / 2 for side in view.transform.viewport_device))
    assert center.x > RED_CORNER_PX[0] - 200 and center.y < RED_CORNER_PX[1] + 200
    assert fields.model.class_of(0).key == "red"
    fields.magnification.setCurrentIndex(fields.magnification.findData(10.0))
    assert view.magnification == pytest.approx(10)
    assert scored.settings.gallery_magnification == 10.0
    show(scored, 100, 400, 700)
    scored.findings.take_over()
    qtbot.keyClick(view, Qt.Key.Key_N)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert view.magnification == pytest.approx(10)
    here = fields.view.currentIndex().row()
    qtbot.keyClick(view, Qt.Key.Key_B)
    assert fields.view.currentIndex().row() == here - 1
    qtbot.keyClick(view, Qt.Key.Key_B)
    qtbot.keyClick(view, Qt.Key.Key_B)
    assert "first suspicious field" in scored.status.currentMessage()


def test_a_large_field_is_shown_at_a_magnification_at_which_it_fits(scored):
    navigation, view = scored.stage.navigation, scored.stage.view
    navigation.jump_to(RectPx(100, 100, 200, 200), 40.0)
    assert view.magnification == pytest.approx(40)
    navigation.jump_to(RectPx(100, 100, 1.5 * view.transform.viewport_device[0], 200), 40.0)
    assert view.magnification == pytest.approx(20)


def test_keys_decide_each_is_one_step_of_undo_and_the_same_key_takes_it_back(scored, qtbot):
    view, case = scored.stage.view, scored.case
    show(scored, 100, 400, 700, 1000)
    scored.findings.take_over()
    for verdict, key in KEYS.items():
        qtbot.keyClick(view, Qt.Key.Key_N)
        qtbot.keyClick(view, key)
        assert scored.findings.current_entry.verdict is verdict
    assert sorted(decisions(scored).values()) == sorted(KEYS)
    assert scored.docks.fields.count.text() == f"3 of {len(entries(scored))} reviewed, 1 confirmed"
    (dot,) = case.store.marks(case.slide)
    dotted = next(d for d in case.store.decisions() if d.verdict is Verdict.DOTTED)
    assert dot.shape.kind is MarkKind.POINT and dot.class_key == dotted.class_key == "red"
    assert dotted.mark_uuid == dot.uuid and dotted.plan_key and dotted.probability == pytest.approx(0.9)
    case.undo()
    assert case.store.marks(case.slide) == [] and len(decisions(scored)) == 2, "dot and mark go together"
    case.redo()
    assert len(case.store.marks(case.slide)) == 1
    qtbot.keyClick(view, KEYS[Verdict.CONFIRMED])
    assert case.store.marks(case.slide) == [], "another verdict takes the dot away"
    assert scored.findings.current_entry.verdict is Verdict.CONFIRMED
    qtbot.keyClick(view, KEYS[Verdict.CONFIRMED])
    assert scored.findings.current_entry.verdict is None and len(decisions(scored)) == 2


def test_without_a_field_a_key_says_so(scored, qtbot):
    scored.findings.current = None
    qtbot.keyClick(scored.stage.view, Qt.Key.Key_C)
    assert "Choose a field first" in scored.status.currentMessage()
    assert decisions(scored) == {}


def test_new_fields_are_announced_and_nothing_moves_until_they_are_taken_over(scored, qtbot):
    fields = scored.docks.fields
    show(scored, 400, 700)
    scored.findings.take_over()
    scored.findings.go_to(fields.model.entry(entries(scored).index(700)).number)
    before = entries(scored)
    show(scored, 100, 250, 400, 700, 1300)
    assert entries(scored) == before
    assert fields.fresh.isVisible() and fields.fresh.text() == "2 new above"
    fields.fresh.click()
    assert entries(scored) == [100, 250, 400, 700, 1300]
    assert scored.findings.current_entry.field.rect.x == 700
    assert not fields.fresh.isVisible()
    show(scored, 1600, 100, 250, 400, 700, 1300)
    qtbot.keyClick(scored.stage.view, Qt.Key.Key_N)
    assert scored.findings.current_entry.field.rect.x == 1600, "the next step takes over, strongest first"


def test_dismissed_fields_go_last_and_filters_hide_them(scored, qtbot):
    fields, view = scored.docks.fields, scored.stage.view
    show(scored, 100, 400, 700)
    scored.findings.take_over()
    scored.findings.go_to(fields.model.entry(entries(scored).index(100)).number)
    qtbot.keyClick(view, Qt.Key.Key_X)
    assert entries(scored)[0] == 100, "not under the hand"
    qtbot.keyClick(view, Qt.Key.Key_N)
    assert entries(scored)[-1] == 100
    fields.verdicts.setCurrentText("Not dismissed")
    assert 100 not in entries(scored)
    fields.verdicts.setCurrentText("Dismissed")
    assert 100 in entries(scored) and set(entries(scored)) <= {100, 400}, "the current one stays"
    fields.classes.setCurrentText("Red cells")
    assert 100 in entries(scored)
    fields.verdicts.setCurrentText("Dotted")
    scored.findings.current = None
    scored.findings._show()
    assert "No field passes the filter" in fields._message.text()


def test_decisions_come_back_at_reopening_and_outlive_other_scores(scored, slide_path, qtbot):
    show(scored, 100)
    qtbot.keyClick(scored.stage.view, Qt.Key.Key_Space)
    number = next(e.number for e in scored.findings.gallery.entries if e.field.rect.x == 100)
    scored.findings.go_to(number)
    qtbot.keyClick(scored.stage.view, Qt.Key.Key_C)
    real = scored.docks.fields.model
    first = scored.findings.gallery.entries
    assert decisions(scored)[100] is Verdict.CONFIRMED
    scored.open_path(slide_path)
    qtbot.waitUntil(lambda: scored.specimen.session is not None and scored.case.store is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: 100 in entries(scored), timeout=PATIENCE_MS)
    assert first is not scored.findings.gallery.entries
    row = entries(scored).index(100)
    assert real.entry(row).verdict is Verdict.CONFIRMED
    assert "no longer suspicious" in real.data(real.index(row)), "the field was made up; the decision stays in view"
    store, slide = scored.case.store, scored.case.slide
    (former,) = store.decisions(slide)
    scored.case.edit("Note", put=[replace(former, note="grooves")])
    scored.findings.go_to(real.entry(entries(scored).index(100)).number)
    qtbot.keyClick(scored.stage.view, Qt.Key.Key_X)
    (now,) = store.decisions(slide)
    assert (now.verdict, now.note, now.probability) == (Verdict.DISMISSED, "grooves", former.probability)


def test_where_nothing_stands_out_it_says_so_and_shows_weak_candidates_only_when_asked(scored):
    fields = scored.docks.fields
    weak = Ranking(fields_of(100, 400), 99.0, 100)
    scored.findings.set_session(scored.specimen.session)
    scored.findings._job.cancel()
    scored.findings._take_found(_Found(scored.specimen.session.summary(), weak))
    assert entries(scored) == []
    assert "No field stands out" in fields._message.text() and "does not clear the slide" in fields._message.text()
    assert fields.weak.text() == "Show 2 weak candidates"
    fields.weak.click()
    assert entries(scored) == [100, 400]
    assert "none of them stands out" in fields.note.text() and not fields.note.isHidden()


def test_pictures_badges_and_flags_are_drawn(scored, qtbot):
    fields = scored.docks.fields
    qtbot.waitUntil(lambda: fields.model.index(0).data(Qt.ItemDataRole.UserRole + 2) is not None, timeout=PATIENCE_MS)
    scored.findings.go_to(fields.model.entry(0).number)

    def picture() -> QImage:
        box = fields.view.visualRect(fields.model.index(0))
        return fields.view.viewport().grab(box).toImage().copy(8, 6, THUMBNAIL_PX, THUMBNAIL_PX)

    seen = {}
    for verdict in (None, *KEYS):
        if verdict is not None:
            scored.findings.decide(verdict)
        seen[verdict] = picture()
    different = [seen[a] != seen[b] for a in seen for b in seen if a is not b]
    assert all(different)
    assert "Dotted" in fields.model.data(fields.model.index(0))


def test_a_second_opinion_is_asked_shown_and_marked_where_it_differs(scored, tmp_path, qtbot):
    panel, findings = scored.docks.fields, scored.findings
    findings.go_to(panel.model.entry(0).number)
    scored.actions_["second_opinion"].trigger()
    assert "No model for second opinions" in scored.status.currentMessage()
    calm = tuple(replace(info, suspicious=False) for info in CLASSES)
    for name, classes, differs in (("agreeing", CLASSES, False), ("calm", calm, True)):
        scored.settings.teacher_path = str(make_bundle(tmp_path, name, classes=classes).path)
        qtbot.keyClick(scored.stage.view, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
        assert panel.asking.isVisible()
        qtbot.waitUntil(lambda: not panel.asking.isVisible(), timeout=PATIENCE_MS)
        opinion = findings.opinions[findings.current]
        assert (opinion.model, opinion.disagrees) == (name, differs)
        tip = panel.model.data(panel.model.index(0), Qt.ItemDataRole.ToolTipRole)
        assert f"Second opinion of {name}" in tip and ("disagrees" in tip) is differs
    scored.actions_["second_opinions"].trigger()
    panel._stop_asking.click()
    assert not panel.asking.isVisible() and not findings._advice.is_asking
    # A teacher that broke down over a question that was cancelled does not keep the next one waiting.
    findings._advice._advisers._process._process.kill()
    scored.actions_["second_opinion"].trigger()
    qtbot.waitUntil(lambda: not findings._advice.is_asking, timeout=PATIENCE_MS)
    assert scored.status.currentMessage().startswith("Second opinions")


def test_space_is_left_to_a_button_or_a_box_that_has_the_focus(scored, qtbot):
    findings, fields = scored.findings, scored.docks.fields
    qtbot.keyClick(scored.stage.view, Qt.Key.Key_Space)
    here = findings.current
    assert here is not None
    fields.verdicts.setFocus()
    qtbot.waitUntil(fields.verdicts.hasFocus)
    assert "Space" not in [key.toString() for key in scored.actions_["next_field"].shortcuts()]
    scored.stage.view.setFocus()
    qtbot.waitUntil(scored.stage.view.hasFocus)
    assert "Space" in [key.toString() for key in scored.actions_["next_field"].shortcuts()]


def test_a_list_that_was_scrolled_does_not_move_although_no_field_was_chosen(scored):
    fields = scored.docks.fields
    places = [float(x) for x in range(0, 2000, 100)]
    show(scored, *places)
    before = entries(scored)
    assert set(places) <= set(before), "nobody looks: listed at once"
    fields.view.verticalScrollBar().setValue(200)
    show(scored, 2500, *places)
    assert entries(scored) == before and fields.view.verticalScrollBar().value() == 200
    assert fields.fresh.text() == "1 new above"
    fields.view.verticalScrollBar().setValue(0)
    show(scored, 2500, *places)
    assert entries(scored)[0] == 2500


def test_what_is_listed_as_harmless_keeps_no_probability_of_suspicion_and_gives_its_dot_no_class(scored):
    benign = replace(fields_of(300)[0], class_index=1, score=0.07, attention=0.4, heaviest=3.0)
    ranking = Ranking((benign, *fields_of(600)), 1.0, 100)
    scored.findings._take_found(_Found(scored.specimen.session.summary(), ranking))
    scored.findings.take_over()
    found = {}
    for x in (300, 600):
        scored.findings.go_to(next(e.number for e in scored.findings.gallery.entries if e.field.rect.x == x))
        scored.findings.decide(Verdict.DOTTED)
        found[x] = next(d for d in scored.case.store.decisions() if d.rect.x == x)
    marks = {mark.uuid: mark for mark in scored.case.store.marks(scored.case.slide)}
    assert (found[300].class_key, found[300].probability) == ("blue", None)
    assert marks[found[300].mark_uuid].class_key is None
    assert (found[600].class_key, found[600].probability) == ("red", pytest.approx(0.9))
    assert marks[found[600].mark_uuid].class_key == "red"


def test_a_weighing_that_ends_moves_nothing_under_the_hand(scored):
    fields = scored.docks.fields
    show(scored, 400, 700)
    scored.findings.take_over()
    scored.findings.go_to(fields.model.entry(entries(scored).index(700)).number)
    before = entries(scored)
    show(scored, 100, 400, 700)
    scored.findings.slide_model.changed.emit()
    assert entries(scored) == before and fields.fresh.isVisible()

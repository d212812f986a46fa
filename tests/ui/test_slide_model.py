"""A slide model in the window: offered where it belongs, at work in the background, never shown as what it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.ui.dialogs.models import ModelsDialog
from app.ui.exports import write_all_results
from tests.bundles import make_bundle
from tests.slide_bundles import WEIGHTS_NAME, make_slide_bundle

PATIENCE_MS = 180_000
RED_CORNER_PX = (1000, 500)


@pytest.fixture
def student(tmp_path):
    return make_bundle(tmp_path / "student", training={"weights": WEIGHTS_NAME})


@pytest.fixture
def open_scored(open_window, slide_path, student, tmp_path, qtbot):
    """The drawn slide, scored, in a window where a slide model is installed."""

    def open_one(**card_changes):
        make_slide_bundle(tmp_path / "data" / "models", **card_changes)
        window = open_window(slide_path, model=student, finished=True)
        qtbot.waitUntil(window.docks.fields.slide_model.isVisible, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: window.docks.fields.model.rowCount() > 0, timeout=PATIENCE_MS)
        return window

    return open_one


def places(window) -> list[tuple[float, float]]:
    model = window.docks.fields.model
    rects = [model.entry(row).field.rect for row in range(model.rowCount())]
    return [(rect.x, rect.y) for rect in rects]


def test_it_weighs_the_slide_and_orders_the_gallery_until_the_scores_change(open_scored, tmp_path, qtbot):
    window = open_scored()
    box, desk, panel = window.docks.fields.slide_model, window.findings.slide_model, window.docks.fields
    assert box.weigh.isVisible() and not box.order.isEnabled() and desk.weighed is None
    by_suspicion = places(window)
    box.weigh.click()
    assert box.bar.isVisible() and not box.weigh.isVisible()
    qtbot.waitUntil(lambda: desk.weighed is not None, timeout=PATIENCE_MS)
    assert "suspicious" in box.result.text() and "not what is true" in box.remark.text()
    assert "slides (" in box.result.toolTip() and "0.50" in box.result.toolTip()
    assert places(window) == by_suspicion, "the order changes only when it is asked for"

    box.order.setCurrentIndex(1)
    assert 0 < panel.model.rowCount() == len(desk.weighed.fields)
    x, y = places(window)[0]
    assert x > RED_CORNER_PX[0] - 200 and y < RED_CORNER_PX[1] + 200
    assert panel.model.data(panel.model.index(0)).startswith("Field 1: Red cells, weight ")
    assert "not what is true" in panel.model.data(panel.model.index(0), 3)  # tooltip
    assert [panel.classes.itemText(n) for n in range(panel.classes.count())][1:3] == ["Background", "Blue cells"]
    window.exports.write(write_all_results, tmp_path / "out")
    qtbot.waitUntil((tmp_path / "out" / "summary.json").exists, timeout=PATIENCE_MS)
    written = json.loads((tmp_path / "out" / "summary.json").read_text())["slide_model"]
    assert written["probabilities"]["suspicious"] == pytest.approx(float(desk.weighed.probabilities[1]), abs=1e-5)
    window.findings.step(1)
    assert window.findings.current_entry.field.rect.x == x

    scores = window.specimen.session.score_map()
    scores._states[desk.weighed.cells[:1]] = 0
    scores.version += 1
    window.specimen.scoresChanged.emit(None)
    assert desk.weighed is None and box.weigh.isVisible() and not box.result.isVisible()
    assert "have changed" in box.remark.text() and not box.order.isEnabled()
    assert panel.classes.count() == 2, "by suspicion again"


def test_it_can_be_given_up_and_is_not_reached_while_the_reader_comes_first(open_scored, qtbot):
    window = open_scored()
    box, desk = window.docks.fields.slide_model, window.findings.slide_model
    window.actions_["weigh_slide"].trigger()
    box.cancel.click()
    assert box.weigh.isVisible() and not box.bar.isVisible()
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    window.sheet.reading_mode.set_human_first(True)
    assert not window.actions_["weigh_slide"].isVisible() and window.docks.concealed_fields.is_concealed
    desk.weigh()
    assert desk._job is None and desk.weighed is None


def test_one_of_phantoms_weighs_a_real_slide_only_in_the_demonstration_mode(open_scored, tmp_path, qtbot):
    window = open_scored(training_domain="phantom")
    box, desk = window.docks.fields.slide_model, window.findings.slide_model
    assert "trained on phantoms" in box.remark.text() and not box.weigh.isVisible()
    assert not window.actions_["weigh_slide"].isEnabled()
    desk.weigh()
    assert desk._job is None
    window.actions_["demonstration"].trigger()
    qtbot.waitUntil(box.weigh.isVisible, timeout=PATIENCE_MS)
    box.weigh.click()
    qtbot.waitUntil(lambda: desk.weighed is not None, timeout=PATIENCE_MS)
    assert any("slide model slides was trained on phantoms" in text for text in window.banners.texts())
    window.exports.write(write_all_results, tmp_path / "out")
    qtbot.waitUntil((tmp_path / "out" / "summary.json").exists, timeout=PATIENCE_MS)
    written = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert written["demonstration"] and any("slide model slides was trained" in note for note in written["notes"])
    assert "DEMONSTRATION MODE" in (tmp_path / "out" / "scores.csv").read_text()
    window.actions_["demonstration"].trigger()
    qtbot.waitUntil(lambda: not box.result.isVisible(), timeout=PATIENCE_MS)
    assert desk.weighed is None
    assert not any("was trained on phantoms" in text for text in window.banners.texts())


def test_the_model_manager_says_to_which_model_it_belongs(open_window, student, tmp_path, qtbot):
    make_slide_bundle(tmp_path / "data" / "models")
    window = open_window()
    window._bundle_path = None
    window.settings.model_path = str(student.path)
    window.actions_["models"].trigger()
    (dialog,) = window.findChildren(ModelsDialog)

    def row(name: str) -> list[str]:
        rows = [[dialog.table.item(r, c).text() for c in range(4)] for r in range(dialog.table.rowCount())]
        return next((cells for cells in rows if cells[0] == name), [])

    qtbot.waitUntil(lambda: bool(row("slides")), timeout=PATIENCE_MS)
    assert row("slides") == ["slides", "slide model", "made by hand", "slides of tiny"]
    dialog.table.selectRow([dialog.table.item(r, 0).text() for r in range(dialog.table.rowCount())].index("slides"))
    assert not dialog.use.isEnabled() and dialog.check.isEnabled() and dialog.remove.isEnabled()
    dialog.check.click()
    qtbot.waitUntil(lambda: "✓" in dialog.results.text(), timeout=PATIENCE_MS)
    dialog.remove.click()
    qtbot.waitUntil(lambda: not row("slides"), timeout=PATIENCE_MS)
    assert not (Path(window.paths.data_dir) / "models" / "slides.fnabundle").exists()
    dialog.reject()


def test_asked_for_during_a_run_it_waits_for_its_end(open_window, slide_path, student, tmp_path, qtbot):
    make_slide_bundle(tmp_path / "data" / "models")
    window = open_window(model=student)
    window.settings.auto_start = False
    window.open_path(slide_path)
    box, desk = window.docks.fields.slide_model, window.findings.slide_model
    qtbot.waitUntil(box.isVisible, timeout=PATIENCE_MS)
    window.scoring.start()
    desk.weigh()
    assert "Waits until" in box.remark.text() and box.cancel.isVisible()
    qtbot.waitUntil(lambda: desk.weighed is not None, timeout=PATIENCE_MS)
    assert window.specimen.session.progress.state == "finished"
    assert desk.weighed.tiles == window.specimen.session.summary().tiles_scored


def test_a_result_does_not_outlive_its_model_or_its_scores_and_work_for_a_former_model_ends(
    open_scored, tmp_path, qtbot, monkeypatch
):
    window = open_scored()
    desk, session = window.findings.slide_model, window.specimen.session
    window.docks.fields.slide_model.weigh.click()
    qtbot.waitUntil(lambda: desk.weighed is not None, timeout=PATIENCE_MS)
    result, models = desk.weighed, desk._models
    other_scores = session.score_map().copy()
    other_scores._states[result.cells[:1]] = 0
    with monkeypatch.context() as patch:
        patch.setattr(session, "score_map", lambda: other_scores)
        assert desk.weighed is None, "of another map with the same number of changes"
    assert desk.weighed is result
    another = make_slide_bundle(tmp_path / "elsewhere", "another", prior=(0.4, 0.6))
    desk._models = [another]
    assert desk.weighed is None, "of another slide model"
    desk._models = models
    desk.weigh()
    job = desk._job
    desk._take_models([another])
    assert job.token.cancelled and desk._job is None


def test_a_weighing_that_waits_for_a_run_that_ends_early_is_given_up_in_words(open_window, large_path, tmp_path, qtbot):
    dense = make_bundle(tmp_path / "dense", "dense", stride_um=2.0, training={"weights": WEIGHTS_NAME})
    make_slide_bundle(tmp_path / "data" / "models")
    window = open_window(model=dense)
    window.settings.auto_start = False
    window.open_path(large_path)
    box, desk = window.docks.fields.slide_model, window.findings.slide_model
    qtbot.waitUntil(box.isVisible, timeout=PATIENCE_MS)
    window.scoring.start()
    desk.weigh()
    assert box.cancel.isVisible()
    window.specimen.session.cancel()
    qtbot.waitUntil(lambda: not box.cancel.isVisible(), timeout=PATIENCE_MS)
    assert "not weighed" in window.status.currentMessage() and desk.weighed is None

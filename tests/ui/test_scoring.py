"""Runs as the window drives them: start, pause, cancel, a process that dies, banners, scale, the end."""

import time

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QMessageBox, QPushButton

from app.geometry import PointPx
from app.records.scores import CellState
from app.slides.probe import stop_probe_server
from app.ui.background import wait_for_background
from app.ui.dialogs.calibrate import CalibrateDialog

PATIENCE_MS = 180_000


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def children() -> list[psutil.Process]:
    """The scoring processes. The probing child and Python's resource tracker, which end with the program, are none."""
    stop_probe_server()
    found = psutil.Process().children(recursive=True)
    return [p for p in found if alive(p) and not any("resource_tracker" in part for part in p.cmdline())]


def state(window) -> str:
    return window.specimen.session.progress.state


@pytest.fixture
def running(open_window, large_path, dense_bundle, qtbot):
    """A window in the middle of a run."""
    window = open_window(large_path, model=dense_bundle)
    qtbot.waitUntil(lambda: state(window) == "running", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.specimen.session.progress.done > 0, timeout=PATIENCE_MS)
    return window


def test_scoring_starts_by_itself_and_can_be_paused_resumed_cancelled_and_started_again(running, qtbot):
    action = running.actions_["start_pause"]
    qtbot.waitUntil(lambda: "Pause" in action.text(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "tiles/s" in running.docks.analysis._speed.text(), timeout=PATIENCE_MS)
    action.trigger()
    assert state(running) == "paused"
    assert "Resume" in action.text()
    action.trigger()
    assert state(running) == "running"
    running.actions_["cancel"].trigger()
    assert state(running) == "cancelled"
    assert "Start" in action.text()
    assert not running.actions_["cancel"].isEnabled()
    scores = running.specimen.session.score_map()
    before = scores.version
    qtbot.wait(500)
    assert scores.version == before, "a result came after the cancel"
    qtbot.keyClick(running.stage.view, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: scores.version > before, timeout=PATIENCE_MS)


def test_a_dead_scoring_process_leaves_the_window_and_can_be_gone_on_from(running, qtbot):
    kept = int((running.specimen.session.score_map().states == CellState.SCORED).sum())
    for process in children():
        process.kill()
    qtbot.waitUntil(lambda: bool(running.findChildren(QMessageBox, "processDiedBox")), timeout=PATIENCE_MS)
    (box,) = running.findChildren(QMessageBox, "processDiedBox")
    assert "ended unexpectedly" in box.text()
    assert running.stage.view.has_slide
    go_on = next(b for b in box.findChildren(QPushButton) if "Go on" in b.text())
    go_on.click()
    qtbot.waitUntil(lambda: state(running) == "running", timeout=PATIENCE_MS)
    states = running.specimen.session.score_map().states
    assert int((states == CellState.SCORED).sum()) >= kept


def test_closing_while_scoring_leaves_no_process(running):
    mine = children()
    assert mine
    running.close()
    assert wait_for_background(20_000)
    deadline = time.monotonic() + 20
    while any(alive(p) for p in mine) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [p for p in mine if alive(p)]


def test_where_the_view_rests_is_scored_first(open_window, large_path, qtbot):
    window = open_window()
    window.settings.auto_start = False
    window.open_path(large_path)
    qtbot.waitUntil(lambda: window.specimen.session is not None, timeout=PATIENCE_MS)
    session, view = window.specimen.session, window.stage.view
    corner = session.score_map().cell_rect(session.score_map().states.size - 40)
    view.center_on(corner.center, 20.0)
    seen = view.visible_part()
    window.actions_["start_pause"].trigger()
    qtbot.waitUntil(lambda: session.progress.done > 0, timeout=PATIENCE_MS)
    session.pause()
    grid = session.score_map().grid
    rows, columns = (session.score_map().states == CellState.SCORED).nonzero()
    inside = [
        seen.intersects(session.score_map().cell_rect(int(r) * grid.columns + int(c)))
        for r, c in zip(rows, columns, strict=True)
    ]
    assert any(inside)
    assert sum(inside) >= min(len(inside), 8) // 2


def test_where_the_view_comes_to_rest_during_a_run_is_scored_next(running, qtbot):
    session, view = running.specimen.session, running.stage.view
    scores = session.score_map()
    # Among cells, and far from the middle of the slide, which was in view first.
    view.center_on(PointPx(2048 + 1300, 2048 + 1200), 40.0)
    middle = view.visible_part().center
    row, column = int(middle.y / scores.grid.stride_px), int(middle.x / scores.grid.stride_px)
    in_view = scores.states[row - 6 : row + 6, column - 6 : column + 6]
    assert (in_view == CellState.PENDING).sum() > 20
    qtbot.waitUntil(lambda: not (in_view == CellState.PENDING).any(), timeout=PATIENCE_MS)
    progress = session.progress
    assert progress.state == "running"
    assert progress.done < progress.total / 2


def test_phantom_model_on_a_real_slide_is_told_and_ranks_nothing(open_window, slide_path, phantom_bundle, qtbot):
    window = open_window(slide_path, model=phantom_bundle, finished=True)
    (banner,) = window.banners.texts()
    assert "phantoms" in banner
    assert window.banners.isVisible()
    qtbot.wait(1200)
    assert window.docks.fields.model.rowCount() == 0
    assert "phantom" in window.docks.fields._message.text()
    assert not window.actions_["next_field"].isEnabled()
    panel, heatmap = window.docks.overlay, window.actions_["heatmap"]
    assert {panel.table.item(row, column).text() for row in range(3) for column in (1, 2)} == {""}
    assert "phantoms" in panel._no_shares.text()
    assert panel._no_shares.isVisibleTo(panel)
    assert not heatmap.isChecked()
    heatmap.setChecked(True)
    assert window.stage.overlays.heatmap.visible
    assert "means nothing here" in window.stage.view.legend.sections[0].title
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: bool(window.case.store.specimen.ai_seen_utc), timeout=PATIENCE_MS)
    assert "The model was seen before a category" in window.sheet.panel.reading.text(), "asked for, but seen"
    heatmap.setChecked(False)
    assert window.settings.overlay_visible, "what is chosen here is not remembered for other slides"
    attention = window.actions_["attention"]
    attention.setChecked(True)
    assert window.stage.overlays.attention.visible
    assert not window.settings.attention_visible
    window.settings.attention_visible = True
    window.stage.overlays.apply_domain()
    assert not attention.isChecked() and not window.stage.overlays.attention.visible, "nothing shows unasked"
    window.settings.attention_visible = False

    window.actions_["demonstration"].setChecked(True)
    qtbot.waitUntil(lambda: any("emonstration" in text for text in window.banners.texts()), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.docks.fields.model.rowCount() > 0, timeout=PATIENCE_MS)
    assert len(window.banners.texts()) == 2
    assert heatmap.isChecked()
    assert window.actions_["next_field"].isEnabled()
    assert not panel._no_shares.isVisibleTo(panel)
    assert panel.table.item(0, 1).text()
    window.actions_["demonstration"].setChecked(False)
    qtbot.waitUntil(lambda: window.docks.fields.model.rowCount() == 0, timeout=PATIENCE_MS)


def test_without_a_scale_nothing_is_guessed_until_it_is_calibrated_and_remembered(open_window, unscaled_path, qtbot):
    window = open_window(unscaled_path)
    session = window.specimen.session
    assert not session.can_score
    assert state(window) == "idle"
    assert not any(action.isEnabled() for action in window.actions_.magnifications.values())
    assert any("scale" in text for text in window.banners.texts())
    assert "unknown" in window.status.scale.text()
    calibrate = next(b for b in window.banners.findChildren(QPushButton) if "Calibrate" in b.text())
    calibrate.click()
    dialog = window.findChild(QDialog, "calibrateDialog")
    dialog.mpp_box.setValue(0.25)
    dialog.accept()
    qtbot.waitUntil(
        lambda: window.specimen.session is not None and window.specimen.session.mpp == 0.25, timeout=PATIENCE_MS
    )
    assert all(action.isEnabled() for action in window.actions_.magnifications.values())
    assert "0.2500 µm/px" in window.status.scale.text()
    assert not any("scale" in text for text in window.banners.texts())
    qtbot.waitUntil(lambda: state(window) in ("running", "finished"), timeout=PATIENCE_MS)
    assert window.specimen.session.score_map().provenance.mpp_source == "calibrated"
    window.close()
    assert wait_for_background(20_000)

    later = open_window(unscaled_path)
    assert later.specimen.session.mpp == 0.25


def test_a_scale_is_never_filled_in_and_a_calibration_can_be_taken_back(open_window, slide_path, qtbot):
    window = open_window(slide_path)
    window.settings.auto_start = False

    def calibrate() -> CalibrateDialog:
        window.actions_["calibrate"].trigger()
        return window.findChildren(CalibrateDialog)[-1]

    dialog = calibrate()
    assert dialog.mpp is None
    assert not dialog.use_button.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible(), "Enter invents no scale"
    dialog.mpp_box.setValue(0.04)
    assert not dialog.use_button.isEnabled()
    dialog.mpp_box.setFocus()
    dialog.mpp_box.selectAll()
    qtbot.keyClicks(dialog.mpp_box, "0.5")
    assert dialog.use_button.isEnabled()
    assert dialog.findChild(QPushButton, "backToFileScale") is None
    dialog.accept()
    qtbot.waitUntil(lambda: window.specimen.session is not None and window.specimen.session.mpp == 0.5)
    assert any("0.5000" in text and "0.2500" in text for text in window.banners.texts())
    assert "calibrated" in window.status.scale.text()

    dialog = calibrate()
    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "in use is 0.5000 µm/px, calibrated by you" in texts
    assert "file says 0.2500" in texts
    dialog.findChild(QPushButton, "backToFileScale").click()
    qtbot.waitUntil(lambda: window.specimen.session is not None and window.specimen.session.mpp == 0.25)
    assert window.settings.calibrations == {}
    assert window.banners.texts() == []
    assert "calibrated" not in window.status.scale.text()


def test_a_broken_model_keeps_the_slide_open_and_is_told(open_window, slide_path, tmp_path, qtbot):
    broken = tmp_path / "broken.fnabundle"
    broken.mkdir()
    (broken / "card.json").write_text("{", encoding="utf-8")
    window = open_window(model=None)
    window.use_bundle(broken)
    window.open_path(slide_path)
    qtbot.waitUntil(lambda: window.specimen.session is not None, timeout=PATIENCE_MS)
    assert window.specimen.session.bundle is None
    assert any("card.json" in text for text in window.banners.texts())
    assert not window.actions_["start_pause"].isEnabled()

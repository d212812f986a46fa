"""A scored slide in the window: panels, overlays, gallery, keys, status bar, exports."""

import csv
import json

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from app.geometry import PointPx
from app.records.scores import CellState
from app.ui.background import wait_for_background
from app.ui.snapshot import snapshot_lines
from tests.bundles import CLASSES

PATIENCE_MS = 180_000
RED_CORNER_PX = (1000, 500)


@pytest.fixture
def scored(open_window, slide_path, qtbot):
    """The window with the drawn slide, all of it scored."""
    window = open_window(slide_path, finished=True)
    window.activateWindow()
    qtbot.waitUntil(lambda: window.docks.fields.model.rowCount() > 0, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.stage.view.is_sharp, timeout=PATIENCE_MS)
    # What is looked at long enough is tinted as seen, at a moment that pictures must not depend on.
    window.actions_["coverage"].setChecked(False)
    return window


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : image.width() * 3].copy()


def middle_of(window, cell: int) -> QPointF:
    """Where the middle of a cell lies in the view, in logical pixels."""
    center = window.specimen.session.score_map().cell_rect(cell).center
    x, y = window.stage.view.transform.to_device(center)
    ratio = window.stage.view.devicePixelRatioF()
    return QPointF(x / ratio, y / ratio)


def point_at(window, state: CellState) -> tuple[int, QPointF]:
    """A cell of this state and its place in the view."""
    states = window.specimen.session.score_map().states.ravel()
    cell = int(np.flatnonzero(states == state)[len(np.flatnonzero(states == state)) // 2])
    return cell, middle_of(window, cell)


def test_panel_and_summary_agree_with_the_session(scored, qtbot):
    summary = scored.specimen.session.summary()
    table = scored.docks.overlay.table
    assert [table.item(row, 0).text() for row in range(table.rowCount())] == [c.name for c in CLASSES]
    counts = [f"{c.count:,}" for c in summary.per_class]
    # The panel follows the end of the run within a second or so.
    qtbot.waitUntil(
        lambda: [table.item(row, 1).text() for row in range(table.rowCount())] == counts, timeout=PATIENCE_MS
    )
    assert f"{summary.background:,}" in scored.docks.overlay._counts.text()
    assert f"{summary.tiles_scored:,}" in scored.docks.analysis._state.text()
    assert "CPU" in scored.docks.analysis._device.text()
    assert "tiny" in scored.status.model.text()
    assert scored.banners.texts() == []


def test_gallery_pictures_are_loaded_and_show_red_cells(scored, qtbot):
    model = scored.docks.fields.model
    qtbot.waitUntil(lambda: model.data(model.index(0), Qt.ItemDataRole.UserRole + 2) is not None, timeout=PATIENCE_MS)
    picture = pixels(model.data(model.index(0), Qt.ItemDataRole.UserRole + 2)).reshape(-1, 3).astype(int)
    reddish = (picture[:, 0] - picture[:, 2] > 40).mean()
    assert reddish > 0.02


def test_status_bar_tells_probabilities_of_the_tile_under_the_pointer(scored):
    score_map = scored.specimen.session.score_map()
    cell, place = point_at(scored, CellState.SCORED)
    scored.stage.view.set_pointer(place)
    row, column = divmod(cell, score_map.grid.columns)
    for info, probability in zip(CLASSES, score_map.probabilities[row, column], strict=True):
        assert f"{info.name} {probability:.3f}" in scored.status.probabilities.text()
    assert "µm" in scored.status.position.text()
    assert "0.2500 µm/px" in scored.status.scale.text()

    _, place = point_at(scored, CellState.BACKGROUND)
    scored.stage.view.set_pointer(place)
    assert scored.status.probabilities.text() == "empty, not scored"
    scored.stage.view.set_pointer(QPointF(2, 2))
    assert scored.status.position.text() == "", "beyond the slide"
    scored.stage.view.set_pointer(None)
    assert scored.status.position.text() == ""


def test_status_bar_says_not_scored_before_a_run(open_window, slide_path):
    window = open_window()
    window.settings.auto_start = False
    window.close()
    assert wait_for_background(10_000)  # the settings are written on a worker
    window = open_window(slide_path)
    assert window.settings.auto_start is False
    _, place = point_at(window, CellState.PENDING)
    window.stage.view.set_pointer(place)
    assert window.status.probabilities.text() == "not scored"


def test_keys_of_the_microscope(scored, qtbot):
    view = scored.stage.view
    qtbot.keyClick(view, Qt.Key.Key_4)
    assert view.magnification == pytest.approx(10)
    assert scored.actions_.magnifications[10.0].isChecked()
    assert not scored.actions_.magnifications[20.0].isChecked()
    assert scored.status.scale.text().startswith("10x")
    qtbot.keyClick(view, Qt.Key.Key_R)
    assert view.transform.rotation_deg % 360 == pytest.approx(15)
    assert "15°" in scored.status.scale.text()
    assert scored.actions_["rotate_reset"].isEnabled()
    qtbot.keyClick(view, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert view.transform.rotation_deg % 360 == pytest.approx(105)
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.transform.rotation_deg % 360 == 0
    assert not scored.actions_["rotate_reset"].isEnabled()
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.visible_part().width == pytest.approx(2048)


@pytest.fixture
def picture(scored, qtbot):
    """The slide with its layers, once what was asked for is drawn (the canvas gathers for a tenth of a second)."""

    def take() -> np.ndarray:
        qtbot.wait(150)
        return pixels(scored.stage.view.grab_image())

    scored.stage.view.fit()
    return take


def test_heatmap_key_panel_and_hold_key(scored, picture, qtbot):
    view = scored.stage.view
    with_heatmap = picture()
    qtbot.keyClick(view, Qt.Key.Key_O)
    assert not scored.actions_["heatmap"].isChecked()
    bare = picture()
    assert (bare != with_heatmap).mean() > 0.05
    qtbot.keyClick(view, Qt.Key.Key_O)
    assert (picture() == with_heatmap).all()

    scored.docks.tabs.setFocus()  # wherever the focus is
    qtbot.keyPress(scored, Qt.Key.Key_H)
    assert (picture() == bare).all()
    qtbot.keyRelease(scored, Qt.Key.Key_H)
    assert (picture() == with_heatmap).all()


def test_legend_and_minimap_go_and_come_and_are_remembered(scored, qtbot):
    view, settings = scored.stage.view, scored.settings
    for key, name, instrument in ((Qt.Key.Key_L, "legend", view.legend), (Qt.Key.Key_M, "minimap", view.minimap)):
        assert instrument.isVisible()
        qtbot.keyClick(view, key)
        assert not instrument.isVisible()
        assert getattr(settings, f"{name}_visible") is False
        qtbot.keyClick(view, key)
        assert instrument.isVisible()
        assert getattr(settings, f"{name}_visible") is True


def test_class_ticks_threshold_and_single_class_reach_the_picture(scored, picture):
    panel = scored.docks.overlay
    scored.actions_["heatmap"].setChecked(False)
    bare = picture()
    scored.actions_["heatmap"].setChecked(True)
    keys = [info.key for info in scored.specimen.session.bundle.card.classes]
    ticked = {keys[index] for index in panel.table.shown_classes()}
    assert ticked == set(keys) - {"background"}, "a slide is opened with its background untinted"
    opened = picture()
    panel.table.show_all(True)
    everything = picture()
    assert (opened != everything).any()
    panel.table.show_all(False)
    assert panel.table.shown_classes() == frozenset()
    assert (picture() == bare).all()
    panel.table.item(2, 0).setCheckState(Qt.CheckState.Checked)
    red_only = picture()
    assert (red_only != bare).any()
    assert (red_only != everything).any()
    panel.table.show_all(True)
    assert (picture() == everything).all()
    panel.threshold.setValue(100)
    assert (picture() != everything).any()
    panel.threshold.setValue(0)
    panel.mode.setCurrentIndex(1)
    assert scored.stage.overlays.heatmap.shown_class == 0
    panel.opacity.setValue(0)
    assert (picture() == bare).all()


def test_attention_comes_for_the_tiles_in_view(scored, qtbot):
    session, view = scored.specimen.session, scored.stage.view
    cell, _ = point_at(scored, CellState.SCORED)
    scored.actions_["heatmap"].setChecked(False)
    view.center_on(session.score_map().cell_rect(cell).center, 40.0)
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    bare = pixels(view.grab_image())
    scored.actions_["attention"].setChecked(True)
    qtbot.waitUntil(lambda: session.attention(cell) is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: bool((pixels(view.grab_image()) != bare).any()), timeout=PATIENCE_MS)
    view.fit()
    view.set_magnification(1.25)
    assert not scored.docks.overlay._attention_hint.isHidden()


def test_pointer_is_told_by_cell_not_by_pixel_of_the_screen(scored):
    """The tile named in the status bar is the one whose square lies under the pointer, also when turned."""
    view, score_map = scored.stage.view, scored.specimen.session.score_map()
    view.set_magnification(10.0)
    view.rotate_by(37.0)
    width, height = view.transform.viewport_device
    point = view.transform.to_slide(width * 0.4, height * 0.6)
    row, column = scored.stage.overlays.cell_at(point)
    rect = score_map.cell_rect(row * score_map.grid.columns + column)
    middle = rect.center
    assert abs(point.x - middle.x) <= score_map.grid.stride_px / 2 + 1e-6
    assert abs(point.y - middle.y) <= score_map.grid.stride_px / 2 + 1e-6
    assert scored.stage.overlays.cell_at(PointPx(-5, 10)) is None


def test_exports_are_written_and_stamped(scored, tmp_path, qtbot):
    scored.actions_["export_all"].trigger()
    (dialog,) = scored.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "results"))
    dialog.reject()
    qtbot.waitUntil(lambda: (tmp_path / "results" / "summary.json").is_file(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "results" in scored.status.currentMessage(), timeout=PATIENCE_MS)
    with (tmp_path / "results" / "scores.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(stream)
    assert any("Research Use Only" in line for line in lines)
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert sum(row["state"].lower() == "scored" for row in rows) == scored.specimen.session.summary().tiles_scored
    assert len(list((tmp_path / "results").glob("heatmap-*.png"))) == len(CLASSES)
    json.loads((tmp_path / "results" / "scores.geojson").read_text(encoding="utf-8"))


def test_snapshot_says_where_it_comes_from(scored):
    session = scored.specimen.session
    _, program, model, *_ = snapshot_lines(scored)
    assert session.slide.info.fingerprint in program
    assert "0.2500 µm/px, from the file" in program
    assert session.bundle.card.name in model
    assert session.bundle.hash in model
    assert "opacity 35%, threshold 0%" in model
    scored.actions_["heatmap"].setChecked(False)
    assert not any(session.bundle.hash in line for line in snapshot_lines(scored))


def test_snapshot_holds_view_and_footer_and_names_no_file(scored, tmp_path, slide_path, qtbot):
    scored.stage.view.fit()
    scored.actions_["snapshot"].trigger()
    (dialog,) = scored.findChildren(QFileDialog)
    assert dialog.selectedFiles()[0].endswith("snapshot.png")
    target = tmp_path / "picture.png"
    dialog.fileSelected.emit(str(target))
    dialog.reject()
    qtbot.waitUntil(target.is_file, timeout=PATIENCE_MS)
    assert wait_for_background(20_000)
    view = scored.stage.view.grab_image()
    written = QImage(str(target))
    assert written.width() == view.width()
    assert written.height() > view.height()
    footer = pixels(written)[view.height() + 1 :]
    assert (footer < 128).any(), "the footer says something"
    assert slide_path.stem.encode() not in target.read_bytes()
    assert not list(tmp_path.glob(".*.part"))

"""Two slides side by side: opened, linked by microns, aligned by pointing, closed."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog

from app.geometry import PointPx
from app.ui.background import wait_for_background
from tests.drawn_slides import BLUE, draw, write_slide

PATIENCE_MS = 180_000


@pytest.fixture(scope="module")
def coarse_path(tmp_path_factory) -> Path:
    """1024 x 768 px of 0.5 um: as large as the other slide, on glass."""
    image = draw(1024, 768, [(300, 300, BLUE)])
    return write_slide(tmp_path_factory.mktemp("slides") / "mgg.tif", image, mpp=0.5)


@pytest.fixture
def pair(open_window, slide_path, coarse_path, qtbot):
    """A window with both slides."""
    window = open_window(slide_path, finished=True)
    window.actions_["open_beside"].trigger()
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(coarse_path))
    dialog.reject()
    qtbot.waitUntil(lambda: window.beside.current is not None, timeout=PATIENCE_MS)
    return window


def middle(view) -> PointPx:
    return view.transform.to_slide(*(side / 2 for side in view.transform.viewport_device))


def off_middle(view, point: PointPx) -> tuple[float, float]:
    x, y = view.transform.to_device(point)
    width, height = view.transform.viewport_device
    return x - width / 2, y - height / 2


def magnifications(window) -> tuple[float, float]:
    return window.stage.view.magnification, window.beside.pane.view.magnification


def test_both_move_together_by_microns_until_unlinked(pair):
    view, second = pair.stage.view, pair.beside.pane.view
    assert second.width() == pytest.approx(view.width(), abs=10), "each has half"
    assert second.isVisible() and pair.actions_["link_views"].isChecked()
    first_start, second_start = middle(view), middle(second)
    view.set_magnification(20)
    assert magnifications(pair) == pytest.approx((20, 20))
    view.center_on(PointPx(first_start.x + 200, first_start.y))
    assert middle(second).x - second_start.x == pytest.approx(100, abs=1.5), "half as many pixels of twice the size"
    view.rotate_by(90)
    assert second.transform.rotation_deg == 90
    second.set_magnification(10)
    assert magnifications(pair) == pytest.approx((10, 10)), "either side leads"

    pair.actions_["link_views"].trigger()
    before = middle(second)
    view.center_on(PointPx(500, 500), 40)
    assert middle(second) == before
    assert second.magnification == pytest.approx(10)


def test_pointing_at_one_place_in_both_aligns_them(pair, qtbot):
    view, second = pair.stage.view, pair.beside.pane.view
    pair.actions_["align_views"].trigger()
    assert "same place" in pair.beside.pane._hint.text()
    here, there = QPoint(view.width() // 2 + 40, 200), QPoint(second.width() // 2 - 30, 260)
    here_px = view.transform.to_slide(here.x(), here.y())
    there_px = second.transform.to_slide(there.x(), there.y())
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=here)
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton, pos=there)
    assert pair.beside.pane._hint.text() == ""
    assert pair.actions_["link_views"].isChecked()
    assert off_middle(second, there_px) == pytest.approx(off_middle(view, here_px), abs=2)


def test_a_second_slide_without_scale_is_shown_but_not_linked_and_closing_restores(pair, unscaled_path, qtbot):
    pair.beside.open(unscaled_path)
    qtbot.waitUntil(
        lambda: pair.beside.current is not None and pair.beside.current.request.slide_path == unscaled_path,
        timeout=PATIENCE_MS,
    )
    assert not pair.actions_["link_views"].isEnabled()
    assert "scale" in pair.beside.pane._hint.text()
    pair.actions_["close_beside"].trigger()
    assert not pair.beside.pane.isVisible()
    assert pair.beside.current is None
    assert pair.specimen.session is not None
    pair.actions_["close_slide"].trigger()
    assert not pair.actions_["open_beside"].isEnabled()


def test_stored_scores_of_the_second_slide_can_be_shown(pair, slide_path, coarse_path, qtbot):
    assert not pair.actions_["heatmap_beside"].isEnabled(), "that slide was never scored"
    pair.open_path(coarse_path)
    qtbot.waitUntil(lambda: pair.specimen.session.slide.info.path == coarse_path, timeout=PATIENCE_MS)
    assert pair.beside.pane.isVisible(), "another first slide leaves the second"
    assert wait_for_background(20_000), "the first one's scores are stored when it has closed"
    pair.beside.open(slide_path)
    qtbot.waitUntil(
        lambda: pair.beside.current is not None and pair.beside.current.request.slide_path == slide_path,
        timeout=PATIENCE_MS,
    )
    assert pair.actions_["heatmap_beside"].isChecked()
    pair.actions_["heatmap_beside"].trigger()
    assert not pair.beside._heatmap.visible


def test_the_second_slide_follows_the_demonstration_mode(open_window, slide_path, coarse_path, phantom_bundle, qtbot):
    window = open_window(slide_path, model=phantom_bundle, finished=True)
    window.open_path(coarse_path)
    qtbot.waitUntil(lambda: window.specimen.session.slide.info.path == coarse_path, timeout=PATIENCE_MS)
    assert wait_for_background(20_000)
    window.beside.open(slide_path)
    qtbot.waitUntil(lambda: window.beside.current is not None, timeout=PATIENCE_MS)
    assert not window.beside.shows_heatmap and not window.beside._heatmap.flags_shown
    window.actions_["demonstration"].setChecked(True)
    window.actions_["heatmap_beside"].setChecked(True)
    assert window.beside.shows_heatmap and window.beside._heatmap.flags_shown
    window.actions_["demonstration"].setChecked(False)
    assert not window.beside.shows_heatmap and not window.actions_["heatmap_beside"].isChecked()

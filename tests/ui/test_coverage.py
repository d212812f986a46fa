"""The coverage track in a real window: what counts, where J goes, and that it is there again after reopening."""

import cv2
import pytest
from PySide6.QtCore import Qt

from app.geometry import PointPx
from app.ui.coverage import CoverageTrack
from tests.drawn_slides import draw, write_slide

PATIENCE_MS = 60_000


def track_of(window) -> CoverageTrack:
    return window.stage.coverage


def test_fields_are_seen_found_and_remembered(open_window, slide_path, qtbot):
    window = open_window(slide_path, finished=True)
    window.activateWindow()
    track, view = track_of(window), window.stage.view
    qtbot.waitUntil(lambda: track.weights is not None and window.case.store is not None, timeout=PATIENCE_MS)
    assert track.shares[40.0] == 0.0
    track.choose(40.0)
    fields = []
    for _ in range(2):
        before = track.shares[40.0]
        qtbot.keyClick(window, Qt.Key.Key_J)
        assert view.magnification == pytest.approx(40.0)
        qtbot.waitUntil(lambda before=before: track.shares[40.0] > before, timeout=PATIENCE_MS)
        fields.append(view.transform.center)
    assert fields[0] != fields[1]
    assert track.shares[40.0] <= track.shares[20.0] <= track.shares[10.0]
    assert "40x" in view.instruments.coverage.text
    kept = dict(track.shares)
    window.close()
    again = open_window(slide_path)
    qtbot.waitUntil(lambda: (track_of(again).shares or {}).get(40.0, 0) >= kept[40.0], timeout=PATIENCE_MS)


def test_what_nobody_looked_at_is_not_seen(open_window, slide_path, qtbot):
    window = open_window(slide_path, model=None)
    track, view = track_of(window), window.stage.view
    other = open_window()
    other.activateWindow()
    qtbot.waitUntil(lambda: not window.isActiveWindow(), timeout=PATIENCE_MS)
    view.set_magnification(20.0)
    qtbot.waitUntil(lambda: view.is_sharp, timeout=PATIENCE_MS)
    qtbot.wait(900)
    assert not track.coverage.codes.any()
    window.activateWindow()
    qtbot.waitUntil(lambda: bool(track.coverage.codes.any()), timeout=PATIENCE_MS)


def test_without_scores_j_finds_the_cells_first_and_without_a_scale_says_so(
    open_window, slide_path, unscaled_path, qtbot
):
    window = open_window()
    window.settings.auto_start = False
    window.open_path(slide_path)
    qtbot.waitUntil(lambda: window.specimen.session is not None, timeout=PATIENCE_MS)
    track = track_of(window)
    assert track.shares is None and "cells are found" in window.stage.view.instruments.coverage.text
    window.actions_["next_unseen"].trigger()
    qtbot.waitUntil(lambda: track.weights is not None, timeout=PATIENCE_MS)
    assert window.stage.view.magnification == pytest.approx(20.0)
    bare = open_window(unscaled_path, model=None)
    bare.actions_["next_unseen"].trigger()
    assert "scale" in bare.status.currentMessage()
    assert track_of(bare).coverage is None


def test_a_blurred_field_does_not_count_and_the_reader_is_told(open_window, tmp_path, drawn_cells, qtbot):
    blurred = cv2.GaussianBlur(draw(2048, 1536, drawn_cells), (0, 0), 16)
    window = open_window(write_slide(tmp_path / "blurred.tif", blurred), model=None)
    window.activateWindow()
    track, view = track_of(window), window.stage.view
    view.center_on(PointPx(700, 700), 20.0)
    qtbot.waitUntil(lambda: "out of focus" in window.status.currentMessage(), timeout=PATIENCE_MS)
    qtbot.wait(700)
    assert not track.coverage.codes.any()
    qtbot.waitUntil(lambda: track.weights is not None, timeout=PATIENCE_MS)
    track.choose(20.0)
    places = set()
    for _ in range(3):
        window.actions_["next_unseen"].trigger()
        places.add((view.transform.center.x, view.transform.center.y))
    assert len(places) == 3, "whoever is not shown anything sharp is not held in one place"

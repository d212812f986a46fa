"""Human first: nothing of the model before a category is chosen, and an honest word on how it was."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.records.bethesda import BethesdaCategory
from app.records.specimen import ReadingMode

CTRL = Qt.KeyboardModifier.ControlModifier
PATIENCE_MS = 120_000


@pytest.fixture
def human_first(open_window, qtbot, slide_path):
    """A window whose cases begin with the human, with the drawn slide scored to its end."""
    window = open_window()
    window.settings.human_first = True
    window.open_path(slide_path)
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.specimen.session.progress.state == "finished", timeout=PATIENCE_MS)
    window.findings.refresh_now()
    return window


def shows_the_model(window) -> dict[str, bool]:
    """Every place where something of the model can be seen or reached."""
    overlays, actions = window.stage.overlays, window.actions_
    return {
        "heatmap": overlays.heatmap.visible,
        "attention": overlays.attention.visible,
        "gallery": not window.docks.concealed_fields.is_concealed,
        "classes": not window.docks.concealed_overlay.is_concealed,
        "readout": window.status.probabilities.isVisibleTo(window),
        **{name: actions[name].isVisible() for name in ("heatmap", "next_field", "export_csv", "export_all")},
    }


def test_nothing_of_the_model_shows_before_the_category(human_first, qtbot):
    window = human_first
    assert window.sheet.reading_mode.ai_hidden
    assert not any(shows_the_model(window).values())
    center = window.stage.view.transform.center
    for key in (Qt.Key.Key_N, Qt.Key.Key_O, Qt.Key.Key_A, Qt.Key.Key_B):
        QTest.keyClick(window, key)
    assert not any(shows_the_model(window).values()), "their keys do nothing"
    assert window.stage.view.transform.center == center
    assert window.case.store.specimen.ai_seen_utc == ""

    QTest.keyClick(window, Qt.Key.Key_4, CTRL)
    shown = shows_the_model(window)
    assert not shown.pop("attention"), "it is off unless asked for"
    assert all(shown.values())
    specimen = window.case.store.specimen
    assert specimen.ai_seen_utc and specimen.category_before_ai is BethesdaCategory.FOLLICULAR_NEOPLASM
    assert window.case.store.sheet.reading_mode is ReadingMode.HUMAN_FIRST


def test_undo_hides_the_model_again_but_not_that_it_was_seen(human_first):
    window = human_first
    QTest.keyClick(window, Qt.Key.Key_4, CTRL)
    window.case.undo()
    assert window.case.store.sheet.category is None
    assert window.sheet.reading_mode.ai_hidden
    QTest.keyClick(window, Qt.Key.Key_6, CTRL)
    specimen = window.case.store.specimen
    assert specimen.category_before_ai is BethesdaCategory.FOLLICULAR_NEOPLASM, "the first choice stands"


def test_switching_over_after_the_model_was_seen_is_told(open_window, qtbot, slide_path):
    window = open_window(slide_path, finished=True)
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    window.sheet.reading_mode.note_if_seen()
    assert not window.sheet.reading_mode.ai_hidden
    seen = window.case.store.specimen
    assert seen.ai_seen_utc and seen.category_before_ai is None
    window.actions_["human_first"].trigger()
    assert window.sheet.reading_mode.ai_hidden
    QTest.keyClick(window, Qt.Key.Key_2, CTRL)
    assert window.case.store.specimen == seen, "nothing was chosen before it was seen"
    assert "seen before it was hidden" in window.sheet.panel.reading.text()

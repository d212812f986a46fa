"""Results of another model in the window: told as not current, listed, and scores made again."""

import pytest
from PySide6.QtWidgets import QMessageBox

from app.case.stored_results import list_results
from app.session.model_library import import_model
from app.ui.dialogs.stored_results import StoredResultsDialog
from tests.bundles import make_bundle

PATIENCE_MS = 180_000


@pytest.fixture
def twice(open_window, slide_path, tmp_path, qtbot):
    """A window that scored the slide with one installed model, and then opened it with another."""
    window = open_window(slide_path, finished=True)
    first = window.specimen.session.bundle
    second = make_bundle(tmp_path / "made", "second", temperature=1.0, stride_um=32.0)
    import_model(first.path, window.paths.data_dir)
    window.use_bundle(second.path)
    qtbot.waitUntil(
        lambda: window.specimen.session is not None and window.specimen.session.bundle.hash == second.hash,
        timeout=PATIENCE_MS,
    )
    return window


def test_a_stale_result_is_told_listed_and_discarded(twice, qtbot):
    qtbot.waitUntil(lambda: any("not current (another model)" in t for t in twice.banners.texts()), timeout=PATIENCE_MS)
    (text,) = [t for t in twice.banners.texts() if "not current" in t]
    assert "tiny at 0.5 µm/px" in text
    twice.actions_["stored_results"].trigger()
    (dialog,) = twice.findChildren(StoredResultsDialog)
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=PATIENCE_MS)
    states = {
        dialog.table.item(row, 0).text(): dialog.table.item(row, 5).text() for row in range(dialog.table.rowCount())
    }
    assert states["tiny"] == "not current: another model"
    row = next(row for row in range(dialog.table.rowCount()) if dialog.table.item(row, 0).text() == "tiny")
    dialog.table.selectRow(row)
    assert dialog.use.isEnabled() and dialog.discard.isEnabled()
    dialog.discard.click()
    qtbot.waitUntil(
        lambda: "tiny" not in [dialog.table.item(r, 0).text() for r in range(dialog.table.rowCount())],
        timeout=PATIENCE_MS,
    )
    fingerprint = twice.specimen.session.slide.info.fingerprint
    assert "tiny" not in [r.provenance.model_name for r in list_results(twice.paths.data_dir, fingerprint)]


def test_the_model_of_a_stale_result_can_be_taken_up_again(twice, qtbot):
    twice.actions_["stored_results"].trigger()
    (dialog,) = twice.findChildren(StoredResultsDialog)
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=PATIENCE_MS)
    row = next(row for row in range(dialog.table.rowCount()) if dialog.table.item(row, 0).text() == "tiny")
    dialog.table.selectRow(row)
    dialog.use.click()
    qtbot.waitUntil(
        lambda: twice.specimen.session is not None and twice.specimen.session.bundle.card.name == "tiny",
        timeout=PATIENCE_MS,
    )
    assert twice.specimen.session.progress.state in ("finished", "running", "starting", "finding cells")
    assert not any("not current" in text for text in twice.banners.texts())


def test_scores_are_discarded_and_made_again_after_a_question(open_window, slide_path, qtbot):
    window = open_window(slide_path, finished=True)
    former = window.specimen.session
    window.actions_["score_again"].trigger()
    (box,) = [b for b in window.findChildren(QMessageBox) if b.objectName() == "scoreAgainBox"]
    (again,) = [b for b in box.buttons() if box.buttonRole(b) is QMessageBox.ButtonRole.AcceptRole]
    again.click()
    qtbot.waitUntil(lambda: window.specimen.session not in (None, former), timeout=PATIENCE_MS)
    session = window.specimen.session
    assert session.progress.done == 0 or session.progress.state != "finished", "begun anew"
    qtbot.waitUntil(lambda: session.progress.state == "finished", timeout=PATIENCE_MS)
    assert session.summary().tiles_scored > 0

"""The model manager in the window."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox

from app.ui.dialogs.models import ModelsDialog
from tests.bundles import make_bundle

PATIENCE_MS = 60_000


@pytest.fixture
def dialog(open_window, qtbot):
    window = open_window()
    window._bundle_path = None  # as without --model: the settings decide
    window.actions_["models"].trigger()
    (made,) = window.findChildren(ModelsDialog)
    qtbot.waitUntil(lambda: made.table.rowCount() > 0, timeout=PATIENCE_MS)
    yield made
    made.reject()


def names(dialog) -> list[str]:
    return [dialog.table.item(row, 0).text() for row in range(dialog.table.rowCount())]


def test_import_choose_check_and_remove(dialog, qtbot, tmp_path):
    window = dialog._window
    assert names(dialog) == ["demo"] and dialog.table.item(0, 3).text() == "scoring"
    assert not dialog.remove.isEnabled(), "the program's own stays"
    dialog.import_from(make_bundle(tmp_path, "second").path)
    qtbot.waitUntil(lambda: names(dialog) == ["demo", "second"], timeout=PATIENCE_MS)
    dialog.table.selectRow(1)
    dialog.advise.click()
    qtbot.waitUntil(lambda: dialog.table.item(1, 3).text() == "second opinions", timeout=PATIENCE_MS)
    assert Path(window.settings.teacher_path).parent == window.paths.data_dir / "models"
    dialog.use.click()
    qtbot.waitUntil(lambda: dialog.table.item(1, 3).text() == "scoring, second opinions", timeout=PATIENCE_MS)
    assert window.bundle_path == Path(window.settings.model_path) == Path(window.settings.teacher_path)
    dialog.remove.click()
    assert "is in use" in dialog.results.text()
    dialog.check.click()
    qtbot.waitUntil(lambda: "✓" in dialog.results.text(), timeout=PATIENCE_MS)
    assert dialog.results.text().startswith("fp32: ✓ 6 reference tiles agree")
    dialog.table.selectRow(0)
    dialog.use.click()
    dialog.table.selectRow(1)
    qtbot.waitUntil(lambda: dialog.table.item(1, 3).text() == "second opinions", timeout=PATIENCE_MS)
    dialog.advise.click()
    qtbot.waitUntil(lambda: dialog.table.item(1, 3).text() == "", timeout=PATIENCE_MS)
    dialog.table.selectRow(1)
    dialog.remove.click()
    qtbot.waitUntil(lambda: names(dialog) == ["demo"], timeout=PATIENCE_MS)


def test_a_wrong_file_is_told_in_one_sentence(dialog, qtbot, tmp_path):
    wrong = tmp_path / "photo.zip"
    wrong.write_text("no zip")
    dialog.import_from(wrong)
    qtbot.waitUntil(lambda: bool(dialog.findChildren(QMessageBox)), timeout=PATIENCE_MS)
    (box,) = dialog.findChildren(QMessageBox)
    assert "photo.zip is damaged or no zip file" in box.text()
    box.close()
    assert names(dialog) == ["demo"] and dialog.add_zip.isEnabled()

"""Every control says what it is, to a screen reader and in a tooltip; in every panel and dialog."""

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QToolButton,
    QWidget,
)

PATIENCE_MS = 180_000
CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit,
    QTextEdit,
)  # fmt: skip
DIALOGS = ("preferences", "shortcuts", "about", "calibrate", "model_card")


def nameless(root: QWidget) -> list[str]:
    """Controls below ``root`` that a screen reader could not name."""
    buddies = {label.buddy() for label in root.findChildren(QLabel) if label.buddy() is not None}
    found = []
    for control in root.findChildren(QWidget):
        if not isinstance(control, CONTROLS) or isinstance(control, (QScrollBar, QTabBar)) or is_inner(control):
            continue
        text = control.text() if isinstance(control, QAbstractButton) else ""
        if not (control.accessibleName() or text.strip() or control in buddies):
            owner = control.parentWidget()
            found.append(f"{type(control).__name__} {control.objectName()!r} in {type(owner).__name__}")
    return found


def is_inner(control: QWidget) -> bool:
    """Parts that Qt builds into its own controls: their owner speaks for them."""
    owner = control.parentWidget()
    name = control.objectName()
    if name.startswith("qt_") or type(control).__name__ in ("QHeaderView", "QTableCornerButton"):
        return True
    while owner is not None:
        if isinstance(owner, (QComboBox, QAbstractSpinBox, QTabBar, QLineEdit)):
            return True
        if isinstance(owner, QAbstractItemView) and type(control).__name__ in ("QAbstractButton", "QLineEdit"):
            return True
        owner = owner.parentWidget()
    return False


def test_every_control_of_the_window_has_a_name(open_window, slide_path, qtbot):
    window = open_window(slide_path, finished=True)
    window.beside.open(slide_path)
    qtbot.waitUntil(lambda: window.beside.current is not None, timeout=PATIENCE_MS)
    for tabs in (window.docks.tabs, window.docks.left_tabs):
        for place in range(tabs.count()):
            tabs.setCurrentIndex(place)
    missing = nameless(window)
    assert not missing, "\n".join(missing)
    for button in window.findChildren(QToolButton):
        if not is_inner(button) and button.defaultAction() is not None:
            keys = button.defaultAction().shortcut().toString()
            assert not keys or keys in button.toolTip() or "(" in button.toolTip(), button.defaultAction().text()


@pytest.mark.parametrize("name", DIALOGS)
def test_every_control_of_a_dialog_has_a_name(open_window, slide_path, name):
    window = open_window(slide_path)
    window.actions_[name].trigger()
    (dialog,) = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
    missing = nameless(dialog)
    dialog.close()
    assert not missing, "\n".join(missing)


def test_the_shortcut_sheet_names_every_key_and_is_narrowed_by_typing(open_window):
    window = open_window()
    window.actions_["shortcuts"].trigger()
    sheet = window.findChild(QDialog, "shortcutsDialog")
    texts = {label.text() for label in sheet.findChildren(QLabel)}
    for spec, action in window.actions_:
        if action.shortcut().toString():
            assert any(action.shortcut().toString() in text.split("  ") for text in texts), spec.name

    def shown() -> set[str]:
        return {label.text() for label in sheet.findChildren(QLabel) if label.isVisible()}

    sheet.search.setText("heatmap")
    assert "Class heatmap" in shown() and "Fit to window" not in shown()
    sheet.search.setText("ctrl+o")
    assert "Open slide" in shown() and "Class heatmap" not in shown()
    sheet.search.setText("no such thing")
    assert sheet._nothing.isVisible()
    sheet.close()

"""An error in words, with the details to copy for whoever has to help."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from app.ui.sentences import in_words


def show_error(parent: QWidget | None, text: str, details: str = "", *, hint: str = "") -> QMessageBox:
    """Open, without blocking, a box with one sentence, a further hint, and ``Copy details``."""
    box = QMessageBox(parent)
    box.setObjectName("errorBox")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("FNAScope")
    box.setText(in_words(text))
    if hint:
        box.setInformativeText(in_words(hint))
    close = box.addButton(QMessageBox.StandardButton.Close)
    copy = QPushButton(QCoreApplication.translate("ErrorBox", "Copy &details"), box)
    copy.setObjectName("copyDetails")
    box.addButton(copy, QMessageBox.ButtonRole.ActionRole)
    copy.clicked.disconnect()  # copying keeps the box open
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(f"{text}\n{details}".strip()))
    box.setDefaultButton(close)
    box.setEscapeButton(close)
    box.open()
    return box

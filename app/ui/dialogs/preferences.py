"""What the user may choose: language and appearance, how slides are read, how the student runs; and the folders."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.analysis.runtime.devices import NAMES
from app.ui.languages import LANGUAGES
from app.ui.panels.layout import muted_label
from app.ui.paths import AppPaths
from app.ui.settings import Settings

_FIELD_MAGNIFICATIONS = (10.0, 20.0, 40.0)


class PreferencesDialog(QDialog):
    """Edits a copy of the settings; ``apply_to`` writes the choices into the real ones."""

    def __init__(self, settings: Settings, paths: AppPaths, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preferencesDialog")
        self.setWindowTitle(self.tr("Preferences"))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._general(settings), self.tr("&General"))
        self.tabs.addTab(self._reading(settings), self.tr("&Reading"))
        self.tabs.addTab(self._scoring(settings), self.tr("&Scoring"))
        self.tabs.addTab(self._folders(paths), self.tr("&Folders"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 14)
        layout.setSpacing(14)
        layout.addWidget(self.tabs)
        layout.addWidget(buttons)
        self.setMinimumWidth(460)

    def apply_to(self, settings: Settings) -> None:
        settings.language = self.language.currentData()
        settings.theme = self.theme.currentData()
        settings.auto_start = self.auto_start.isChecked()
        settings.human_first = self.human_first.isChecked()
        settings.gallery_magnification = self.field_magnification.currentData()
        settings.device = self.device.currentData()
        settings.precision = self.precision.currentData()
        settings.threads = self.threads.value()

    def _general(self, settings: Settings) -> QWidget:
        languages = [(self.tr("As the system"), "system"), *((name, code) for code, name in LANGUAGES.items())]
        self.language = _choice(languages, settings.language)
        self.theme = _choice(
            [(self.tr("As the system"), "system"), (self.tr("Light"), "light"), (self.tr("Dark"), "dark")],
            settings.theme,
        )
        page, form = _page()
        form.addRow(self.tr("&Language"), self.language)
        form.addRow("", muted_label(self.tr("Another language holds from the next start.")))
        form.addRow(self.tr("&Theme"), self.theme)
        form.addRow("", muted_label(self.tr("Size of text and controls follows the scale of the screen.")))
        return page

    def _reading(self, settings: Settings) -> QWidget:
        self.human_first = QCheckBox(self.tr("&Human first: hide the model until a category is chosen"))
        self.human_first.setChecked(settings.human_first)
        self.field_magnification = _choice(
            [(f"{value:g}x", value) for value in _FIELD_MAGNIFICATIONS], settings.gallery_magnification
        )
        page, form = _page()
        form.addRow(self.tr("Show a suspicious &field at"), self.field_magnification)
        form.addRow(self.human_first)
        form.addRow(muted_label(self.tr("Human first holds for cases that are begun from now on; the report says so.")))
        return page

    def _scoring(self, settings: Settings) -> QWidget:
        self.auto_start = QCheckBox(self.tr("Score a slide as soon as it is &open"))
        self.auto_start.setChecked(settings.auto_start)
        devices = [(self.tr("Automatic"), "auto"), *((name, kind) for kind, name in NAMES.items())]
        if ":" in settings.device:
            # One of several GPUs, as in cuda:1.
            devices.append((settings.device, settings.device))
        self.device = _choice(devices, settings.device)
        self.device.setToolTip(self.tr("CUDA means all NVIDIA GPUs of this computer."))
        self.precision = _choice(
            [(self.tr("Automatic"), "auto"), *((name, name) for name in ("fp32", "fp16", "int8"))], settings.precision
        )
        self.precision.setToolTip(
            self.tr("Automatic: int8 on a processor, fp16 on a GPU, where the model's card allows it.")
        )
        self.threads = QSpinBox()
        self.threads.setRange(0, max(1, os.cpu_count() or 1))
        self.threads.setSpecialValueText(self.tr("Automatic"))
        self.threads.setValue(settings.threads)
        page, form = _page()
        form.addRow(self.auto_start)
        form.addRow(self.tr("&Device"), self.device)
        form.addRow(self.tr("&Precision"), self.precision)
        form.addRow(self.tr("Scoring &threads"), self.threads)
        form.addRow(muted_label(self.tr("Device, precision and threads hold for the next slide that is opened.")))
        return page

    def _folders(self, paths: AppPaths) -> QWidget:
        page, form = _page()
        rows = (
            (self.tr("Cases and scores"), paths.data_dir),
            (self.tr("Settings"), paths.settings_file.parent),
            (self.tr("Log"), paths.log_dir),
        )
        for name, folder in rows:
            form.addRow(name, _folder_row(name, folder, self.tr("Open")))
        form.addRow(muted_label(self.tr("To keep everything elsewhere, start the program with --data-dir FOLDER.")))
        return page


def _page() -> tuple[QWidget, QFormLayout]:
    page = QWidget()
    form = QFormLayout(page)
    form.setContentsMargins(4, 14, 4, 4)
    form.setVerticalSpacing(10)
    form.setHorizontalSpacing(20)
    return page, form


def _folder_row(name: str, folder: Path, open_text: str) -> QHBoxLayout:
    """A path to read and copy, and a button that shows the folder."""
    text = QLineEdit(str(folder))
    text.setReadOnly(True)
    text.setCursorPosition(0)
    text.setAccessibleName(name)
    text.setToolTip(str(folder))
    button = QPushButton(open_text)
    button.setAccessibleName(f"{open_text}: {name}")
    button.setEnabled(folder.is_dir())
    button.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))
    row = QHBoxLayout()
    row.addWidget(text, 1)
    row.addWidget(button)
    return row


def _choice(entries: list[tuple[str, str]] | list[tuple[str, float]], current: object) -> QComboBox:
    box = QComboBox()
    for text, value in entries:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(current)))
    return box

"""What the user may choose: appearance, and how the student runs."""

from __future__ import annotations

import os

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.ui.panels.layout import muted_label
from app.ui.settings import Settings

_DEVICES = (("CPU", "cpu"), ("CUDA", "cuda"), ("DirectML", "directml"), ("CoreML", "coreml"), ("MPS", "mps"))


class PreferencesDialog(QDialog):
    """Edits a copy of the settings; ``apply_to`` writes the choices into the real ones."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preferencesDialog")
        self.setWindowTitle(self.tr("Preferences"))
        self.theme = _choice(
            [(self.tr("As the system"), "system"), (self.tr("Light"), "light"), (self.tr("Dark"), "dark")],
            settings.theme,
        )
        self.auto_start = QCheckBox(self.tr("Score a slide as soon as it is open"))
        self.auto_start.setChecked(settings.auto_start)
        self.device = _choice([(self.tr("Automatic"), "auto"), *_DEVICES], settings.device)
        self.precision = _choice(
            [(self.tr("Automatic"), "auto"), ("fp32", "fp32"), ("int8", "int8")], settings.precision
        )
        self.threads = QSpinBox()
        self.threads.setRange(0, max(1, os.cpu_count() or 1))
        self.threads.setSpecialValueText(self.tr("Automatic"))
        self.threads.setValue(settings.threads)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(20)
        form.addRow(self.tr("&Theme"), self.theme)
        form.addRow("", self.auto_start)
        form.addRow(self.tr("&Device"), self.device)
        form.addRow(self.tr("&Precision"), self.precision)
        form.addRow(self.tr("&Scoring threads"), self.threads)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 14)
        layout.setSpacing(14)
        layout.addLayout(form)
        layout.addWidget(muted_label(self.tr("Device, precision and threads hold for the next slide that is opened.")))
        layout.addWidget(buttons)

    def apply_to(self, settings: Settings) -> None:
        settings.theme = self.theme.currentData()
        settings.auto_start = self.auto_start.isChecked()
        settings.device = self.device.currentData()
        settings.precision = self.precision.currentData()
        settings.threads = self.threads.value()


def _choice(entries: list[tuple[str, str]], current: str) -> QComboBox:
    box = QComboBox()
    for text, value in entries:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(current)))
    return box

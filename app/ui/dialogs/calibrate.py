"""Tell the program a slide's scale, when the file does not or says what cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.panels.layout import muted_label

if TYPE_CHECKING:
    from app.slides.slide import SlideInfo

_OBJECTIVES = ((2.5, 4.0), (4.0, 2.5), (5.0, 2.0), (10.0, 1.0), (20.0, 0.5), (40.0, 0.25), (60.0, 0.167))
"""Objective power and the um/px that scanners commonly give it (0.25 um/px at 40x)."""

MPP_MIN_UM = 0.05
MPP_MAX_UM = 10.0


class CalibrateDialog(QDialog):
    """Asks for um/px directly, or by a known length, or by the objective of the scan. ``mpp`` is the answer."""

    def __init__(self, info: SlideInfo, measured_px: float | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("calibrateDialog")
        self.setWindowTitle(self.tr("Calibrate scale"))
        self._direct = QRadioButton(self.tr("&Micrometres per pixel"))
        self._length = QRadioButton(self.tr("A known &length on the slide"))
        self._objective = QRadioButton(self.tr("&Objective of the scan"))
        self._choice = QButtonGroup(self)
        for button in (self._direct, self._length, self._objective):
            self._choice.addButton(button)
            button.toggled.connect(self._update)
        self.mpp_box = _number(MPP_MIN_UM, MPP_MAX_UM, 4, self.tr(" µm/px"), info.mpp or 0.25)
        self.mpp_box.setSingleStep(0.01)
        self._micrometres = _number(1, 100_000, 1, self.tr(" µm"), 1000)
        self._pixels = _number(1, 1_000_000, 1, self.tr(" px"), measured_px or 4000)
        self._objectives = QComboBox()
        for power, mpp in _OBJECTIVES:
            self._objectives.addItem(self.tr("{0}x, commonly {1} µm/px").format(f"{power:g}", f"{mpp:g}"), mpp)
        known = [power for power, _mpp in _OBJECTIVES]
        self._objectives.setCurrentIndex(known.index(info.objective_power) if info.objective_power in known else 5)
        for box in (self.mpp_box, self._micrometres, self._pixels):
            box.valueChanged.connect(self._update)
        self._objectives.currentIndexChanged.connect(self._update)
        self._result = QLabel()
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setText(self.tr("&Use this scale"))
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._lay_out(info)
        self._direct.setChecked(True)
        self._update()

    @property
    def mpp(self) -> float:
        """The scale in um/px that the fields come to."""
        if self._direct.isChecked():
            return self.mpp_box.value()
        if self._length.isChecked():
            return self._micrometres.value() / self._pixels.value()
        return float(self._objectives.currentData())

    def _lay_out(self, info: SlideInfo) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(10)
        grid.addWidget(self._direct, 0, 0)
        grid.addWidget(self.mpp_box, 0, 1, 1, 3)
        grid.addWidget(self._length, 1, 0)
        grid.addWidget(self._micrometres, 1, 1)
        grid.addWidget(QLabel(self.tr("spans")), 1, 2)
        grid.addWidget(self._pixels, 1, 3)
        grid.addWidget(self._objective, 2, 0)
        grid.addWidget(self._objectives, 2, 1, 1, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(14)
        layout.addWidget(muted_label(_what_the_file_says(info, self)))
        layout.addLayout(grid)
        layout.addWidget(self._result)
        layout.addWidget(
            muted_label(
                self.tr(
                    "Everything measured or scored depends on this number. It is remembered for this slide "
                    "and written into every export as calibrated by the user."
                )
            )
        )
        layout.addWidget(self._buttons)

    def _update(self) -> None:
        direct, length = self._direct.isChecked(), self._length.isChecked()
        self.mpp_box.setEnabled(direct)
        self._micrometres.setEnabled(length)
        self._pixels.setEnabled(length)
        self._objectives.setEnabled(self._objective.isChecked())
        possible = MPP_MIN_UM <= self.mpp <= MPP_MAX_UM
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(possible)
        self._result.setText(
            self.tr("Scale: {0} µm/px, so one pixel on the slide is shown 1:1 at {1}x.").format(
                f"{self.mpp:.4f}", f"{10 / self.mpp:.3g}"
            )
            if possible
            else self.tr("{0} µm/px cannot be: a scale lies between {1} and {2} µm/px.").format(
                f"{self.mpp:.4g}", MPP_MIN_UM, MPP_MAX_UM
            )
        )


def _number(low: float, high: float, decimals: int, suffix: str, value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(decimals)
    box.setRange(low, high)
    box.setSuffix(suffix)
    box.setValue(value)
    return box


def _what_the_file_says(info: SlideInfo, context: QWidget) -> str:
    if info.mpp is not None:
        return context.tr("The scale in use is {0} µm/px.").format(f"{info.mpp:.4f}")
    if info.mpp_raw is not None:
        return context.tr("The file says {0} µm/px, which cannot be the scale of a slide.").format(
            " x ".join(f"{v:g}" for v in info.mpp_raw)
        )
    return context.tr("The file does not say how many micrometres a pixel spans.")

"""Tell the program a slide's scale, when the file does not or says what cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QPushButton,
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


def tr(text: str) -> str:
    """Translate in the context of this dialog."""
    return QCoreApplication.translate("CalibrateDialog", text)


class CalibrateDialog(QDialog):
    """Asks for um/px directly, or by the objective of the scan; nothing is filled in beforehand, since a scale is
    never guessed. ``mpp`` is the answer; None after ``Back to the file's scale``.

    ``in_use`` is the scale that the program uses now, in um/px; None when there is none.
    """

    def __init__(self, info: SlideInfo, in_use: float | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("calibrateDialog")
        self.setWindowTitle(self.tr("Calibrate scale"))
        self._back_to_file = False
        self._direct = QRadioButton(self.tr("&Micrometres per pixel"))
        self._objective = QRadioButton(self.tr("&Objective of the scan"))
        self._choice = QButtonGroup(self)
        for button in (self._direct, self._objective):
            self._choice.addButton(button)
            button.toggled.connect(self._update)
        self.mpp_box = _empty_box(self.tr(" µm/px"))
        self.mpp_box.setAccessibleName(self.tr("Micrometres per pixel"))
        self.mpp_box.valueChanged.connect(self._update)
        self._objectives = QComboBox()
        self._objectives.setAccessibleName(self.tr("Objective of the scan"))
        self._objectives.setPlaceholderText(self.tr("Choose the objective"))
        for power, mpp in _OBJECTIVES:
            self._objectives.addItem(self.tr("{0}x, commonly {1} µm/px").format(f"{power:g}", f"{mpp:g}"), mpp)
        self._objectives.setCurrentIndex(-1)
        self._objectives.currentIndexChanged.connect(self._update)
        self._result = QLabel()
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        self.use_button = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.use_button.setText(self.tr("&Use this scale"))
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        if info.mpp is not None and in_use != info.mpp:
            back = QPushButton(self.tr("&Back to the file's scale"))
            back.setObjectName("backToFileScale")
            back.setAutoDefault(False)
            back.clicked.connect(self._take_file_scale)
            self._buttons.addButton(back, QDialogButtonBox.ButtonRole.ResetRole)
        self._lay_out(info, in_use)
        self._direct.setChecked(True)
        self.mpp_box.setFocus()
        self._update()

    @property
    def mpp(self) -> float | None:
        """The scale in um/px that was entered; None when nothing was, or to take the file's own."""
        if self._back_to_file:
            return None
        if self._direct.isChecked():
            return self.mpp_box.value() or None
        chosen = self._objectives.currentData()
        return None if chosen is None else float(chosen)

    def _take_file_scale(self) -> None:
        self._back_to_file = True
        self.accept()

    def _lay_out(self, info: SlideInfo, in_use: float | None) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(10)
        grid.addWidget(self._direct, 0, 0)
        grid.addWidget(self.mpp_box, 0, 1)
        grid.addWidget(self._objective, 1, 0)
        grid.addWidget(self._objectives, 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(14)
        layout.addWidget(muted_label(_present_scale(info, in_use)))
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
        self.mpp_box.setEnabled(self._direct.isChecked())
        self._objectives.setEnabled(self._objective.isChecked())
        mpp = self.mpp
        possible = mpp is not None and MPP_MIN_UM <= mpp <= MPP_MAX_UM
        self.use_button.setEnabled(possible)
        if mpp is None:
            text = self.tr("Enter the scale, or choose the objective.")
        elif possible:
            text = self.tr("Scale: {0} µm/px, so one pixel on the slide is shown 1:1 at {1}x.").format(
                f"{mpp:.4f}", f"{10 / mpp:.3g}"
            )
        else:
            text = self.tr("{0} µm/px cannot be: a scale lies between {1} and {2} µm/px.").format(
                f"{mpp:.4g}", MPP_MIN_UM, MPP_MAX_UM
            )
        self._result.setText(text)


def _empty_box(suffix: str) -> QDoubleSpinBox:
    """A number that nobody has entered yet: its lowest value, 0, is shown as an empty field."""
    box = QDoubleSpinBox()
    box.setDecimals(4)
    box.setRange(0.0, MPP_MAX_UM)
    box.setSingleStep(0.01)
    box.setSuffix(suffix)
    box.setSpecialValueText(" ")
    return box


def _present_scale(info: SlideInfo, in_use: float | None) -> str:
    """What is used now, and what the file says of it."""
    says = _what_the_file_says(info)
    if in_use is None or in_use == info.mpp:
        return says
    return tr("The scale in use is {0} µm/px, calibrated by you.").format(f"{in_use:.4f}") + " " + says


def _what_the_file_says(info: SlideInfo) -> str:
    if info.mpp is not None:
        return tr("The file says {0} µm/px.").format(f"{info.mpp:.4f}")
    if info.mpp_raw is not None:
        return tr("The file says {0} µm/px, which cannot be the scale of a slide.").format(
            " x ".join(f"{v:g}" for v in info.mpp_raw)
        )
    return tr("The file does not say how many micrometres a pixel spans.")

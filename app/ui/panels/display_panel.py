"""How the slide is shown: focal plane, and the colours of the display."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from app.ui.colours import BRIGHTNESS_RANGE, CONTRAST_RANGE, GAMMA_RANGE, Colours
from app.ui.panels.layout import heading, muted_label, rule

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from app.slides.slide import FocalPlanes
    from app.ui.actions import Actions

_GAMMA_STEPS = 100.0


class DisplayPanel(QWidget):
    """``planeChosen`` carries a focal plane, ``coloursChanged`` the ``Colours`` that the user set."""

    planeChosen = Signal(int)
    coloursChanged = Signal(object)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filling = False
        self._focus = self._focus_part(actions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(heading(self.tr("Focal plane")))
        layout.addWidget(self.plane_label)
        layout.addWidget(self._focus)
        layout.addWidget(rule())
        layout.addWidget(heading(self.tr("Colours of the display")))
        self._lay_out_colours(layout)
        layout.addWidget(
            muted_label(self.tr("The model always scores the pixels of the file; thumbnails show them as well."))
        )
        layout.addStretch(1)

    def _focus_part(self, actions: Actions) -> QWidget:
        self.plane_label = muted_label()
        self.plane = QSlider(Qt.Orientation.Horizontal)
        self.plane.setAccessibleName(self.tr("Focal plane"))
        self.plane.setToolTip(self.tr("Focal plane (Shift+wheel, or [ and ])"))
        self.plane.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.plane.setPageStep(1)
        self.plane.valueChanged.connect(lambda value: None if self._filling else self.planeChosen.emit(value))
        self.scored = muted_label()
        part = QWidget()
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.plane)
        layout.addWidget(_button(actions["best_focus"]))
        layout.addWidget(_button(actions["all_in_focus"]))
        layout.addWidget(self.scored)
        layout.addWidget(_button(actions["score_plane"]))
        return part

    def _lay_out_colours(self, layout: QVBoxLayout) -> None:
        self.profile = QCheckBox(self.tr("Apply the file's colour profile (ICC)"))
        self.profile.setToolTip(self.tr("Show the colours as the scanner measured them, instead of its raw values"))
        layout.addWidget(self.profile)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        gamma = tuple(round(limit * _GAMMA_STEPS) for limit in GAMMA_RANGE)
        self.brightness, self._brightness_value = self._slider(grid, 0, self.tr("Brightness"), BRIGHTNESS_RANGE)
        self.contrast, self._contrast_value = self._slider(grid, 1, self.tr("Contrast"), CONTRAST_RANGE)
        self.gamma, self._gamma_value = self._slider(grid, 2, self.tr("Gamma"), (gamma[0], gamma[1]))
        layout.addLayout(grid)
        self.reset = QPushButton(self.tr("Reset colours"))
        self.reset.setToolTip(self.tr("Brightness, contrast and gamma as they were; the profile is applied again"))
        self.reset.clicked.connect(lambda: self.coloursChanged.emit(Colours()))
        row = QHBoxLayout()
        row.addWidget(self.reset)
        row.addStretch(1)
        layout.addLayout(row)
        self.profile.toggled.connect(self._emit_colours)

    def _slider(self, grid: QGridLayout, row: int, name: str, limits: tuple[int, int]) -> tuple[QSlider, QLabel]:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(*limits)
        slider.setPageStep(10)
        slider.setAccessibleName(name)
        slider.setToolTip(name)
        slider.valueChanged.connect(self._emit_colours)
        label, value = QLabel(name), QLabel()
        label.setBuddy(slider)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setMinimumWidth(value.fontMetrics().horizontalAdvance("\N{MINUS SIGN}100"))
        for column, widget in enumerate((label, slider, value)):
            grid.addWidget(widget, row, column)
        return slider, value

    def show_planes(self, planes: FocalPlanes, plane: int, text: str, scored: str) -> None:
        """The stack of the open slide; ``text`` names the plane on screen, ``scored`` the one that is scored."""
        self._focus.setVisible(planes.count > 1)
        several = text[:1].upper() + text[1:]
        self.plane_label.setText(several if planes.count > 1 else self.tr("The slide has one focal plane."))
        self.scored.setText(self.tr("Scored: {0}").format(scored))
        self._filling = True
        self.plane.setRange(0, planes.count - 1)
        if plane >= 0:
            self.plane.setValue(plane)
        self._filling = False

    def show_colours(self, colours: Colours, has_profile: bool, enabled: bool) -> None:
        """What holds for the open slide."""
        self._filling = True
        self.brightness.setValue(colours.brightness)
        self.contrast.setValue(colours.contrast)
        self.gamma.setValue(round(colours.gamma * _GAMMA_STEPS))
        self.profile.setChecked(colours.profile and has_profile)
        self._filling = False
        for widget in (self.brightness, self.contrast, self.gamma, self.reset):
            widget.setEnabled(enabled)
        self.profile.setEnabled(has_profile)
        self.profile.setText(
            self.tr("Apply the file's colour profile (ICC)")
            if has_profile or not enabled
            else self.tr("The file has no colour profile (ICC)")
        )
        self._has_profile = has_profile
        self._brightness_value.setText(f"{colours.brightness:+d}" if colours.brightness else "0")
        self._contrast_value.setText(f"{colours.contrast:+d}" if colours.contrast else "0")
        self._gamma_value.setText(f"{colours.gamma:.2f}")

    def _emit_colours(self, *_: object) -> None:
        if self._filling:
            return
        # Without a profile in the file the wish to apply one stays what it was.
        profile = self.profile.isChecked() if self._has_profile else True
        self.coloursChanged.emit(
            Colours(
                self.brightness.value(), self.contrast.value(), round(self.gamma.value() / _GAMMA_STEPS, 3), profile
            )
        )


def _button(action: QAction) -> QPushButton:
    """A button that stands for an action."""
    button = QPushButton()
    button.setCheckable(action.isCheckable())

    def follow() -> None:
        button.setText(action.text().replace("&", ""))
        button.setChecked(action.isChecked())
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())

    action.changed.connect(follow)
    button.clicked.connect(action.trigger)
    follow()
    return button

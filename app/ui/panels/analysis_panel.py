"""The run at a glance: model, state, progress, and the buttons that start and end it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.ui.panels.layout import heading, muted_label, rule
from app.ui.sentences import in_words

if TYPE_CHECKING:
    from app.session.events import RunProgress
    from kd.bundle import Bundle

_BUSY = ("starting", "finding cells")
RUNNING = (*_BUSY, "running", "paused")


class AnalysisPanel(QWidget):
    """Shows model and progress; its buttons trigger the window's actions."""

    modelCardRequested = Signal()

    def __init__(self, start_pause: QAction, cancel: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model_name = heading("")
        self._model_facts = muted_label()
        self._card_button = QPushButton(self.tr("Model card"))
        self._card_button.setProperty("flat", True)
        self._card_button.clicked.connect(self.modelCardRequested)
        self._state = QLabel()
        self._state.setObjectName("runState")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Scoring progress"))
        self._speed = muted_label()
        self._device = muted_label()
        self._notes = muted_label()
        self._notes.setObjectName("runNotes")
        self._start = _action_button(start_pause)
        self._start.setProperty("primary", True)
        self._cancel = _action_button(cancel)
        self._lay_out()
        self.show_bundle(None)
        self.show_progress(None)
        self.show_notes(())

    def _lay_out(self) -> None:
        model_row = QHBoxLayout()
        model_row.addWidget(self._model_name, 1)
        model_row.addWidget(self._card_button, 0, Qt.AlignmentFlag.AlignTop)
        buttons = QHBoxLayout()
        buttons.addWidget(self._start, 1)
        buttons.addWidget(self._cancel, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 4)
        layout.setSpacing(6)
        layout.addLayout(model_row)
        layout.addWidget(self._model_facts)
        layout.addWidget(rule())
        layout.addWidget(self._state)
        layout.addWidget(self._bar)
        layout.addWidget(self._speed)
        layout.addWidget(self._device)
        layout.addWidget(self._notes)
        layout.addLayout(buttons)

    def show_bundle(self, bundle: Bundle | None, to_come: str = "") -> None:
        """Name and domain of the model in use; without one, the name of the model that the next slide gets."""
        self._card_button.setEnabled(bundle is not None)
        if bundle is None and to_come:
            self._model_name.setText(to_come)
            self._model_facts.setText(self.tr("This model is used when a slide is opened."))
            return
        if bundle is None:
            self._model_name.setText(self.tr("No model"))
            self._model_facts.setText(self.tr("Choose one under Analysis > Choose model."))
            return
        card = bundle.card
        self._model_name.setText(card.name)
        domain = self.tr("phantoms (synthetic)") if card.is_phantom else card.training_domain
        self._model_facts.setText(
            self.tr("Trained on {0}  ·  {1} px, {2} µm/px").format(domain, card.tile_px, f"{card.mpp:g}")
        )

    def show_progress(self, progress: RunProgress | None) -> None:
        if progress is None:
            self._state.setText(self.tr("Not scored"))
            self._bar.setRange(0, 1)
            self._bar.setValue(0)
            self._speed.hide()
            self._device.hide()
            self._start.show()
            self._cancel.show()
            return
        self._state.setText(self._state_text(progress))
        if progress.state in _BUSY:
            move_bar(self._bar, 1000 if progress.finding_share > 0 else 0, round(1000 * progress.finding_share))
        else:
            move_bar(self._bar, max(1, progress.total), progress.done)
        self._speed.setText(self._speed_text(progress))
        self._speed.setVisible(progress.state in RUNNING)
        self._device.setText(progress.device_reason)
        self._device.setVisible(bool(progress.device_reason))
        for button in (self._start, self._cancel):
            button.setVisible(progress.state != "finished")
        self._device.setToolTip(progress.device_reason)

    def show_notes(self, notes: Sequence[str]) -> None:
        """What is worth knowing of model and run without being a warning."""
        self._notes.setText("\n".join(map(in_words, notes)))
        self._notes.setVisible(bool(notes))

    def _state_text(self, progress: RunProgress) -> str:
        names = {
            "idle": self.tr("Not scored"),
            "starting": self.tr("Starting"),
            "finding cells": self.tr("Finding cells"),
            "running": self.tr("Scoring"),
            "paused": self.tr("Paused"),
            "cancelled": self.tr("Cancelled"),
            "finished": self.tr("Scored"),
            "failed": self.tr("Stopped by an error"),
        }
        text = names.get(progress.state, progress.state)
        if progress.total:
            text += self.tr("  ·  {0} of {1} tiles").format(f"{progress.done:,}", f"{progress.total:,}")
        if progress.failed:
            text += self.tr(", {0} unreadable").format(f"{progress.failed:,}")
        return text

    def _speed_text(self, progress: RunProgress) -> str:
        if progress.state != "running" or progress.tiles_per_s <= 0:
            return ""
        text = self.tr("{0} tiles/s").format(f"{progress.tiles_per_s:.0f}")
        if progress.seconds_left is not None:
            text += self.tr("  ·  {0} left").format(format_duration(progress.seconds_left))
        return text


def move_bar(bar: QProgressBar, maximum: int, value: int) -> None:
    """Show a value, with the window's next repaint: by itself a bar repaints at once, and with it all else that waits
    to be painted, the slide too."""
    bar.setUpdatesEnabled(False)
    bar.setRange(0, maximum)
    bar.setValue(value)
    bar.setUpdatesEnabled(True)


def format_duration(seconds: float) -> str:
    """A duration for people: ``40 s``, ``3 min``, ``1 h 20 min``."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def _action_button(action: QAction) -> QPushButton:
    """A push button that shows and triggers an action."""
    button = QPushButton()

    def follow() -> None:
        button.setText(action.text().replace("&", ""))
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    button.clicked.connect(lambda: action.trigger())
    follow()
    return button

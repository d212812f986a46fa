"""Classes and overlays: what the slide comes to, and what of it is drawn over the slide, how strongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.ui.class_names import class_name
from app.ui.panels.class_table import ClassTable
from app.ui.panels.layout import PercentSlider, muted_label, rule
from app.ui.panels.swatch import swatch_icon

if TYPE_CHECKING:
    from app.records.findings import SlideSummary
    from kd.bundle import ClassInfo


class OverlayPanel(QWidget):
    """The class table and the controls of both overlays.

    ``modeChanged`` carries a class index, or -1 for the most likely class; ``classesChanged`` the indices
    of the classes that the heatmap shows.
    """

    modeChanged = Signal(int)
    classesChanged = Signal(object)
    opacityChanged = Signal(float)
    thresholdChanged = Signal(float)
    attentionOpacityChanged = Signal(float)

    def __init__(self, heatmap: QAction, attention: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ClassTable()
        self.table.shownChanged.connect(self.classesChanged)
        self._counts = muted_label()
        self._counts.setObjectName("runCounts")
        self._counts.setToolTip(self.tr("Tiles without a class. The shares above are shares of the scored tiles."))
        self._no_shares = muted_label(
            self.tr("No class shares are shown: the model was trained on phantoms and this is a real slide.")
        )
        self._table_rule = rule()
        self._heatmap_box = _action_box(heatmap, self.tr("Class heatmap"))
        self._attention_box = _action_box(attention, self.tr("Attention map of the tiles in view"))
        self.mode = QComboBox()
        self.mode.setAccessibleName(self.tr("What the heatmap shows"))
        self.mode.currentIndexChanged.connect(lambda index: self.modeChanged.emit(index - 1))
        self.opacity = PercentSlider(self.tr("Opacity"), self.tr("How strongly the heatmap covers the slide"))
        self.threshold = PercentSlider(
            self.tr("Threshold"), self.tr("Tiles below this probability are left uncoloured")
        )
        self.attention_opacity = PercentSlider(
            self.tr("Opacity"), self.tr("How strongly the attention map covers the slide")
        )
        self.opacity.on_share(self.opacityChanged.emit)
        self.threshold.on_share(self.thresholdChanged.emit)
        self.attention_opacity.on_share(self.attentionOpacityChanged.emit)
        self._attention_hint = muted_label(self.tr("Zoom in: attention shows once a tile is large enough."))
        self._lay_out()
        self.show_attention_hint(False)
        self.set_classes(())

    def _lay_out(self) -> None:
        mode_row = QHBoxLayout()
        mode_row.addWidget(self.mode, 1)
        self._all_none = []
        for text, tip, on in (
            (self.tr("All"), self.tr("Show all classes in the heatmap"), True),
            (self.tr("None"), self.tr("Show no class in the heatmap"), False),
        ):
            button = QPushButton(text)
            button.setProperty("flat", True)
            button.setToolTip(tip)
            button.clicked.connect(lambda _checked=False, on=on: self.table.show_all(on))
            mode_row.addWidget(button)
            self._all_none.append(button)
        sliders, attention_slider = _slider_grid(), _slider_grid()
        self.opacity.add_to(sliders, 0)
        self.threshold.add_to(sliders, 1)
        self.attention_opacity.add_to(attention_slider, 0)
        width = self.fontMetrics().horizontalAdvance(self.threshold.name_label.text()) + 6
        for slider in (self.opacity, self.threshold, self.attention_opacity):
            slider.name_label.setMinimumWidth(width)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 2, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(rule())
        layout.addWidget(self.table)
        layout.addWidget(self._no_shares)
        layout.addWidget(self._counts)
        layout.addWidget(self._table_rule)
        layout.addWidget(self._heatmap_box)
        layout.addLayout(mode_row)
        layout.addLayout(sliders)
        layout.addWidget(rule())
        layout.addWidget(self._attention_box)
        layout.addLayout(attention_slider)
        layout.addWidget(self._attention_hint)
        layout.addWidget(muted_label(self.tr("Hold H to see the slide without overlays.")))
        layout.addStretch(1)

    def set_classes(self, classes: Sequence[ClassInfo]) -> None:
        """Other classes: all but the background shown, in the mode ``most likely class``."""
        self.mode.blockSignals(True)
        self.mode.clear()
        self.mode.addItem(self.tr("Most likely class"))
        for info in classes:
            self.mode.addItem(swatch_icon(info.color), self.tr("Only {0}").format(class_name(info.name)))
        self.mode.blockSignals(False)
        self.table.set_classes(classes)
        self.table.setVisible(bool(classes))
        self._table_rule.setVisible(bool(classes))
        self.show_summary(None)

    def show_summary(self, summary: SlideSummary | None) -> None:
        """Tiles and shares per class, unless they mean nothing on this slide, and the tiles that have no class."""
        meaningless = summary is not None and summary.suspicious_share is None
        self.table.set_shares(summary.per_class if summary is not None and not meaningless else ())
        self._no_shares.setVisible(meaningless)
        self._counts.setVisible(summary is not None)
        if summary is not None:
            self._counts.setText(
                self.tr("Out of focus {0}  ·  Unreadable {1}  ·  Empty, not scored {2}").format(
                    f"{summary.out_of_focus:,}", f"{summary.failed:,}", f"{summary.background:,}"
                )
            )

    def show_attention_hint(self, on: bool) -> None:
        """Say that the attention map waits for a closer look."""
        self._attention_hint.setVisible(on)

    def set_overlays_enabled(self, enabled: bool) -> None:
        """Without scores there is nothing to draw."""
        for widget in (self.mode, self.opacity, self.threshold, self.attention_opacity, *self._all_none):
            widget.setEnabled(enabled)


def _slider_grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(8)
    return grid


def _action_box(action: QAction, text: str) -> QCheckBox:
    """A check box that stands for a checkable action."""
    box = QCheckBox(text)
    box.setProperty("role", "heading")

    def follow() -> None:
        box.setChecked(action.isChecked())
        box.setEnabled(action.isEnabled())
        box.setToolTip(action.toolTip())

    action.changed.connect(follow)
    box.toggled.connect(action.setChecked)
    follow()
    return box

"""What a slide model makes of the whole slide, above the gallery, and by what the gallery is ordered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.ui.class_names import class_name
from app.ui.panels.analysis_panel import move_bar
from app.ui.panels.layout import heading, muted_label, rule

if TYPE_CHECKING:
    from app.records.weighed_slide import WeighedSlide

_LEAST = 0.001


class SlideModelBox(QWidget):
    """Hidden while no slide model belongs to the model in use; it shows what it is told and says what the user wants.

    ``cancelled`` gives up a weighing; ``orderChosen``: True for the slide model's attention; ``modelChosen``: another
    of several slide models.
    """

    cancelled = Signal()
    orderChosen = Signal(bool)
    modelChosen = Signal(int)

    def __init__(self, weigh: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("slideModelBox")
        self.models = QComboBox()
        self.order = QComboBox()
        self._name = heading("")
        self.result = muted_label()
        self.result.setProperty("role", "")
        self.remark = muted_label()
        self.weigh = QPushButton()
        self.bar = QProgressBar()
        self.cancel = QPushButton(self.tr("Cancel"))
        self._set_up(weigh)
        self._lay_out()
        self.show_models(())

    def _set_up(self, weigh: QAction) -> None:
        tip = self.tr("Which slide model weighs the slide")
        self.models.setToolTip(tip)
        self.models.setAccessibleName(tip)
        self.models.currentIndexChanged.connect(self.modelChosen)
        self.order.addItem(self.tr("suspicion"), False)
        self.order.addItem(self.tr("slide model's attention"), True)
        tip = self.tr(
            "What decides the order of the fields: how suspicious the tiles are by themselves, or how much the slide "
            "model looked at them. The latter says nothing about what is true."
        )
        self.order.setToolTip(tip)
        self.order.setAccessibleName(self.tr("What decides the order of the fields"))
        self.order.currentIndexChanged.connect(lambda _index: self.orderChosen.emit(bool(self.order.currentData())))
        self.weigh.clicked.connect(lambda: weigh.trigger())
        self.weigh.setToolTip(weigh.toolTip())
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Slide model: progress"))
        self.cancel.setToolTip(self.tr("Give up weighing the slide"))
        self.cancel.clicked.connect(self.cancelled)
        self.result.setAccessibleName(self.tr("What the slide model makes of the slide"))

    def _lay_out(self) -> None:
        working = QHBoxLayout()
        working.addWidget(self.bar, 1)
        working.addWidget(self.cancel)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.tr("Ordered by"), self.order)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 6)
        layout.setSpacing(5)
        layout.addWidget(rule())
        layout.addWidget(self._name)
        layout.addWidget(self.models)
        layout.addWidget(self.result)
        layout.addWidget(self.remark)
        layout.addWidget(self.weigh)
        layout.addLayout(working)
        layout.addLayout(form)

    def show_models(self, names: Sequence[str], chosen: int = 0) -> None:
        """The slide models that belong to the model in use; none hides all of this."""
        self.setVisible(bool(names))
        self.models.blockSignals(True)
        self.models.clear()
        self.models.addItems(list(names))
        self.models.setCurrentIndex(chosen)
        self.models.blockSignals(False)
        self.models.setVisible(len(names) > 1)
        self._name.setText(
            self.tr("Slide models") if len(names) > 1 else self.tr("Slide model {0}").format("".join(names[:1]))
        )

    def show_nothing(self, remark: str, can_weigh: bool, again: bool = False) -> None:
        """No result: why not, and whether one can be had."""
        self.weigh.setText(self.tr("Weigh the slide again") if again else self.tr("Weigh the slide"))
        self._show(None, remark, *([self.weigh] if can_weigh else []))

    def show_working(self, done: int, total: int) -> None:
        """How far a weighing is; ``total`` 0: it waits."""
        remark = self.tr("The slide is being weighed.") if total else self.tr("Waits until the slide is scored.")
        self._show(None, remark, self.bar, self.cancel)
        # Until the first tiles are read the model is loaded, which takes as long as it takes.
        move_bar(self.bar, total if done else 0, done)
        self.bar.setToolTip(self.tr("{0} of {1} tiles").format(f"{done:,}", f"{total:,}") if total else "")

    def show_result(self, weighed: WeighedSlide) -> None:
        """The slide's probabilities, with what they were made from."""
        of_slide = sorted(zip(weighed.probabilities.tolist(), weighed.classes, strict=True), key=lambda pair: -pair[0])
        lines = [f"{class_name(info.name)} {_share(p)}" for p, info in of_slide]
        domain = self.tr("phantoms (synthetic)") if weighed.trained_on == "phantom" else weighed.trained_on
        remark = self.tr("From {0} tiles; trained on {1}. Weights say what it looked at, not what is true.")
        self._show("  ·  ".join(lines), remark.format(f"{len(weighed.cells):,}", domain))
        tip = self._provenance(weighed)
        for widget in (self.result, self.remark):
            widget.setToolTip(tip)

    def show_order(self, by_attention: bool, possible: bool) -> None:
        """What the gallery is ordered by, and whether the attention can be chosen."""
        self.order.blockSignals(True)
        self.order.setCurrentIndex(int(by_attention))
        self.order.blockSignals(False)
        self.order.setEnabled(possible)

    def _show(self, result: str | None, remark: str, *controls: QWidget) -> None:
        self.result.setText(result or "")
        self.result.setVisible(result is not None)
        self.remark.setText(remark)
        self.remark.setVisible(bool(remark))
        for label in (self.result, self.remark):
            label.setToolTip("")
        # Nothing is hidden and shown again: while a slide is scored this comes several times a second.
        for widget in (self.weigh, self.bar, self.cancel):
            widget.setVisible(widget in controls)

    def _provenance(self, weighed: WeighedSlide) -> str:
        prior = ", ".join(
            f"{class_name(info.name)} {share:.2f}" for info, share in zip(weighed.classes, weighed.prior, strict=True)
        )
        lines = [
            self.tr("Slide model {0} ({1}) on embeddings of {2}").format(
                weighed.model_name, weighed.model_hash[:8], weighed.student_name
            ),
            self.tr(
                "Probabilities of the whole slide, valid where classes are as frequent as in its training: {0}"
            ).format(prior),
            self.tr("{0} of {1} scored tiles could be read; {2}, {3}").format(
                f"{len(weighed.cells):,}", f"{weighed.tiles:,}", weighed.device, weighed.precision
            ),
            self.tr("It is not stored: when the slide is opened again it must be weighed again."),
        ]
        return "\n".join(lines)


def _share(probability: float) -> str:
    """A probability that never reads as certainty."""
    if probability < _LEAST:
        return f"< {_LEAST}"
    return f"> {1 - _LEAST}" if probability > 1 - _LEAST else f"{probability:.3f}"

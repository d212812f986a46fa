"""What the file says of the slide. Label and macro image stay hidden until asked for: they may name a patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction, QImage, QPixmap
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.records.stains import stain_name
from app.ui.panels.layout import empty, heading, muted_label, rule

if TYPE_CHECKING:
    from app.slides.slide import SlideInfo

_IMAGE_WIDTH = 260


def tr(text: str) -> str:
    """Translate in the context of the slide panel."""
    return QCoreApplication.translate("SlidePanel", text)


class SlidePanel(QWidget):
    """Facts and properties of the open slide; ``imageRequested`` carries the name of an associated image."""

    imageRequested = Signal(str)

    def __init__(self, calibrate: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = heading("")
        self._name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(14)
        self._form.setVerticalSpacing(4)
        self._calibrate = QPushButton(self.tr("Calibrate..."))
        self._calibrate.clicked.connect(calibrate.trigger)
        self._images_title = muted_label(
            self.tr("Label and overview pictures may name the patient; they are read only when asked for.")
        )
        self._image_buttons = QVBoxLayout()
        self._image = QLabel()
        self._image.setAccessibleName(self.tr("Associated image"))
        self._properties = QTreeWidget()
        self._properties.setAccessibleName(self.tr("Properties of the file"))
        self._properties.setHeaderLabels([self.tr("Property"), self.tr("Value")])
        self._properties.setRootIsDecorated(False)
        self._properties.setUniformRowHeights(True)
        self._properties.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self._lay_out()
        self.show_slide(None)

    def _lay_out(self) -> None:
        calibrate_row = QHBoxLayout()
        calibrate_row.addWidget(self._calibrate)
        calibrate_row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self._name)
        layout.addLayout(self._form)
        layout.addLayout(calibrate_row)
        layout.addWidget(rule())
        layout.addWidget(self._images_title)
        layout.addLayout(self._image_buttons)
        layout.addWidget(self._image)
        layout.addWidget(self._properties, 1)

    def show_slide(self, info: SlideInfo | None, mpp: float | None = None) -> None:
        """Fill the panel; None empties it. ``mpp`` is the scale in use, the file's or the calibrated one."""
        while self._form.rowCount():
            self._form.removeRow(0)
        empty(self._image_buttons)
        self._image.clear()
        self._image.hide()
        self._properties.clear()
        for widget in (self._calibrate, self._images_title, self._properties):
            widget.setVisible(info is not None)
        if info is None:
            self._name.setText(self.tr("No slide open"))
            return
        self._name.setText(info.path.name)
        for label, value in slide_facts(info, mpp):
            shown = QLabel(value)
            shown.setWordWrap(True)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            name = QLabel(label)
            name.setProperty("role", "muted")
            self._form.addRow(name, shown)
        self._images_title.setVisible(bool(info.associated_images))
        for image_name in info.associated_images:
            button = QPushButton(self.tr("Show {0}").format(image_name))
            button.clicked.connect(lambda _checked=False, image_name=image_name: self.imageRequested.emit(image_name))
            self._image_buttons.addWidget(button)
        self._properties.addTopLevelItems([QTreeWidgetItem([k, v]) for k, v in sorted(info.properties.items())])

    def show_image(self, image: QImage) -> None:
        """Show an associated image that was asked for."""
        picture = QPixmap.fromImage(image).scaled(
            _IMAGE_WIDTH,
            _IMAGE_WIDTH,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        self._image.setPixmap(picture)
        self._image.show()


def slide_facts(info: SlideInfo, mpp: float | None) -> list[tuple[str, str]]:
    """Name and value of what the panel shows of a slide."""
    size = info.size
    facts = [(tr("Size"), f"{size.width:,} x {size.height:,} px")]
    if mpp:
        facts.append((tr("Area"), f"{size.width * mpp / 1000:.1f} x {size.height * mpp / 1000:.1f} mm"))
    facts.append((tr("Scale"), _scale_text(info, mpp)))
    objective = f"{info.objective_power:g}x" if info.objective_power else tr("not stated")
    facts += [(tr("Objective"), objective), (tr("Vendor"), info.vendor), (tr("Reader"), info.reader)]
    facts.append((tr("Levels"), ", ".join(f"{level.downsample:.0f}" for level in info.levels)))
    planes = info.focal_planes
    spacing = f", {planes.spacing_um:g} µm" if planes.count > 1 and planes.spacing_um else ""
    facts.append((tr("Focal planes"), f"{planes.count}{spacing}"))
    if info.stain:
        facts.append((tr("Stain"), stain_name(info.stain)))
    facts.append((tr("Fingerprint"), info.fingerprint[:12]))
    if info.phantom:
        facts.append((tr("Phantom"), tr("yes: a synthetic slide")))
    facts += [(tr("Note"), note) for note in info.notes]
    return facts


def _scale_text(info: SlideInfo, mpp: float | None) -> str:
    if mpp:
        return f"{mpp:.4f} µm/px" + (tr(" (calibrated by you)") if mpp != info.mpp else "")
    if info.mpp_raw:
        stated = " x ".join(f"{v:g}" for v in info.mpp_raw)
        return tr("unknown: the file says {0} µm/px, which cannot be").format(stated)
    return tr("unknown: the file does not say")

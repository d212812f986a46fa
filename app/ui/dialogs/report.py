"""The report before it leaves: what it shows, what is chosen for it, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.records.specimen import GalleryDecision
from app.session.report_facts import ReportOptions
from app.ui.panels.layout import heading, muted_label

CHANGE_MS = 250
"""The preview is made anew when the choices have stood so long."""
_LEFT_PX = 300


class ReportDialog(QDialog):
    """``optionsChanged`` asks for a new preview; ``saveRequested`` carries ``pdf`` or ``html``."""

    optionsChanged = Signal()
    saveRequested = Signal(str)
    signRequested = Signal()
    cancelRequested = Signal()

    def __init__(self, confirmed: Sequence[GalleryDecision], slide_names: dict[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("reportDialog")
        self.setWindowTitle(self.tr("Report"))
        self.resize(min(1180, parent.width() - 40), min(940, parent.height() - 20))
        self._image = QImage()
        self.fields = QListWidget()
        self.fields.setAccessibleName(self.tr("Confirmed fields in the report"))
        self.fields.setToolTip(self.tr("Space takes a field in or leaves it out"))
        for number, decision in enumerate(confirmed, start=1):
            note = f"  {decision.note}" if decision.note else ""
            item = QListWidgetItem(f"{number}  {slide_names.get(decision.slide, '')}{note}")
            item.setData(Qt.ItemDataRole.UserRole, decision.uuid)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self.fields.addItem(item)
        self.file_names = QCheckBox(self.tr("File &name of the slides"))
        self.labels = QCheckBox(self.tr("&Label picture (HTML only)"))
        for box in (self.file_names, self.labels):
            box.setToolTip(self.tr("May name the patient: off unless you ask for it"))
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the report"))
        self.cancel = QPushButton(self.tr("Cance&l"))
        self.cancel.clicked.connect(self.cancelRequested)
        self.pdf = QPushButton(self.tr("Save &PDF..."))
        self.html = QPushButton(self.tr("Save &HTML..."))
        self.sign = QPushButton(self.tr("Si&gn..."))
        close = QPushButton(self.tr("&Close"))
        self.pdf.setProperty("primary", True)
        self.pdf.clicked.connect(lambda: self.saveRequested.emit("pdf"))
        self.html.clicked.connect(lambda: self.saveRequested.emit("html"))
        self.sign.clicked.connect(self.signRequested)
        close.clicked.connect(self.reject)
        for button in (self.pdf, self.html, self.sign, close, self.cancel):
            button.setAutoDefault(False)
        self._page = QLabel()
        self._page.setObjectName("reportPage")
        self._page.setAccessibleName(self.tr("Preview of the report"))
        self._page.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._lay_out(close)
        self._timer = QTimer(self, singleShot=True, interval=CHANGE_MS)
        self._timer.timeout.connect(self.optionsChanged)
        self.fields.itemChanged.connect(lambda _item: self._timer.start())
        for box in (self.file_names, self.labels):
            box.toggled.connect(lambda _on: self._timer.start())
        self.show_busy(None)

    @property
    def options(self) -> ReportOptions:
        """What is chosen now."""
        items = [self.fields.item(row) for row in range(self.fields.count())]
        chosen = frozenset(
            str(item.data(Qt.ItemDataRole.UserRole)) for item in items if item.checkState() is Qt.CheckState.Checked
        )
        return ReportOptions(chosen, self.file_names.isChecked(), self.labels.isChecked())

    def show_page(self, image: QImage) -> None:
        """The preview, at about twice the size of the screen's pixels."""
        self._image = image
        self._scale_page()

    def show_busy(self, share: float | None, text: str = "") -> None:
        """How far the present work is, 0-1; None: nothing is being done."""
        busy = share is not None
        for widget in (self.progress, self.cancel):
            widget.setVisible(busy)
        self.progress.setRange(0, 0 if share == 0 else 1000)
        self.progress.setValue(round(1000 * (share or 0.0)))
        self.status.setText(text)
        ready = not busy and not self._image.isNull()
        for button in (self.pdf, self.html):
            button.setEnabled(ready)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._scale_page()

    def _scale_page(self) -> None:
        if self._image.isNull():
            return
        ratio = self.devicePixelRatioF()
        width = max(300, self._area.viewport().width() - 24)
        page = QPixmap.fromImage(
            self._image.scaledToWidth(round(width * ratio), Qt.TransformationMode.SmoothTransformation)
        )
        page.setDevicePixelRatio(ratio)
        self._page.setPixmap(page)

    def _lay_out(self, close: QPushButton) -> None:
        self._area = QScrollArea()
        self._area.setObjectName("reportArea")
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._area.setWidget(self._page)
        left = QVBoxLayout()
        left.setSpacing(8)
        title = heading(self.tr("Confirmed &fields"))
        title.setBuddy(self.fields)
        left.addWidget(title)
        if self.fields.count():
            left.addWidget(self.fields, 1)
            left.addWidget(muted_label(self.tr("Fields that do not fit on the page are counted on it.")))
        else:
            self.fields.hide()
            left.addWidget(muted_label(self.tr("No field has been confirmed: C confirms a field of the gallery.")))
            left.addStretch(1)
        left.addWidget(heading(self.tr("On request")))
        for widget in (self.file_names, self.labels, self.status, self.progress, self.cancel):
            left.addWidget(widget)
        left.addSpacing(6)
        for button in (self.pdf, self.html, self.sign, close):
            left.addWidget(button)
        side = QWidget()
        side.setLayout(left)
        side.setFixedWidth(_LEFT_PX)
        layout = QHBoxLayout(self)
        layout.addWidget(side)
        layout.addWidget(self._area, 1)

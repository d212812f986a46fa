"""The panels around the canvas: gallery at the left; analysis, overlays and slide at the right."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QTabWidget, QVBoxLayout, QWidget

from app.ui.actions import Actions
from app.ui.panels.analysis_panel import AnalysisPanel
from app.ui.panels.concealed import Concealed
from app.ui.panels.display_panel import DisplayPanel
from app.ui.panels.fields_panel import FieldsPanel
from app.ui.panels.layout import scrolled
from app.ui.panels.marks_panel import MarksPanel
from app.ui.panels.overlay_panel import OverlayPanel
from app.ui.panels.slide_panel import SlidePanel
from app.ui.worklist.model import WorklistModel
from app.ui.worklist.panel import WorklistPanel

LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
_RIGHT_WIDTH = 392
_LEFT_WIDTH = 264
"""One picture of the gallery wide, and enough for a slide's name."""


def tr(text: str) -> str:
    """Translate in the context of the docks."""
    return QCoreApplication.translate("Docks", text)


class Dock(QDockWidget):
    """A docked panel with a plain title; Esc gives the keyboard back to the slide."""

    def __init__(self, name: str, title: str, content: QWidget, window: QMainWindow) -> None:
        super().__init__(title, window)
        self._main_window = window
        self.setObjectName(name)
        self.setAllowedAreas(LEFT | RIGHT)
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetClosable | QDockWidget.DockWidgetFeature.DockWidgetMovable
        )
        label = QLabel(title)
        label.setObjectName("dockTitle")
        self.setTitleBarWidget(label)
        self.setWidget(content)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        center = self._main_window.centralWidget()
        if event.key() == Qt.Key.Key_Escape and center is not None:
            center.setFocus()
        else:
            super().keyPressEvent(event)


class Docks:
    """Builds and places the panels."""

    def __init__(self, window: QMainWindow, actions: Actions) -> None:
        self.fields = FieldsPanel(actions["previous_field"], actions["next_field"], actions["weigh_slide"])
        self.analysis = AnalysisPanel(actions["start_pause"], actions["cancel"])
        self.overlay = OverlayPanel(actions["heatmap"], actions["attention"])
        self.slide = SlidePanel(actions["calibrate"])
        self.display = DisplayPanel(actions)
        self.marks = MarksPanel(actions)
        self.worklist = WorklistPanel(actions["open_folder"], WorklistModel())
        # What the model found gives way to a sentence while the reader comes first.
        self.concealed_fields, self.concealed_overlay = Concealed(self.fields), Concealed(self.overlay)
        self.left_tabs = QTabWidget()
        self.left_tabs.setDocumentMode(True)
        self.left_tabs.addTab(self.concealed_fields, tr("Fields"))
        self.left_tabs.addTab(self.worklist, tr("Worklist"))
        self.left_tabs.setTabToolTip(0, tr("The most suspicious fields of the slide"))
        self.left_tabs.setTabToolTip(1, tr("The slides of a folder"))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(scrolled(_stacked(self.analysis, self.concealed_overlay)), tr("Analysis"))
        self.tabs.addTab(self.marks, tr("Marks"))
        self.tabs.addTab(scrolled(self.slide), tr("Slide"))
        self.tabs.addTab(scrolled(self.display), tr("View"))
        self.docks = (
            Dock("fieldsDock", tr("Fields and worklist"), self.left_tabs, window),
            Dock("panelsDock", tr("Analysis and slide"), self.tabs, window),
        )
        # The tabs say what each dock holds.
        for dock in self.docks:
            dock.setTitleBarWidget(QWidget())
        window.addDockWidget(LEFT, self.docks[0])
        window.addDockWidget(RIGHT, self.docks[1])
        window.resizeDocks(list(self.docks), [_LEFT_WIDTH, _RIGHT_WIDTH], Qt.Orientation.Horizontal)

    def show_panel(self, panel: QWidget) -> None:
        """Bring a tab of the right dock to the front."""
        self.docks[1].show()
        for place in range(self.tabs.count()):
            if self.tabs.widget(place) is panel:
                self.tabs.setCurrentIndex(place)

    def show_worklist(self) -> None:
        self.docks[0].show()
        self.left_tabs.setCurrentWidget(self.worklist)


def _stacked(*panels: QWidget) -> QWidget:
    """Panels one above the other."""
    place = QWidget()
    layout = QVBoxLayout(place)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for panel in panels:
        layout.addWidget(panel)
    layout.addStretch(1)
    return place

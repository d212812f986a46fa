"""Focal planes of marks: those of the plane on screen are drawn strongly, the others faintly, as in a microscope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.slides.slide import ALL_IN_FOCUS
from app.ui.focal_planes import plane_text

if TYPE_CHECKING:
    from app.records.marks import Mark
    from app.slides.slide import FocalPlanes
    from app.ui.canvas.marks_layer import MarksLayer
    from app.ui.canvas.slide_view import SlideView
    from app.ui.main_window import MainWindow


class MarkPlanes(QObject):
    """For one window. A slide with one plane knows nothing of all this."""

    def __init__(self, window: MainWindow, view: SlideView, layer: MarksLayer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._view, self._layer = window, view, layer
        view.planeChanged.connect(lambda _plane: self.refresh())
        window.specimen.opened.connect(lambda _opened: self.refresh())
        self.refresh()

    @property
    def _planes(self) -> FocalPlanes | None:
        session = self._window.specimen.session
        planes = session.slide.info.focal_planes if session is not None else None
        return planes if planes is not None and planes.count > 1 else None

    def refresh(self) -> None:
        """Tell the layer which plane is on screen."""
        plane = self._view.plane if self._planes is not None and self._view.plane != ALL_IN_FOCUS else None
        if plane != self._layer.plane:
            self._layer.plane = plane
            self._view.update_layers()

    def text(self, mark: Mark) -> str:
        """On which plane a mark was drawn; empty where there is one only, or none of that number."""
        planes = self._planes
        return plane_text(planes, mark.plane) if planes is not None and mark.plane < planes.count else ""

    def show(self, mark: Mark) -> None:
        """Bring the plane of a mark on screen, unless all are in focus."""
        planes = self._planes
        if planes is not None and mark.plane < planes.count and self._view.plane not in (mark.plane, ALL_IN_FOCUS):
            self._view.show_plane(mark.plane)

"""Moves two slide views together, by microns, and lets the user point at one place in both."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.geometry import PointPx
from app.ui.beside.alignment import Alignment, Pose, aligned_as_shown
from app.ui.beside.ghost_pointer import GhostPointer
from app.ui.canvas.slide_view import SlideView


class ViewLink(QObject):
    """Links ``here`` and ``there``. ``linkedChanged`` tells whether they move together; ``pointingChanged`` carries
    how many places are still to be pointed at (0: pointing is over)."""

    linkedChanged = Signal(bool)
    pointingChanged = Signal(int)

    def __init__(self, here: SlideView, there: SlideView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._views = (here, there)
        self._mpp: tuple[float | None, float | None] = (None, None)
        self._alignment: Alignment | None = None
        self._following = False
        self._pointed: dict[SlideView, PointPx] | None = None
        self._ghosts = {here: GhostPointer(here), there: GhostPointer(there)}
        here.transformChanged.connect(lambda: self._follow(here, there))
        there.transformChanged.connect(lambda: self._follow(there, here))
        here.pointerMoved.connect(lambda point: self._show_ghost(here, there, point))
        there.pointerMoved.connect(lambda point: self._show_ghost(there, here, point))

    @property
    def can_link(self) -> bool:
        """False where the scale of a slide is not known."""
        return None not in self._mpp

    def set_scales(self, mpp_here: float | None, mpp_there: float | None) -> None:
        """um per level-0 pixel of both slides; ends the link, which belongs to the slides that were there."""
        self.stop_pointing()
        self._mpp = (mpp_here, mpp_there)
        self._set_alignment(None)

    def link_as_shown(self) -> None:
        """From now on what is in both middles stays together."""
        here, there = self._views
        mpp_here, mpp_there = self._mpp
        if mpp_here is not None and mpp_there is not None:
            self._set_alignment(aligned_as_shown(here.transform, there.transform, mpp_here, mpp_there))
            self._follow(here, there)

    def unlink(self) -> None:
        self._set_alignment(None)

    def start_pointing(self) -> None:
        """Wait for a click on each view; then both are linked by these places. Esc ends it."""
        if self._pointed is None and self.can_link:
            self._pointed = {}
            for view in self._views:
                view.installEventFilter(self)
                view.setCursor(Qt.CursorShape.CrossCursor)
            self.pointingChanged.emit(2)

    def stop_pointing(self) -> None:
        if self._pointed is not None:
            self._pointed = None
            for view in self._views:
                view.removeEventFilter(self)
                view.unsetCursor()
            self.pointingChanged.emit(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._pointed is None or not isinstance(watched, SlideView):
            return False
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.stop_pointing()
            return True
        if not isinstance(event, QMouseEvent) or event.type() != QEvent.Type.MouseButtonPress:
            return False
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self._point(watched, event.position())
        return True

    def _point(self, view: SlideView, place: QPointF) -> None:
        assert self._pointed is not None
        ratio = view.devicePixelRatioF()
        self._pointed[view] = view.transform.to_slide(place.x() * ratio, place.y() * ratio)
        here, there = self._views
        if len(self._pointed) < 2:
            self.pointingChanged.emit(1)
            return
        places = self._pointed
        self.stop_pointing()
        mpp_here, mpp_there = self._mpp
        assert mpp_here is not None and mpp_there is not None
        turn = (there.transform.rotation_deg - here.transform.rotation_deg) % 360.0
        self._set_alignment(Alignment(places[here], places[there], turn, mpp_here, mpp_there))
        self._follow(here, there)

    def _set_alignment(self, alignment: Alignment | None) -> None:
        was = self._alignment is not None
        self._alignment = alignment
        if alignment is None:
            for ghost in self._ghosts.values():
                ghost.show_at(None)
        if was != (alignment is not None):
            self.linkedChanged.emit(alignment is not None)

    def _from(self, view: SlideView) -> Alignment | None:
        if self._alignment is None:
            return None
        return self._alignment if view is self._views[0] else self._alignment.reversed()

    def _follow(self, mover: SlideView, follower: SlideView) -> None:
        alignment = self._from(mover)
        if alignment is None or self._following or not (mover.has_slide and follower.has_slide):
            return
        self._following = True
        try:
            _show(follower, alignment.pose_there(mover.transform))
        finally:
            self._following = False

    def _show_ghost(self, pointed: SlideView, other: SlideView, point: PointPx | None) -> None:
        alignment = self._from(pointed)
        if alignment is None or point is None or not pointed.underMouse():
            self._ghosts[other].show_at(None)
            return
        self._ghosts[pointed].show_at(None)
        x, y = other.transform.to_device(alignment.there_of(point))
        ratio = other.devicePixelRatioF()
        self._ghosts[other].show_at(QPointF(x / ratio, y / ratio))


def _show(view: SlideView, pose: Pose) -> None:
    """Only what differs is set: each step looks for tiles."""
    if view.transform.rotation_deg != pose.rotation_deg:
        view.rotate_to(pose.rotation_deg)
    if abs(view.transform.scale / pose.scale - 1) > 1e-9:
        view.zoom_by(pose.scale / view.transform.scale)
    view.center_on(pose.center)

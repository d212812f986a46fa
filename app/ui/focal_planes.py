"""Moving through the planes of a focal stack, and saying which one is shown and which was scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from app.slides.slide import ALL_IN_FOCUS
from app.slides.slide import FocalPlanes as Planes
from app.ui.background import Job, run_in_background

if TYPE_CHECKING:
    from app.case.case_store import CaseStore
    from app.session.slide_session import SlideSession
    from app.ui.canvas.slide_view import SlideView
    from app.ui.main_window import MainWindow

HINT_MS = 6000
ACTIONS = ("plane_up", "plane_down", "best_focus", "all_in_focus", "score_plane")


def tr(text: str) -> str:
    """Translate in the context of the focal planes."""
    return QCoreApplication.translate("FocalPlanes", text)


def plane_text(planes: Planes, plane: int) -> str:
    """For example ``plane 5 of 7 (+1.5 µm)``, as seen from the middle plane; or that all planes are fused."""
    if plane == ALL_IN_FOCUS:
        return tr("all in focus, fused from {0} planes").format(planes.count)
    text = tr("plane {0} of {1}").format(plane + 1, planes.count)
    offset = planes.offset_um(plane)
    if offset is None:
        return text
    sign = "+" if offset > 0 else "\N{MINUS SIGN}" if offset < 0 else ""
    return f"{text} ({sign}{abs(offset):g} µm)"


class FocalPlanes(QObject):
    """Actions, badge and panel of the stack that is open; all of them rest where a slide has one plane."""

    def __init__(self, window: MainWindow, view: SlideView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._view = window, view
        self._session: SlideSession | None = None
        self._restored: CaseStore | None = None
        self._job: Job | None = None
        self._left_plane = 0
        actions = window.actions_
        actions["plane_up"].triggered.connect(lambda: view.step_plane(1))
        actions["plane_down"].triggered.connect(lambda: view.step_plane(-1))
        actions["best_focus"].triggered.connect(self.find_sharpest)
        actions["all_in_focus"].triggered.connect(self._show_all_in_focus)
        actions["score_plane"].triggered.connect(self.score_shown_plane)
        view.planeChanged.connect(self._refresh)
        actions["heatmap"].toggled.connect(self._refresh)
        window.docks.display.planeChosen.connect(view.show_plane)
        window.case.opened.connect(self._restore)
        self._refresh()

    @property
    def _planes(self) -> Planes:
        return self._session.slide.info.focal_planes if self._session is not None else Planes()

    def set_session(self, session: SlideSession | None) -> None:
        """Another slide, or none."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._session = session
        if session is not None and session.cells.plane != self._view.plane:
            self._view.show_plane(session.cells.plane)
        for name in ACTIONS:
            self._window.actions_[name].setEnabled(self._planes.count > 1)
        self._refresh()

    def _restore(self, store: CaseStore) -> None:
        """The plane on which the reader left this slide."""
        slide = self._window.case.slide
        if store is self._restored or slide is None or self._session is None:
            return
        self._restored = store
        place = store.place(slide)
        if place is not None and self._planes.count > 1:
            self._view.show_plane(place.plane)

    def _show_all_in_focus(self, on: bool) -> None:
        """The way back leads to the plane that was left."""
        if on:
            self._left_plane = self._view.plane
        self._view.show_plane(ALL_IN_FOCUS if on else self._left_plane)

    def find_sharpest(self) -> None:
        """Show the plane in which the field on screen is sharpest; found on a worker."""
        session = self._session
        if session is None or self._planes.count < 2 or self._job is not None:
            return
        from app.slides.focus_stack import best_plane

        field = self._view.visible_part()
        if field.is_empty:
            return
        job = run_in_background(lambda _token: best_plane(session.slide, field))
        job.done.connect(self._show_sharpest)
        job.failed.connect(self._tell)
        self._job = job

    def _show_sharpest(self, plane: int) -> None:
        self._job = None
        self._view.show_plane(plane)
        self._window.status.showMessage(tr("Sharpest here: {0}").format(plane_text(self._planes, plane)), HINT_MS)

    def _tell(self, error: Exception) -> None:
        self._job = None
        self._window.status.showMessage(str(error), HINT_MS)

    def score_shown_plane(self) -> None:
        """Score the plane on screen, or the fused picture, from now on. It is another plan: what was scored on
        another plane is kept, and comes back with that plane."""
        session = self._session
        if session is None or self._planes.count < 2:
            return
        plane = self._view.plane
        settings, fingerprint = self._window.settings, session.slide.info.fingerprint
        settings.scored_planes[fingerprint] = float(plane)
        self._window.save_settings()
        if plane != session.cells.plane:
            self._window.case_place.remember()
            self._window.reopen()

    def _refresh(self, *_: object) -> None:
        planes, plane, session = self._planes, self._view.plane, self._session
        self._window.actions_["all_in_focus"].setChecked(planes.count > 1 and plane == ALL_IN_FOCUS)
        scored = session.cells.plane if session is not None else plane
        self._window.docks.display.show_planes(planes, plane, plane_text(planes, plane), plane_text(planes, scored))
        lines = []
        if planes.count > 1 and plane == ALL_IN_FOCUS:
            lines.append(tr("All in focus: computed from {0} planes").format(planes.count))
        if planes.count > 1 and plane != scored and self._window.actions_["heatmap"].isChecked():
            lines.append(tr("Scores are of another plane: {0}").format(plane_text(planes, scored)))
        self._view.instruments.plane_badge.show_text("\n".join(lines))

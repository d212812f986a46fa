"""Connects the gallery with the session: ranks off the GUI thread, fetches pictures, jumps to a field."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from app.geometry import RectPx
from app.ui.background import Job, run_in_background
from app.ui.panels.fields_panel import THUMBNAIL_PX, FieldsPanel

if TYPE_CHECKING:
    from app.records.findings import RankedField, SlideSummary
    from app.session.slide_session import SlideSession

JUMP_MAGNIFICATION = 20.0
_REFRESH_MS = 1000
_THUMBNAIL_UM = 90.0


class Findings(QObject):
    """Summary and ranked fields of a running session, refreshed about once a second."""

    jumpRequested = Signal(object)
    summaryChanged = Signal(object)

    def __init__(self, panel: FieldsPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panel = panel
        self._session: SlideSession | None = None
        self._job: Job | None = None
        self._stale = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        self._pictures: list[Job] = []
        panel.fieldChosen.connect(lambda field: self.jumpRequested.emit(field.rect))

    def set_session(self, session: SlideSession | None) -> None:
        for job in [*self._pictures, *([self._job] if self._job else [])]:
            job.cancel()
        self._pictures.clear()
        self._job = None
        self._session = session
        self._timer.stop()
        bundle = session.bundle if session else None
        self._panel.model.set_source(self._fetch_picture if session else None, bundle.card.classes if bundle else ())
        self._panel.show_message(self._reason_for_nothing())
        self.summaryChanged.emit(None)
        if session is not None:
            self._refresh()

    def mark_stale(self) -> None:
        """New scores came; they are gathered and shown within a second."""
        self._stale = True
        if self._job is None and not self._timer.isActive():
            self._timer.start()

    def refresh_now(self) -> None:
        """For the end of a run: do not wait for the timer."""
        self._stale = True
        self._timer.stop()
        self._refresh()

    def _refresh(self) -> None:
        session = self._session
        if session is None or self._job is not None:
            return
        self._stale = False
        job = run_in_background(lambda _token: (session.summary(), session.ranked_fields()))
        job.done.connect(self._show)
        job.failed.connect(self._forget_job)
        self._job = job

    def _show(self, found: tuple[SlideSummary | None, list[RankedField]]) -> None:
        self._job = None
        summary, ranked = found
        self.summaryChanged.emit(summary)
        self._panel.set_fields(ranked)
        self._panel.show_message("" if ranked else self._reason_for_nothing())
        if self._stale:
            self._timer.start()

    def _forget_job(self, _error: Exception) -> None:
        self._job = None

    def _reason_for_nothing(self) -> str:
        session = self._session
        if session is None:
            return self.tr("The most suspicious fields of a scored slide appear here.")
        if session.bundle is None:
            return self.tr("No model: nothing is ranked.")
        if not session.can_score:
            return self.tr("Nothing is ranked before the slide's scale is known.")
        if not session.may_rank:
            return self.tr(
                "Nothing is ranked here: the model was trained on phantom data and this is a real slide.\n\n"
                "Analysis > Demonstration mode shows a ranking that means nothing."
            )
        state = session.progress.state
        if state == "finished":
            return self.tr("No field was found suspicious.\n\nThis does not clear the slide.")
        return self.tr("The most suspicious fields appear here while the slide is scored.")

    def _fetch_picture(self, field: RankedField, deliver: Callable[[QImage], None]) -> None:
        session = self._session
        if session is None:
            return
        from app.ui.region_image import region_image

        rect = self._picture_rect(session, field)
        self._pictures = [job for job in self._pictures if not job.token.cancelled][-200:]
        self._pictures.append(
            run_in_background(
                lambda token: QImage() if token.cancelled else region_image(session.slide, rect, 2 * THUMBNAIL_PX),
                on_done=deliver,
            )
        )

    @staticmethod
    def _picture_rect(session: SlideSession, field: RankedField) -> RectPx:
        """A square of fixed micrometres around the field's most suspicious tile: all pictures at one scale."""
        from app.ui.region_image import square_around

        score_map = session.score_map()
        around = score_map.cell_rect(field.peak_cell) if score_map is not None else field.rect
        mpp = session.mpp
        return square_around(around, _THUMBNAIL_UM / mpp if mpp else around.width * 1.5)

"""Connects the gallery with session and case: ranks off the GUI thread, keeps the order still, jumps, decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from app.geometry import RectPx
from app.records.findings import RankedField, Ranking, SlideSummary
from app.records.specimen import Verdict
from app.session import gallery as g
from app.ui.background import Job, run_in_background
from app.ui.gallery_actions import GalleryActions
from app.ui.panels.fields_panel import THUMBNAIL_PX, FieldsPanel
from app.ui.second_opinion import SecondOpinionDesk
from app.ui.slide_model import SlideModelDesk
from app.ui.verdicts import Verdicts

if TYPE_CHECKING:
    from app.session.opinion import Opinion
    from app.session.slide_session import SlideSession
    from app.ui.main_window import MainWindow

GALLERY_LIMIT = 200
_REFRESH_MS = 1000
_THUMBNAIL_UM = 90.0
_FITTING_UM = 110.0
"""A tile's margin may be cut off."""


@dataclass(frozen=True)
class _Found:
    """What one look at the scores gave."""

    summary: SlideSummary | None
    ranking: Ranking | None


class Findings(QObject):
    """The gallery of the open slide. ``jumpRequested``: a rectangle, and the magnification that the user prefers;
    ``summaryChanged``: counts of the slide; ``galleryChanged``: entries, decisions or the current field."""

    jumpRequested = Signal(object, float)
    summaryChanged = Signal(object)
    galleryChanged = Signal()

    def __init__(self, panel: FieldsPanel, window: MainWindow) -> None:
        super().__init__(window)
        self._panel = panel
        self._settings = window.settings
        self._session: SlideSession | None = None
        self._job: Job | None = None
        self._stale = False
        self._ranking: Ranking | None = None
        self._weak_shown = self._listed_by_attention = False
        self.gallery = g.Gallery()
        self.current: int | None = None
        self.opinions: dict[int, Opinion] = {}
        """Second opinions by number of the entry."""
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        self._pictures: list[Job] = []
        self.verdicts = Verdicts(window, self)
        self.verdicts.changed.connect(self._take_decisions)
        GalleryActions(window, self)
        self._advice = SecondOpinionDesk(window, self)
        self.slide_model = SlideModelDesk(window, self)
        self.slide_model.changed.connect(self._take_other_order)
        panel.set_magnification(self._settings.gallery_magnification)
        panel.entryChosen.connect(self.go_to)
        panel.stepRequested.connect(self.step)
        panel.takeOverRequested.connect(self.take_over)
        panel.filterChanged.connect(self._show)
        panel.weakRequested.connect(self._show_weak)
        panel.magnificationChosen.connect(self._remember_magnification)

    def set_session(self, session: SlideSession | None) -> None:
        """Another slide, or none; the gallery begins anew, with what the case knows of it."""
        for job in [*self._pictures, *([self._job] if self._job else [])]:
            job.cancel()
        self._pictures.clear()
        self._job = None
        self._session = session
        self._timer.stop()
        self._ranking, self._weak_shown = None, False
        self.gallery, self.current = g.Gallery(), None
        self.opinions = {}
        self._advice.forget()
        bundle = session.bundle if session else None
        classes = bundle.card.classes if bundle else ()
        self._listed_by_attention = False
        self.slide_model.set_session(session)
        self._panel.model.set_source(self._fetch_picture if session else None, classes)
        self._panel.set_classes(classes)
        self.summaryChanged.emit(None)
        self._take_decisions()
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

    @property
    def current_entry(self) -> g.Entry | None:
        return self.gallery.entry(self.current)

    def listed(self) -> tuple[g.Entry, ...]:
        """The entries that the filter lets through, in the order on show."""
        return g.shown(self.gallery, self._panel.filter, self.current)

    def go_to(self, number: int) -> None:
        """Show a field on the slide."""
        entry = self.gallery.entry(number)
        if entry is None:
            return
        self.current = number
        self.gallery = g.visited(self.gallery, number)
        self._show()
        self._panel.scroll_to(number)
        self.jumpRequested.emit(entry.field.rect, self._settings.gallery_magnification)

    def step(self, by: int) -> None:
        """The next field that was not looked at (new ones that rank above come first), or the one before."""
        if by < 0:
            self._go_or_say(
                g.neighbour(self.listed(), self.current, -1), self.tr("This is the first suspicious field.")
            )
            return
        fresh_above = self.gallery.waiting_above(self.current) if self.current is not None else 0
        former = self.current
        self.gallery = g.taken_over(self.gallery, former)
        listed = self.listed()
        start = None if fresh_above else former
        target = g.next_unseen(listed, start) or g.neighbour(listed, former, 1)
        if target is not None and former is not None and target.number != former and fresh_above:
            self._panel.hint.emit(self.tr("New fields rank above the one that you left."))
        self._go_or_say(target, self.tr("This is the last suspicious field."))

    def take_over(self) -> None:
        """List the new fields, in the order of the latest ranking."""
        self.gallery = g.taken_over(self.gallery, self.current)
        self._show()
        if self.current is not None:
            self._panel.scroll_to(self.current)

    def decide(self, verdict: Verdict) -> None:
        """Confirm, dismiss or dot the current field; the same once more takes it back."""
        entry = self.current_entry
        if entry is None:
            self._panel.hint.emit(self.tr("Choose a field first: Space goes to the next one."))
            return
        self.verdicts.decide(entry, verdict, self._session)

    def set_opinions(self, opinions: dict[int, Opinion]) -> None:
        """Show what another model says of some entries, beside what is shown already."""
        self.opinions |= opinions
        self._show()

    def _go_or_say(self, entry: g.Entry | None, hint: str) -> None:
        if entry is None:
            self._show()
            if self.gallery.entries:
                self._panel.hint.emit(hint)
        else:
            self.go_to(entry.number)

    def _refresh(self) -> None:
        session = self._session
        if session is None or self._job is not None:
            return
        self._stale = False
        job = run_in_background(lambda _token: _Found(session.summary(), session.ranking()))
        job.done.connect(self._take_found)
        job.failed.connect(self._forget_job)
        self._job = job

    def _take_found(self, found: _Found) -> None:
        self._job = None
        self._ranking = found.ranking
        self.summaryChanged.emit(found.summary)
        self._take_ranking()
        if self._stale:
            self._timer.start()

    def _forget_job(self, _error: Exception) -> None:
        self._job = None

    def _take_other_order(self) -> None:
        """By suspicion or by a slide model's attention. Another list is shown at once; in the same one new fields
        wait."""
        by_attention = self.slide_model.ranking is not None
        session = self._session
        other_order = by_attention != self._listed_by_attention
        if other_order and session is not None and session.bundle is not None:
            self._listed_by_attention = by_attention
            self._panel.set_classes(session.bundle.card.classes, harmless_too=by_attention)
        self._take_ranking()
        if other_order:
            self.take_over()

    def _take_ranking(self) -> None:
        ranking = self.slide_model.ranking or self._ranking
        fields: tuple[RankedField, ...] = ()
        if ranking is not None:
            fields = ranking.fields if self._weak_shown else ranking.standing_out
        self.gallery = g.updated(self.gallery, fields[:GALLERY_LIMIT])
        self._take_decisions()

    def _take_decisions(self) -> None:
        session = self._session
        decisions = self.verdicts.of_slide(session.slide.info.fingerprint) if session is not None else []
        self.gallery = g.with_decisions(self.gallery, decisions)
        if not self.gallery.entries or (self.current is None and not self._panel.is_in_hand):
            # Nobody stands anywhere: nothing can move under a hand.
            self.gallery = g.taken_over(self.gallery)
        self._show()

    def _show(self) -> None:
        if self.gallery.entry(self.current) is None:
            self.current = None
        ranks = {number: rank for rank, number in enumerate(self.gallery.order, start=1)}
        self._panel.show_entries(self.listed(), self.current, ranks, self.opinions)
        self._panel.show_tally(g.tally(self.gallery), ranks.get(self.current) if self.current is not None else None)
        self._panel.show_waiting(self.gallery.waiting_above(self.current), len(self.gallery.waiting))
        weak = self._weak_shown and self._ranking is not None and not self._ranking.stands_out
        weak = weak and not self._listed_by_attention
        self._panel.show_note(self.tr("Weak candidates: none of them stands out.") if weak else "")
        if not self.gallery.entries:
            self._panel.show_message(*self._reason_for_nothing())
        elif not self.listed():
            self._panel.show_message(self.tr("No field passes the filter above."))
        else:
            self._panel.show_message("")
        self.galleryChanged.emit()

    def _show_weak(self) -> None:
        """The user wants to see what does not stand out either."""
        self._weak_shown = True
        self._take_ranking()

    def _remember_magnification(self, value: float) -> None:
        self._settings.gallery_magnification = value
        entry = self.current_entry
        if entry is not None:
            self.jumpRequested.emit(entry.field.rect, value)

    def _reason_for_nothing(self) -> tuple[str, int]:
        """Why no field is listed, and how many weak candidates there are."""
        session = self._session
        if session is None:
            return self.tr("The most suspicious fields of a scored slide appear here."), 0
        if session.bundle is None:
            return self.tr("No model: nothing is ranked."), 0
        if not session.can_score:
            return self.tr("Nothing is ranked before the slide's scale is known."), 0
        if not session.may_rank:
            text = self.tr(
                "Nothing is ranked here: the model was trained on phantom data and this is a real slide.\n\n"
                "Analysis > Demonstration mode shows a ranking that means nothing."
            )
            return text, 0
        if self._listed_by_attention:
            return self.tr(
                "The slide model looked at all tiles much alike: none counts twice as much as the average."
            ), 0
        if session.progress.state != "finished":
            return self.tr("The most suspicious fields appear here while the slide is scored."), 0
        weak = len(self._ranking.fields) if self._ranking is not None and not self._weak_shown else 0
        text = self.tr("No field stands out as suspicious.\n\nThis does not clear the slide.")
        if weak:
            text += "\n\n" + self.tr(
                "What little there is lies below what a slide of this size shows by chance; it is not ranked."
            )
        return text, weak

    def _fetch_picture(self, field: RankedField, deliver: Callable[[QImage], None]) -> None:
        session = self._session
        if session is None:
            return
        from app.ui.region_image import region_image

        rect = self._picture_rect(session, field)
        self._pictures = [job for job in self._pictures if not job.token.cancelled][-GALLERY_LIMIT:]
        self._pictures.append(
            run_in_background(
                lambda token: QImage() if token.cancelled else region_image(session.slide, rect, 2 * THUMBNAIL_PX),
                on_done=deliver,
            )
        )

    @staticmethod
    def _picture_rect(session: SlideSession, field: RankedField) -> RectPx:
        """A square of fixed micrometres, so that all pictures have one scale: around the field where it fits, else
        around its most suspicious tile."""
        from app.ui.region_image import square_around

        score_map = session.score_map()
        known = score_map is not None and field.peak_cell >= 0
        mpp = session.mpp
        fits = mpp is not None and max(field.rect.width, field.rect.height) * mpp <= _FITTING_UM
        around = score_map.cell_rect(field.peak_cell) if known and not fits and score_map is not None else field.rect
        return square_around(around, _THUMBNAIL_UM / mpp if mpp else around.width * 1.5)

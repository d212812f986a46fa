"""The reader's decisions on fields of the gallery: kept in the case, each one step of undo."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.records.specimen import GalleryDecision, Verdict
from app.records.times import utc_now

if TYPE_CHECKING:
    from app.geometry import PointPx
    from app.records.marks import Mark
    from app.records.shapes import Shape
    from app.session.gallery import Entry
    from app.session.slide_session import SlideSession
    from app.ui.main_window import MainWindow
    from kd.bundle import ClassInfo


class Verdicts(QObject):
    """Reads and writes decisions through the window's case. ``changed``: they may be others now."""

    changed = Signal()

    def __init__(self, window: MainWindow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._case = window.case
        for signal in (self._case.opened, self._case.changed, self._case.closed):
            signal.connect(lambda *_: self.changed.emit())

    def of_slide(self, fingerprint: str) -> list[GalleryDecision]:
        """The decisions on a slide's fields, none while there is no case."""
        store = self._case.store
        return store.decisions(fingerprint) if store is not None else []

    def decide(self, entry: Entry, verdict: Verdict, session: SlideSession | None) -> None:
        """Give a field this verdict in place of a former one; the same verdict once more takes it back. A dot comes
        with a point mark, which goes with it."""
        store, slide = self._case.store, self._case.slide
        former = entry.decision
        removed: list[GalleryDecision | Mark] = []
        if former is not None and store is not None and former.mark_uuid is not None:
            mark = store.mark(former.slide, former.mark_uuid)
            removed = [mark] if mark is not None and not mark.locked else []
        if former is not None and former.verdict is verdict:
            self._case.edit(self.tr("Take back: {0}").format(self._label(verdict)), remove=[*removed, former])
            return
        if slide is None or session is None:
            return
        author = store.specimen.reader if store is not None else ""
        decision = self._decision(entry, verdict, slide, author, session)
        put: list[GalleryDecision | Mark] = [decision]
        if verdict is Verdict.DOTTED:
            from app.records.marks import new_mark

            info = _listed_as(entry, session)
            class_key = decision.class_key if info is None or info.suspicious else None
            mark = new_mark(slide, self._dot(entry, session), class_key=class_key, author=author)
            mark = replace(mark, plane=_plane(session))
            put = [mark, replace(decision, mark_uuid=mark.uuid)]
        self._case.edit(self._label(verdict), put=put, remove=removed)

    def _decision(
        self, entry: Entry, verdict: Verdict, slide: str, author: str, session: SlideSession
    ) -> GalleryDecision:
        """``session`` says what the model had shown; a field without scores keeps what was noted before. The
        probability is one of suspicion: of a field that is listed as harmless, by attention, none is noted."""
        former, field = entry.decision, entry.field
        score_map, info = session.score_map(), _listed_as(entry, session)
        decision = GalleryDecision(
            uuid=former.uuid if former is not None else str(uuid.uuid4()),
            slide=slide,
            rect=field.rect,
            verdict=verdict,
            class_key=info.key if info is not None else None,
            probability=field.score if info is None or info.suspicious else None,
            plan_key=score_map.provenance.plan_key if score_map is not None else "",
            author=author,
            at_utc=utc_now(),
        )
        if former is None:
            return decision
        decision = replace(decision, note=former.note)
        if field.cells:
            return decision
        return replace(decision, class_key=former.class_key, probability=former.probability, plan_key=former.plan_key)

    @staticmethod
    def _dot(entry: Entry, session: SlideSession) -> Shape:
        from app.records.shapes import point

        middle: PointPx = entry.field.rect.center
        score_map = session.score_map()
        if score_map is not None and entry.field.peak_cell >= 0:
            middle = score_map.cell_rect(entry.field.peak_cell).center
        return point(middle.x, middle.y)

    def _label(self, verdict: Verdict) -> str:
        names = {
            Verdict.CONFIRMED: self.tr("Confirm field"),
            Verdict.DISMISSED: self.tr("Dismiss field"),
            Verdict.DOTTED: self.tr("Dot field"),
        }
        return names[verdict]


def _listed_as(entry: Entry, session: SlideSession) -> ClassInfo | None:
    """The class that a field is listed under; None for one without scores."""
    classes, index = session.bundle.card.classes if session.bundle is not None else (), entry.field.class_index
    return classes[index] if 0 <= index < len(classes) else None


def _plane(session: SlideSession) -> int:
    """The focal plane that was scored."""
    score_map, middle = session.score_map(), session.slide.info.focal_planes.middle
    # Where planes were fused none of them was.
    return (
        score_map.provenance.focal_plane if score_map is not None and score_map.provenance.focal_plane >= 0 else middle
    )

"""Where the reader is on the slide: remembered whenever the view rests, found again when the slide opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from app.case.case_store import CaseStore
    from app.ui.main_window import MainWindow


class CasePlace(QObject):
    """Keeps the place of the slide on screen in its case."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._shown: CaseStore | None = None
        self._listens = False
        window.case.opened.connect(self._restore)
        window.case.closing.connect(self.remember)
        window.case.closed.connect(self._forget)

    def _restore(self, store: CaseStore) -> None:
        if store is self._shown:
            return
        self._shown = store
        view, slide = self._window.stage.view, self._window.case.slide
        if not self._listens:
            view.restedAt.connect(self.remember)
            self._listens = True
        place = store.place(slide) if slide is not None else None
        if place is not None:
            view.rotate_to(place.rotation_deg)
            view.zoom_by(place.scale / view.transform.scale)
            view.center_on(place.center)

    def _forget(self) -> None:
        self._shown = None

    def remember(self, *_: object) -> None:
        """Note where the view is now."""
        from app.records.specimen import Place
        from app.records.times import utc_now

        case = self._window.case
        store, slide, view = case.store, case.slide, self._window.stage.view
        if store is None or store.read_only or slide is None or not view.has_slide:
            return
        at = view.transform
        store.set_place(Place(slide, at.center, at.scale, at.rotation_deg, view.plane, utc_now()))

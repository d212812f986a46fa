"""Human first: nothing of the model is shown until the reader has chosen a category.

Whether the model's findings were seen, and what was chosen by then, is noted in the case once and for all, so that
the report can say which way it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.records.specimen import ReadingMode, Sheet
from app.records.times import utc_now

if TYPE_CHECKING:
    from app.case.case_store import CaseStore
    from app.ui.main_window import MainWindow

AI_ACTIONS = (
    "heatmap", "attention", "heatmap_beside", "next_field", "previous_field", "confirm_field", "dismiss_field",
    "dot_field", "second_opinion", "second_opinions", "weigh_slide", "stored_results", "export_all", "export_csv",
    "export_geojson", "export_heatmaps",
)  # fmt: skip
"""Actions that show something of the model; while it is hidden they are neither seen nor reached by their keys."""


class ReadingModeControl(QObject):
    """``ai_hidden`` is True while nothing of the model may be shown; ``aiHiddenChanged`` says so. Everything that
    shows something of the model asks here. ``noted`` once it was written down that it was seen."""

    aiHiddenChanged = Signal(bool)
    noted = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._hidden = False
        self._action = window.actions_["human_first"]
        self._action.triggered.connect(self.set_human_first)
        case, specimen = window.case, window.specimen
        case.opened.connect(self._take_case)
        case.changed.connect(lambda _entry: self.refresh())
        case.failed.connect(lambda _error: self.refresh())
        specimen.opened.connect(lambda _opened: self.refresh())
        specimen.closed.connect(self.refresh)
        specimen.scoresChanged.connect(lambda _rect: self.note_if_seen())
        for name in ("demonstration", "heatmap", "attention", "heatmap_beside"):
            # Queued: those who show it are told of the change later than this room.
            window.actions_[name].toggled.connect(self._note_soon)
        self.refresh()

    @property
    def ai_hidden(self) -> bool:
        return self._hidden

    def set_human_first(self, on: bool) -> None:
        """The user's choice for this case, and for the cases that are begun later."""
        self._window.settings.human_first = on
        self._window.save_settings()
        store = self._window.case.store
        if store is not None:
            mode = ReadingMode.HUMAN_FIRST if on else ReadingMode.AI_SHOWN
            label = self.tr("Human first") if on else self.tr("Model shown while reading")
            self._window.case.edit(label, put=[replace(store.sheet, reading_mode=mode)])
        self.refresh()

    def refresh(self) -> None:
        """Find out whether the model is hidden now, and hide or show it."""
        store = self._window.case.store
        sheet = store.sheet if store is not None else None
        on = sheet.reading_mode is ReadingMode.HUMAN_FIRST if sheet is not None else self._window.settings.human_first
        self._action.setChecked(on)
        self._action.setEnabled(store is None or not (store.read_only or store.signatures()))
        opening = self._window.specimen.session is not None and store is None and not self._window.case.problem
        if sheet is not None:
            hidden = on and sheet.category is None
        else:
            # While the case is still being opened nobody knows; without a case the setting holds.
            hidden = opening or (on and self._window.specimen.session is not None)
        if not opening:
            for name in AI_ACTIONS:
                if name in self._window.actions_.specs:
                    self._window.actions_[name].setVisible(not hidden)
        if hidden != self._hidden:
            self._hidden = hidden
            if hidden:
                self._window.actions_["heatmap_beside"].setChecked(False)
            self.aiHiddenChanged.emit(hidden)
        self.note_if_seen()

    def note_if_seen(self) -> None:
        """Write down, once, when something of the model was first on screen and what was chosen by then."""
        store = self._window.case.store
        if self._hidden or store is None or store.read_only or store.specimen.ai_seen_utc or not self._is_shown():
            return
        self._note(store)

    def _note_soon(self) -> None:
        QTimer.singleShot(0, self, self.note_if_seen)

    def _note(self, store: CaseStore) -> None:
        from app.case.errors import CaseError

        try:
            store.set_specimen(replace(store.specimen, ai_seen_utc=utc_now(), category_before_ai=store.sheet.category))
        except CaseError as error:
            self._window.case.refused.emit(str(error))
        else:
            self.noted.emit()

    def _is_shown(self) -> bool:
        """Whether there is anything of a model to be seen: scores, and not those that are shown nowhere."""
        if self._window.beside.shows_heatmap:
            return True
        session = self._window.specimen.session
        score_map = session.score_map() if session is not None else None
        from app.records.scores import CellState

        if session is None or score_map is None or score_map.counts().get(CellState.SCORED, 0) == 0:
            return False
        overlays = self._window.stage.overlays
        asked_for = (layer is not None and layer.visible for layer in (overlays.heatmap, overlays.attention))
        return session.may_rank or any(asked_for)

    def _take_case(self, store: CaseStore) -> None:
        """A case that nobody has worked on yet begins as the user's setting says."""
        begun = store.sheet != Sheet() or store.signatures() or store.specimen.ai_seen_utc
        if self._window.settings.human_first and not begun and not store.read_only:
            sheet = replace(store.sheet, reading_mode=ReadingMode.HUMAN_FIRST)
            self._window.case.edit(self.tr("Human first"), put=[sheet])
        self.refresh()

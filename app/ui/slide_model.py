"""Lets a slide model weigh the slide, in the background, and says in which order the gallery then is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.ui.background import CancelToken, Job, run_in_background
from app.ui.dialogs.models import bundled_models

if TYPE_CHECKING:
    from app.records.findings import Ranking
    from app.records.weighed_slide import WeighedSlide
    from app.session.score_map import ScoreMap
    from app.session.slide_session import SlideSession
    from app.ui.main_window import MainWindow
    from kd.bundle import Bundle

PHANTOM_BANNER = "slide-model"
"""Key of the banner while a result is shown that means nothing on this slide."""


class SlideModelDesk(QObject):
    """Finds the slide models that belong to the model in use, and holds what one of them made of the open slide.

    ``changed``: result or order may be others now. A result that does not belong to the scores as they are, or may not
    be shown of this slide, is no result.
    """

    changed = Signal()
    _told = Signal(object, int, int)

    def __init__(self, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        self._box = window.docks.fields.slide_model
        self._action = window.actions_["weigh_slide"]
        self._session: SlideSession | None = None
        self._models: list[Bundle] = []
        self._chosen = 0
        self._looking: Job | None = None
        self._job: Job | None = None
        self._waits = False
        self._weighed: WeighedSlide | None = None
        self._by_attention = False
        self._checked: tuple[ScoreMap | None, int, bool] = (None, -1, False)
        self._action.triggered.connect(self.weigh)
        self._box.cancelled.connect(self.cancel)
        self._box.orderChosen.connect(self._choose_order)
        self._box.modelChosen.connect(self._choose_model)
        self._told.connect(self._take_progress)
        window.specimen.progressChanged.connect(self._follow_run)
        window.specimen.scoresChanged.connect(lambda _rect: self._notice_change())
        window.specimen.noticesChanged.connect(self._notice_change)
        self._show()

    @property
    def weighed(self) -> WeighedSlide | None:
        """The result, while it may be shown as current."""
        session, weighed, model = self._session, self._weighed, self._model
        if session is None or weighed is None or model is None or weighed.model_hash != model.hash:
            return None
        scores = session.score_map()
        if scores is None or not self._may_weigh(session, model):
            return None
        if scores is not self._checked[0] or scores.version != self._checked[1]:
            from app.session.slide_weighing import still_holds

            self._checked = (scores, scores.version, still_holds(session, weighed))
        return weighed if self._checked[2] else None

    @property
    def ranking(self) -> Ranking | None:
        """The fields by the slide model's attention; None while the gallery is ordered by suspicion."""
        weighed = self.weighed if self._by_attention else None
        if weighed is None:
            return None
        from app.records.findings import Ranking

        return Ranking(weighed.fields, 0.0, weighed.tiles, by_attention=True)

    def set_session(self, session: SlideSession | None) -> None:
        """Another slide or model: nothing that was made before holds. The same one again: its gallery begins anew."""
        self._by_attention = False
        if session is not None and session is self._session:
            self._show()
            return
        self.cancel()
        self._session, self._weighed, self._checked = session, None, (None, -1, False)
        self._take_models([])
        self.look_for_models()

    def look_for_models(self) -> None:
        """Find out, in the background, which slide models belong to the model in use."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        session = self._session
        student = session.bundle if session is not None else None
        if session is None or student is None or not session.can_score:
            self._take_models([])
            return
        data_dir, bundled = self._window.paths.data_dir, bundled_models()

        def work(_token: CancelToken) -> list[Bundle]:
            from app.session.model_library import models_folder
            from app.session.slide_weighing import slide_models_for

            own = sorted(models_folder(data_dir).glob("*.fnabundle"))
            return slide_models_for(student, [*bundled, *own])

        self._looking = run_in_background(work, on_done=self._take_models)

    def weigh(self) -> None:
        """Weigh the slide now, or as soon as the run that is on has ended."""
        session, model = self._session, self._model
        if session is None or model is None or not self._may_weigh(session, model) or self._is_hidden:
            return
        self.cancel()
        if session.progress.state in ("starting", "finding cells", "running"):
            self._waits = True
        else:
            self._begin(session, model)
        self._show()

    def cancel(self) -> None:
        """Give up; acknowledged at once."""
        self._waits = False
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._show()

    @property
    def _model(self) -> Bundle | None:
        return self._models[self._chosen] if self._chosen < len(self._models) else None

    @property
    def _is_hidden(self) -> bool:
        return self._window.sheet.reading_mode.ai_hidden

    @staticmethod
    def _may_weigh(session: SlideSession, model: Bundle) -> bool:
        from app.session.slide_weighing import may_weigh

        return may_weigh(session, model)

    def _begin(self, session: SlideSession, model: Bundle) -> None:
        settings, tell = self._window.settings, self._told.emit

        def work(token: CancelToken) -> WeighedSlide | None:
            from app.session.slide_weighing import weigh

            return weigh(
                session,
                model,
                device=settings.device,
                workers=settings.threads,
                on_progress=lambda done, total: tell(token, done, total),
                keep_going=lambda: not token.cancelled,
            )

        self._job = run_in_background(work, on_done=self._take, on_error=self._fail)
        self._box.show_working(0, 1)

    def _take_models(self, models: list[Bundle]) -> None:
        self._looking = None
        former = self._model.hash if self._model is not None else ""
        by_attention = self._by_attention
        self._models = models
        self._chosen = next((n for n, model in enumerate(models) if model.hash == former), 0)
        if self._model is None or self._model.hash != former:
            # What is in work is of the former one too.
            self._weighed, self._by_attention = None, False
            self.cancel()
        self._box.show_models([model.card.name for model in models], self._chosen)
        self._show()
        if by_attention and not self._by_attention:
            self.changed.emit()

    def _take_progress(self, token: CancelToken, done: int, total: int) -> None:
        if self._job is not None and token is self._job.token:
            self._box.show_working(done, total)

    def _take(self, weighed: WeighedSlide | None) -> None:
        self._job = None
        self._weighed, self._checked = weighed, (None, -1, False)
        self._show()
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        from app.ui.dialogs.error import show_error

        self._job = None
        self._show()
        show_error(self._window, str(error))

    def _choose_order(self, by_attention: bool) -> None:
        self._by_attention = by_attention
        self.changed.emit()

    def _choose_model(self, index: int) -> None:
        self.cancel()
        self._chosen, self._weighed, self._by_attention = max(0, index), None, False
        self._show()
        self.changed.emit()

    def _follow_run(self) -> None:
        session, model = self._session, self._model
        if self._waits and session is not None and model is not None:
            state = session.progress.state
            if state == "finished":
                self._waits = False
                self._begin(session, model)
            elif state not in ("starting", "finding cells", "running", "paused"):
                self.cancel()
                self._window.docks.fields.hint.emit(
                    self.tr("The slide was not weighed: its scoring ended before all of it was scored.")
                )
        elif self._job is None:
            self._show()

    def _notice_change(self) -> None:
        """New scores, or another mode: what was made before may no longer hold."""
        if self._weighed is not None and self.weighed is None and self._by_attention:
            self._by_attention = False
            self.changed.emit()
        if self._job is None:
            self._show()

    def _show(self) -> None:
        session, model = self._session, self._model
        weighed = self.weighed
        allowed = session is not None and model is not None and self._may_weigh(session, model)
        scores = session.score_map() if session is not None else None
        self._action.setEnabled(allowed and scores is not None)
        self._warn(session, weighed)
        self._box.show_order(self._by_attention and weighed is not None, weighed is not None)
        if self._waits:
            self._box.show_working(0, 0)
        elif self._job is not None:
            return
        elif weighed is not None:
            self._box.show_result(weighed)
        elif not allowed:
            self._box.show_nothing(self._why_not(session), can_weigh=False)
        elif self._weighed is not None:
            self._box.show_nothing(self.tr("The scores have changed since it weighed the slide."), True, again=True)
        else:
            self._box.show_nothing(
                self.tr("It can say what the whole slide comes to, and which fields it looked at for that."), True
            )

    def _why_not(self, session: SlideSession | None) -> str:
        if session is None or session.may_rank:
            return self.tr("Not used here: it was trained on phantoms and this is a real slide.")
        return self.tr("Not used here: the model that it builds on was trained on phantoms and this is a real slide.")

    def _warn(self, session: SlideSession | None, weighed: WeighedSlide | None) -> None:
        """A banner for as long as a result is shown that means nothing on this slide."""
        if session is not None and weighed is not None:
            from app.session.slide_weighing import meaningless, means_nothing

            if means_nothing(session, weighed.trained_on):
                self._window.banners.put(PHANTOM_BANNER, "error", meaningless(weighed.model_name))
                return
        self._window.banners.drop(PHANTOM_BANNER)

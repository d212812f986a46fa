"""Asks the teacher about fields of the gallery, in the background, with progress and cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.ui.background import CancelToken, Job, run_in_background

if TYPE_CHECKING:
    from app.geometry import RectPx
    from app.session.opinion import Opinion
    from app.session.second_opinion import SecondOpinions
    from app.session.slide_session import SlideSession
    from app.ui.findings import Findings
    from app.ui.main_window import MainWindow
    from kd.bundle import ClassInfo

FIRST_FIELDS = 20

_Fields = dict[int, "tuple[RectPx, ClassInfo | None]"]


class SecondOpinionDesk(QObject):
    """Connects the two actions. One question at a time; another one replaces it."""

    _told = Signal(object, int, object)

    def __init__(self, window: MainWindow, findings: Findings) -> None:
        super().__init__(findings)
        self._window, self._findings, self._panel = window, findings, window.docks.fields
        self._job: Job | None = None
        self._asked = self._answered = 0
        self._advisers: SecondOpinions | None = None
        self._for: tuple[SlideSession, str] | None = None
        window.actions_["second_opinion"].triggered.connect(lambda: self.ask_current())
        window.actions_["second_opinions"].triggered.connect(lambda: self.ask_first())
        self._panel.askingCancelled.connect(self.cancel)
        self._told.connect(self._take)

    @property
    def is_asking(self) -> bool:
        return self._job is not None

    def ask_current(self) -> None:
        """Ask about the current field."""
        entry = self._findings.current_entry
        if entry is None:
            self._panel.hint.emit(self.tr("Choose a field first: Space goes to the next one."))
        else:
            self._ask([entry.number])

    def ask_first(self) -> None:
        """Ask about the first fields of the list."""
        self._ask([entry.number for entry in self._findings.listed()[:FIRST_FIELDS]])

    def cancel(self) -> None:
        """No further answer is taken."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._panel.show_asking(0, 0)

    def forget(self) -> None:
        """Another slide or model: end the teacher's process."""
        self.cancel()
        advisers, self._advisers, self._for = self._advisers, None, None
        if advisers is not None:
            run_in_background(lambda _token: advisers.close())

    def _ask(self, numbers: list[int]) -> None:
        session, path = self._window.specimen.session, self._window.settings.teacher_path
        if not path:
            self._panel.hint.emit(self.tr("No model for second opinions is chosen: Analysis > Models (Ctrl+M)."))
            return
        if session is None or session.mpp is None or not numbers:
            return
        self.cancel()
        if self._for != (session, path):
            self.forget()
        known, fields = self._advisers, self._fields(numbers, session)
        self._for = (session, path)
        self._asked, self._answered = len(fields), 0
        self._panel.show_asking(0, self._asked)

        def work(token: CancelToken) -> SecondOpinions:
            return _ask_teacher(
                self._window, session, Path(path), known, fields, token, lambda n, o: self._told.emit(token, n, o)
            )

        job = run_in_background(work, discard=self._keep_or_close)
        job.done.connect(self._finish)
        job.failed.connect(self._fail)
        self._job = job

    def _fields(self, numbers: list[int], session: SlideSession) -> _Fields:
        classes = session.bundle.card.classes if session.bundle is not None else ()
        fields: _Fields = {}
        for number in numbers:
            entry = self._findings.gallery.entry(number)
            if entry is not None:
                index = entry.field.class_index
                fields[number] = (entry.field.rect, classes[index] if 0 <= index < len(classes) else None)
        return fields

    def _keep_or_close(self, advisers: SecondOpinions) -> None:
        """Of a cancelled question: on a worker. A process that was kept from before stays."""
        if advisers is not self._advisers:
            advisers.close()

    def _take(self, token: CancelToken, number: int, opinion: Opinion) -> None:
        if self._job is None or token is not self._job.token:
            return
        self._answered += 1
        self._panel.show_asking(self._answered, self._asked)
        self._findings.set_opinions({number: opinion})

    def _finish(self, advisers: SecondOpinions) -> None:
        self._job, self._advisers = None, advisers
        self._panel.show_asking(0, 0)
        asked = [self._findings.opinions[n] for n in self._findings.opinions]
        differing = sum(opinion.disagrees for opinion in asked)
        self._panel.hint.emit(self.tr("Second opinions: {0}, of which {1} differ.").format(len(asked), differing))

    def _fail(self, error: Exception) -> None:
        from app.ui.dialogs.error import show_error

        self._job = None
        self._panel.show_asking(0, 0)
        self.forget()
        show_error(self._window, str(error))


def _ask_teacher(
    window: MainWindow,
    session: SlideSession,
    path: Path,
    known: SecondOpinions | None,
    fields: _Fields,
    token: CancelToken,
    tell: Callable[[int, Opinion], None],
) -> SecondOpinions:
    """On a worker: start the teacher unless it runs, and ask it. Raises OpinionError, BundleError."""
    from app.session.second_opinion import EndedError, SecondOpinions
    from kd.bundle import load_bundle

    assert session.mpp is not None
    score_map = session.score_map()
    plane = score_map.provenance.focal_plane if score_map is not None else session.slide.info.focal_planes.middle
    if known is not None:
        try:
            known.ask(fields, tell, lambda: not token.cancelled)
        except EndedError:
            # It died, or broke down over a question that was cancelled: nobody was told of that. Once more, then.
            known.close()
        except BaseException:
            known.close()
            raise
        else:
            return known
    advisers = SecondOpinions(
        session.slide.info,
        load_bundle(path),
        mpp=session.mpp,
        plane=plane,
        demonstration=session.demonstration,
        device=window.settings.device,
        precision=window.settings.precision,
    )
    try:
        advisers.ask(fields, tell, lambda: not token.cancelled)
    except BaseException:
        advisers.close()
        raise
    return advisers

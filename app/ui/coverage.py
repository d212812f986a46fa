"""The coverage track in the window: what is looked at is counted, kept in the case, drawn, and searched for gaps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication

from app.geometry import PointPx, RectPx, SizePx, scale_for_magnification
from app.records.coverage import Coverage, CoverageError, View, Weights, quad_of_view
from app.session.dwell import REST_S, DwellClock, Field
from app.ui.background import Job, run_in_background
from app.ui.canvas.coverage_layer import BANDS, CoverageLayer
from app.ui.field_judge import FieldJudge

if TYPE_CHECKING:
    from app.analysis.cell_map import CellMap
    from app.case.case_store import CaseStore
    from app.session.slide_session import SlideSession
    from app.ui.canvas.slide_view import SlideView
    from app.ui.main_window import MainWindow

TICK_MS = 250
JUDGED_FROM = 5.0
"""In overviews blur says nothing."""
HINT_MS = 6000

Shares = dict[float, float | None]


class CoverageTrack(QObject):
    """Watches the view of one window. ``shares`` (10.0, 20.0, 40.0 -> share 0-1 of the cellular area, None where
    nothing is cellular) is what adequacy and report read; it is None until the cells are known.

    Only what could really be seen counts: scale known, every tile sharp, at rest, in focus, the window active and
    uncovered.
    """

    sharesChanged = Signal()

    def __init__(self, window: MainWindow, view: SlideView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._view = view
        self._session: SlideSession | None = None
        self._coverage: Coverage | None = None
        self._weights: Weights | None = None
        self._cell_map: CellMap | None = None
        self._scan: Job | None = None
        self._clock = DwellClock()
        self._judge = FieldJudge(self)
        self._judge.judged.connect(self._take_verdict)
        self._current: Field | None = None
        self._unjudged: list[tuple[Field, View]] = []
        self._drawn = False
        self._awaited = False
        self._before_case: list[View] = []
        self._passed: Coverage | None = None
        """Where the reader was taken to in this round."""
        self.shares: Shares | None = None
        self.layer = CoverageLayer()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._rested = QTimer(self, singleShot=True, interval=round(1000 * REST_S))
        self._rested.timeout.connect(self._judge_field)
        self._view.transformChanged.connect(self._moved)
        # Whoever moves on no longer waits to be taken somewhere.
        self._view.transformChanged.connect(self._wait_no_longer)
        self._view.sharpened.connect(self._moved)
        self._view.instruments.coverage.chosen.connect(self.choose)
        window.installEventFilter(self)
        window.specimen.progressChanged.connect(self._take_cells)
        window.case.opened.connect(self._take_case)
        window.case.closing.connect(self._finish)
        actions = window.actions_
        actions["coverage"].setChecked(window.settings.coverage_visible)
        actions["coverage"].toggled.connect(self._show_layer)
        actions["next_unseen"].triggered.connect(self.next_unseen)
        self._choices = self._offer_magnifications()
        self._view.instruments.coverage.show_choice(self.magnification)

    def _offer_magnifications(self) -> dict[float, QAction]:
        """The choice of a magnification in the menu, for the keyboard."""
        menu, group, choices = self._window.menus.unseen, QActionGroup(self), {}
        for band in BANDS:
            action = menu.addAction(f"{band:g}x")
            action.setCheckable(True)
            action.setChecked(band == self.magnification)
            action.triggered.connect(lambda _checked=False, band=band: self.choose(band))
            group.addAction(action)
            choices[band] = action
        return choices

    # What is open

    def set_session(self, session: SlideSession | None) -> None:
        """Another slide, or none; what was seen of it comes with its case."""
        if self._scan is not None:
            self._scan.cancel()
            self._scan = None
        self._awaited = False
        self._clock, self._current = DwellClock(), None
        self._passed = None
        self._unjudged.clear()
        self._before_case.clear()
        self._session = session
        self._coverage = self._weights = self._cell_map = None
        if self._drawn:
            self._view.remove_layer(self.layer)
        self._drawn = session is not None and session.mpp is not None
        if session is None or session.mpp is None:
            self._timer.stop()
            self.layer.set_slide(None, None)
            self._show_shares()
            return
        size = session.slide.info.size
        self._coverage = Coverage(size)
        self.layer.set_slide(size, session.mpp)
        self.layer.visible = self._window.settings.coverage_visible
        self._view.add_layer(self.layer)
        self._timer.start()
        run_in_background(lambda _token: session.cells.load(), on_done=lambda _found: self._take_cells())
        self._show_shares()

    def _take_case(self, store: CaseStore) -> None:
        """The case is open: what was seen before, together with what has been seen meanwhile."""
        slide = self._window.case.slide
        if self._session is None or slide is None:
            return
        kept = store.coverage(slide)
        if kept is not None and self._coverage is not None and kept.codes.shape == self._coverage.codes.shape:
            self._coverage = kept
            self._show_coverage(None)
        meanwhile, self._before_case = self._before_case, []
        for view in meanwhile:
            self.count(view)

    def _take_cells(self) -> None:
        found = self._session.cells.current if self._session is not None else None
        if found is None or found is self._cell_map or self._coverage is None:
            return
        self._cell_map = found
        coverage = self._coverage
        self._weights = found.cellular_weights(coverage.rows, coverage.columns, coverage.cell_px)
        self._show_shares()
        if self._awaited:
            self._awaited = False
            self.next_unseen()

    # What is looked at

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate, QEvent.Type.WindowStateChange):
            self.look()
        return False

    def _finish(self) -> None:
        """The case is about to be closed: what was looked at until this moment counts in it."""
        views = self._clock.update(time.monotonic(), None)
        self._unjudged += [(self._current, view) for view in views if self._current is not None]
        self._current = None
        case, unjudged = self._window.case, self._unjudged
        store, slide = case.store, case.slide
        if store is not None and slide is not None and not store.read_only:
            for field, view in unjudged:
                in_focus = self._judge.judgement(field)
                if in_focus is not None:
                    case.in_turn(_last_view(store, slide, view, in_focus))
        self._count_judged()
        self._unjudged = []

    def _moved(self) -> None:
        self.look()
        self._rested.start()

    def _wait_no_longer(self) -> None:
        self._awaited = False

    def look(self) -> None:
        """Tell the clock what is on screen now, and count what it says."""
        if self._coverage is None:
            return
        field = self._field()
        views = self._clock.update(time.monotonic(), field)
        # They belong to the field that was there until now.
        self._unjudged += [(self._current, view) for view in views if self._current is not None]
        self._current = field
        self._count_judged()

    def _tick(self) -> None:
        before = self._current
        self.look()
        if before is not None and self._current == before:
            self._judge_field()

    def _judge_field(self) -> None:
        """The view has come to rest: is it in focus?"""
        self.look()
        field, session = self._current, self._session
        if field is None or session is None or session.mpp is None or field.magnification < JUDGED_FROM:
            return
        if self._judge.in_focus(field) is None and not self._judge.is_judging(field):
            picture = self._view.grab_image(layers=False)
            self._judge.judge(field, picture, session.mpp / self._view.transform.scale)

    def _take_verdict(self, field: Field, in_focus: bool) -> None:
        if not in_focus and field == self._current:
            self._hint(tr("This field is out of focus: it does not count as seen."))
        self._count_judged()

    def _count_judged(self) -> None:
        """Count the views whose field is in focus, forget those that are not or that nobody judges any more."""
        waiting = []
        for field, view in self._unjudged:
            in_focus = True if field.magnification < JUDGED_FROM else self._judge.in_focus(field)
            if in_focus:
                self.count(view)
            elif in_focus is None and (field == self._current or self._judge.is_judging(field)):
                waiting.append((field, view))
        self._unjudged = waiting

    def _field(self) -> Field | None:
        view, session = self._view, self._session
        magnification = view.magnification
        if session is None or magnification is None or not view.is_sharp or not self._is_uncovered():
            return None
        return Field(quad_of_view(view.transform), magnification, view.plane)

    def _is_uncovered(self) -> bool:
        window = self._view.window()
        handle = window.windowHandle()
        return (
            self._view.isVisible()
            and window.isActiveWindow()
            and not window.isMinimized()
            and (handle is None or handle.isExposed())
            and QApplication.activeModalWidget() is None
        )

    def count(self, view: View) -> None:
        """Add a view to the track and to the case."""
        from app.case.errors import CaseError

        if self._coverage is None:
            return
        changed = self._coverage.add(view)
        case = self._window.case
        if case.store is None:
            self._before_case.append(view)
        elif not case.read_only and case.slide is not None:
            try:
                case.store.add_view(case.slide, view)
            except (CaseError, CoverageError) as error:
                case.refused.emit(str(error))
        if changed is not None:
            self._show_coverage(changed)

    def _show_coverage(self, changed: object) -> None:
        assert self._coverage is not None
        repainted = self.layer.show(self._coverage, changed)  # type: ignore[arg-type]
        if repainted is not None:
            self._view.update_layers(repainted, of=self.layer)
            self._show_shares()

    # What it comes to

    def _show_shares(self) -> None:
        readout = self._view.instruments.coverage
        coverage, weights = self._coverage, self._weights
        if coverage is None:
            self.shares = None
            readout.show_message("")
        elif weights is None:
            self.shares = None
            readout.show_message(tr("Cellular area seen: known once the cells are found (scoring, or J)"))
        else:
            self.shares = {band: coverage.share_seen(weights, band) for band in BANDS}
            readout.show_shares(self.shares)
        self._view.instruments.place()
        self.sharesChanged.emit()

    @property
    def coverage(self) -> Coverage | None:
        """What has been seen of the open slide; not to be changed."""
        return self._coverage

    @property
    def weights(self) -> Weights | None:
        """How much of each cell of the track is cellular; None until the cells are known."""
        return self._weights

    # Where to go next

    @property
    def magnification(self) -> float:
        """At which magnification ``next unseen`` searches and shows."""
        return min(BANDS, key=lambda band: abs(band - self._window.settings.coverage_magnification))

    def choose(self, magnification: float) -> None:
        """Search and show at this magnification from now on (10, 20 or 40)."""
        self._window.settings.coverage_magnification = magnification
        self._window.save_settings()
        self._choices[magnification].setChecked(True)
        self._view.instruments.coverage.show_choice(magnification)

    def next_unseen(self) -> None:
        """Go to the nearest cellular field that was not yet seen at the chosen magnification."""
        session = self._session
        if session is None or self._coverage is None:
            self._hint(tr("The slide's scale is not known: calibrate it first (Ctrl+K)."))
            return
        self.look()
        if self._weights is None:
            self._find_cells(session)
            return
        rect = self._next_field(self._coverage, self._weights, session)
        if rect is None:
            share = self._coverage.share_seen(self._weights, self.magnification)
            nothing = tr("No cells were found on this slide.")
            done = tr("All cellular area has been seen at {0}x.").format(f"{self.magnification:g}")
            self._hint(nothing if share is None else done)
            return
        center = PointPx(*_within(rect.center, session.slide.info.size))
        self._view.center_on(center, self.magnification)

    def _next_field(self, coverage: Coverage, weights: Weights, session: SlideSession) -> RectPx | None:
        """The nearest unseen field other than the present one. Fields that were left without counting, because they
        were blurred or left at once, come again when nothing else is left."""
        if self._passed is None:
            self._passed = Coverage(coverage.slide_size)
        magnification = self._view.magnification
        if magnification is not None:
            self._passed.add(View(quad_of_view(self._view.transform), magnification, 1.0))
        at, start, size = self.magnification, self._view.transform.center, self._field_size(session)
        rect = coverage.next_unseen(weights * ~self._passed.seen(at), at, start, size)
        if rect is None:
            self._passed = None
            rect = coverage.next_unseen(weights, at, start, size)
        return rect

    def _field_size(self, session: SlideSession) -> SizePx:
        """What the view shows at the chosen magnification, in level-0 pixels; turned views show less for certain."""
        assert session.mpp is not None
        scale = scale_for_magnification(self.magnification, session.mpp)
        width, height = (side / scale for side in self._view.transform.viewport_device)
        turns = self._view.transform.quarter_turns
        if turns is None:
            width = height = min(width, height) / 1.4143
        elif turns % 2:
            width, height = height, width
        return SizePx(max(1, int(width)), max(1, int(height)))

    def _find_cells(self, session: SlideSession) -> None:
        self._awaited = True
        self._hint(tr("The cells are being found; then the view goes to the first field."))
        if self._scan is not None or session.progress.state in ("starting", "finding cells"):
            return
        job = run_in_background(lambda token: session.cells.scan(keep_going=lambda: not token.cancelled))
        job.done.connect(lambda _found: self._end_scan(""))
        job.failed.connect(lambda error: self._end_scan(str(error)))
        self._scan = job

    def _end_scan(self, problem: str) -> None:
        self._scan = None
        if problem:
            self._awaited = False
            self._hint(problem)
        self._take_cells()

    def _show_layer(self, on: bool) -> None:
        self._window.settings.coverage_visible = on
        self.layer.visible = on
        self._view.update_layers(of=self.layer)

    def _hint(self, text: str) -> None:
        self._window.status.showMessage(text, HINT_MS)


def tr(text: str) -> str:
    """Translate in the context of the coverage track."""
    return QCoreApplication.translate("CoverageTrack", text)


def _last_view(store: CaseStore, slide: str, view: View, in_focus: Callable[[], bool]) -> Callable[[object], None]:
    """For a worker, before the case closes: add a view whose field nobody has judged yet."""

    def add(_token: object) -> None:
        if in_focus():
            store.add_view(slide, view)

    return add


def _within(point: PointPx, size: SizePx) -> tuple[float, float]:
    return min(max(point.x, 0.0), float(size.width)), min(max(point.y, 0.0), float(size.height))

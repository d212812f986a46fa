"""The window's main job without a screen: open, score, take pictures, write the results, end."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from app.ui.panels.analysis_panel import format_duration

if TYPE_CHECKING:
    from app.geometry import PointPx
    from app.session.slide_session import SlideSession
    from app.ui.background import CancelToken
    from app.ui.main_window import MainWindow

INTERRUPTED = 130
WINDOW_PX = (1920, 1080)
_POLL_MS = 15
_SETTLE_S = 30.0
_ATTENTION_S = 60.0
_RESTARTS = 2
_PROGRESS_EVERY_S = 5.0

T = TypeVar("T")


class JobError(Exception):
    """The job cannot be done; the message is one sentence for the user."""


def run_offscreen(
    slides: Sequence[Path],
    *,
    out_dir: Path,
    bundle_path: Path | None = None,
    device: str | None = None,
    data_dir: Path | None = None,
) -> int:
    """Do the job for each slide; one line of error per slide that failed. Returns the exit status."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.ui.application import build_window, create_application
    from app.ui.background import wait_for_background
    from app.ui.crash import log_qt_messages, start_logging
    from app.ui.paths import AppPaths
    from app.ui.terminal_signals import TerminalSignals

    paths = AppPaths.for_user(data_dir)
    log_qt_messages()
    create_application()
    start_logging(paths.log_dir)
    failed = 0
    # Settings of its own: the pictures look alike on every machine, and the user's own stay as they are.
    with tempfile.TemporaryDirectory() as temporary:
        settings_file = Path(temporary) / "settings.json"
        window = build_window(
            AppPaths(paths.data_dir, settings_file, paths.log_dir),
            bundle_path=bundle_path,
            device=device,
            theme="light",
            language="en",
        )
        window.resize(*WINDOW_PX)
        window.show()
        interrupted = threading.Event()
        signals = TerminalSignals(interrupted.set)
        for slide in slides:
            target = out_dir / slide.stem if len(slides) > 1 else out_dir
            try:
                OffscreenJob(window, target, interrupted).run(slide)
            except JobError as error:
                failed += 1
                print(f"fnascope: {error}", file=sys.stderr, flush=True)
            if interrupted.is_set():
                break
        signals.stop()
        window.close()
        wait_for_background(10_000)
    if interrupted.is_set():
        return INTERRUPTED
    return 1 if failed else 0


class OffscreenJob:
    """One slide. Waits by letting Qt's events run; nobody sits before the window."""

    def __init__(self, window: MainWindow, out_dir: Path, interrupted: threading.Event) -> None:
        self._window = window
        self._interrupted = interrupted
        self._out_dir = out_dir
        self._problem = ""
        self._finished = False
        self._restarts_left = _RESTARTS
        self._last_line = 0.0
        self._last_text = ""

    def run(self, slide: Path) -> None:
        """Raises JobError."""
        try:
            self._out_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JobError(f"The folder {self._out_dir} cannot be written ({error.strerror}).") from error
        specimen = self._window.specimen
        specimen.openFailed.connect(self._note_open_error)
        specimen.failed.connect(self._note)
        specimen.processDied.connect(self._start_again)
        specimen.finished.connect(self._finish)
        try:
            session = self._open(slide)
            self._wait_for_scores(session)
            self._take_pictures(session)
            self._write_results(session)
        finally:
            specimen.openFailed.disconnect(self._note_open_error)
            specimen.failed.disconnect(self._note)
            specimen.processDied.disconnect(self._start_again)
            specimen.finished.disconnect(self._finish)
            specimen.close()

    def _note_open_error(self, _path: Path, sentence: str, _details: str) -> None:
        self._note(sentence)

    def _start_again(self, sentence: str) -> None:
        """The scoring process died: go on from the stored scores, a few times."""
        self._restarts_left -= 1
        if self._restarts_left < 0:
            self._note(sentence)
        else:
            self._window.scoring.start()

    def _note(self, sentence: str) -> None:
        self._problem = self._problem or sentence

    def _finish(self) -> None:
        self._finished = True

    def _open(self, slide: Path) -> SlideSession:
        specimen = self._window.specimen
        self._say(f"Opening {slide.name}")
        self._window.open_path(slide)
        self._wait(lambda: not specimen.is_opening)
        session = specimen.session
        if session is None:
            raise JobError(self._problem or f"{slide} could not be opened.")
        if not session.can_score:
            problem = specimen.current.bundle_problem if specimen.current else ""
            reasons = [n.text for n in session.notices if n.severity == "error"] or [n.text for n in session.notices]
            raise JobError(problem or " ".join([f"{slide.name} cannot be scored.", *reasons]))
        return session

    def _wait_for_scores(self, session: SlideSession) -> None:
        if session.progress.state != "finished":
            self._window.scoring.start()
        while not self._finished and session.progress.state != "finished":
            self._wait(lambda: self._finished, timeout_s=0.5)
            self._show_progress(session)
        summary = session.summary()
        if summary is not None:
            shares = ", ".join(f"{c.name} {100 * c.share:.1f} %" for c in summary.per_class)
            if not session.may_rank:
                shares = "no class is named, because a phantom model means nothing on a real slide"
            self._say(
                f"Scored {summary.tiles_scored:,} tiles ({summary.out_of_focus:,} out of focus, "
                f"{summary.failed:,} failed, {summary.background:,} background): {shares}"
            )

    def _show_progress(self, session: SlideSession) -> None:
        now = time.monotonic()
        if now - self._last_line < _PROGRESS_EVERY_S and not sys.stdout.isatty():
            return
        self._last_line = now
        progress = session.progress
        text = f"{progress.state.capitalize()}"
        if progress.total:
            text = f"Scoring: {progress.done:,} of {progress.total:,} tiles, {progress.tiles_per_s:.0f} tiles/s"
            if progress.seconds_left is not None:
                text += f", {format_duration(progress.seconds_left)} left"
        if sys.stdout.isatty():
            print(f"\r{text:<78}", end="", flush=True)
        elif text != self._last_text:
            print(text, flush=True)
        self._last_text = text

    def _take_pictures(self, session: SlideSession) -> None:
        """The whole slide with its heatmap; the most telling field at 20x with it; and its attention at 40x."""
        window = self._window
        view, actions = window.stage.view, window.actions_
        window.findings.refresh_now()
        actions["heatmap"].setChecked(True)
        actions["attention"].setChecked(False)
        view.fit()
        self._save("overview.png")
        place = self._field(session)
        view.center_on(place, 20.0)
        self._save("field-20x.png")
        actions["heatmap"].setChecked(False)
        actions["attention"].setChecked(True)
        view.center_on(place, 40.0)
        overlays = window.stage.overlays
        overlays.request_attention(view.visible_part())
        self._wait(lambda: overlays.attention_is_complete, timeout_s=_ATTENTION_S)
        self._save("attention-40x.png")
        actions["heatmap"].setChecked(True)
        actions["attention"].setChecked(False)
        view.fit()

    def _field(self, session: SlideSession) -> PointPx:
        """The most suspicious field, or where nothing is ranked the one with the most scored tiles."""
        ranked = session.ranked_fields(1)
        if ranked:
            self._window.docks.fields.step(1)
            return ranked[0].rect.center
        import numpy as np

        from app.records.scores import CellState

        score_map = session.score_map()
        assert score_map is not None
        scored = np.pad((score_map.states == CellState.SCORED).astype(np.int64), 1)
        around = sum(np.roll(scored, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
        crowded = (around * scored)[1:-1, 1:-1].astype(np.float64)
        # Among equals the one nearest to the middle of the slide.
        rows, columns = np.indices(crowded.shape)
        off_center = np.hypot(rows - crowded.shape[0] / 2, columns - crowded.shape[1] / 2)
        cell = int(np.argmax(crowded - off_center / (4 * off_center.max() + 1)))
        return score_map.cell_rect(cell).center

    def _save(self, name: str) -> None:
        """The window as it is once everything in view is sharp."""
        from app.ui.snapshot import write_image

        view = self._window.stage.view
        self._wait(lambda: False, timeout_s=0.3)
        self._wait(lambda: view.is_painted, timeout_s=_SETTLE_S)
        self._wait(lambda: False, timeout_s=0.3)
        image = self._window.grab().toImage()
        target = self._out_dir / name
        self._in_background(lambda _token: write_image(image, target))
        self._say(f"Wrote {target}")

    def _write_results(self, session: SlideSession) -> None:
        from app.ui.exports import write_all_results

        scores = session.snapshot()
        if scores is None:
            raise JobError("There are no scores to write.")
        for path in self._in_background(lambda _token: write_all_results(scores, self._out_dir)):
            self._say(f"Wrote {path}")

    def _in_background(self, work: Callable[[CancelToken], T]) -> T:
        from app.ui.background import run_in_background

        results: list[T] = []
        errors: list[Exception] = []
        run_in_background(work, on_done=results.append, on_error=errors.append)
        self._wait(lambda: bool(results or errors))
        if errors:
            raise JobError(f"The results cannot be written: {errors[0]}") from errors[0]
        return results[0]

    def _wait(self, condition: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Let events run until the condition holds; False when the time is over. Raises JobError on a problem."""
        from PySide6.QtCore import QEventLoop, QTimer

        end = None if timeout_s is None else time.monotonic() + timeout_s
        loop = QEventLoop()
        timer = QTimer()
        timer.setInterval(_POLL_MS)
        timer.timeout.connect(
            lambda: loop.quit() if condition() or self._must_stop() or (end and time.monotonic() > end) else None
        )
        timer.start()
        loop.exec()
        timer.stop()
        if self._must_stop():
            raise JobError(self._problem)
        return condition()

    def _must_stop(self) -> bool:
        if self._interrupted.is_set():
            self._note("Interrupted; what is scored is kept, and the same command goes on from there.")
        return bool(self._problem)

    def _say(self, text: str) -> None:
        print(f"\r{text:<78}" if sys.stdout.isatty() else text, flush=True)

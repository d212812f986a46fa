"""Connects the worklist with folder, stores, background scoring and the slide on screen."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from shiboken6 import isValid

from app.session.worklist_item import concealed, without_scores
from app.ui.background import CancelToken, Job, run_in_background
from app.ui.worklist.delegate import PICTURE_PX
from app.ui.worklist.model import WorklistModel
from app.ui.worklist.round import Round

if TYPE_CHECKING:
    from app.session.folder_scoring import FolderProgress, FolderScoring
    from app.session.worklist import Worklist
    from app.session.worklist_item import WorkItem
    from app.ui.main_window import MainWindow

_REFRESH_MS = 4000
_LOOK_AT_ALL_EVERY = 8
"""So many refreshes of the slides in work go by until all others are looked up again."""
_MOST_PICTURE_PIXELS = 24_000_000
_BUSY = ("starting", "finding cells", "running")


class WorklistDesk(QObject):
    """The worklist of one window. Files are read on worker threads only."""

    _found = Signal(object, object)
    _scoringChanged = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._panel = window.docks.worklist
        self.model: WorklistModel = self._panel.model
        self.model.fetch = self._want_picture
        self._worklist: tuple[Path | None, Worklist] | None = None
        self._scoring: FolderScoring | None = None
        self._listing: Job | None = None
        self._looking: Job | None = None
        self._look_again: set[Path] = set()
        self._pictures: deque[Path] = deque()
        self._picture: Job | None = None
        self._in_work: Path | None = None
        self._round = Round()
        self._refreshes = 0
        self._loaded = False
        self._timer = QTimer(self, interval=_REFRESH_MS)
        self._timer.timeout.connect(self._refresh_now_and_then)
        self._found.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._scoringChanged.connect(self._show_scoring, Qt.ConnectionType.QueuedConnection)
        self._connect()

    def _connect(self) -> None:
        window, panel = self._window, self._panel
        actions = window.actions_
        actions["open_folder"].triggered.connect(lambda: self.choose_folder())
        actions["next_slide"].triggered.connect(lambda: self.step(1))
        actions["previous_slide"].triggered.connect(lambda: self.step(-1))
        panel.recursive.setChecked(window.settings.worklist_recursive)
        panel.recursiveChanged.connect(self._set_recursive)
        panel.chosen.connect(window.open_path)
        panel.besideRequested.connect(lambda path: window.beside.open(path))
        panel.can_open_beside = lambda: window.specimen.session is not None
        panel.shown.connect(self._load_once)
        panel.scoringRequested.connect(self.score_or_pause)
        panel.scoringCancelled.connect(self.cancel_scoring)
        for name in ("human_first", "demonstration"):
            # Queued: the setting is written after the action says that it was switched.
            actions[name].toggled.connect(lambda _on: QTimer.singleShot(0, self, self._look_with_other_eyes))
        specimen = window.specimen
        specimen.before_open = self._let_go
        specimen.opened.connect(lambda opened: self._slide_opened(opened.request.slide_path))
        specimen.closed.connect(self._slide_closed)
        specimen.progressChanged.connect(self._yield_to_screen)
        specimen.finished.connect(lambda: self.refresh([p for p in [self._path_on_screen()] if p]))
        self._enable_steps()

    def choose_folder(self) -> None:
        """The dialog for another folder."""
        dialog = QFileDialog(self._window, self.tr("Open folder"), self._window.settings.worklist_folder)
        dialog.setObjectName("openFolderDialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self.open_folder(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open_folder(self, folder: Path) -> None:
        """List the slides of a folder, in the background, and remember it."""
        self._loaded = True
        settings = self._window.settings
        if settings.worklist_folder != str(folder):
            settings.worklist_folder, settings.worklist_scoring = str(folder), False
            self.model.set_paths(())
        self._window.save_settings()
        self._panel.show_folder(folder)
        self._window.docks.show_worklist()
        self._list(folder)

    def score_or_pause(self) -> None:
        """Score all slides, or hold, or go on."""
        scoring = self._folder_scoring()
        state = scoring.progress.state
        if state == "paused":
            scoring.resume()
        elif state != "idle":
            scoring.pause()
        elif (bundle := self._window.bundle_path) is not None:
            from app.session.folder_scoring import FolderJob

            settings = self._window.settings
            waiting = [item.path for item in map(self.model.item, range(self.model.rowCount())) if not item.complete]
            job = FolderJob(
                bundle,
                self._window.paths.data_dir,
                self._window.device,
                settings.precision,
                settings.threads,
                self._window.actions_["demonstration"].isChecked(),
                dict(settings.calibrations),
            )
            scoring.start(waiting, job)
            self._remember_scoring(True)
            self._yield_to_screen()
        self._show_scoring(scoring.progress)

    def cancel_scoring(self) -> None:
        if self._scoring is not None:
            self._scoring.cancel()
        self._remember_scoring(False)

    def step(self, by: int) -> None:
        """Open the next or previous slide of the list."""
        here = self._path_on_screen()
        target = self._round.beside(here, by, self.model.paths, self.model.order)
        if target is not None:
            self._window.open_path(target)
        elif here is not None and self.model.rowCount():
            text = self.tr("This is the last slide of the list.")
            if by < 0:
                text = self.tr("This is the first slide of the list.")
            self._window.status.showMessage(text, 6000)

    def refresh(self, paths: Sequence[Path]) -> None:
        """Look these slides up again, after those that are being looked up."""
        self._look_again.update(paths)
        if self._looking is None and self._look_again:
            # In the order of the list; what was asked for meanwhile follows.
            wanted = [path for path in self.model.paths if path in self._look_again]
            self._look_again.clear()
            if wanted:
                # The window is asked here, on its own thread.
                bundle_path = self._window.bundle_path
                demonstration = self._window.actions_["demonstration"].isChecked()
                self._looking = run_in_background(
                    lambda token: self._look_up(wanted, bundle_path, demonstration, token),
                    on_done=self._looked_up,
                    on_error=self._looked_up,
                )

    def close(self) -> None:
        """For the end of the window: what is in work ends, what is scored is kept."""
        self._timer.stop()
        for job in (self._listing, self._looking, self._picture):
            if job is not None:
                job.cancel()
        self._pictures.clear()
        scoring = self._scoring
        if scoring is not None:
            run_in_background(lambda _token: scoring.close())

    def _load_once(self) -> None:
        """The folder of the last time, when the panel is first looked at."""
        self._timer.start()
        folder = self._window.settings.worklist_folder
        if not self._loaded and folder:
            self._loaded = True
            self._panel.show_folder(Path(folder))
            self._list(Path(folder))

    def _list(self, folder: Path) -> None:
        if self._listing is not None:
            self._listing.cancel()
        recursive = self._window.settings.worklist_recursive

        def work(token: CancelToken) -> list[Path]:
            from app.session.worklist import find_slides

            return list(find_slides(folder, recursive=recursive, keep_going=lambda: not token.cancelled))

        self._panel.show_message(self.tr("Looking for slides ..."))
        self._listing = run_in_background(work, on_done=self._take_list, on_error=self._show_problem)

    def _take_list(self, paths: list[Path]) -> None:
        self._listing = None
        self._round = Round()
        self.model.set_paths(paths)
        self._panel.show_message("" if paths else self.tr("There is no slide in this folder."))
        self.model.set_open(self._path_on_screen())
        self._panel.show_counts()
        self._panel.show_scoring(None, bool(paths) and self._window.settings.worklist_scoring)
        self._enable_steps()
        self.refresh(paths)

    def _show_problem(self, error: Exception) -> None:
        self._listing = None
        self.model.set_paths(())
        self._panel.show_message(str(error))
        self._enable_steps()

    def _look_up(
        self,
        paths: Sequence[Path],
        bundle_path: Path | None,
        demonstration: bool,
        token: CancelToken,
    ) -> None:
        """On a worker thread; each slide is told as it is found out."""
        if self._worklist is None or self._worklist[0] != bundle_path:
            self._worklist = (bundle_path, _worklist(self._window.paths.data_dir, bundle_path))
        worklist = self._worklist[1]
        for path in paths:
            item = worklist.look_up(path, demonstration=demonstration)
            if token.cancelled or not isValid(self):
                return
            self._found.emit(item, bundle_path)

    def _looked_up(self, _result: object) -> None:
        self._looking = None
        self.refresh(())

    def _take(self, item: WorkItem, bundle_path: Path | None) -> None:
        # What a former model says is not waited for any more: the slide is looked up again.
        if bundle_path == self._window.bundle_path:
            self.model.put(concealed(item, self._window.settings.human_first))
            self._panel.show_counts()

    def _look_with_other_eyes(self) -> None:
        """Another reading mode: what may no longer be seen goes at once, the rest is looked up."""
        human_first = self._window.settings.human_first
        self.model.put_all([concealed(item, human_first) for item in self.model.items])
        self.refresh(self.model.paths)

    def forget_scores(self) -> None:
        """Another model: nothing that the former one said stays in the list."""
        self.model.put_all([without_scores(item) for item in self.model.items])
        self._panel.show_counts()
        self.refresh(self.model.paths)

    def _refresh_now_and_then(self) -> None:
        """While the panel is looked at: what is in work often, all others now and then."""
        if not self._panel.isVisible():
            return
        self._refreshes += 1
        now = self._scoring.progress.now if self._scoring is not None else None
        everything = self._refreshes % _LOOK_AT_ALL_EVERY == 0
        self.refresh(self.model.paths if everything else [p for p in (self._path_on_screen(), now) if p])

    def _want_picture(self, path: Path) -> None:
        self._pictures.append(path)
        self._next_picture()

    def _next_picture(self) -> None:
        """One at a time, those that were asked for last first: they are in view."""
        if self._picture is None and self._pictures:
            path = self._pictures.pop()

            def took(image: QImage | None) -> None:
                self._picture = None
                if image is not None:
                    self.model.put_image(path, image)
                self._next_picture()

            self._picture = run_in_background(
                lambda token: None if token.cancelled else _picture(path),
                on_done=took,
                on_error=lambda _error: took(None),
            )

    def _folder_scoring(self) -> FolderScoring:
        if self._scoring is None:
            from app.session.folder_scoring import FolderScoring

            self._scoring = FolderScoring(self._scoringChanged.emit)
        return self._scoring

    def _show_scoring(self, progress: FolderProgress) -> None:
        run, before = progress.run, self._in_work
        self._in_work = progress.now
        if before is not None and before != progress.now:
            self.refresh([before])
        self.model.put_progress(progress.now, run.done if run else 0, run.total if run else 0)
        self._panel.show_scoring(progress, False)
        if progress.state == "idle" and progress.total:
            self._remember_scoring(False)
            self.refresh(self.model.paths)

    def _remember_scoring(self, on: bool) -> None:
        if self._window.settings.worklist_scoring != on:
            self._window.settings.worklist_scoring = on
            self._window.save_settings()

    def _let_go(self, path: Path) -> None:
        """On a worker thread, before the window opens a slide."""
        if self._scoring is not None:
            self._scoring.let_go(path)

    def _slide_opened(self, path: Path) -> None:
        self._round.opened(path, self.model.paths, self.model.order)
        self.model.set_open(path)
        row = self.model.row_of(path)
        if row is not None:
            self._panel.view.setCurrentIndex(self.model.index(row))
        self.refresh([path])
        self._enable_steps()

    def _slide_closed(self) -> None:
        path, scoring = self._path_on_screen(), self._scoring
        self.model.set_open(path)
        if scoring is not None and path is None:
            scoring.yield_to_screen(False)
            run_in_background(lambda _token: scoring.let_go(None))

    def _yield_to_screen(self) -> None:
        session = self._window.specimen.session
        if self._scoring is not None:
            self._scoring.yield_to_screen(session is not None and session.progress.state in _BUSY)

    def _set_recursive(self, on: bool) -> None:
        self._window.settings.worklist_recursive = on
        self._window.save_settings()
        if self._window.settings.worklist_folder:
            self._list(Path(self._window.settings.worklist_folder))

    def _path_on_screen(self) -> Path | None:
        current = self._window.specimen.current
        return current.request.slide_path if current is not None else None

    def _enable_steps(self) -> None:
        for name in ("next_slide", "previous_slide"):
            self._window.actions_[name].setEnabled(self.model.rowCount() > 0)


def _worklist(data_dir: Path, bundle_path: Path | None) -> Worklist:
    from app.session.worklist import Worklist
    from kd.bundle import BundleError, load_bundle

    try:
        return Worklist(data_dir, load_bundle(bundle_path) if bundle_path is not None else None)
    except BundleError:
        # The sentence comes when a slide is opened; the list still tells states and cases.
        return Worklist(data_dir, None)


def _picture(path: Path) -> QImage | None:
    """The whole slide, small; None where that would mean to read a huge image whole."""
    from app.geometry import RectPx
    from app.slides.open import open_slide
    from app.ui.region_image import region_image

    slide = open_slide(path)
    try:
        coarsest, size = slide.info.levels[-1].size, slide.info.size
        if coarsest.width * coarsest.height > _MOST_PICTURE_PIXELS:
            return None
        return region_image(slide, RectPx(0, 0, size.width, size.height), 2 * PICTURE_PX.width())
    finally:
        slide.close()

"""The window: canvas in the middle, banners above it, panels beside it, and what connects them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from app.geometry import RectPx
from app.resources import resource_path
from app.ui.actions import Actions
from app.ui.background import run_in_background
from app.ui.beside.beside import Beside
from app.ui.case_choice import CaseChoice
from app.ui.case_link import CaseLink
from app.ui.case_notices import CaseNotices
from app.ui.case_place import CasePlace
from app.ui.case_undo import CaseUndo
from app.ui.center import Center
from app.ui.commands import Commands
from app.ui.dialogs.error import show_error
from app.ui.docks import Docks
from app.ui.exports import Exports
from app.ui.findings import Findings
from app.ui.first_paint import FirstPaint
from app.ui.marking.exchange import MarkExchange
from app.ui.menus import Menus, build_toolbar
from app.ui.panels.banners import BannerStack
from app.ui.panels.status import StatusBar
from app.ui.paths import AppPaths
from app.ui.scoring import Scoring
from app.ui.settings import Settings, SettingsStore
from app.ui.sheet.desk import SheetDesk
from app.ui.slide_opener import OpenedSpecimen, OpenRequest
from app.ui.specimen import Specimen
from app.ui.theme import apply_theme
from app.ui.welcome import WelcomePage
from app.ui.worklist.desk import WorklistDesk

if TYPE_CHECKING:
    from app.session.slide_session import SlideSession
    from app.ui.stage import Stage

BANNER_KEYS = ("demonstration", "phantom-slide")
"""Notices that stand above the slide although they are no warnings."""
PROGRAM = "FNAScope"
DEMO_SLIDE, DEMO_MODEL = "demo/demo-slide.tif", "models/demo.fnabundle"


class MainWindow(QMainWindow):
    """Everything the user sees. Settings named on the command line hold for this run only."""

    def __init__(
        self,
        paths: AppPaths,
        store: SettingsStore,
        *,
        bundle_path: Path | None = None,
        device: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.paths, self.store = paths, store
        self._bundle_path, self._device = bundle_path, device
        self.setWindowTitle(PROGRAM)
        self.setAcceptDrops(True)
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        self.actions_ = Actions(self)
        self._stage: Stage | None = None
        self.first_paint = FirstPaint(self)
        self.first_paint.painted.connect(self._prepare_stage)
        self.banners = BannerStack()
        self.welcome = WelcomePage(self.actions_["open"], self.actions_["open_folder"])
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self.center = Center(self.banners, self.welcome)
        self.setCentralWidget(self.center)
        self.stack, self.splitter = self.center.stack, self.center.splitter
        self.opening_overlay = self.center.opening_overlay
        self.docks = Docks(self, self.actions_)
        self.toolbar = build_toolbar(self, self.actions_)
        self.menus = Menus(self, self.actions_, self.set_theme)
        for dock in self.docks.docks:
            self.menus.panels.addAction(dock.toggleViewAction())
        self.specimen = Specimen(self)
        self.case = CaseLink(self.specimen, paths.data_dir, self)
        self._show_overlay_settings()
        self.scoring = Scoring(self.specimen, self.actions_, self.docks.analysis, self.status, self._visible_rect, self)
        self.findings = Findings(self.docks.fields, self)
        self.exports = Exports(self)
        self.commands = Commands(self)
        self.worklist, self.beside = WorklistDesk(self), Beside(self)
        self._connect()
        self.case_notices, self.case_place = CaseNotices(self), CasePlace(self)
        self.case_undo = CaseUndo(self.case, self.actions_, self)
        self.mark_exchange, self.case_choice = MarkExchange(self), CaseChoice(self)
        self.sheet = SheetDesk(self)
        self._show_recent()
        self.menus.show_theme(self.settings.theme)
        self._restore_arrangement()
        self._show_no_slide()

    @property
    def stage(self) -> Stage:
        """The canvas and what moves it; built when it is first needed."""
        if self._stage is None:
            from app.ui.stage import Marking, Stage

            self._stage = Stage(self)
            self.stack.addWidget(self._stage.view)
            self.center.setFocusProxy(self._stage.view)
            self.marking = Marking(self)
        return self._stage

    @property
    def settings(self) -> Settings:
        return self.store.values

    @property
    def bundle_path(self) -> Path | None:
        """The model to score with: named at the start, or chosen before, or the bundled one."""
        if self._bundle_path is not None:
            return self._bundle_path
        if self.settings.model_path:
            return Path(self.settings.model_path)
        try:
            return resource_path(DEMO_MODEL)
        except FileNotFoundError:
            return None

    @property
    def device(self) -> str:
        """What to score on: named at the start, or chosen in the settings."""
        return self._device or self.settings.device

    def use_bundle(self, path: Path) -> None:
        """Score with another bundle from now on; an open slide is opened again with it."""
        self._bundle_path = None
        self.settings.model_path = str(path)
        self.save_settings()
        self.worklist.forget_scores()
        if self.specimen.session is None:
            self.docks.analysis.show_bundle(None, self._model_to_come())
        self.reopen()

    def open_path(self, path: Path) -> None:
        """Open a slide in the background; the window stays usable."""
        self.specimen.open(self.open_request(path))

    def open_request(self, path: Path) -> OpenRequest:
        """How a slide is opened now: with which model, device and scale."""
        return OpenRequest(
            slide_path=path,
            bundle_path=self.bundle_path,
            data_dir=self.paths.data_dir,
            device=self.device,
            precision=self.settings.precision,
            demonstration=self.actions_["demonstration"].isChecked(),
            calibrations=dict(self.settings.calibrations),
            scored_planes=dict(self.settings.scored_planes),
            workers=self.settings.threads,
        )

    def open_demo(self) -> None:
        """Open the bundled demo slide, a phantom."""
        try:
            self.open_path(resource_path(DEMO_SLIDE))
        except FileNotFoundError as error:
            show_error(self, str(error))

    def reopen(self) -> None:
        """Open the present slide again: its scale or the model changed."""
        current = self.specimen.current
        if current is not None:
            self.open_path(current.request.slide_path)

    def set_theme(self, theme: str) -> None:
        """``system``, ``light`` or ``dark``; holds at once and is remembered."""
        self.settings.theme = theme
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, theme)
        self.menus.show_theme(theme)
        self.actions_.refresh_icons()
        self.banners.refresh()
        if self._stage is not None:
            self._stage.view.update_layers()
        self.save_settings()

    def save_settings(self) -> None:
        """Write the settings in the background."""
        snapshot = self.store.snapshot()
        run_in_background(lambda _token: self.store.write(snapshot))

    def forget_recent(self) -> None:
        self.settings.recent_files.clear()
        self._show_recent()
        self.save_settings()

    def _show_overlay_settings(self) -> None:
        settings, panel = self.settings, self.docks.overlay
        self.actions_["heatmap"].setChecked(settings.overlay_visible)
        self.actions_["attention"].setChecked(settings.attention_visible)
        self.actions_["legend"].setChecked(settings.legend_visible)
        self.actions_["minimap"].setChecked(settings.minimap_visible)
        panel.opacity.set_share(settings.overlay_opacity)
        panel.threshold.set_share(settings.overlay_threshold)
        panel.attention_opacity.set_share(settings.attention_opacity)

    def _connect(self) -> None:
        specimen = self.specimen
        specimen.opening.connect(self.opening_overlay.begin)
        specimen.openingEnded.connect(self.opening_overlay.end)
        specimen.opened.connect(self._show_specimen)
        specimen.openFailed.connect(self._show_open_error)
        specimen.closed.connect(self._show_no_slide)
        specimen.scoresChanged.connect(self._take_scores)
        specimen.noticesChanged.connect(self._show_notices)
        specimen.failed.connect(self._show_error)
        self.opening_overlay.cancelled.connect(specimen.cancel_opening)
        self.findings.summaryChanged.connect(self.docks.overlay.show_summary)
        self.scoring.finished.connect(self.findings.refresh_now)
        self.docks.analysis.modelCardRequested.connect(self.actions_["model_card"].trigger)
        self.docks.slide.imageRequested.connect(self._show_associated_image)
        self.welcome.chosen.connect(self.open_path)
        self.welcome.demoRequested.connect(self.open_demo)
        self.banners.set_action("mpp-missing", self.tr("Calibrate..."), self.actions_["calibrate"].trigger)
        QGuiApplication.styleHints().colorSchemeChanged.connect(
            lambda _scheme: self.set_theme("system") if self.settings.theme == "system" else None
        )

    def _show_specimen(self, opened: OpenedSpecimen) -> None:
        session, stage = opened.session, self.stage
        self.banners.clear()
        self.setWindowTitle(f"{session.slide.info.path.name} - {PROGRAM}")
        stage.view.set_slide(session.slide)
        stage.view.set_mpp(session.mpp)
        self.stack.setCurrentWidget(stage.view)
        self.docks.slide.show_slide(session.slide.info, session.mpp)
        self.docks.analysis.show_bundle(session.bundle)
        self.actions_.set_slide_open(True)
        self.actions_["model_card"].setEnabled(session.bundle is not None)
        stage.set_session(session)
        self.findings.set_session(session)
        self.scoring.show_progress()
        self._show_notices()
        if opened.bundle_problem:
            self.banners.put("bundle", "error", opened.bundle_problem)
        self._tell_own_scale(session)
        stage.view.setFocus()
        self.settings.remember_file(opened.request.slide_path)
        self._show_recent()
        self.save_settings()
        if self.settings.auto_start:
            self.scoring.start()

    def _tell_own_scale(self, session: SlideSession) -> None:
        """A scale that contradicts the file stays in view, with the way back."""
        stated, used = session.slide.info.mpp, session.mpp
        if stated is not None and used is not None and used != stated:
            text = self.tr("The scale in use, {0} µm/px, was calibrated by you; the file says {1} µm/px.").format(
                f"{used:.4f}", f"{stated:.4f}"
            )
            action = (self.tr("Back to the file's scale"), self.commands.use_file_scale)
            self.banners.put("calibrated", "warning", text, action)

    def _show_no_slide(self) -> None:
        self.stack.setCurrentWidget(self.welcome)
        self.setWindowTitle(PROGRAM)
        if self._stage is not None:
            self._stage.view.set_slide(None)
            self._stage.set_session(None)
        else:
            self.docks.overlay.set_overlays_enabled(False)
            for name in ("heatmap", "attention"):
                self.actions_[name].setEnabled(False)
            self.actions_.set_scale_known(False)
        self.banners.clear()
        self.docks.slide.show_slide(None)
        self.docks.analysis.show_bundle(None, self._model_to_come())
        self.docks.analysis.show_notes(())
        self.findings.set_session(None)
        self.scoring.show_progress()
        self.actions_.set_slide_open(False)

    def _model_to_come(self) -> str:
        """Name of the model that the next slide is scored with; empty when there is none."""
        path = self.bundle_path
        return path.stem if path is not None else ""

    def _show_open_error(self, path: Path, sentence: str, details: str) -> None:
        show_error(self, sentence, details)

    def _show_error(self, error: Exception | str) -> None:
        show_error(self, str(error))

    def _show_notices(self) -> None:
        session = self.specimen.session
        if session is not None:
            standing = [n for n in session.notices if n.severity != "info" or n.key in BANNER_KEYS]
            self.banners.set_notices(standing)
            # The runtime's own notice says no more than the line on the device above it.
            self.docks.analysis.show_notes(
                [n.text for n in session.notices if n not in standing and n.key != "runtime"]
            )

    def _take_scores(self, rect: RectPx | None) -> None:
        self.stage.overlays.scores_changed(rect)
        self.findings.mark_stale()
        self.stage.navigation.refresh_pointer()

    def _show_associated_image(self, name: str) -> None:
        session = self.specimen.session
        if session is not None:
            from app.ui.region_image import to_qimage

            slide = session.slide
            run_in_background(
                lambda _token: to_qimage(slide.associated_image(name)),
                on_done=self.docks.slide.show_image,
                on_error=self._show_error,
            )

    def _show_recent(self) -> None:
        recent = self.settings.recent_files
        self.menus.show_recent(recent, self.open_path, self.forget_recent)
        self.welcome.show_recent(recent)

    def _visible_rect(self) -> RectPx | None:
        return self.stage.view.visible_part() if self.specimen.session is not None else None

    def _restore_arrangement(self) -> None:
        screen = self.screen().availableGeometry()
        self.resize(min(1600, screen.width() - 80), min(1000, screen.height() - 80))
        if self.settings.window_geometry:
            self.restoreGeometry(QByteArray.fromBase64(self.settings.window_geometry.encode()))
        if self.settings.window_state:
            self.restoreState(QByteArray.fromBase64(self.settings.window_state.encode()))

    def _prepare_stage(self) -> None:
        """The window is painted: import on a worker thread what opening a slide needs, then build the canvas."""

        def import_stage(_token: object) -> None:
            from app.ui.stage import import_heavy_parts

            import_heavy_parts()

        run_in_background(import_stage, on_done=self._build_stage)

    def _build_stage(self, _result: object) -> None:
        assert self.stage is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that no panel wanted are for the canvas (arrows, H), wherever the focus is."""
        if self._stage is None or not self._stage.view.event(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if self._stage is None or not self._stage.view.event(event):
            super().keyReleaseEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        local = [url for url in event.mimeData().urls() if url.isLocalFile()]
        if local:
            event.acceptProposedAction()
            path = Path(local[0].toLocalFile())
            (self.mark_exchange.import_file if self.mark_exchange.takes(path) else self.open_path)(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.case_notices.may_leave():
            event.ignore()
            return
        self.settings.window_geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        self.settings.window_state = bytes(self.saveState().toBase64().data()).decode()
        self.save_settings()
        self.worklist.close()
        self.specimen.close()
        event.accept()

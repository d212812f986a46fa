"""What the menu entries do that open a dialog or change how the program works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog

from app.ui.crash import LOG_NAME
from app.ui.dialogs.error import show_error
from app.ui.stored_results import StoredResults

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

_SUFFIXES = "svs ndpi mrxs scn bif vms vmu czi dcm tif tiff btf jpg jpeg png"


def slide_filters() -> list[str]:
    """The file dialog's filters: what is known by its ending first, but any file may be chosen."""
    patterns = " ".join(f"*.{suffix} *.{suffix.upper()}" for suffix in _SUFFIXES.split())
    translate = QCoreApplication.translate
    return [translate("Commands", "Slides ({0})").format(patterns), translate("Commands", "All files (*)")]


class Commands(QObject):
    """Connects the window's actions with dialogs. Dialogs are imported when they are first opened."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        actions = window.actions_
        for name, slot in (
            ("open", self.choose_slide),
            ("close_slide", window.specimen.close),
            ("preferences", self.show_preferences),
            ("quit", window.close),
            ("calibrate", self.calibrate),
            ("choose_model", self.choose_model),
            ("models", self.show_models),
            ("model_card", self.show_model_card),
            ("shortcuts", self.show_shortcuts),
            ("about", self.show_about),
            ("show_log", self.show_log),
        ):
            actions[name].triggered.connect(lambda _checked=False, slot=slot: slot())
        actions["next_field"].triggered.connect(lambda: window.docks.fields.step(1))
        actions["previous_field"].triggered.connect(lambda: window.docks.fields.step(-1))
        self.stored_results = StoredResults(window)
        actions["fullscreen"].toggled.connect(self._set_full_screen)
        actions["demonstration"].toggled.connect(self._set_demonstration)

    def choose_slide(self) -> None:
        """The file dialog; any file may be chosen, the reader decides what it is."""
        recent = self._window.settings.recent_files
        folder = str(Path(recent[0]).parent) if recent else ""
        dialog = QFileDialog(self._window, self.tr("Open slide"), folder)
        dialog.setObjectName("openDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(slide_filters())
        dialog.fileSelected.connect(lambda path: self._window.open_path(Path(path)))
        self._open(dialog)

    def choose_model(self) -> None:
        """A folder dialog for a model bundle."""
        dialog = QFileDialog(self._window, self.tr("Choose a model bundle (a folder NAME.fnabundle)"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self._window.use_bundle(Path(path)))
        self._open(dialog)

    def show_models(self) -> None:
        from app.ui.dialogs.models import ModelsDialog

        dialog = ModelsDialog(self._window)
        dialog.finished.connect(lambda _result: self._window.findings.slide_model.look_for_models())
        self._open(dialog)

    def calibrate(self) -> None:
        """Ask for the slide's scale; it is remembered by the slide's fingerprint."""
        from app.ui.dialogs.calibrate import CalibrateDialog

        session = self._window.specimen.session
        if session is None:
            return
        info = session.slide.info
        dialog = CalibrateDialog(info, session.mpp, self._window)
        dialog.accepted.connect(lambda: self._use_scale(info.fingerprint, dialog.mpp))
        self._open(dialog)

    def show_model_card(self) -> None:
        from app.ui.dialogs.model_card import ModelCardDialog

        session = self._window.specimen.session
        if session is not None and session.bundle is not None:
            self._open(ModelCardDialog(session.bundle, self._window))

    def show_shortcuts(self) -> None:
        from app.ui.dialogs.shortcuts import ShortcutsDialog

        self._open(ShortcutsDialog(self._window.actions_, self._window))

    def show_about(self) -> None:
        from app.ui.dialogs.about import AboutDialog

        self._open(AboutDialog(self._window))

    def show_preferences(self) -> None:
        from app.ui.dialogs.preferences import PreferencesDialog

        dialog = PreferencesDialog(self._window.settings, self._window.paths, self._window)

        def apply() -> None:
            settings = self._window.settings
            dialog.apply_to(settings)
            self._window.docks.fields.set_magnification(settings.gallery_magnification)
            self._window.set_theme(self._window.settings.theme)

        dialog.accepted.connect(apply)
        self._open(dialog)

    def show_log(self) -> None:
        """The log file in the program that the system has for it."""
        file = self._window.paths.log_dir / LOG_NAME
        if not (file.is_file() and QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))):
            show_error(self._window, self.tr("The log lies in {0}; there is no program here to show it.").format(file))

    def _open(self, dialog: QDialog) -> None:
        """Show a dialog without a nested event loop; it is deleted when it closes."""
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def use_file_scale(self) -> None:
        """Forget what the user calibrated for the open slide."""
        session = self._window.specimen.session
        if session is not None:
            self._use_scale(session.slide.info.fingerprint, None)

    def _use_scale(self, fingerprint: str, mpp: float | None) -> None:
        """Remember a scale in um/px, or forget it, and open the slide again with what holds now."""
        if mpp is None:
            self._window.settings.calibrations.pop(fingerprint, None)
        else:
            self._window.settings.calibrations[fingerprint] = mpp
        self._window.save_settings()
        self._window.reopen()

    def _set_full_screen(self, on: bool) -> None:
        if on:
            self._window.showFullScreen()
        else:
            self._window.showNormal()

    def _set_demonstration(self, on: bool) -> None:
        session = self._window.specimen.session
        if session is None:
            return
        try:
            session.set_demonstration(on)
        except ValueError as error:
            show_error(self._window, str(error))
        self._window.stage.overlays.apply_domain()
        self._window.findings.set_session(session)

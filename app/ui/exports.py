"""Export entries of the File menu: the place is chosen here, the files are written off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from app.ui.background import CancelToken, run_in_background
from app.ui.dialogs.error import show_error
from app.ui.snapshot import compose_snapshot, write_image

if TYPE_CHECKING:
    from app.records.slide_scores import SlideScores
    from app.session.slide_session import SlideSession
    from app.ui.main_window import MainWindow

Writer = Callable[["SlideScores", Path], Sequence[Path]]
_MESSAGE_MS = 5000


class NothingToExport(Exception):
    """There are no scores; the message is one sentence for the user."""


class Exports(QObject):
    """Connects the export actions of a window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        actions = window.actions_
        actions["export_all"].triggered.connect(lambda: self._ask_folder(write_all_results))
        actions["export_heatmaps"].triggered.connect(lambda: self._ask_folder(write_heatmaps))
        actions["export_csv"].triggered.connect(lambda: self._ask_file(write_csv, "scores.csv", "CSV (*.csv)"))
        actions["export_geojson"].triggered.connect(
            lambda: self._ask_file(write_geojson, "scores.geojson", "GeoJSON (*.geojson)")
        )
        actions["snapshot"].triggered.connect(self.ask_snapshot)

    def write(self, writer: Writer, target: Path) -> None:
        """Write the present scores; the status bar says when it is done."""
        session = self._window.specimen.session
        if session is None:
            return
        self._say(self.tr("Writing results ..."))
        weighed = self._window.findings.slide_model.weighed

        def work(_token: CancelToken) -> Sequence[Path]:
            from app.session.slide_weighing import with_weighed

            return writer(with_weighed(session, _snapshot_of(session), weighed), target)

        run_in_background(work, on_done=self._report, on_error=self._fail)

    def ask_snapshot(self) -> None:
        """Take the picture now, then ask where to put it. The proposed name says nothing of the slide."""
        image = compose_snapshot(self._window)
        dialog = self._file_dialog(self.tr("Save snapshot"), "snapshot.png", "PNG (*.png)")
        dialog.fileSelected.connect(lambda path: self._write_snapshot(image, Path(path)))
        dialog.open()

    def _write_snapshot(self, image: QImage, target: Path) -> None:
        def work(_token: CancelToken) -> list[Path]:
            write_image(image, target)
            return [target]

        run_in_background(work, on_done=self._report, on_error=self._fail)

    def _ask_folder(self, writer: Writer) -> None:
        dialog = QFileDialog(self._window, self.tr("Choose a folder for the results"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(lambda path: self.write(writer, Path(path)))
        dialog.open()

    def _ask_file(self, writer: Writer, name: str, pattern: str) -> None:
        dialog = self._file_dialog(self.tr("Export scores"), name, pattern)
        dialog.fileSelected.connect(lambda path: self.write(writer, Path(path)))
        dialog.open()

    def _file_dialog(self, title: str, name: str, pattern: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title, name, pattern)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(name.rpartition(".")[2])
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _report(self, written: Sequence[Path]) -> None:
        if len(written) == 1:
            self._say(self.tr("Wrote {0}").format(written[0]))
        else:
            self._say(self.tr("Wrote {0} files into {1}").format(len(written), written[0].parent))

    def _fail(self, error: Exception) -> None:
        self._say("")
        show_error(self._window, str(error))

    def _say(self, text: str) -> None:
        self._window.status.showMessage(text, _MESSAGE_MS)


def write_all_results(scores: SlideScores, folder: Path) -> list[Path]:
    """Everything that the headless run writes, into one folder."""
    from app.exchange.results import write_results

    return write_results(scores, folder)


def write_csv(scores: SlideScores, target: Path) -> list[Path]:
    from app.exchange.scores_csv import write_scores_csv

    return [write_scores_csv(scores, target)]


def write_geojson(scores: SlideScores, target: Path) -> list[Path]:
    from app.exchange.scores_geojson import write_scores_geojson

    return [write_scores_geojson(scores, target)]


def write_heatmaps(scores: SlideScores, folder: Path) -> list[Path]:
    from app.exchange.heatmap_png import write_heatmap_png

    return [write_heatmap_png(scores, index, folder) for index in range(len(scores.classes))]


def _snapshot_of(session: SlideSession) -> SlideScores:
    """The scores as they are now. Raises NothingToExport."""
    scores = session.snapshot()
    if scores is None:
        raise NothingToExport("There are no scores to export: the slide has no model or no known scale.")
    return scores

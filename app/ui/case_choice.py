"""Choosing a case: opened from its folder, another one of the slide, or found by a slide that was moved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from app.ui.background import CancelToken, run_in_background
from app.ui.dialogs.error import show_error

if TYPE_CHECKING:
    from app.case.case_folder import CaseSummary
    from app.case.case_store import CaseStore
    from app.session.case_search import FoundSlide
    from app.ui.main_window import MainWindow

MISSING = "slide-missing"
"""Key of the banner."""

_SHOW_AFTER_MS = 600


class CaseChoice(QObject):
    """The entries "Open case" and "Cases of this slide", and the search for slides that were moved."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.actions_["open_case"].triggered.connect(self.ask_case)
        window.actions_["cases_of_slide"].triggered.connect(self.show_cases)
        window.specimen.openFailed.connect(lambda path, _sentence, _details: self._look_for_case(path))
        window.specimen.opening.connect(lambda _path: window.banners.drop(MISSING))
        window.case.opened.connect(self._tell_others)

    def ask_case(self) -> None:
        """Choose the folder of a case."""
        self._ask_folder(self.tr("Open the case in this folder"), self.open_case)

    def open_case(self, folder: Path, look_in: Path | None = None) -> None:
        """Open a case with its slide, wherever that lies now; where it is not found, ask where to look."""

        def work(token: CancelToken) -> FoundSlide:
            from app.session.case_search import slide_of_case

            places = () if look_in is None else (look_in,)
            return slide_of_case(folder, places, lambda: token.cancelled)

        self._run(self.tr("Looking for the slide of this case ..."), work, self._open_found)

    def show_cases(self) -> None:
        """The cases of the slide on screen, and a new one."""
        case = self._window.case
        slide = case.slide
        if slide is None:
            return

        def work(_token: CancelToken) -> list[CaseSummary]:
            from app.session.case_search import summaries_of_slide

            return summaries_of_slide(self._window.paths.data_dir, slide)

        self._run(self.tr("Reading the cases of this slide ..."), work, self._show_cases)

    def _show_cases(self, cases: list[CaseSummary]) -> None:
        from app.ui.dialogs.cases import CasesDialog

        store = self._window.case.store
        current = store.folder if store is not None else None
        dialog = CasesDialog(cases, current, self._window)
        dialog.chosen.connect(lambda folder: self._use(folder, current))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _use(self, folder: Path | None, current: Path | None) -> None:
        if folder is None:
            self._window.case.use(new=True)
        elif folder != current:
            self._window.case.use(folder=folder)

    def _open_found(self, found: FoundSlide) -> None:
        if found.path is not None:
            self._window.banners.drop(MISSING)
            self._window.case.prefer(found.summary.folder)
            self._window.open_path(found.path)
            return
        self._offer_search(found.summary, found.slide.paths[0] if found.slide.paths else "")

    def _offer_search(self, summary: CaseSummary, last_seen: str) -> None:
        name = last_seen.replace("\\", "/").rpartition("/")[2]
        text = self.tr("The slide {0} of this case ({1} marks) is not where it was: {2}.").format(
            name, f"{summary.marks:,}", last_seen
        )
        self._window.banners.put(
            MISSING,
            "warning",
            text,
            (self.tr("Look in a folder..."), lambda: self._ask_search(summary.folder)),
        )

    def _ask_search(self, folder: Path) -> None:
        self._ask_folder(
            self.tr("Look for the slide in this folder and those below it"), lambda place: self.open_case(folder, place)
        )

    def _look_for_case(self, path: Path) -> None:
        """A slide that cannot be opened because it is gone may have been moved."""

        def work(_token: CancelToken) -> CaseSummary | None:
            from app.session.case_search import case_of_path

            return None if path.exists() else case_of_path(self._window.paths.data_dir, path)

        def found(summary: CaseSummary | None) -> None:
            if summary is not None:
                self._offer_search(summary, str(path))

        run_in_background(work, on_done=found)

    def _tell_others(self, _store: CaseStore) -> None:
        current = self._window.case.current
        if current is not None and current.others:
            text = self.tr("This slide belongs to {0} more cases: File > Cases of this slide.")
            self._window.status.showMessage(text.format(len(current.others)), 8000)

    def _run(self, text: str, work: Callable[[CancelToken], Any], done: Callable[[Any], None]) -> None:
        box = QProgressDialog(text, self.tr("Cancel"), 0, 0, self._window)
        box.setObjectName("caseProgress")
        box.setWindowTitle("FNAScope")
        box.setMinimumDuration(_SHOW_AFTER_MS)
        job = run_in_background(work)
        box.canceled.connect(job.cancel)

        def close() -> None:
            box.canceled.disconnect()
            box.close()
            box.deleteLater()

        def fail(error: Exception) -> None:
            close()
            show_error(self._window, str(error))

        job.done.connect(lambda _result: close())
        job.done.connect(done)
        job.failed.connect(fail)

    def _ask_folder(self, title: str, then: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self._window, title)
        dialog.setObjectName("caseFolderDialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: then(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

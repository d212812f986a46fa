"""Results that are not current: told when a slide opens, listed on demand, and scores discarded to be made again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox

from app.ui.background import CancelToken, run_in_background

if TYPE_CHECKING:
    from app.case.stored_results import StoredResult
    from app.session.slide_session import SlideSession
    from app.ui.main_window import MainWindow
    from app.ui.slide_opener import OpenedSpecimen

BANNER = "stored-results"


class StoredResults(QObject):
    """Connects the two actions and the banner of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.actions_["stored_results"].triggered.connect(lambda: self.show_list())
        window.actions_["score_again"].triggered.connect(lambda: self.ask_to_score_again())
        window.specimen.opened.connect(self._look_for_stale)

    def show_list(self) -> None:
        from app.ui.dialogs.stored_results import StoredResultsDialog

        if self._window.specimen.session is not None:
            dialog = StoredResultsDialog(self._window)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def ask_to_score_again(self) -> None:
        """Ask first: minutes of work are thrown away, though nothing that a human did."""
        session = self._window.specimen.session
        if session is None or not session.can_score:
            return
        box = QMessageBox(self._window)
        box.setObjectName("scoreAgainBox")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("FNAScope")
        box.setText(self.tr("Discard all scores that this model made of this slide, and score it again?"))
        box.setInformativeText(self.tr("Decisions, marks and everything else in the case are kept."))
        again = box.addButton(self.tr("&Discard and score again"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        again.clicked.connect(self.score_again)
        box.finished.connect(box.deleteLater)
        box.open()

    def score_again(self) -> None:
        """Open the slide anew without its scores, and start."""
        current = self._window.specimen.current
        if current is not None:
            self._window.specimen.opened.connect(
                lambda _opened: self._window.scoring.start(), Qt.ConnectionType.SingleShotConnection
            )
            self._window.specimen.open(replace(current.request, discard_scores=True))

    def _look_for_stale(self, opened: OpenedSpecimen) -> None:
        session, data_dir = opened.session, opened.request.data_dir

        def work(_token: CancelToken) -> list[StoredResult]:
            from app.case.stored_results import list_results

            return list_results(data_dir, session.slide.info.fingerprint)

        run_in_background(work, on_done=lambda results: self._tell(session, results))

    def _tell(self, session: SlideSession, results: list[StoredResult]) -> None:
        """A banner where there are results, but none of them is current."""
        from app.case.stored_results import differences

        score_map = session.score_map()
        if session is not self._window.specimen.session or not results:
            return
        current = score_map.provenance if score_map is not None else None
        stale = [(result, differences(result.provenance, current)) for result in results]
        if not all(found for _, found in stale):
            return
        made, found = stale[0][0].provenance, stale[0][1]
        text = self.tr("This slide was scored with {0} at {1} µm/px on {2}; that result is not current ({3}).").format(
            made.model_name, f"{made.mpp_used:.4g}", made.date[:10], ", ".join(found)
        )
        self._window.banners.put(BANNER, "info", text, (self.tr("Stored results..."), self.show_list))

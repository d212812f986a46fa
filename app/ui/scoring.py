"""Start, pause, resume and cancel of a run, and what is shown of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from app.geometry import RectPx
from app.ui.actions import Actions
from app.ui.panels.analysis_panel import AnalysisPanel
from app.ui.panels.status import StatusBar
from app.ui.specimen import Specimen

if TYPE_CHECKING:
    from app.session.events import RunProgress


class Scoring(QObject):
    """Drives the session of the open specimen. ``visible`` gives the field to score first."""

    finished = Signal()

    def __init__(
        self,
        specimen: Specimen,
        actions: Actions,
        panel: AnalysisPanel,
        status: StatusBar,
        visible: Callable[[], RectPx | None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._specimen, self._actions, self._panel, self._status = specimen, actions, panel, status
        self._visible = visible
        self._window = window
        self._died_box: QMessageBox | None = None
        actions["start_pause"].triggered.connect(self.start_or_pause)
        actions["cancel"].triggered.connect(self.cancel)
        specimen.progressChanged.connect(self.show_progress)
        specimen.finished.connect(self._end)
        specimen.processDied.connect(self._offer_to_go_on)
        specimen.closed.connect(self._dismiss_box)

    def start(self) -> None:
        """Start, or go on from the stored scores, with the visible field first."""
        session = self._specimen.session
        if session is not None and session.can_score:
            session.start(self._visible())
            self.show_progress()

    def start_or_pause(self) -> None:
        session = self._specimen.session
        if session is None or not session.can_score:
            return
        state = session.progress.state
        if state == "paused":
            session.resume()
        elif state in ("starting", "finding cells", "running"):
            session.pause()
        else:
            self.start()
        self.show_progress()

    def cancel(self) -> None:
        session = self._specimen.session
        if session is not None:
            session.cancel()
            self.show_progress()

    def show_field(self, rect: RectPx) -> None:
        """What is seen is scored next."""
        session = self._specimen.session
        if session is not None and session.can_score:
            session.set_visible(rect)

    def show_progress(self) -> None:
        session = self._specimen.session
        progress = session.progress if session else None
        self._panel.show_progress(progress)
        self._actions.show_run_state(progress.state if progress else "idle", bool(session and session.can_score))
        self._status.model.setText(self._model_text(progress))
        self._status.model.setToolTip(progress.device_reason if progress else "")

    def _model_text(self, progress: RunProgress | None) -> str:
        session = self._specimen.session
        if session is None:
            return ""
        if session.bundle is None:
            return self.tr("No model")
        parts = [session.bundle.card.name]
        if progress and progress.device_reason:
            parts.append(progress.device_reason.partition(":")[0])
        score_map = session.score_map()
        if score_map is not None:
            parts.append(score_map.provenance.precision)
        if progress and progress.state in ("starting", "finding cells", "running") and progress.total:
            parts.append(f"{100 * progress.done // progress.total} %")
        return "  ·  ".join(parts)

    def _end(self) -> None:
        self.show_progress()
        self.finished.emit()

    def _offer_to_go_on(self, message: str) -> None:
        self.show_progress()
        self._dismiss_box()
        box = QMessageBox(self._window)
        box.setObjectName("processDiedBox")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("FNAScope")
        box.setText(self.tr("The scoring process ended unexpectedly. The slide stays open and all scores are kept."))
        box.setInformativeText(message)
        go_on = box.addButton(self.tr("&Go on"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("&Not now"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(go_on)
        box.accepted.connect(self.start)
        self._died_box = box
        box.open()

    def _dismiss_box(self) -> None:
        if self._died_box is not None:
            self._died_box.close()
            self._died_box.deleteLater()
            self._died_box = None

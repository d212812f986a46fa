"""Brightness, contrast, gamma and colour profile of the slide on screen, remembered by slide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from app.ui.background import Job, run_in_background
from app.ui.canvas.look import Look, make_look
from app.ui.colours import Colours, colours_from

if TYPE_CHECKING:
    from app.session.slide_session import SlideSession
    from app.ui.canvas.slide_view import SlideView
    from app.ui.main_window import MainWindow

DELAY_MS = 60
"""A slider that is being dragged sends many values; tiles are made anew at most this often."""


def tr(text: str) -> str:
    """Translate in the context of the display's colours."""
    return QCoreApplication.translate("DisplayColours", text)


class DisplayColours(QObject):
    """Connects the panel with the canvas. Scores, thumbnails and exports never see these colours."""

    def __init__(self, window: MainWindow, view: SlideView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._view = window, view
        self._panel = window.docks.display
        self._session: SlideSession | None = None
        self._job: Job | None = None
        self.colours = Colours()
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._apply)
        self._panel.coloursChanged.connect(self.use)
        self._panel.show_colours(self.colours, False, False)

    def set_session(self, session: SlideSession | None) -> None:
        """Another slide, with its own colours, or none."""
        self._session = session
        stored = self._window.settings.colours.get(session.slide.info.fingerprint, "") if session is not None else ""
        self.colours = colours_from(stored)
        self._show()
        self._apply()

    def use(self, colours: Colours) -> None:
        """Show the slide like this, and remember it."""
        if self._session is None or colours == self.colours:
            return
        self.colours = colours
        kept, fingerprint = self._window.settings.colours, self._session.slide.info.fingerprint
        if colours == Colours():
            kept.pop(fingerprint, None)
        else:
            kept[fingerprint] = colours.text()
        self._window.save_settings()
        self._show()
        if not self._timer.isActive():
            self._timer.start()

    @property
    def description(self) -> str:
        """What of the colours on screen is not the file's own, for a snapshot; empty when nothing is."""
        session, colours = self._session, self.colours
        parts = []
        if session is not None and colours.profile and session.slide.info.icc_profile is not None:
            parts.append(tr("colour profile applied"))
        if colours.brightness:
            parts.append(tr("brightness {0}").format(f"{colours.brightness:+d}"))
        if colours.contrast:
            parts.append(tr("contrast {0}").format(f"{colours.contrast:+d}"))
        if colours.gamma != 1.0:
            parts.append(tr("gamma {0}").format(f"{colours.gamma:.2f}"))
        return tr("Colours of the display: {0}").format(", ".join(parts)) if parts else ""

    def _show(self) -> None:
        session = self._session
        has_profile = session is not None and session.slide.info.icc_profile is not None
        self._panel.show_colours(self.colours, has_profile, session is not None)

    def _apply(self) -> None:
        if self._job is not None:
            self._job.cancel()
        profile = self._session.slide.info.icc_profile if self._session is not None else None
        colours = self.colours
        self._job = run_in_background(lambda _token: make_look(colours, profile), on_done=self._use_look)

    def _use_look(self, look: Look | None) -> None:
        self._job = None
        if look is not None or self._view.has_look:
            self._view.set_look(look)

"""The canvas and what moves it, built right after the window stands: its libraries would delay the first paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.ui.canvas.slide_view import SlideView
from app.ui.coverage import CoverageTrack
from app.ui.display_colours import DisplayColours
from app.ui.focal_planes import FocalPlanes
from app.ui.marking.marking import Marking
from app.ui.navigation import Navigation
from app.ui.overlays import Overlays

if TYPE_CHECKING:
    from app.session.slide_session import SlideSession
    from app.ui.main_window import MainWindow

__all__ = ["Marking", "Stage", "import_heavy_parts"]

HINT_MS = 6000
FOLLOW_MS = 80
"""While the view moves, the field to score first follows it this often."""


class Stage(QObject):
    """View, overlays, navigation, coverage track, focal planes and colours of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.view = SlideView()
        self.overlays = Overlays(self.view, window.docks.overlay, window.actions_, window.settings, self)
        self.navigation = Navigation(self.view, self.overlays, window.actions_, window.status, self)
        self.coverage = CoverageTrack(window, self.view, self)
        self.planes = FocalPlanes(window, self.view, self)
        self.colours = DisplayColours(window, self.view, self)
        self._settings = window.settings
        for name, show in (("legend", self._show_legend), ("minimap", self._show_minimap)):
            action = window.actions_[name]
            action.toggled.connect(show)
            show(action.isChecked())
        self._follow = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._follow.timeout.connect(lambda: window.scoring.show_field(self.view.visible_part()))
        self.view.transformChanged.connect(self._follow_view)
        self.view.restedAt.connect(self.overlays.request_attention)
        self.view.hint.connect(lambda text: window.status.showMessage(text, HINT_MS))
        self.view.slideFailed.connect(lambda text: window.banners.put("slide-failed", "error", text))
        window.docks.fields.hint.connect(lambda text: window.status.showMessage(text, HINT_MS))
        window.findings.jumpRequested.connect(self.navigation.jump_to)
        window.specimen.attentionChanged.connect(self.overlays.attention_changed)

    def set_session(self, session: SlideSession | None) -> None:
        """Another slide is shown, or none."""
        self.overlays.set_session(session)
        self.navigation.set_session(session)
        self.coverage.set_session(session)
        self.planes.set_session(session)
        self.colours.set_session(session)

    def _follow_view(self) -> None:
        if not self._follow.isActive():
            self._follow.start()

    def _show_legend(self, on: bool) -> None:
        self._settings.legend_visible = on
        self.view.legend_shown = on

    def _show_minimap(self, on: bool) -> None:
        self._settings.minimap_visible = on
        self.view.minimap_shown = on


def import_heavy_parts() -> None:
    """Get ready what opening a slide needs; for a worker thread, while the user looks for a file."""
    from app.slides.probe import start_probe_server

    # Its process imports the readers while this one imports the rest.
    start_probe_server()
    import app.session.slide_session
    import app.slides.open  # noqa: F401

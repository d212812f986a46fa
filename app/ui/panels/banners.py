"""Strips above the slide that stay until their reason is gone: what the user must know before believing anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.icons import pixmap
from app.ui.panels.layout import empty
from app.ui.sentences import in_words
from app.ui.theme import colors

if TYPE_CHECKING:
    from app.session.events import Notice

_Entry = tuple[str, str, tuple[str, Callable[[], None]] | None]
_ORDER = {"error": 0, "warning": 1, "info": 2}


class Banner(QFrame):
    """One notice with its icon, and a button where something can be done about it."""

    def __init__(self, severity: str, text: str, action: tuple[str, Callable[[], None]] | None = None) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("severity", severity)
        text = in_words(text)
        self.setAccessibleName(text)
        picture = QLabel()
        name = severity if severity in ("warning", "error") else "info"
        picture.setPixmap(pixmap(name, 18, QColor(colors().text), self.devicePixelRatioF()))
        self.label = QLabel(text)
        self.label.setWordWrap(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 10, 5)
        layout.setSpacing(10)
        layout.addWidget(picture)
        layout.addWidget(self.label, 1)
        if action is not None:
            button = QPushButton(action[0])
            button.clicked.connect(action[1])
            layout.addWidget(button)


class BannerStack(QWidget):
    """All banners, errors first. Notices come from the session; the window adds its own by key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._notices: Sequence[Notice] = ()
        self._own: dict[str, _Entry] = {}
        self._actions: dict[str, tuple[str, Callable[[], None]]] = {}
        self._shown: list[tuple[str, str]] = []

    def set_action(self, key: str, text: str, call: Callable[[], None]) -> None:
        """Give notices of this key a button."""
        self._actions[key] = (text, call)

    def set_notices(self, notices: Sequence[Notice]) -> None:
        self._notices = tuple(notices)
        self._rebuild()

    def put(self, key: str, severity: str, text: str, action: tuple[str, Callable[[], None]] | None = None) -> None:
        """Add or replace a banner of the window itself."""
        self._own[key] = (severity, text, action)
        self._rebuild()

    def drop(self, key: str) -> None:
        if self._own.pop(key, None) is not None:
            self._rebuild()

    def has(self, key: str) -> bool:
        """Whether a banner of the window itself is there."""
        return key in self._own

    def clear(self) -> None:
        self._notices, self._own = (), {}
        self._rebuild()

    def texts(self) -> list[str]:
        """The texts that stand above the slide, from the top."""
        return [text for _severity, text in self._shown]

    def refresh(self) -> None:
        """Draw the icons again, after the theme changed."""
        self._shown = []
        self._rebuild()

    def _rebuild(self) -> None:
        wanted: list[_Entry] = [(n.severity, n.text, self._actions.get(n.key)) for n in self._notices]
        wanted += list(self._own.values())
        wanted.sort(key=lambda entry: _ORDER.get(entry[0], 3))
        shown = [(severity, text) for severity, text, _action in wanted]
        if shown == self._shown and self._layout.count() == len(wanted):
            return
        self._shown = shown
        empty(self._layout)
        for severity, text, action in wanted:
            self._layout.addWidget(Banner(severity, text, action))
        self.setVisible(bool(wanted))

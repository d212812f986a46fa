"""Says that the slide is turned, by how much, and turns it back on a click."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget


class RotationBadge(QPushButton):
    """Shown only while the slide is turned."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # The canvas keeps the keyboard; the key 0 does the same as the button.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(self.tr("Turn the slide upright again (0)"))
        self.setAccessibleName(self.tr("Reset rotation"))
        self.setStyleSheet(
            "QPushButton { background: palette(highlight); color: palette(highlighted-text);"
            " border: 1px solid palette(window-text); border-radius: 4px; padding: 4px 9px; font-weight: bold; }"
        )
        self.hide()

    def show_rotation(self, rotation_deg: float) -> None:
        """The angle, clockwise, in [0, 360)."""
        shown = rotation_deg if rotation_deg <= 180.0 else rotation_deg - 360.0
        text = f"{shown:.1f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
        self.setText(self.tr("\N{CLOCKWISE OPEN CIRCLE ARROW} {angle}\N{DEGREE SIGN}   Reset").format(angle=text))
        self.setAccessibleDescription(self.tr("The slide is turned by {angle} degrees").format(angle=text))
        self.setVisible(rotation_deg != 0.0)
        self.adjustSize()

"""What lies around the slide on the canvas."""

from __future__ import annotations

from PySide6.QtGui import QPalette

from app.ui.canvas.tile_mosaic import Color


def outside_color(palette: QPalette) -> Color:
    """Beyond the slide's edge: told apart from glass, calm in light and dark themes."""
    ground = palette.color(QPalette.ColorRole.Window)
    color = ground.darker(115) if ground.lightness() > 127 else ground.darker(130)
    return color.red(), color.green(), color.blue()

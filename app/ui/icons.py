"""Icons from ``resources/icons``: one stroke set, coloured from the palette."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.resources import resource_path

_SIZES_PX = (20, 40)


@cache
def _svg(name: str) -> str:
    return resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")


def icon(name: str, color: QColor | None = None) -> QIcon:
    """The icon in the palette's text colour (or ``color``), with a paler disabled state."""
    palette = QGuiApplication.palette()
    normal = color or palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.ButtonText)
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
    result = QIcon()
    for size_px in _SIZES_PX:
        result.addPixmap(_pixmap(name, size_px, normal.name()), QIcon.Mode.Normal)
        result.addPixmap(_pixmap(name, size_px, disabled.name()), QIcon.Mode.Disabled)
    return result


def pixmap(name: str, size: int, color: QColor, device_pixel_ratio: float = 1.0) -> QPixmap:
    """The icon as a pixmap of ``size`` device-independent pixels."""
    result = QPixmap(_pixmap(name, round(size * device_pixel_ratio), color.name()))
    result.setDevicePixelRatio(device_pixel_ratio)
    return result


def app_icon() -> QIcon:
    """The program's own icon, in its own colours."""
    result = QIcon()
    for size_px in (16, 32, 48, 128):
        result.addPixmap(_pixmap("app", size_px, "#000000"))
    return result


@cache
def _pixmap(name: str, size_px: int, color: str) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_svg(name).replace("currentColor", color).encode()))
    result = QPixmap(QSize(size_px, size_px))
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    renderer.render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return result

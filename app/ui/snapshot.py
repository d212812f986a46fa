"""The view as a picture to keep: slide, overlays, scale bar, legend, and what must be said of it. Names no file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.records.provenance import RESEARCH_USE_ONLY

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

_LINE_PX = 22
_MARGIN_PX = 12


class SnapshotError(Exception):
    """The picture cannot be written; the message is one sentence for the user."""


def compose_snapshot(window: MainWindow) -> QImage:
    """What the canvas shows, with a footer in black on white: research use, scale, banners."""
    view = window.stage.view
    slide = view.grab_image()
    ratio = slide.devicePixelRatio()
    lines = [RESEARCH_USE_ONLY, *window.banners.texts()]
    status = window.status.scale.text()
    lines[0] = f"{lines[0]}   {status}"
    width = round(slide.width() / ratio)
    height = round(slide.height() / ratio)
    footer = _LINE_PX * len(lines) + 8
    image = QImage(slide.width(), round((height + footer) * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    painter.drawImage(0, 0, slide)
    for instrument in (view.scale_bar, view.legend):
        _paint_widget(painter, instrument)
    font = QFont(window.font())
    font.setPixelSize(13)
    painter.setFont(font)
    painter.setPen(QColor("#1d2226"))
    for number, line in enumerate(lines):
        place = QRectF(_MARGIN_PX, height + 4 + number * _LINE_PX, width - 2 * _MARGIN_PX, _LINE_PX)
        text = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
    painter.end()
    return image


def write_image(image: QImage, target: Path) -> None:
    """Write a PNG whole or not at all. Raises SnapshotError."""
    part = target.with_name(f".{target.name}.part")
    if not image.save(str(part), "PNG"):  # type: ignore[call-overload]
        part.unlink(missing_ok=True)
        raise SnapshotError(f"{target} cannot be written; choose another folder or free some space.")
    os.replace(part, target)


def _paint_widget(painter: QPainter, widget: QWidget) -> None:
    if widget.isVisible():
        painter.save()
        painter.translate(widget.pos())
        widget.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
        painter.restore()

"""The view as a picture to keep: slide, overlays, scale bar, legend, and what must be said of it. Names no file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.records.provenance import RESEARCH_USE_ONLY
from app.ui.paths import program_version

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

_LINE_PX = 22
_MARGIN_PX = 12


class SnapshotError(Exception):
    """The picture cannot be written; the message is one sentence for the user."""


def compose_snapshot(window: MainWindow) -> QImage:
    """What the canvas shows, with a footer in black on white: research use, scale, origin, banners."""
    view = window.stage.view
    slide = view.grab_image()
    ratio = slide.devicePixelRatio()
    lines = snapshot_lines(window)
    width = round(slide.width() / ratio)
    height = round(slide.height() / ratio)
    footer = _LINE_PX * len(lines) + 8
    image = QImage(slide.width(), round((height + footer) * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    painter.drawImage(0, 0, slide)
    for instrument in (view.scale_bar, view.legend, view.instruments.plane_badge):
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


def snapshot_lines(window: MainWindow) -> list[str]:
    """The lines of the footer, from the top."""
    first = f"{RESEARCH_USE_ONLY}   {window.status.scale.text()}"
    return [first, *_origin_lines(window), *window.banners.texts()]


def _origin_lines(window: MainWindow) -> list[str]:
    """Program, slide by fingerprint, scale and date; and where scores are drawn, their model and how they are."""
    session = window.specimen.session
    if session is None:
        return []
    info, mpp = session.slide.info, session.mpp
    scale = "scale unknown"
    if mpp is not None:
        source = "from the file" if mpp == info.mpp else "calibrated by the user"
        scale = f"scale {mpp:.4f} µm/px, {source}"
    today = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [f"FNAScope {program_version()}; slide {info.fingerprint}; {scale}; {today}"]
    overlays, score_map = window.stage.overlays, session.score_map()
    colours = window.stage.colours.description
    if colours:
        lines.append(colours)
    shown = []
    heatmap = overlays.heatmap
    if heatmap is not None and heatmap.visible:
        what = "most likely class" if heatmap.shown_class is None else heatmap.classes[heatmap.shown_class].name
        shown.append(f"heatmap: {what}, opacity {heatmap.opacity:.0%}, threshold {heatmap.threshold:.0%}")
    if overlays.attention is not None and overlays.attention.visible:
        shown.append(f"attention: opacity {overlays.attention.opacity:.0%}")
    if shown and score_map is not None:
        origin = score_map.provenance
        lines.append(f"Model {origin.model_name} {origin.model_hash}, {origin.precision}; {'; '.join(shown)}")
    return lines


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

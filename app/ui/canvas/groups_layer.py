"""Counted groups on the slide, each with its number of cells; and frames around what is only proposed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from app.geometry import PointPx, RectPx, ViewTransform
from app.records.specimen import CELLS_NEEDED, CellGroup
from app.ui.canvas.layer import LegendSection, Swatch

COUNTED = QColor("#0b6e4f")
SMALLER = QColor("#6b7278")
PROPOSED = QColor("#1d4e9e")
_CASING = QColor(255, 255, 255, 235)
_HEIGHT_PX = 20.0
_FONT_PX = 12
_TAIL_PX = 6.0
_SMALL_VIEW_PX = 240.0
"""In the minimap flags would cover the slide."""


class GroupsLayer:
    """Flags of one size on the screen whose tip stands on the group; filled where the group counts."""

    def __init__(self) -> None:
        self.visible = True
        self._groups: tuple[CellGroup, ...] = ()
        self._proposed: tuple[RectPx, ...] = ()

    def set_groups(self, groups: Sequence[CellGroup]) -> None:
        """Groups of the slide on screen."""
        self._groups = tuple(groups)

    def set_proposed(self, rects: Sequence[RectPx]) -> None:
        """Places that the program proposes to look at, in level-0 pixels."""
        self._proposed = tuple(rects)

    def legend(self) -> list[LegendSection]:
        swatches = []
        if any(group.cells >= CELLS_NEEDED for group in self._groups):
            swatches.append(Swatch(COUNTED, tr("at least {0} cells").format(CELLS_NEEDED)))
        if any(group.cells < CELLS_NEEDED for group in self._groups):
            swatches.append(Swatch(SMALLER, tr("fewer: does not count")))
        if self._proposed:
            swatches.append(Swatch(PROPOSED, tr("proposed, to be counted")))
        return [LegendSection(tr("Groups"), tuple(swatches))] if swatches else []

    def paint(self, painter: QPainter, transform: ViewTransform, visible: RectPx) -> None:
        ratio = painter.device().devicePixelRatioF()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = min(transform.viewport_device) < _SMALL_VIEW_PX * ratio
        for rect in () if small else self._proposed:
            if rect.expanded(4 * ratio / transform.scale).intersects(visible):
                _paint_frame(painter, rect, transform, ratio)
        font = QFont(painter.font())
        font.setPixelSize(round(_FONT_PX * ratio))
        font.setBold(True)
        painter.setFont(font)
        around = visible.expanded((_HEIGHT_PX + _TAIL_PX + 60) * ratio / transform.scale)
        paint = _paint_dot if small else _paint_flag
        for group in self._groups:
            if around.contains(group.at):
                paint(painter, group, transform, ratio)
        painter.restore()


def tr(text: str) -> str:
    """Translate in the context of the layer."""
    return QCoreApplication.translate("GroupsLayer", text)


def _paint_dot(painter: QPainter, group: CellGroup, transform: ViewTransform, ratio: float) -> None:
    painter.setPen(QPen(_CASING, 1.5 * ratio))
    painter.setBrush(COUNTED if group.cells >= CELLS_NEEDED else SMALLER)
    painter.drawEllipse(QPointF(*transform.to_device(group.at)), 3.5 * ratio, 3.5 * ratio)


def _paint_flag(painter: QPainter, group: CellGroup, transform: ViewTransform, ratio: float) -> None:
    x, y = transform.to_device(group.at)
    text = str(group.cells)
    height, tail = _HEIGHT_PX * ratio, _TAIL_PX * ratio
    width = max(height, painter.fontMetrics().horizontalAdvance(text) + 12 * ratio)
    box = QRectF(x - width / 2, y - tail - height, width, height)
    color = COUNTED if group.cells >= CELLS_NEEDED else SMALLER
    painter.setPen(QPen(_CASING, 3 * ratio))
    painter.setBrush(color)
    tip = QPolygonF([QPointF(x - tail, y - tail - 1), QPointF(x + tail, y - tail - 1), QPointF(x, y)])
    painter.drawPolygon(tip)
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPolygon(tip)
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


def _paint_frame(painter: QPainter, rect: RectPx, transform: ViewTransform, ratio: float) -> None:
    corners = (
        PointPx(rect.x, rect.y), PointPx(rect.right, rect.y),
        PointPx(rect.right, rect.bottom), PointPx(rect.x, rect.bottom),
    )  # fmt: skip
    outline = QPolygonF([QPointF(*transform.to_device(corner)) for corner in corners])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_CASING, 4 * ratio))
    painter.drawPolygon(outline)
    pen = QPen(PROPOSED, 2 * ratio)
    pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.drawPolygon(outline)

"""Above the slide and its layers: what is being drawn, what is selected, its handles, and the live measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.geometry import PointPx, RectPx
from app.records.shapes import MarkKind, Shape
from app.ui.canvas.outline_path import lines_of, outline_path
from app.ui.canvas.slide_view import SlideView
from app.ui.marking.editing import handles

_CASING = QColor(0, 0, 0, 150)
_HANDLE_PX = 7.0
_POINT_RADIUS_PX = 6.0
_MOST_WIDE = 200
"""More selected marks than this get a plain line instead of a cased one."""


@dataclass
class Draft:
    """What to draw. ``selected`` are shapes with the colour of their class; ``handled`` shows its vertices."""

    shape: Shape | None = None
    color: QColor = field(default_factory=lambda: QColor("#f2c400"))
    label: str = ""
    label_at: PointPx | None = None
    selected: list[tuple[Shape, QColor]] = field(default_factory=list)
    handled: Shape | None = None
    vertices: list[PointPx] = field(default_factory=list)
    hovered: PointPx | None = None
    inserting: PointPx | None = None
    rubber: RectPx | None = None


class DraftOverlay(QWidget):
    """Lies over the view and lets every event through; nothing of it is in the view's kept picture."""

    def __init__(self, view: SlideView, draft: Callable[[], Draft]) -> None:
        super().__init__(view)
        self._view, self._draft = view, draft
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setGeometry(view.rect())
        # Below the instruments in the view's corners.
        self.lower()
        view.installEventFilter(self)
        view.transformChanged.connect(self.update)
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._view.has_slide or self._view.hide_layers_held:
            return
        draft = self._draft()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            cased = len(draft.selected) <= _MOST_WIDE
            for shape, color in draft.selected:
                self._paint_shape(painter, shape, color, cased=cased)
            if draft.shape is not None:
                self._paint_shape(painter, draft.shape, draft.color, cased=True)
            if draft.rubber is not None:
                self._paint_rubber(painter, draft.rubber)
            self._paint_handles(painter, draft)
            if draft.label and draft.label_at is not None:
                self._paint_label(painter, draft.label, self._place(draft.label_at))

    def _paint_shape(self, painter: QPainter, shape: Shape, color: QColor, *, cased: bool) -> None:
        if shape.kind in (MarkKind.POINT, MarkKind.POINTS):
            for x, y in shape.parts[0][0]:
                self._paint_point(painter, self._place(PointPx(x, y)), color)
            return
        ratio = self.devicePixelRatioF()
        path = outline_path(lines_of(shape, self._view.transform.scale), self._view.transform, ratio)
        if cased:
            # White inside dark: told apart from every class's colour and from every stain.
            for ground, width in ((_CASING, 5.5), (QColor(Qt.GlobalColor.white), 3.5), (color, 1.75)):
                painter.setPen(QPen(ground, width, j=Qt.PenJoinStyle.RoundJoin))
                painter.drawPath(path)
        else:
            pen = QPen(QColor(Qt.GlobalColor.white), 1.0)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPath(path)

    def _paint_point(self, painter: QPainter, at: QPointF, color: QColor) -> None:
        painter.setBrush(color)
        for ground, width in ((_CASING, 4.5), (QColor(Qt.GlobalColor.white), 2.0)):
            painter.setPen(QPen(ground, width))
            painter.drawEllipse(at, _POINT_RADIUS_PX, _POINT_RADIUS_PX)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_rubber(self, painter: QPainter, rect: RectPx) -> None:
        corners = [(rect.x, rect.y), (rect.right, rect.y), (rect.right, rect.bottom), (rect.x, rect.bottom)]
        path = QPainterPath(self._place(PointPx(*corners[-1])))
        for x, y in corners:
            path.lineTo(self._place(PointPx(x, y)))
        accent = self.palette().highlight().color()
        fill = QColor(accent)
        fill.setAlpha(40)
        painter.fillPath(path, fill)
        painter.setPen(QPen(accent, 1.25, Qt.PenStyle.DashLine))
        painter.drawPath(path)

    def _paint_handles(self, painter: QPainter, draft: Draft) -> None:
        places = list(draft.vertices)
        if draft.handled is not None:
            places += [vertex.at for vertex in handles(draft.handled, self._view.visible_part())]
        accent = self.palette().highlight().color()
        half = _HANDLE_PX / 2
        for at in places:
            place, under = self._place(at), at == draft.hovered
            side = half + (1.5 if under else 0.0)
            painter.setPen(QPen(_CASING, 1.25))
            painter.setBrush(accent if under else QColor(Qt.GlobalColor.white))
            painter.drawRect(QRectF(place.x() - side, place.y() - side, 2 * side, 2 * side))
        painter.setBrush(accent)
        painter.setPen(QPen(QColor(Qt.GlobalColor.white), 1.5))
        if draft.hovered is not None and draft.hovered not in places:
            painter.drawEllipse(self._place(draft.hovered), half + 1, half + 1)
        if draft.inserting is not None:
            painter.drawEllipse(self._place(draft.inserting), half, half)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_label(self, painter: QPainter, text: str, at: QPointF) -> None:
        metrics = QFontMetricsF(self.font())
        box = QRectF(at.x() + 16, at.y() + 14, metrics.horizontalAdvance(text) + 14, metrics.height() + 6)
        box.moveRight(min(box.right(), self.width() - 4.0))
        box.moveBottom(min(box.bottom(), self.height() - 4.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 22, 24, 215))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)

    def _place(self, at: PointPx) -> QPointF:
        ratio = self.devicePixelRatioF()
        x, y = self._view.transform.to_device(at)
        return QPointF(x / ratio, y / ratio)

"""Draws a row of the worklist: picture, name, state, progress of scoring, most suspicious class."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.session.worklist_item import WorkItem, WorkState
from app.ui.theme import colors
from app.ui.worklist.model import (
    IMAGE_ROLE,
    IN_WORK_ROLE,
    ITEM_ROLE,
    OPEN_ROLE,
    Index,
    scores_text,
    slide_name,
    state_text,
)

PICTURE_PX = QSize(64, 48)
_MARGIN = 8
_SIGN_PX = 9
_ELIDE = Qt.TextElideMode.ElideMiddle


class WorklistDelegate(QStyledItemDelegate):
    """Three lines of text beside a picture; the slide on screen has a bar at its left."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        lines = 3 * option.fontMetrics.height() + 4
        return QSize(160, max(PICTURE_PX.height(), lines) + 2 * _MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c, item = colors(), index.data(ITEM_ROLE)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(c.accent_soft))
        if index.data(OPEN_ROLE):
            painter.fillRect(QRect(option.rect.topLeft(), QSize(3, option.rect.height())), QColor(c.accent))
        picture = QRect(option.rect.left() + _MARGIN + 2, option.rect.top() + _MARGIN, *PICTURE_PX.toTuple())
        _paint_picture(painter, picture, index.data(IMAGE_ROLE))
        text = option.rect.adjusted(0, _MARGIN, -_MARGIN, -_MARGIN)
        text.setLeft(picture.right() + 10)
        self._paint_lines(painter, text, option.fontMetrics, item, bool(index.data(IN_WORK_ROLE)))
        painter.setPen(QColor(c.line))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()

    def _paint_lines(
        self, painter: QPainter, place: QRect, metrics: QFontMetrics, item: WorkItem, in_work: bool
    ) -> None:
        c, height = colors(), metrics.height()
        line = QRect(place.left(), place.top(), place.width(), height)
        painter.setPen(QColor(c.text))
        title = item.case_title or slide_name(item)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), metrics.elidedText(title, _ELIDE, line.width()))
        line.translate(0, height + 2)
        _paint_sign(painter, QRectF(line.left(), line.center().y() - _SIGN_PX / 2 + 1, _SIGN_PX, _SIGN_PX), item.state)
        painter.setPen(QColor(c.muted))
        words = line.adjusted(_SIGN_PX + 6, 0, 0, 0)
        painter.drawText(
            words, int(Qt.AlignmentFlag.AlignLeft), metrics.elidedText(state_text(item), _ELIDE, words.width())
        )
        line.translate(0, height + 2)
        if in_work or (0 < item.done < item.wanted):
            share = item.done / item.wanted if item.wanted else 0.0
            _paint_progress(painter, line, metrics, share, in_work)
        elif scores_text(item):
            self._paint_class(painter, line, metrics, item)

    def _paint_class(self, painter: QPainter, line: QRect, metrics: QFontMetrics, item: WorkItem) -> None:
        words = line
        if item.top_class is not None:
            swatch = QRectF(line.left() + 0.5, line.center().y() - _SIGN_PX / 2 + 1, _SIGN_PX - 1, _SIGN_PX - 1)
            painter.setPen(QColor(colors().muted))
            painter.setBrush(QColor(item.top_class.color))
            painter.drawRoundedRect(swatch, 2, 2)
            words = line.adjusted(_SIGN_PX + 6, 0, 0, 0)
        painter.setPen(QColor(colors().muted))
        painter.drawText(
            words, int(Qt.AlignmentFlag.AlignLeft), metrics.elidedText(scores_text(item), _ELIDE, words.width())
        )


def _paint_picture(painter: QPainter, place: QRect, image: QImage | None) -> None:
    """The slide, whole, on the ground of the canvas."""
    frame = QPainterPath()
    frame.addRoundedRect(QRectF(place), 3, 3)
    painter.setClipPath(frame, Qt.ClipOperation.IntersectClip)
    painter.fillRect(place, QColor(colors().canvas))
    if image is not None and not image.isNull():
        size = image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        at = QRect(place.topLeft(), size)
        at.moveCenter(place.center())
        painter.drawImage(at, image)
    painter.setClipping(False)
    painter.setPen(QPen(QColor(colors().line), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(frame)


def _paint_sign(painter: QPainter, place: QRectF, state: WorkState) -> None:
    """Told apart by form, not by colour alone: ring, dotted ring, half disc, disc with a tick, cross."""
    c = colors()
    ink = QColor(c.muted if state in (WorkState.NEW, WorkState.UNREADABLE) else c.accent)
    painter.setPen(QPen(ink, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state is WorkState.UNREADABLE:
        painter.drawLine(place.topLeft(), place.bottomRight())
        painter.drawLine(place.topRight(), place.bottomLeft())
        return
    if state is WorkState.REPORTED:
        painter.setBrush(ink)
        painter.drawEllipse(place)
        painter.setPen(QPen(QColor(c.accent_text), 1.5))
        left, bottom = place.center() - QPointF(2.4, -0.2), place.center() + QPointF(-0.6, 2.0)
        painter.drawPolyline([left, bottom, place.center() + QPointF(2.6, -2.0)])
        return
    painter.drawEllipse(place)
    if state is WorkState.SCORED:
        painter.setBrush(ink)
        painter.drawEllipse(place.center(), 1.2, 1.2)
    elif state is WorkState.IN_PROGRESS:
        painter.setBrush(ink)
        painter.drawPie(place, -90 * 16, 180 * 16)


def _paint_progress(painter: QPainter, line: QRect, metrics: QFontMetrics, share: float, in_work: bool) -> None:
    c, text = colors(), f"{100 * share:.0f} %"
    width = metrics.horizontalAdvance("100 %") + 6
    bar = QRectF(line.left(), line.center().y() - 1, line.width() - width, 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(c.line))
    painter.drawRoundedRect(bar, 2, 2)
    painter.setBrush(QColor(c.accent if in_work else c.faint))
    painter.drawRoundedRect(
        QRectF(bar.topLeft(), bar.bottomRight()).adjusted(0, 0, -bar.width() * (1 - share), 0), 2, 2
    )
    painter.setPen(QColor(c.muted))
    painter.drawText(line, int(Qt.AlignmentFlag.AlignRight), text)

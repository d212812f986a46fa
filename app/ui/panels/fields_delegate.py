"""How an entry of the gallery is drawn: picture with badges, and what it is under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.records.specimen import Verdict
from app.ui.class_names import class_name
from app.ui.panels.fields_model import (
    ENTRY_ROLE,
    IMAGE_ROLE,
    OPINION_ROLE,
    FieldsModel,
    flag_texts,
    tiles_text,
    tr,
)
from app.ui.theme import colors

if TYPE_CHECKING:
    from app.session.gallery import Entry
    from app.session.opinion import Opinion

THUMBNAIL_PX = 172
_CAPTION_PX = 40
_BADGE_PX = 24
_PILL_INK, _PILL_GROUND = QColor(255, 255, 255), QColor(20, 22, 24, 205)
_WARN_GROUND = QColor(176, 74, 0, 235)
_VERDICT_COLORS = {
    Verdict.CONFIRMED: QColor("#1b7f4b"),
    Verdict.DOTTED: QColor("#1d5fa8"),
    Verdict.DISMISSED: QColor("#5b6167"),
}
"""Told apart by their signs; the colours only help."""


class FieldDelegate(QStyledItemDelegate):
    """Draws rank, class and number of suspicious tiles under the picture; verdict and flags upon it."""

    def __init__(self, model: FieldsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(THUMBNAIL_PX + 16, THUMBNAIL_PX + 8 + max(_CAPTION_PX, 2 * option.fontMetrics.height() + 8))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry = index.data(ENTRY_ROLE)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        picture = QRect(option.rect.left() + 8, option.rect.top() + 6, THUMBNAIL_PX, THUMBNAIL_PX)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_picture(painter, picture, index, selected, entry.verdict is Verdict.DISMISSED)
        texts = flag_texts(entry)
        _paint_pills(painter, picture, option.fontMetrics, texts)
        opinion: Opinion | None = index.data(OPINION_ROLE)
        if opinion is not None:
            _paint_opinion(painter, picture, option.fontMetrics, opinion)
        if entry.verdict is not None:
            paint_badge(painter, QPointF(picture.right() - 18, picture.top() + 18), entry.verdict)
        self._paint_caption(painter, option, picture, index.row(), entry)
        painter.restore()

    def _paint_picture(
        self,
        painter: QPainter,
        picture: QRect,
        index: QModelIndex | QPersistentModelIndex,
        selected: bool,
        faded: bool,
    ) -> None:
        c = colors()
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(picture), 4, 4)
        painter.setClipPath(frame)
        painter.fillRect(picture, QColor(c.line))
        image = index.data(IMAGE_ROLE)
        if image is not None:
            painter.setOpacity(0.45 if faded else 1.0)
            painter.drawImage(picture, image)
            painter.setOpacity(1.0)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(c.accent if selected else c.line), 3 if selected else 1))
        painter.drawPath(frame)

    def _paint_caption(
        self, painter: QPainter, option: QStyleOptionViewItem, picture: QRect, row: int, entry: Entry
    ) -> None:
        c, metrics = colors(), option.fontMetrics
        info, rank = self._model.class_of(row), self._model.rank_of(row)
        height = metrics.height()
        line = QRect(picture.left(), picture.bottom() + 5, picture.width(), height)
        fresh = not entry.visited and entry.decision is None
        font = painter.font()
        font.setBold(fresh)
        painter.setFont(font)
        painter.setPen(QColor(c.text))
        text = " ".join(
            part
            for part in (str(rank) if rank is not None else "-", " ", class_name(info.name) if info else "")
            if part
        )
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, line.width() - 14)
        painter.drawText(line.adjusted(14, 0, 0, 0), int(Qt.AlignmentFlag.AlignLeft), shown)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(c.muted))
        if info is not None:
            painter.setBrush(QColor(info.color))
            painter.drawRoundedRect(QRectF(line.left() + 0.5, line.center().y() - 3.5, 8, 8), 2, 2)
        below = option.fontMetrics.elidedText(tiles_text(entry.field), Qt.TextElideMode.ElideRight, line.width() - 14)
        painter.drawText(line.adjusted(14, height + 1, 0, height + 1), int(Qt.AlignmentFlag.AlignLeft), below)


def paint_badge(painter: QPainter, middle: QPointF, verdict: Verdict) -> None:
    """A round badge: a tick for confirmed, a cross for dismissed, a dot for dotted."""
    radius = _BADGE_PX / 2
    painter.setPen(QPen(QColor(255, 255, 255), 2))
    painter.setBrush(_VERDICT_COLORS[verdict])
    painter.drawEllipse(middle, radius, radius)
    pen = QPen(QColor(255, 255, 255), 2.4)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    if verdict is Verdict.CONFIRMED:
        tick = [middle + QPointF(x, y) for x, y in ((-5.0, 0.5), (-1.5, 4.0), (5.0, -4.0))]
        painter.drawPolyline(tick)
    elif verdict is Verdict.DISMISSED:
        for sign in (-1, 1):
            painter.drawLine(middle + QPointF(-4, -4 * sign), middle + QPointF(4, 4 * sign))
    else:
        painter.setBrush(QColor(255, 255, 255))
        painter.drawEllipse(middle, 3, 3)


def _paint_pills(painter: QPainter, picture: QRect, metrics: QFontMetrics, texts: list[str]) -> None:
    """Flags at the lower edge of the picture, one above the other."""
    bottom = picture.bottom() - 4
    for text in reversed(texts):
        bottom -= _pill(painter, picture.left() + 4, bottom, picture.width() - 8, metrics, text, _PILL_GROUND) + 3


def _paint_opinion(painter: QPainter, picture: QRect, metrics: QFontMetrics, opinion: Opinion) -> None:
    """The second model in few words: its class where it differs."""
    value = f"{opinion.probability:.2f}"
    text = tr("2nd: {0}").format(opinion.class_name) if opinion.disagrees else tr("2nd agrees {0}").format(value)
    ground = _WARN_GROUND if opinion.disagrees else _PILL_GROUND
    room = picture.width() - 12 - _BADGE_PX - 8
    _pill(painter, picture.left() + 4, picture.top() + 8 + metrics.height(), room, metrics, text, ground)


def _pill(
    painter: QPainter, left: int, bottom: int, room: int, metrics: QFontMetrics, text: str, ground: QColor
) -> int:
    """A text on a dark rounded ground, readable on any stain; returns its height."""
    height = metrics.height() + 2
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room - 12)
    box = QRectF(left, bottom - height, metrics.horizontalAdvance(shown) + 12, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(_PILL_INK)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), shown)
    return height

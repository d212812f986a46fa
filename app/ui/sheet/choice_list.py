"""A short list that is worked with keys: arrows move, other keys choose. Nothing is chosen by moving alone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.ui.theme import colors

MARK_ROLE = Qt.ItemDataRole.UserRole + 1
"""What stands before the text: ``on``, ``off`` (round), ``yes``, ``no``, ``open`` (square)."""
RIGHT_ROLE = Qt.ItemDataRole.UserRole + 2
"""Text at the right end."""

_MARK_PX = 15
_LEFT_PX = 8
_Index = QModelIndex | QPersistentModelIndex


class ChoiceList(QListWidget):
    """Rows with a mark. ``picked`` carries the row of Space, Enter or a click; ``keyed`` row and key of the keys that
    are named in ``keys``, which are then no shortcuts of the window while the list has the focus."""

    picked = Signal(int)
    keyed = Signal(int, int)

    def __init__(self, keys: frozenset[int] = frozenset(), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = keys
        self._read_only = False
        self.setObjectName("choiceList")
        self.setItemDelegate(_RowDelegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)

    def set_rows(self, rows: list[tuple[str, str]]) -> None:
        """Text and right text of each row; all marks are empty."""
        self.clear()
        for text, right in rows:
            item = QListWidgetItem(text)
            item.setData(RIGHT_ROLE, right)
            self.addItem(item)
        self.setCurrentRow(0)
        self._fix_height()

    def set_mark(self, row: int, mark: str, spoken: str) -> None:
        """Change a row's mark; ``spoken`` is what a screen reader says of the row."""
        item = self.item(row)
        item.setData(MARK_ROLE, mark)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)

    def set_read_only(self, on: bool) -> None:
        """Still to be read, with arrows too, but nothing is chosen."""
        self._read_only = on

    def mark(self, row: int) -> str:
        return str(self.item(row).data(MARK_ROLE) or "")

    def sizeHint(self) -> QSize:
        return QSize(200, self._content_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self._content_height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fix_height()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fix_height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_own(event) or self.currentRow() < 0:
            event.ignore()
        elif self._read_only and event.key() not in _ARROWS:
            event.accept()
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.picked.emit(self.currentRow())
        elif event.key() in self._keys:
            self.keyed.emit(self.currentRow(), event.key())
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        item = self.itemAt(event.position().toPoint())
        if item is not None and not self._read_only and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(self.row(item))

    def _is_own(self, event: QKeyEvent) -> bool:
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier & ~Qt.KeyboardModifier.ShiftModifier
        return not plain and event.key() in {*_MOVES, *self._keys}

    def _content_height(self) -> int:
        return sum(self.sizeHintForRow(row) for row in range(self.count())) + 2 * self.frameWidth() + 2

    def _fix_height(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.setFixedHeight(self._content_height())


_ARROWS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)
_MOVES = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space, Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
)  # fmt: skip


class _RowDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        owner = self.parent()
        assert isinstance(owner, QListWidget)
        metrics, right = QFontMetrics(option.font), str(index.data(RIGHT_ROLE) or "")
        width = owner.viewport().width() - _LEFT_PX - _MARK_PX - 16 - metrics.horizontalAdvance(right) - 10
        # The widest a text may become; what is longer goes on in a second line.
        lines = 2 if metrics.horizontalAdvance(str(index.data())) > width else 1
        return QSize(120, lines * metrics.height() + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        c, mark = colors(), index.data(MARK_ROLE) or ""
        owner = self.parent()
        focused = isinstance(owner, QWidget) and owner.hasFocus()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(option.rect).adjusted(1, 1, -1, -1)
        if mark == "on":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.accent_soft))
            painter.drawRoundedRect(frame, 4, 4)
        if selected and focused:
            painter.setPen(QPen(QColor(c.accent), 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame, 4, 4)
        elif option.state & QStyle.StateFlag.State_MouseOver and enabled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.window))
            painter.drawRoundedRect(frame, 4, 4)
        middle = option.rect.center().y() + 0.5
        box = QRectF(option.rect.left() + _LEFT_PX, middle - _MARK_PX / 2, _MARK_PX, _MARK_PX)
        _paint_mark(painter, box, str(mark), enabled)
        font = QFont(option.font)
        font.setBold(mark == "yes")
        painter.setFont(font)
        painter.setPen(QColor(c.text if enabled else c.faint))
        text_at = option.rect.adjusted(_LEFT_PX + _MARK_PX + 8, 0, -8, 0)
        right = str(index.data(RIGHT_ROLE) or "")
        metrics = QFontMetrics(font)
        room = text_at.width()
        if right:
            painter.setPen(QColor(c.muted if enabled else c.faint))
            painter.drawText(text_at, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), right)
            room -= metrics.horizontalAdvance(right) + 10
            painter.setPen(QColor(c.text if enabled else c.faint))
        place = QRect(text_at.left(), text_at.top(), room, text_at.height())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, int(flags) | int(Qt.TextFlag.TextWordWrap), str(index.data()))
        painter.restore()


def _paint_mark(painter: QPainter, box: QRectF, mark: str, enabled: bool) -> None:
    c = colors()
    line, fill = QColor(c.muted if enabled else c.faint), QColor(c.accent if enabled else c.faint)
    painter.setPen(QPen(fill if mark in ("on", "yes") else line, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if mark in ("on", "off"):
        painter.drawEllipse(box.adjusted(0.7, 0.7, -0.7, -0.7))
        if mark == "on":
            painter.setBrush(fill)
            painter.drawEllipse(box.adjusted(4, 4, -4, -4))
        return
    if mark == "yes":
        painter.setBrush(fill)
    painter.drawRoundedRect(box.adjusted(0.7, 0.7, -0.7, -0.7), 3, 3)
    painter.setPen(
        QPen(QColor(c.accent_text) if mark == "yes" else line, 1.9, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    )
    x, y, side = box.left(), box.top(), box.width()
    if mark == "yes":
        painter.drawPolyline([_at(x, y, side, *p) for p in ((0.26, 0.52), (0.44, 0.70), (0.75, 0.32))])
    elif mark == "no":
        painter.drawLine(_at(x, y, side, 0.3, 0.5), _at(x, y, side, 0.7, 0.5))


def _at(x: float, y: float, side: float, across: float, down: float) -> QPointF:
    return QPointF(x + side * across, y + side * down)

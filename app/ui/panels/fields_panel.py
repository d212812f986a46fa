"""The most suspicious fields beside the slide: pictures, one key to the next, always in the same place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import colors

if TYPE_CHECKING:
    from app.records.findings import RankedField
    from kd.bundle import ClassInfo

THUMBNAIL_PX = 172
_CAPTION_PX = 40
_FIELD_ROLE = Qt.ItemDataRole.UserRole + 1
_IMAGE_ROLE = Qt.ItemDataRole.UserRole + 2

ThumbnailSource = Callable[["RankedField", Callable[[QImage], None]], None]


class FieldsModel(QAbstractListModel):
    """Ranked fields and their pictures; a picture is asked for when its row is first shown."""

    def __init__(self) -> None:
        super().__init__()
        self._fields: list[RankedField] = []
        self._images: dict[int, QImage] = {}
        self._asked: set[int] = set()
        self._source: ThumbnailSource | None = None
        self._classes: Sequence[ClassInfo] = ()

    def set_source(self, source: ThumbnailSource | None, classes: Sequence[ClassInfo]) -> None:
        self.beginResetModel()
        self._source, self._classes, self._fields = source, classes, []
        self._images.clear()
        self._asked.clear()
        self.endResetModel()

    def set_fields(self, fields: Sequence[RankedField]) -> bool:
        """True when they differ from the former ones. Pictures of fields that stay are kept."""
        if list(fields) == self._fields:
            return False
        self.beginResetModel()
        self._fields = list(fields)
        kept = {field.peak_cell for field in fields}
        self._images = {cell: image for cell, image in self._images.items() if cell in kept}
        self._asked &= kept
        self.endResetModel()
        return True

    def field(self, row: int) -> RankedField:
        return self._fields[row]

    def class_of(self, row: int) -> ClassInfo:
        return self._classes[self._fields[row].class_index]

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._fields)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        field = self._fields[index.row()]
        if role == _FIELD_ROLE:
            return field
        if role == _IMAGE_ROLE:
            return self._image(field)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            name = self._classes[field.class_index].name
            text = self.tr("Field {0}: {1}, {2}").format(index.row() + 1, name, _suspicious_tiles(field))
            if role == Qt.ItemDataRole.ToolTipRole:
                text += "\n" + self.tr(
                    "Highest suspicious probability {0}. Fields are ranked by it; of equal ones the field with the "
                    "larger sum over its tiles comes first."
                ).format(f"{field.score:.4f}")
            return text
        return None

    def _image(self, field: RankedField) -> QImage | None:
        cell = field.peak_cell
        if cell not in self._asked and self._source is not None:
            self._asked.add(cell)
            self._source(field, lambda image: self._store(cell, image))
        return self._images.get(cell)

    def _store(self, cell: int, image: QImage) -> None:
        self._images[cell] = image
        for row, field in enumerate(self._fields):
            if field.peak_cell == cell:
                self.dataChanged.emit(self.index(row), self.index(row), [_IMAGE_ROLE])


class _FieldDelegate(QStyledItemDelegate):
    """A picture with rank, class and number of suspicious tiles under it."""

    def __init__(self, model: FieldsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(THUMBNAIL_PX + 16, THUMBNAIL_PX + 8 + max(_CAPTION_PX, 2 * option.fontMetrics.height() + 8))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        c = colors()
        info, field = self._model.class_of(index.row()), index.data(_FIELD_ROLE)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        picture = QRect(option.rect.left() + 8, option.rect.top() + 6, THUMBNAIL_PX, THUMBNAIL_PX)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(picture), 4, 4)
        painter.setClipPath(frame)
        painter.fillRect(picture, QColor(c.line))
        image = index.data(_IMAGE_ROLE)
        if image is not None:
            painter.drawImage(picture, image)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(c.accent if selected else c.line), 3 if selected else 1))
        painter.drawPath(frame)
        self._paint_caption(painter, option, picture, index.row() + 1, info, field)
        painter.restore()

    def _paint_caption(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        picture: QRect,
        rank: int,
        info: ClassInfo,
        field: RankedField,
    ) -> None:
        c = colors()
        height = option.fontMetrics.height()
        line = QRect(picture.left(), picture.bottom() + 5, picture.width(), height)
        painter.setPen(QColor(c.text))
        text = f"{rank}  {info.name}"
        shown = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, line.width() - 14)
        painter.drawText(line.adjusted(14, 0, 0, 0), int(Qt.AlignmentFlag.AlignLeft), shown)
        painter.setPen(QColor(c.muted))
        painter.setBrush(QColor(info.color))
        painter.drawRoundedRect(QRectF(line.left() + 0.5, line.center().y() - 3.5, 8, 8), 2, 2)
        below = _suspicious_tiles(field)
        painter.drawText(line.adjusted(14, height + 1, 0, height + 1), int(Qt.AlignmentFlag.AlignLeft), below)


def _suspicious_tiles(field: RankedField) -> str:
    tr = QCoreApplication.translate
    if field.cells == 1:
        return tr("FieldsPanel", "1 suspicious tile")
    return tr("FieldsPanel", "{0} suspicious tiles").format(f"{field.cells:,}")


class FieldsPanel(QWidget):
    """Gallery of ranked fields. ``fieldChosen`` carries the field to go to; ``hint`` says why there is none."""

    fieldChosen = Signal(object)
    hint = Signal(str)

    def __init__(self, previous: QAction, following: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fieldsPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._steps = (previous, following)
        self.model = FieldsModel()
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(_FieldDelegate(self.model, self.view))
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setMovement(QListView.Movement.Static)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setUniformItemSizes(True)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setAccessibleName(self.tr("Most suspicious fields"))
        self.view.clicked.connect(self._choose)
        self.view.activated.connect(self._choose)
        self._message = QLabel()
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setProperty("role", "muted")
        self._message.setContentsMargins(16, 16, 16, 16)
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        self._lay_out(previous, following)
        self.show_message("")

    def _lay_out(self, previous: QAction, following: QAction) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.addWidget(self._count, 1)
        for action in (previous, following):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            bar.addWidget(button)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._message)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addLayout(self._stack, 1)

    def show_message(self, text: str) -> None:
        """Say why there is nothing to show; empty shows the list."""
        self._message.setText(text)
        self._stack.setCurrentIndex(1 if text else 0)
        if text:
            self._count.setText("")
        self._enable_steps()

    def set_fields(self, fields: Sequence[RankedField]) -> None:
        """Show ranked fields; the one that was chosen stays chosen while it is among them."""
        current = self.view.currentIndex()
        chosen = self.model.field(current.row()).peak_cell if current.isValid() else None
        bar = self.view.verticalScrollBar()
        scrolled_to = bar.value()
        if not self.model.set_fields(fields):
            return
        # The ranking grows while the slide is scored; the list must not run away from who looks at it.
        self.view.doItemsLayout()
        bar.setValue(scrolled_to)
        for row, field in enumerate(fields):
            if field.peak_cell == chosen:
                self.view.setCurrentIndex(self.model.index(row))
        self._enable_steps()
        self._show_position()

    def step(self, by: int) -> None:
        """Go to the next (1) or previous (-1) field; stops at the ends."""
        rows = self.model.rowCount()
        if rows == 0:
            return
        current = self.view.currentIndex()
        row = current.row() + by if current.isValid() else (0 if by > 0 else rows - 1)
        if row >= rows:
            self.hint.emit(self.tr("This is the last suspicious field."))
        elif row < 0:
            self.hint.emit(self.tr("This is the first suspicious field."))
        row = min(max(row, 0), rows - 1)
        self._choose(self.model.index(row))

    def _enable_steps(self) -> None:
        for action in self._steps:
            action.setEnabled(self.model.rowCount() > 0)

    def _choose(self, index: QModelIndex) -> None:
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)
        self._show_position()
        self.fieldChosen.emit(self.model.field(index.row()))

    def _show_position(self) -> None:
        rows, current = self.model.rowCount(), self.view.currentIndex()
        if not rows:
            self._count.setText("")
        elif current.isValid():
            self._count.setText(self.tr("{0} of {1}").format(current.row() + 1, rows))
        else:
            self._count.setText(self.tr("{0} fields").format(rows) if rows != 1 else self.tr("1 field"))

"""What mouse and keys do while a tool is on. What the tool does not want goes on to the view, which pans and zooms."""

from __future__ import annotations

import math
from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent

from app.geometry import PointPx, RectPx
from app.records.shapes import MarkKind
from app.ui.canvas.slide_view import SlideView
from app.ui.marking.drawing import Drawing, drawing_of
from app.ui.marking.editing import Editing
from app.ui.marking.mark_set import MarkSet

NEAR_PX = 8.0
"""So near (logical pixels) a click counts as on a handle, an outline, or a place clicked before."""

_SHIFT, _ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Tool(StrEnum):
    """The tools; values are the names of their actions without ``tool_``."""

    HAND = "hand"
    SELECT = "select"
    POINT = "point"
    LINE = "line"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    POLYGON = "polygon"
    FREEHAND = "freehand"

    @property
    def kind(self) -> MarkKind | None:
        """What it draws."""
        return None if self in (Tool.HAND, Tool.SELECT) else MarkKind(self.value)


class ToolInput(QObject):
    """An event filter on the view.

    Signals: ``drawn`` (Shape); ``previewChanged``; ``left`` when Esc gives the tool up; ``menuWanted`` with a
    global position, for the marks that are selected.
    """

    drawn = Signal(object)
    previewChanged = Signal()
    left = Signal()
    menuWanted = Signal(QPoint)

    def __init__(self, view: SlideView, marks: MarkSet, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._marks = view, marks
        self.editing = Editing(marks)
        self.drawing: Drawing | None = None
        self.tool = Tool.HAND
        self.pointer: PointPx | None = None
        self._space = False
        self._grabbed = False
        self._pressed_at: QPointF | None = None
        view.installEventFilter(self)

    def set_tool(self, tool: Tool) -> None:
        """Another tool; what was half drawn is dropped."""
        self.tool = tool
        self.editing.cancel()
        self.editing.hovered = self.editing.inserting = None
        self.drawing = None if tool.kind is None else drawing_of(tool.kind)
        self._grabbed = False
        self._show_cursor()
        self.previewChanged.emit()

    def drop(self) -> None:
        """Forget what is half drawn; the tool stays."""
        self.set_tool(self.tool)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self._view.has_slide:
            return False
        match event.type():
            case QEvent.Type.MouseButtonPress if isinstance(event, QMouseEvent):
                return self._press(event)
            case QEvent.Type.MouseMove if isinstance(event, QMouseEvent):
                return self._move(event)
            case QEvent.Type.MouseButtonRelease if isinstance(event, QMouseEvent):
                return self._release(event)
            case QEvent.Type.MouseButtonDblClick if isinstance(event, QMouseEvent):
                return self._double_click(event)
            case QEvent.Type.ShortcutOverride if isinstance(event, QKeyEvent):
                if self._wants(event):
                    event.accept()
                    return True
            case QEvent.Type.KeyPress if isinstance(event, QKeyEvent):
                return self._wants(event) and self._key(event)
            case QEvent.Type.KeyRelease if isinstance(event, QKeyEvent):
                return self._key_release(event)
            case QEvent.Type.ContextMenu if isinstance(event, QContextMenuEvent):
                return self._menu(event)
            case QEvent.Type.FocusOut:
                self._set_space(False)
            case QEvent.Type.Leave:
                self.pointer = None
                self.previewChanged.emit()
        return False

    # Mouse

    def _press(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self._pressed_at = event.position()
        if self._space or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._pressed_at = None
            return False
        at, near = self._slide_point(event), self._near()
        if self.drawing is not None:
            self._grabbed = True
            self.drawing.press(at, near, self._shift(event))
            self._after_drawing()
            return True
        if self.tool is Tool.SELECT:
            alt = bool(event.modifiers() & _ALT)
            self._grabbed = self.editing.press(at, near, self._visible(), shift=self._shift(event), alt=alt)
            self.previewChanged.emit()
            return self._grabbed
        return False

    def _move(self, event: QMouseEvent) -> bool:
        self.pointer = self._slide_point(event)
        if self._grabbed or (self.drawing is not None and not event.buttons()):
            self._view.set_pointer(event.position())
            if self.drawing is not None:
                self.drawing.move(self.pointer, self._grabbed, self._shift(event))
            else:
                self.editing.move(self.pointer)
            self.previewChanged.emit()
            return True
        if self.tool is Tool.SELECT and not event.buttons():
            self.editing.hover(self.pointer, self._near(), alt=bool(event.modifiers() & _ALT))
            self._show_cursor()
            self.previewChanged.emit()
        return False

    def _release(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            QTimer.singleShot(0, self, self._show_cursor)
            return False
        at, near = self._slide_point(event), self._near()
        if self._grabbed:
            self._grabbed = False
            if self.drawing is not None:
                self.drawing.release(at, near, self._shift(event))
                self._after_drawing()
            else:
                self.editing.release(at, near)
                self.previewChanged.emit()
            return True
        pressed, self._pressed_at = self._pressed_at, None
        if self.drawing is None and pressed is not None and _distance(pressed, event.position()) <= NEAR_PX / 2:
            self.editing.click(at, near)
        # The view takes its closed hand off after this.
        QTimer.singleShot(0, self, self._show_cursor)
        return False

    def _double_click(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or self._space:
            return False
        if self.drawing is not None:
            self.drawing.finish()
            self._after_drawing()
            return True
        if self.tool is Tool.SELECT:
            self.editing.add_vertex(self._slide_point(event), self._near())
            self.previewChanged.emit()
            return True
        return False

    def _menu(self, event: QContextMenuEvent) -> bool:
        if self.drawing is not None and self.drawing.started:
            return True
        hit = self._marks.at(self._to_slide(QPointF(event.pos())), self._near())
        if hit is None:
            return False
        if not self._marks.is_selected(hit.uuid):
            self._marks.select([hit.uuid])
        self.menuWanted.emit(event.globalPos())
        return True

    # Keys

    def _wants(self, event: QKeyEvent) -> bool:
        key = event.key()
        if event.modifiers() & ~(_SHIFT | Qt.KeyboardModifier.KeypadModifier):
            return False
        if key == Qt.Key.Key_Space:
            # Without a drawing tool a plain drag moves the slide, and Space is the gallery's.
            return self.drawing is not None
        if key == Qt.Key.Key_Escape:
            return self.tool is not Tool.HAND or bool(self._marks.selected)
        started = self.drawing is not None and self.drawing.started
        return started and (key in _ENTER or key == Qt.Key.Key_Backspace)

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._set_space(True)
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif self.drawing is not None:
            if key == Qt.Key.Key_Backspace:
                self.drawing.back()
            else:
                self.drawing.finish()
            self._after_drawing()
        return True

    def _key_release(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Space or not self._space:
            return False
        if not event.isAutoRepeat():
            self._set_space(False)
        return True

    def _escape(self) -> None:
        if self.editing.cancel():
            self._grabbed = False
        elif self.drawing is not None and self.drawing.started:
            self.drop()
        elif self.tool is not Tool.HAND:
            self.left.emit()
        else:
            self._marks.select([])
        self.previewChanged.emit()

    def _set_space(self, held: bool) -> None:
        if held != self._space:
            self._space = held
            self._show_cursor()

    # Help

    def _after_drawing(self) -> None:
        drawing = self.drawing
        if drawing is not None and drawing.finished is not None:
            shape = drawing.finished
            self.drop()
            self.drawn.emit(shape)
        self.previewChanged.emit()

    def _show_cursor(self) -> None:
        if self._space:
            self._view.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self.drawing is not None:
            self._view.setCursor(Qt.CursorShape.CrossCursor)
        elif self.tool is Tool.SELECT:
            over = self.editing.hovered is not None or self.editing.inserting is not None
            self._view.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        else:
            self._view.unsetCursor()

    def _slide_point(self, event: QMouseEvent) -> PointPx:
        return self._to_slide(event.position())

    def _to_slide(self, position: QPointF) -> PointPx:
        ratio = self._view.devicePixelRatioF()
        return self._view.transform.to_slide(position.x() * ratio, position.y() * ratio)

    def _near(self) -> float:
        """The tolerance in level-0 pixels."""
        return NEAR_PX * self._view.devicePixelRatioF() / self._view.transform.scale

    def _visible(self) -> RectPx:
        return self._view.visible_part()

    @staticmethod
    def _shift(event: QMouseEvent) -> bool:
        return bool(event.modifiers() & _SHIFT)


def _distance(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())

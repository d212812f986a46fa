"""A microscope's hands: what mouse, wheel, keys and fingers do to the view."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent

from app.ui.canvas.navigator import OBJECTIVES
from app.ui.canvas.touch_input import TouchInput

if TYPE_CHECKING:
    from app.ui.canvas.slide_view import SlideView

_DIGITS = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5, Qt.Key.Key_6)
MAGNIFICATION_KEYS = dict(zip(_DIGITS, OBJECTIVES, strict=True))
HIDE_LAYERS_KEY = Qt.Key.Key_H

WHEEL_UNITS_PER_DOUBLING = 360.0
"""Three notches of a usual wheel (120 units each) double the size."""

WHEEL_UNITS_PER_PLANE = 120.0
"""With Shift, one notch goes one focal plane up or down."""

KEY_ZOOM = math.sqrt(2.0)
DOUBLE_CLICK_ZOOM = 2.0
SMALL_STEP = 0.125
LARGE_STEP = 0.9
"""Arrow keys move by these shares of the viewport; the large step leaves a strip to recognise."""

SMALL_TURN = 15.0
LARGE_TURN = 90.0

_NO_MODIFIER = Qt.KeyboardModifier.NoModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier
_ALT = Qt.KeyboardModifier.AltModifier


class ViewInput:
    """Turns Qt's events into moves of one ``SlideView``."""

    def __init__(self, view: SlideView) -> None:
        self._view = view
        self._touch = TouchInput(view)
        self._drag_from: QPointF | None = None
        self._dragged = (0, 0)
        self._turn_from: float | None = None
        self._focused = 0.0
        self._handlers: dict[QEvent.Type, Callable[..., bool]] = {
            QEvent.Type.MouseButtonPress: self._press,
            QEvent.Type.MouseMove: self._move,
            QEvent.Type.MouseButtonRelease: self._release,
            QEvent.Type.MouseButtonDblClick: self._double_click,
            QEvent.Type.Wheel: self._wheel,
            QEvent.Type.KeyPress: self._key_press,
            QEvent.Type.KeyRelease: self._key_release,
            QEvent.Type.Leave: self._leave,
            QEvent.Type.FocusOut: self._focus_out,
            QEvent.Type.NativeGesture: self._native_gesture,
            QEvent.Type.TouchBegin: self._touch.handle,
            QEvent.Type.TouchUpdate: self._touch.handle,
            QEvent.Type.TouchEnd: self._touch.handle,
            QEvent.Type.TouchCancel: self._touch.handle,
        }

    def handle(self, event: QEvent) -> bool:
        """True when the event was for the canvas and needs nobody else."""
        handler = self._handlers.get(event.type())
        return handler is not None and handler(event)

    def _press(self, event: QMouseEvent) -> bool:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return False
        if event.modifiers() & _CONTROL:
            self._turn_from = self._angle(event.position()) - self._view.transform.rotation_deg
        else:
            self._drag_from, self._dragged = event.position(), (0, 0)
            self._view.setCursor(Qt.CursorShape.ClosedHandCursor)
        return True

    def _move(self, event: QMouseEvent) -> bool:
        self._view.set_pointer(event.position())
        if self._turn_from is not None:
            self._view.rotate_to(self._angle(event.position()) - self._turn_from)
        elif self._drag_from is not None:
            # Whole device pixels, counted from the start, so that nothing is lost to rounding on the way.
            ratio = self._view.devicePixelRatioF()
            way = (event.position() - self._drag_from) * ratio
            total = (round(way.x()), round(way.y()))
            self._view.pan_device(total[0] - self._dragged[0], total[1] - self._dragged[1])
            self._dragged = total
        return True

    def _release(self, event: QMouseEvent) -> bool:
        self._drag_from = self._turn_from = None
        self._view.unsetCursor()
        return event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton)

    def _double_click(self, event: QMouseEvent) -> bool:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return False
        outwards = event.button() == Qt.MouseButton.RightButton or bool(event.modifiers() & _SHIFT)
        self._view.zoom_by(1.0 / DOUBLE_CLICK_ZOOM if outwards else DOUBLE_CLICK_ZOOM, event.position())
        return True

    def _wheel(self, event: QWheelEvent) -> bool:
        units = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & _SHIFT:
            # Many small units from a touch pad make one step as well.
            self._focused += units
            steps = int(self._focused / WHEEL_UNITS_PER_PLANE)
            self._focused -= steps * WHEEL_UNITS_PER_PLANE
            if steps:
                self._view.step_plane(steps)
        elif units:
            self._view.zoom_by(2.0 ** (units / WHEEL_UNITS_PER_DOUBLING), event.position())
        event.accept()
        return True

    def _leave(self, event: QEvent) -> bool:
        self._view.set_pointer(None)
        return False

    def _focus_out(self, event: QEvent) -> bool:
        self._view.hide_layers_held = False
        return False

    def _key_press(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = Qt.Key(event.key())
        if key == HIDE_LAYERS_KEY and modifiers == _NO_MODIFIER:
            self._view.hide_layers_held = True
            return True
        return self._view.has_slide and (
            self._arrow(key, modifiers) or self._turn(key, modifiers) or self._zoom(key, modifiers)
        )

    def _key_release(self, event: QKeyEvent) -> bool:
        if event.key() != HIDE_LAYERS_KEY:
            return False
        # A key that repeats while held sends releases in between.
        if not event.isAutoRepeat():
            self._view.hide_layers_held = False
        return True

    def _arrow(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        directions = {
            Qt.Key.Key_Left: (1, 0),
            Qt.Key.Key_Right: (-1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        if key not in directions or modifiers not in (_NO_MODIFIER, _SHIFT):
            return False
        share = LARGE_STEP if modifiers == _SHIFT else SMALL_STEP
        width, height = self._view.transform.viewport_device
        dx, dy = directions[key]
        self._view.pan_device(round(dx * share * width), round(dy * share * height))
        return True

    def _turn(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        turns = {_NO_MODIFIER: SMALL_TURN, _SHIFT: LARGE_TURN, _ALT: -SMALL_TURN, _ALT | _SHIFT: -LARGE_TURN}
        if key == Qt.Key.Key_R and modifiers in turns:
            self._view.rotate_by(turns[modifiers])
            return True
        if key == Qt.Key.Key_0 and modifiers == _NO_MODIFIER:
            self._view.reset_rotation()
            return True
        return False

    def _zoom(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        # Which keyboards need Shift for plus differs.
        if modifiers not in (_NO_MODIFIER, _SHIFT):
            return False
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._view.zoom_by(KEY_ZOOM)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self._view.zoom_by(1.0 / KEY_ZOOM)
        elif modifiers == _SHIFT:
            return False
        elif key in MAGNIFICATION_KEYS:
            self._view.set_magnification(MAGNIFICATION_KEYS[key])
        elif key == Qt.Key.Key_F:
            self._view.fit()
        elif key == Qt.Key.Key_Home:
            self._view.reset_rotation()
            self._view.fit()
        else:
            return False
        return True

    def _native_gesture(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._view.zoom_by(max(0.1, 1.0 + event.value()), event.position())
        return True

    def _angle(self, position: QPointF) -> float:
        middle = QPointF(self._view.rect().center())
        return math.degrees(math.atan2(position.y() - middle.y(), position.x() - middle.x()))

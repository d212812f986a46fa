"""The view as its user drives it: mouse, keys, opening, failing, hiding."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QNativeGestureEvent,
    QPainter,
    QPointingDevice,
    QTouchEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.geometry import PointPx, RectPx, ViewTransform
from app.ui.canvas.slide_view import SlideView

PATIENCE_MS = 60_000
Pixels = Callable[[SlideView], npt.NDArray[np.uint8]]


class RedLayer:
    """Paints everything red."""

    def __init__(self) -> None:
        self.visible = True

    def paint(self, painter: QPainter, transform: ViewTransform, visible: RectPx) -> None:
        painter.fillRect(painter.clipBoundingRect(), QColor(255, 0, 0))


def wheel(view: SlideView, position: QPointF, units: int) -> None:
    event = QWheelEvent(
        position,
        view.mapToGlobal(position),
        QPoint(),
        QPoint(0, units),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def slide_point(view: SlideView, position: QPointF) -> PointPx:
    ratio = view.devicePixelRatioF()
    return view.transform.to_slide(position.x() * ratio, position.y() * ratio)


def test_the_empty_view_invites_and_stays_alive_under_all_keys(view: SlideView, qtbot: QtBot) -> None:
    assert not view.has_slide
    assert view.magnification is None
    for key in (Qt.Key.Key_1, Qt.Key.Key_F, Qt.Key.Key_R, Qt.Key.Key_Plus, Qt.Key.Key_Left, Qt.Key.Key_H):
        qtbot.keyClick(view, key)
    wheel(view, QPointF(50, 50), 120)
    picture = view.grab().toImage()
    ground = picture.pixelColor(2, 2)
    assert any(picture.pixelColor(x, 240) != ground for x in range(200, 440))


def test_opening_fits_the_slide(show: Callable[..., SlideView], make_slide: Callable) -> None:
    view = show(make_slide())
    left, top, right, bottom = view.transform.device_bounds(RectPx(0, 0, 1500, 1100))
    assert left >= 0
    assert top >= 0
    assert right <= 640
    assert bottom <= 480
    assert right - left > 600


def test_reading_happens_on_loader_threads_only(show: Callable[..., SlideView], make_slide: Callable) -> None:
    slide = make_slide()
    view = show(slide)
    view.set_magnification(40)
    QTest.qWait(50)
    assert slide.readers
    assert threading.get_ident() not in slide.readers


def test_number_keys_set_the_magnification(show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot) -> None:
    view = show(make_slide(mpp=2.0))
    keys = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5, Qt.Key.Key_6)
    for key, magnification in zip(keys, (1.25, 2.5, 5.0, 10.0, 20.0, 40.0), strict=True):
        qtbot.keyClick(view, key)
        assert view.magnification == pytest.approx(magnification)
        assert view.transform.scale == pytest.approx(magnification / 40 * 2.0 / 0.25)


def test_without_mpp_number_keys_only_hint(show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot) -> None:
    view = show(make_slide(mpp=None))
    before = view.transform
    with qtbot.waitSignal(view.hint) as hinted:
        qtbot.keyClick(view, Qt.Key.Key_5)
    assert "20" in hinted.args[0]
    assert view.transform == before
    assert view.magnification is None
    assert view.scale_bar.text == "scale unknown"


def test_a_calibrated_scale_is_used(show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot) -> None:
    view = show(make_slide(mpp=None))
    view.set_mpp(0.5)
    qtbot.keyClick(view, Qt.Key.Key_5)
    assert view.transform.scale == pytest.approx(1.0)
    assert view.scale_bar.length_um is not None


def test_the_wheel_zooms_to_the_pointer_and_back(show: Callable[..., SlideView], make_slide: Callable) -> None:
    view = show(make_slide())
    start = view.transform
    at = QPointF(211, 133)
    anchor = slide_point(view, at)
    for _ in range(9):
        wheel(view, at, 120)
    assert view.transform.scale == pytest.approx(start.scale * 8)
    x, y = view.transform.to_device(anchor)
    assert (x, y) == (pytest.approx(211, abs=0.51 + 0.5 * 8), pytest.approx(133, abs=0.51 + 0.5 * 8))
    # A trackpad sends many small deltas.
    for _ in range(135):
        wheel(view, at, -8)
    assert view.transform.scale == pytest.approx(start.scale)
    assert view.transform.center.x == pytest.approx(start.center.x, abs=1e-6)


def test_pinching_zooms(show: Callable[..., SlideView], make_slide: Callable) -> None:
    view = show(make_slide())
    before = view.transform.scale
    position = QPointF(300, 200)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        position,
        position,
        view.mapToGlobal(position),
        0.25,
        QPointF(),
    )
    QApplication.sendEvent(view, event)
    assert view.transform.scale == pytest.approx(before * 1.25)


class TouchSpy(QObject):
    """Where the fingers are, as Qt tells the view."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[int, QPointF] = {}

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent):
            self.places = {finger.id(): finger.position() for finger in event.points()}
        return False


def test_two_fingers_on_a_touch_screen_zoom_and_move(show: Callable[..., SlideView], make_slide: Callable) -> None:
    view = show(make_slide())
    view.set_magnification(40)
    spy = TouchSpy()
    view.installEventFilter(spy)
    screen = QTest.createTouchDevice()
    left, right = QPoint(260, 200), QPoint(340, 200)
    QTest.touchEvent(view, screen).press(0, left).press(1, right).commit()
    held = [slide_point(view, spy.places[finger]) for finger in (0, 1)]
    for _ in range(20):
        left, right = left + QPoint(-3, 2), right + QPoint(5, 2)
        QTest.touchEvent(view, screen).move(0, left).move(1, right).commit()
    assert view.magnification == pytest.approx(120)
    ratio = view.devicePixelRatioF()
    for point, place in zip(held, spy.places.values(), strict=True):
        x, y = view.transform.to_device(point)
        assert (x / ratio, y / ratio) == (pytest.approx(place.x(), abs=1.1), pytest.approx(place.y(), abs=1.1))
    # One finger is lifted: the other goes on moving the slide, which does not jump.
    before = view.transform
    QTest.touchEvent(view, screen).release(0, left).move(1, right).commit()
    QTest.touchEvent(view, screen).move(1, right + QPoint(10, 0)).commit()
    assert view.transform.scale == before.scale
    assert before.whole_shift_to(view.transform) == (10 * ratio, 0)
    QTest.touchEvent(view, screen).release(1, right + QPoint(10, 0)).commit()


def test_dragging_moves_the_slide_with_the_pointer(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot
) -> None:
    view = show(make_slide())
    view.set_magnification(40)
    grabbed = slide_point(view, QPointF(300, 200))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    for x in range(300, 240, -7):
        qtbot.mouseMove(view, QPoint(x, 200 + (300 - x) // 2))
    qtbot.mouseMove(view, QPoint(237, 231))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(237, 231))
    ratio = view.devicePixelRatioF()
    assert view.transform.to_device(grabbed) == (pytest.approx(237 * ratio), pytest.approx(231 * ratio))
    still = view.transform
    qtbot.mouseMove(view, QPoint(100, 100))
    assert view.transform == still


def test_double_click_zooms_in_and_with_shift_or_right_out(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot
) -> None:
    view = show(make_slide())
    view.set_magnification(20)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    assert view.magnification == pytest.approx(40)
    qtbot.mouseDClick(view, Qt.MouseButton.RightButton, pos=QPoint(100, 100))
    assert view.magnification == pytest.approx(20)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, pos=QPoint(100, 100))
    assert view.magnification == pytest.approx(10)


def test_arrow_keys_step_and_with_shift_step_further(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot
) -> None:
    view = show(make_slide())
    view.set_magnification(80)
    before = view.transform.center
    qtbot.keyClick(view, Qt.Key.Key_Right)
    small = view.transform.center.x - before.x
    assert small == pytest.approx(640 / 8 / view.transform.scale)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.transform.center.y > before.y
    qtbot.keyClick(view, Qt.Key.Key_Left)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.transform.center == PointPx(pytest.approx(before.x), pytest.approx(before.y))
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.transform.center.x - before.x > 5 * small


def test_plus_minus_fit_and_home(show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot) -> None:
    view = show(make_slide())
    fitted = view.transform
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.transform.scale == pytest.approx(fitted.scale * 2)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.transform.scale == pytest.approx(fitted.scale * 2**0.5)
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.transform == fitted
    qtbot.keyClick(view, Qt.Key.Key_R)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.transform == fitted


def test_rotation_shows_a_badge_that_resets(show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot) -> None:
    view = show(make_slide())
    assert not view.rotation_badge.isVisible()
    qtbot.keyClick(view, Qt.Key.Key_R)
    assert view.transform.rotation_deg == 15
    qtbot.keyClick(view, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert view.transform.rotation_deg == 105
    assert view.rotation_badge.isVisible()
    assert "105" in view.rotation_badge.text()
    qtbot.mouseClick(view.rotation_badge, Qt.MouseButton.LeftButton)
    assert view.transform.rotation_deg == 0
    assert not view.rotation_badge.isVisible()
    qtbot.keyClick(view, Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    assert view.transform.rotation_deg == 345
    assert "15" in view.rotation_badge.text()
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.transform.rotation_deg == 0


def test_ctrl_drag_turns_the_slide(show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot) -> None:
    view = show(make_slide())
    middle = view.rect().center()
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, control, pos=middle + QPoint(100, 0))
    qtbot.mouseMove(view, middle + QPoint(0, 100))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, control, pos=middle + QPoint(0, 100))
    assert view.transform.rotation_deg == pytest.approx(90, abs=0.5)


def test_the_pointer_is_told_in_slide_pixels(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot
) -> None:
    view = show(make_slide())
    view.set_magnification(40)
    heard: list[PointPx | None] = []
    view.pointerMoved.connect(heard.append)
    qtbot.mouseMove(view, QPoint(120, 90))
    QApplication.processEvents()
    assert heard[-1] == slide_point(view, QPointF(120, 90))
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert heard[-1] is None


def test_a_view_at_rest_tells_what_it_sees(show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot) -> None:
    view = show(make_slide())
    with qtbot.waitSignal(view.restedAt, timeout=PATIENCE_MS) as rested:
        view.center_on(PointPx(10, 10), 40)
    seen = rested.args[0]
    assert (seen.x, seen.y) == (0, 0)
    assert (seen.right, seen.bottom) == (pytest.approx(330, abs=1), pytest.approx(250, abs=1))


def test_holding_a_key_hides_all_layers(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot, pixels: Pixels
) -> None:
    view = show(make_slide())
    bare = pixels(view)
    view.add_layer(RedLayer())
    assert (pixels(view) == (255, 0, 0)).all()
    qtbot.keyPress(view, Qt.Key.Key_H)
    assert view.hide_layers_held
    assert np.array_equal(pixels(view), bare)
    qtbot.keyRelease(view, Qt.Key.Key_H)
    assert (pixels(view) == (255, 0, 0)).all()
    # Held keys repeat: with releases in between, which mean nothing.
    qtbot.keyPress(view, Qt.Key.Key_H)
    repeat = QKeyEvent(QEvent.Type.KeyRelease, Qt.Key.Key_H, Qt.KeyboardModifier.NoModifier, "h", True)
    QApplication.sendEvent(view, repeat)
    assert view.hide_layers_held
    qtbot.keyRelease(view, Qt.Key.Key_H)
    assert not view.hide_layers_held
    # The key is let go while another window has the keyboard.
    qtbot.keyPress(view, Qt.Key.Key_H)
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusOut))
    assert (pixels(view) == (255, 0, 0)).all()


def test_layers_follow_a_pan_and_their_switch(
    show: Callable[..., SlideView], make_slide: Callable, pixels: Pixels
) -> None:
    view = show(make_slide())
    layer = RedLayer()
    view.add_layer(layer)
    view.set_magnification(40)
    view.pan_device(37, -12)
    assert (pixels(view) == (255, 0, 0)).all()
    layer.visible = False
    view.update_layers()
    assert not (pixels(view) == (255, 0, 0)).all(axis=-1).any()
    # Soon after the last one: drawn a little later, but never missing in a picture that is asked for.
    layer.visible = True
    view.update_layers()
    assert (pixels(view) == (255, 0, 0)).all()
    view.remove_layer(layer)
    view.update_layers()
    assert not (pixels(view) == (255, 0, 0)).all(axis=-1).any()


def test_resizing_keeps_a_fitted_slide_fitted_and_another_view_centred(
    show: Callable[..., SlideView], make_slide: Callable
) -> None:
    view = show(make_slide())
    view.resize(900, 700)
    QApplication.processEvents()
    left, _, right, _ = view.transform.device_bounds(RectPx(0, 0, 1500, 1100))
    assert right - left > 860
    view.center_on(PointPx(600, 400), 40)
    view.resize(500, 400)
    QApplication.processEvents()
    assert view.transform.center == PointPx(pytest.approx(600, abs=0.51), pytest.approx(400, abs=0.51))


def test_the_minimap_moves_the_view(show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot) -> None:
    view = show(make_slide())
    view.set_magnification(80)
    minimap = view.minimap
    qtbot.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=QPoint(minimap.width() // 4, minimap.height() // 2))
    assert view.transform.center.x == pytest.approx(375, abs=30)
    assert view.transform.center.y == pytest.approx(550, abs=30)


def test_instruments_have_names_for_screen_readers(view: SlideView) -> None:
    for widget in (view, view.minimap, view.scale_bar, view.legend, view.rotation_badge):
        assert widget.accessibleName()

"""Legend and minimap: shown when there is something to show, wanted, and no key hides them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.geometry import RectPx, ViewTransform
from app.ui.canvas.layer import LegendSection, Swatch
from app.ui.canvas.slide_view import SlideView


class Explained:
    visible = True

    def paint(self, painter: QPainter, transform: ViewTransform, visible: RectPx) -> None: ...

    def legend(self) -> list[LegendSection]:
        return [LegendSection("Classes", (Swatch(QColor(1, 114, 178), "Benign"),))]


def seen(view: SlideView) -> tuple[bool, bool]:
    """(legend, minimap)"""
    return view.legend.isVisible(), view.minimap.isVisible()


def test_legend_and_minimap_can_be_put_away(show: Callable[..., SlideView], make_slide: Callable) -> None:
    view = show(make_slide())
    view.add_layer(Explained())
    assert seen(view) == (True, True)
    view.legend_shown = False
    assert seen(view) == (False, True)
    view.minimap_shown = False
    assert seen(view) == (False, False)
    # Another slide does not bring them back, nor does holding H.
    view.set_slide(make_slide())
    view.hide_layers_held = True
    view.hide_layers_held = False
    assert seen(view) == (False, False)
    view.legend_shown = view.minimap_shown = True
    assert seen(view) == (True, True)
    view.set_slide(None)
    assert seen(view) == (False, False)


def test_while_h_is_held_nothing_but_the_slide_is_there(
    show: Callable[..., SlideView], make_slide: Callable, qtbot: QtBot
) -> None:
    view = show(make_slide())
    view.add_layer(Explained())
    QTest.keyPress(view, Qt.Key.Key_H)
    assert seen(view) == (False, False)
    QTest.keyRelease(view, Qt.Key.Key_H)
    assert seen(view) == (True, True)

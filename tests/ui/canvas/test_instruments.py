"""Scale bar, legend, minimap, badge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from app.geometry import PointPx
from app.ui.canvas.layer import LegendSection, Ramp, Swatch
from app.ui.canvas.legend import Legend
from app.ui.canvas.rotation_badge import RotationBadge
from app.ui.canvas.scale_bar import LONGEST_PX, ScaleBar, length_text, nice_length_um
from app.ui.canvas.slide_view import SlideView


@given(st.floats(0.01, 1e5))
def test_nice_lengths_are_one_two_or_five_and_as_long_as_fits(longest: float) -> None:
    length = nice_length_um(longest)
    assert longest / 2.5 - 1e-9 <= length <= longest * (1 + 1e-6)
    digits = f"{length:.0e}"[0]
    assert digits in "125"


@pytest.mark.parametrize(
    ("length", "text"), [(0.5, "0.5 µm"), (20, "20 µm"), (500, "500 µm"), (1000, "1 mm"), (5000, "5 mm")]
)
def test_lengths_are_told_in_short_units(length: float, text: str) -> None:
    assert length_text(length) == text


def test_the_bar_is_as_long_as_it_says(qtbot: QtBot) -> None:
    bar = ScaleBar()
    qtbot.addWidget(bar)
    for um_per_px in (0.0156, 0.25, 0.31, 1.0, 7.7, 80.0):
        bar.show_scale(um_per_px)
        assert bar.length_um is not None
        assert bar.bar_px * um_per_px == pytest.approx(bar.length_um)
        assert LONGEST_PX / 2.6 < bar.bar_px <= LONGEST_PX * 1.001
        image = bar.grab().toImage()
        ink = bar.palette().color(QPalette.ColorRole.WindowText)
        widest = max(sum(image.pixelColor(x, y) == ink for x in range(image.width())) for y in range(image.height()))
        assert widest == pytest.approx(bar.bar_px * image.devicePixelRatio(), abs=2)
    bar.show_scale(None)
    assert bar.length_um is None
    assert "unknown" in bar.text
    assert "unknown" in bar.accessibleDescription()


def test_the_bar_follows_zoom_and_is_right_on_screen(show: Callable[..., SlideView], make_slide: Callable) -> None:
    view = show(make_slide(mpp=0.5))
    for magnification in (10, 20, 40):
        view.set_magnification(magnification)
        a = view.transform.to_device(PointPx(0, 0))[0]
        assert view.scale_bar.length_um is not None
        b = view.transform.to_device(PointPx(view.scale_bar.length_um / 0.5, 0))[0]
        assert view.scale_bar.bar_px * view.devicePixelRatioF() == pytest.approx(b - a)


def test_the_legend_explains_by_colour_and_by_words(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    assert legend.isHidden()
    ramp = Ramp((QColor(255, 255, 255), QColor(200, 0, 0)), ((0.0, "0"), (1.0, "1")))
    legend.show_sections(
        [
            LegendSection(
                "Classes", (Swatch(QColor(1, 114, 178), "Benign"), Swatch(QColor(50, 50, 50), "Blur", "stripes"))
            ),
            LegendSection("Attention", ramp=ramp, note="log scale"),
        ]
    )
    assert not legend.isHidden()
    for word in ("Classes", "Benign", "Blur", "Attention", "log scale"):
        assert word in legend.accessibleDescription()
    image = legend.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert "#0172b2" in colors
    tall = legend.height()
    legend.show_sections([LegendSection("Classes")])
    assert legend.height() < tall
    legend.show_sections([])
    assert legend.isHidden()


def test_the_legend_is_readable_in_a_dark_theme(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    palette = QPalette(QColor(40, 40, 40))
    palette.setColor(QPalette.ColorRole.WindowText, QColor(240, 240, 240))
    legend.setPalette(palette)
    legend.show_sections([LegendSection("Most likely class")])
    image = legend.grab().toImage()
    lightness = [image.pixelColor(x, y).lightness() for x in range(4, image.width() - 4) for y in range(4, 20)]
    assert max(lightness) - min(lightness) > 120
    assert sorted(lightness)[len(lightness) // 2] < 100


def test_the_minimap_outlines_the_view_where_it_is(show: Callable[..., SlideView], make_slide: Callable) -> None:
    view = show(make_slide())
    minimap = view.minimap
    view.center_on(PointPx(375, 825), 80)
    outline = minimap.view_polygon()
    middle = outline.boundingRect().center()
    assert middle.x() == pytest.approx(minimap.width() * 0.25, abs=3)
    assert middle.y() == pytest.approx(minimap.height() * 0.75, abs=3)
    # 640 x 480 device pixels at 80x of a 0.25 um/px slide are 320 x 240 of 1500 x 1100.
    size = outline.boundingRect().size()
    assert size.width() == pytest.approx(190 * 320 / 1500, abs=1)
    view.rotate_by(45)
    turned = minimap.view_polygon()
    assert turned.boundingRect().width() == pytest.approx((320 + 240) / 2**0.5 * 190 / 1500, abs=1)
    # Turning the slide clockwise turns the view on it anticlockwise: its top left corner goes left and down.
    corner = turned[0] - QPointF(turned.boundingRect().center())
    assert corner.x() == pytest.approx(-(320 + 240) / 2 / 2**0.5 * 190 / 1500, abs=1)
    assert corner.y() == pytest.approx((320 - 240) / 2 / 2**0.5 * 190 / 1500, abs=1)


def test_the_minimap_shows_the_slide(show: Callable[..., SlideView], make_slide: Callable) -> None:
    image = np.full((1100, 1500, 3), 255, np.uint8)
    image[:550, :750] = (200, 30, 30)
    view = show(make_slide(image))
    view.center_on(PointPx(1400, 1000), 80)
    picture = view.minimap.grab().toImage()
    width, height = picture.width(), picture.height()
    assert picture.pixelColor(width // 4, height // 4).getRgb()[:3] == (200, 30, 30)
    assert picture.pixelColor(width * 5 // 8, height // 4).getRgb()[:3] == (255, 255, 255)


def test_the_badge_tells_the_angle_the_short_way(qtbot: QtBot) -> None:
    badge = RotationBadge()
    qtbot.addWidget(badge)
    badge.show_rotation(330.0)
    assert "\N{MINUS SIGN}30\N{DEGREE SIGN}" in badge.text()
    badge.show_rotation(37.5)
    assert "37.5\N{DEGREE SIGN}" in badge.text()
    assert badge.focusPolicy() == Qt.FocusPolicy.NoFocus

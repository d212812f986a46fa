"""All marks of a slide, in the colours of their classes: outlines near, dots where they are too small to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.geometry import RectPx, ViewTransform
from app.records.mark_index import MarkIndex, Quad, Specks
from app.records.marks import Mark
from app.records.shapes import MarkKind, Ring
from app.ui.canvas.layer import clip_box, premultiplied_image
from app.ui.canvas.outline_path import Line, lines_of, outline_paths, to_device
from app.ui.canvas.pixel_box import PixelBox

NO_CLASS_COLOR = "#f2c400"
SMALLEST_OUTLINE_PX = 9.0
"""Marks that are smaller on the screen (logical pixels) are dots."""

_DOT_RADII_PX = ((0.012, 0.6), (0.04, 1.5), (0.2, 2.5), (float("inf"), 4.5))
"""Up to which scale (device px per level-0 px) a dot has which radius (logical px)."""

FAINT = 0.3
"""Opacity of marks that were drawn on another focal plane than the one on screen."""

_THIN_BELOW_SCALE = 0.06
_THICK = ((-0.4, -0.4), (0.4, 0.4), (-0.4, 0.4), (0.4, -0.4))
_RIM = np.uint32(0xC0000000)

Pixels = npt.NDArray[np.uint32]


class MarksLayer:
    """Draws what an index holds. One pixel wide cosmetic lines are the only ones that Qt draws fast by the
    thousand (3 us each, against 40 us for wider ones), so a wide line is drawn as several of them."""

    def __init__(self) -> None:
        self.visible = True
        self.index = MarkIndex()
        self._colors: Mapping[str, str] = {}
        self._words: dict[tuple[str | None, bool], int] = {}
        """Colours as they go into a picture, by class and whether they are near."""
        self._left_out: frozenset[str] = frozenset()
        self.plane: int | None = None
        """The focal plane on screen: marks of others are drawn faintly. None: there is one only, or all are fused."""

    @property
    def has_content(self) -> bool:
        """Whether there is any mark on the slide. It also says that this layer is kept (``KeptLayer``)."""
        return len(self.index) > 0

    def set_colors(self, colors: Mapping[str, str]) -> None:
        """Class key to ``#rrggbb``; other marks get ``NO_CLASS_COLOR``."""
        self._colors = dict(colors)
        self._words.clear()

    def leave_out(self, uuids: Iterable[str]) -> None:
        """Marks that are drawn elsewhere while they are edited."""
        self._left_out = frozenset(uuids)

    @property
    def left_out(self) -> frozenset[str]:
        return self._left_out

    def color_of(self, class_key: str | None) -> QColor:
        return QColor(self._colors.get(class_key or "", NO_CLASS_COLOR))

    def paint(self, painter: QPainter, transform: ViewTransform, visible: RectPx) -> None:
        ratio = painter.device().devicePixelRatioF()
        radius = _dot_radius(transform.scale, ratio)
        around = _area(clip_box(painter), transform, radius + 3 * ratio)
        smallest = SMALLEST_OUTLINE_PX * ratio / transform.scale
        large, specks = self.index.split(around, smallest, self._left_out, self.plane)
        points = [mark for mark in large if mark.shape.kind is MarkKind.POINTS]
        painter.save()
        self._paint_outlines(painter, transform, ratio, large)
        self._paint_dots(painter, transform, radius, specks, points)
        painter.restore()

    def _paint_outlines(self, painter: QPainter, transform: ViewTransform, ratio: float, marks: list[Mark]) -> None:
        by_look: dict[tuple[bool, str | None], list[Line]] = {}
        for mark in marks:
            if mark.shape.kind is not MarkKind.POINTS:
                look = self._is_near(mark), mark.class_key
                by_look.setdefault(look, []).extend(lines_of(mark.shape, transform.scale))
        if not by_look:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # In the same order wherever they are painted: which class lies on top must not change from block to block.
        order = {class_key: n for n, class_key in enumerate(self.index.class_keys)}
        looks = sorted(by_look, key=lambda look: (look[0], order.get(look[1], -1)))
        paths = outline_paths([by_look[look] for look in looks], transform)
        for (is_near, class_key), path in zip(looks, paths, strict=True):
            color = self.color_of(class_key)
            color.setAlphaF(1.0 if is_near else FAINT)
            pen = QPen(color, 1.0)
            pen.setCosmetic(True)
            painter.setPen(pen)
            # Faint ones laid over each other would not stay faint.
            is_thin = transform.scale < _THIN_BELOW_SCALE * ratio or not is_near
            for dx, dy in ((0.0, 0.0),) if is_thin else _THICK:
                painter.translate(dx * ratio, dy * ratio)
                painter.drawPath(path)
                painter.translate(-dx * ratio, -dy * ratio)

    def _paint_dots(
        self, painter: QPainter, transform: ViewTransform, radius: float, specks: Specks, points: list[Mark]
    ) -> None:
        box = clip_box(painter)
        if box.is_empty or not (points or len(specks[1])):
            return
        middles, colors, near = self._dots(specks, points)
        if not near.all():
            # What lies on the plane on screen comes on top.
            order = np.argsort(near, kind="stable")
            middles, colors = middles[order], colors[order]
        pixels = np.zeros((box.height, box.width), np.uint32)
        places = np.floor(to_device(middles, transform) + 0.5).astype(np.int64) - (box.left, box.top)
        _stamp(pixels, places, colors, radius)
        painter.drawImage(
            QPointF(box.left, box.top), premultiplied_image(pixels.view(np.uint8).reshape(*pixels.shape, 4))
        )

    def _dots(self, specks: Specks, points: list[Mark]) -> tuple[Ring, Pixels, npt.NDArray[np.bool_]]:
        """Middles in level-0 pixels, colours, and which lie on the plane on screen."""
        middles, codes, near = specks
        palette = np.array(
            [(self._word(key, False), self._word(key, True)) for key in self.index.class_keys], np.uint32
        )
        colors = palette[codes, near.astype(np.intp)]
        if not points:
            return middles, colors, near
        own = [mark.shape.parts[0][0] for mark in points]
        counts, is_near = [len(part) for part in own], [self._is_near(mark) for mark in points]
        words = [self._word(mark.class_key, on) for mark, on in zip(points, is_near, strict=True)]
        return (
            np.concatenate((middles, *own)),
            np.concatenate((colors, np.repeat(np.array(words, np.uint32), counts))),
            np.concatenate((near, np.repeat(is_near, counts))),
        )

    def _is_near(self, mark: Mark) -> bool:
        return self.plane is None or mark.plane == self.plane

    def _word(self, class_key: str | None, is_near: bool) -> int:
        """Premultiplied, as it goes into the picture."""
        word = self._words.get((class_key, is_near))
        if word is None:
            word = self._words[class_key, is_near] = self._rgb(class_key, is_near)
        return word

    def _rgb(self, class_key: str | None, is_near: bool) -> int:
        color, strength = self.color_of(class_key), 1.0 if is_near else FAINT
        red, green, blue, alpha = (round(value * strength) for value in (color.red(), color.green(), color.blue(), 255))
        return alpha << 24 | red << 16 | green << 8 | blue


def _area(box: PixelBox, transform: ViewTransform, reach: float) -> RectPx | Quad:
    """The part of the slide under a box of device pixels, and so many pixels around it; turned in a turned view,
    where the upright box around a thin strip would hold half the view."""
    left, top, right, bottom = box.left - reach, box.top - reach, box.right + reach, box.bottom + reach
    if transform.quarter_turns is not None:
        return transform.slide_bounds(left, top, right, bottom)
    corners = [transform.to_slide(x, y) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]
    return [(corner.x, corner.y) for corner in corners]


def _dot_radius(scale: float, ratio: float) -> float:
    """In device pixels. It hangs on the scale alone, so that a scrolled picture stays true."""
    return next(radius for limit, radius in _DOT_RADII_PX if scale / ratio < limit) * ratio


def _stamp(pixels: Pixels, places: npt.NDArray[np.int64], colors: Pixels, radius: float) -> None:
    """Discs with a dark rim, all at once; later ones lie on top."""
    height, width = pixels.shape
    reach = int(np.ceil(radius))
    x, y = places.T
    near = (x >= -reach) & (x < width + reach) & (y >= -reach) & (y < height + reach)
    x, y, colors = x[near], y[near], colors[near]
    room = 2 * reach
    ground = np.zeros((height + 2 * room, width + 2 * room), np.uint32)
    middles = (y + room) * ground.shape[1] + x + room
    rim, disc = _disc(radius)
    # Rims first, so that no disc is cut by its neighbour's rim.
    for offsets, value in ((rim, _RIM), (disc, colors[:, None])):
        ground.reshape(-1)[middles[:, None] + (offsets[:, 1] * ground.shape[1] + offsets[:, 0])] = value
    pixels[...] = ground[room : room + height, room : room + width]


@lru_cache(maxsize=16)
def _disc(radius: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Offsets x, y (N, 2) of the pixels of a disc's rim, which small ones have none of, and of the disc."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    away = np.hypot(x, y)
    has_rim = radius >= 3.0
    rim = has_rim & (radius - 1.0 < away) & (away <= radius + 0.35)
    disc = away <= (radius - 1.0 if has_rim else radius)
    return np.column_stack((x[rim], y[rim])), np.column_stack((x[disc], y[disc]))

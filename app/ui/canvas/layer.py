"""What lies above the tiles: the layer protocol, and what a layer tells the legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtGui import QColor, QImage, QPainter

from app.geometry import RectPx, ViewTransform
from app.ui.canvas.pixel_box import PixelBox

if TYPE_CHECKING:
    from app.ui.canvas.tile_image import Bgra


class Layer(Protocol):
    """Something drawn above the slide's tiles.

    ``paint`` gets a painter whose units are device pixels, with the origin at the viewport's top left and
    a clip (see ``clip_box``); ``painter.device().devicePixelRatioF()`` gives line widths and fonts their
    size. ``visible`` is the level-0 rectangle to be painted, often a part of the viewport. What is painted
    at a slide point must not depend on ``visible``: on a pan the picture is scrolled and only the
    uncovered strip painted.
    """

    visible: bool

    def paint(self, painter: QPainter, transform: ViewTransform, visible: RectPx) -> None: ...


def clip_box(painter: QPainter) -> PixelBox:
    """The device pixels that a layer is asked to paint."""
    clip = painter.clipBoundingRect()
    return PixelBox.around(clip.left(), clip.top(), clip.left() + clip.width(), clip.top() + clip.height())


def premultiplied_image(pixels: Bgra) -> QImage:
    """A view of premultiplied pixels for a painter; valid as long as they are."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)


@dataclass(frozen=True)
class Swatch:
    """A colour and what it means; ``hatch`` names a pattern of ``hatch.PATTERNS`` or is None."""

    color: QColor
    text: str
    hatch: str | None = None


@dataclass(frozen=True)
class Ramp:
    """Colours from left to right, and texts at positions between 0 and 1."""

    colors: tuple[QColor, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class LegendSection:
    """One layer's part of the legend."""

    title: str
    swatches: tuple[Swatch, ...] = ()
    ramp: Ramp | None = None
    note: str = ""


@runtime_checkable
class ExplainedLayer(Protocol):
    """A layer that has something to say in the legend."""

    def legend(self) -> Sequence[LegendSection]: ...


@runtime_checkable
class EdgedLayer(Protocol):
    """A layer that, when ``stays_on_slide``, is cut off at the slide's edge, beyond which its last cells reach."""

    stays_on_slide: bool


@runtime_checkable
class PassingLayer(Protocol):
    """A layer that, though visible, draws nothing in some views; then the legend does not list it."""

    def is_drawn(self, transform: ViewTransform, visible: RectPx, ratio: float) -> bool: ...


@runtime_checkable
class MinimapLayer(Protocol):
    """A layer that the minimap shows (``on_minimap``) even while it is not shown on the slide."""

    on_minimap: bool


@runtime_checkable
class KeptLayer(Protocol):
    """A layer that may take longer than a frame to paint: it gets a picture of its own, above the other layers, that
    is painted in slices (``KeptLayers``). ``has_content`` is False when there is nothing to paint anywhere."""

    @property
    def has_content(self) -> bool: ...

"""The slide on screen."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.geometry import PointPx, RectPx, SizePx, ViewTransform
from app.slides.slide import ALL_IN_FOCUS, Slide
from app.ui.canvas.empty_state import paint_empty_state
from app.ui.canvas.frame import Frame
from app.ui.canvas.frame_blit import FrameBlit
from app.ui.canvas.instruments import Instruments, on_minimap
from app.ui.canvas.layer import KeptLayer, Layer
from app.ui.canvas.look import Look
from app.ui.canvas.navigator import Navigator
from app.ui.canvas.stale_parts import StaleParts
from app.ui.canvas.surround import outside_color
from app.ui.canvas.tile_scene import TileScene
from app.ui.canvas.view_input import ViewInput

REST_MS = 300
LAYERS_MS = 100
"""Layers are drawn anew at most this often while scores stream in."""

NO_SLIDE = SizePx(1, 1)


class SlideView(QWidget):
    """Shows one slide, layers above it, and the instruments in its corners.

    Signals: ``transformChanged``; ``pointerMoved`` with the slide point under the pointer (PointPx) or
    None; ``restedAt`` with the visible part of the slide (RectPx) once the view has stood still;
    ``hint`` with a short text on why something was not done; ``slideFailed`` with a sentence;
    ``sharpened`` when every tile on screen is there and painted; ``planeChanged`` when another focal plane is shown.

    The slide is read on loader threads only. Whoever closes a slide first calls ``set_slide(None)``.
    """

    transformChanged = Signal()
    pointerMoved = Signal(object)
    restedAt = Signal(object)
    hint = Signal(str)
    slideFailed = Signal(str)
    sharpened = Signal()
    planeChanged = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slide: Slide | None = None
        self._look: Look | None = None
        self._scene: TileScene | None = None
        self._frame: Frame | None = None
        self._navigator = Navigator(NO_SLIDE, None, (1.0, 1.0))
        self._layers: list[Layer] = []
        self._layers_hidden = False
        self._legend_shown = self._minimap_shown = True
        self._pointer: QPointF | None = None
        self._input = ViewInput(self)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._emit_rest)
        self._layer_timer = QTimer(self, singleShot=True, interval=LAYERS_MS)
        self._layer_timer.timeout.connect(self._flush_layers)
        self._stale = StaleParts()
        self._blit = FrameBlit(self)
        self._sharpens = False
        """All tiles have come; to be told as soon as they are painted."""
        self.instruments = Instruments(self)
        self.minimap, self.scale_bar = self.instruments.minimap, self.instruments.scale_bar
        self.legend, self.rotation_badge = self.instruments.legend, self.instruments.rotation_badge
        self.minimap.moved_to.connect(self.center_on)
        self.rotation_badge.clicked.connect(self.reset_rotation)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Slide view"))
        self.setMinimumSize(200, 150)

    def set_slide(self, slide: Slide | None, plane: int | None = None) -> None:
        """Show a slide, fitted, or the empty state. Returns at once; pixels follow.

        ``plane`` is the focal plane to show, also in the minimap; None takes the middle one, as scoring does.
        Raises ``ValueError`` for a plane that the slide does not have.
        """
        if slide is not None and plane is not None and not slide.info.shows_plane(plane):
            raise ValueError(f"plane {plane} of a slide with {slide.info.focal_planes.count}")
        if self._scene is not None:
            self._scene.close()
            self._scene.deleteLater()
        self._slide, self._scene, self._frame = slide, None, None
        if slide is not None:
            shown = slide.info.focal_planes.middle if plane is None else plane
            self._navigator = Navigator(slide.info.size, slide.info.mpp, self._viewport())
            self._scene = TileScene(slide, shown, outside_color(self.palette()), self)
            self._scene.set_look(self._look)
            self._scene.plane_shown.connect(self._plane_changed)
            self._scene.changed.connect(self._touch_tiles)
            self._scene.overview_changed.connect(lambda: self.minimap.refresh(self._minimap_layers(), now=True))
            self._scene.sharpened.connect(self._scene_sharpened)
            self._scene.unreadable.connect(self._report_unreadable)
            self._frame = Frame(self._scene.mosaic)
        self.minimap.show_slide(self._scene.mosaic if self._scene else None, self._navigator.bounds)
        self.scale_bar.setVisible(slide is not None)
        self._update_legend()
        self._moved()

    @property
    def has_slide(self) -> bool:
        return self._slide is not None

    @property
    def plane(self) -> int:
        """The focal plane on screen, counted from 0; ``ALL_IN_FOCUS`` for the picture fused from all of them."""
        return 0 if self._scene is None else self._scene.plane

    @property
    def wanted_plane(self) -> int:
        """The focal plane that was asked for last; on screen as soon as its tiles are there."""
        return 0 if self._scene is None else self._scene.wanted_plane

    def show_plane(self, plane: int) -> None:
        """Show another focal plane. ``planeChanged`` says when it is on screen; a plane that the slide does not
        have is ignored."""
        if self._slide is not None and self._scene is not None and self._slide.info.shows_plane(plane):
            self._scene.show_plane(plane)

    def step_plane(self, steps: int) -> None:
        """Go up or down in the focal stack, to its last plane at most; from the fused picture to the middle plane."""
        if self._slide is not None and self._scene is not None:
            planes, now = self._slide.info.focal_planes, self._scene.wanted_plane
            target = planes.middle if now == ALL_IN_FOCUS else now + steps
            self.show_plane(min(max(target, 0), planes.count - 1))

    @property
    def has_look(self) -> bool:
        """Whether the colours on screen are not the file's own."""
        return self._look is not None

    def set_look(self, look: Look | None) -> None:
        """Colours of the display, for this slide and those that follow; None: as the file has them."""
        self._look = look
        if self._scene is not None:
            self._scene.set_look(look)

    @property
    def transform(self) -> ViewTransform:
        """From level-0 pixels to device pixels of this widget, exactly as painted."""
        return self._navigator.transform

    @property
    def magnification(self) -> float | None:
        """20.0 means 20x; None when the slide's scale is not known."""
        return self._navigator.magnification if self.has_slide else None

    @property
    def is_sharp(self) -> bool:
        """True when every tile in view is there and, where the view is on screen, painted: nothing stands in for it."""
        if self._scene is None or self._frame is None or not self._scene.is_sharp:
            return False
        return not self.isVisible() or self._frame.shows_tiles(self.transform)

    @property
    def is_painted(self) -> bool:
        """True when the picture on screen is sharp and all its layers are up to date."""
        return self.is_sharp and self._frame is not None and (not self.isVisible() or self._frame.is_complete)

    @property
    def scene(self) -> TileScene | None:
        """The tiles of the slide shown."""
        return self._scene

    def set_mpp(self, mpp: float | None) -> None:
        """A scale that the user calibrated, in um/px, in place of the file's."""
        self._navigator.mpp = mpp
        self._moved()

    def fit(self) -> None:
        """Show the whole slide."""
        self._navigator.fit()
        self._moved()

    def set_magnification(self, magnification: float) -> None:
        """Show at e.g. 20 (x), around the middle of the view. When the slide's scale is unknown: a hint."""
        if self._navigator.mpp is None:
            text = self.tr("The slide's scale is not known, so there is no {value}x. Calibrate the scale first.")
            self.hint.emit(text.format(value=f"{magnification:g}"))
            return
        self._navigator.set_magnification(magnification)
        self._moved()

    def zoom_by(self, factor: float, anchor: QPointF | None = None) -> None:
        """Larger by this factor; the slide stays under the anchor (logical position in this widget)."""
        self._navigator.zoom_by(factor, None if anchor is None else self._to_device(anchor))
        self._moved()

    def pan_device(self, dx: int, dy: int) -> None:
        """Move the slide on the screen by whole device pixels."""
        self._navigator.pan(dx, dy)
        self._moved()

    def rotate_by(self, degrees: float) -> None:
        """Turn the slide clockwise."""
        self._navigator.rotate_by(degrees)
        self._moved()

    def rotate_to(self, degrees: float) -> None:
        self._navigator.rotate_to(degrees)
        self._moved()

    def reset_rotation(self) -> None:
        """Upright again."""
        self.rotate_to(0.0)

    def center_on(self, point: PointPx, magnification: float | None = None) -> None:
        """Bring a slide point to the middle, at a magnification if given and the scale is known."""
        self._navigator.center_on(point, magnification)
        self._moved()

    def visible_part(self) -> RectPx:
        """The part of the slide that is in view, in level-0 pixels."""
        return self.transform.visible_rect().intersection(self._navigator.bounds)

    def drawn_part(self) -> RectPx:
        """The part that is in view together with that of the picture on screen, which may be behind the view: a view
        that comes back before the next repaint shows what was drawn."""
        drawn = self.transform.visible_rect()
        if self._frame is not None and self._frame.transform is not None:
            drawn = drawn.union(self._frame.transform.visible_rect())
        return drawn

    def add_layer(self, layer: Layer) -> None:
        """Draw a layer above those that are there."""
        self._layers.append(layer)
        self._layers_changed_now()

    def remove_layer(self, layer: Layer) -> None:
        self._layers.remove(layer)
        self._layers_changed_now()

    def update_layers(self, rect: RectPx | None = None, *, of: Layer | None = None) -> None:
        """Layers (all, or just ``of``) have changed, within a level-0 rectangle or anywhere. Drawn now, or with those
        that follow within a tenth of a second."""
        kept = of is None or isinstance(of, KeptLayer)
        self._stale.add(self.drawn_part() if rect is None else rect, kept=kept)
        if rect is None and kept and self._frame is not None:
            self._frame.kept.touch()
        if not self._layer_timer.isActive():
            self._flush_layers()
            self._layer_timer.start()

    @property
    def legend_shown(self) -> bool:
        """Whether the user wants the legend; it is then there whenever a layer has something to explain."""
        return self._legend_shown

    @legend_shown.setter
    def legend_shown(self, shown: bool) -> None:
        self._legend_shown = shown
        self._show_wanted_instruments()

    @property
    def minimap_shown(self) -> bool:
        """Whether the user wants the minimap; it is then there whenever there is a slide."""
        return self._minimap_shown

    @minimap_shown.setter
    def minimap_shown(self, shown: bool) -> None:
        self._minimap_shown = shown
        self._show_wanted_instruments()

    @property
    def hide_layers_held(self) -> bool:
        """True while a key hides all layers, the legend and the minimap: nothing but the slide."""
        return self._layers_hidden

    @hide_layers_held.setter
    def hide_layers_held(self, held: bool) -> None:
        if held != self._layers_hidden:
            self._layers_hidden = held
            self._show_wanted_instruments()
            self._layers_changed_now()

    def grab_image(self, *, layers: bool = True) -> QImage:
        """The slide as shown, with its layers or without, never with the instruments: (device pixels), a copy."""
        frame = self._frame
        if frame is None:
            return QImage()
        self._flush_layers()
        self._update_frame(frame, whole=layers or not frame.shows_tiles(self.transform))
        return (frame.image() if layers else frame.tiles_image()).copy()

    def set_pointer(self, position: QPointF | None) -> None:
        """Where the pointer is, in logical pixels of this widget; None: not here."""
        self._pointer = position
        self._emit_pointer()

    def event(self, event: QEvent) -> bool:
        if self._input.handle(event):
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._resized()
        elif event.type() == QEvent.Type.PaletteChange and self._scene is not None and self._frame is not None:
            self._scene.mosaic.outside = outside_color(self.palette())
            self._frame.touch_tiles()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._resized()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if self._frame is None:
                paint_empty_state(painter, self)
                return
            self._update_frame(self._frame)
            self._blit.paint(painter, self._frame, event.region())
        if self._sharpens:
            QTimer.singleShot(0, self, self._tell_sharp)

    def _update_frame(self, frame: Frame, *, whole: bool = False) -> None:
        transform = self.transform
        width, height = map(int, transform.viewport_device)
        frame.resize(width, height, self.devicePixelRatioF())
        self._blit.note(frame.update(transform, self._shown_layers(), whole=whole))

    def _shown_layers(self) -> list[Layer]:
        return [] if self._layers_hidden else [layer for layer in self._layers if layer.visible]

    def _minimap_layers(self) -> list[Layer]:
        return [] if self._layers_hidden else on_minimap(self._layers)

    def _moved(self) -> None:
        transform = self.transform
        if self._scene is not None:
            self._scene.look_at(transform)
            self._rest.start()
            mpp = self._navigator.mpp
            self.scale_bar.show_scale(None if mpp is None else mpp * self.devicePixelRatioF() / transform.scale)
            self.minimap.show_view(transform)
        self.rotation_badge.show_rotation(transform.rotation_deg if self.has_slide else 0.0)
        self.instruments.place()
        self.update()
        self.transformChanged.emit()
        self._emit_pointer()

    def _resized(self) -> None:
        self._navigator.resize(self._viewport())
        self._moved()

    def _viewport(self) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return float(max(1, math.ceil(self.width() * ratio))), float(max(1, math.ceil(self.height() * ratio)))

    def _show_wanted_instruments(self) -> None:
        shown = not self._layers_hidden
        self.instruments.allow(legend=self._legend_shown and shown, minimap=self._minimap_shown and shown)

    def _update_legend(self) -> None:
        layers = self._shown_layers() if self.has_slide else []
        self.instruments.explain(layers, self.transform, self.visible_part(), self.devicePixelRatioF())

    def _layers_changed_now(self) -> None:
        self._stale.add(self.drawn_part(), kept=False)
        self._flush_layers()

    def _flush_layers(self) -> None:
        stale, self._stale = self._stale, StaleParts()
        if stale.layers is None:
            return
        if stale.kept is not None or stale.layers.intersects(self.drawn_part()):
            if self._frame is not None:
                self._frame.touch_layers(self._frame.box_on(stale.layers, self.transform), kept=False)
                if stale.kept is not None:
                    self._frame.touch_layers(self._frame.box_on(stale.kept, self.transform))
            self._update_legend()
            self.instruments.place()
            self.update()
        self.minimap.refresh(self._minimap_layers(), kept=stale.kept is not None)

    def _touch_tiles(self, rect: RectPx) -> None:
        if self._frame is not None:
            self._frame.touch_tiles(self._frame.box_on(rect, self.transform))
            self.update()

    def _scene_sharpened(self) -> None:
        self._sharpens = True
        self._tell_sharp()

    def _tell_sharp(self) -> None:
        if self._sharpens and self.is_sharp:
            self._sharpens = False
            self.sharpened.emit()

    def _plane_changed(self, plane: int) -> None:
        self._rest.start()
        self.planeChanged.emit(plane)
        self.transformChanged.emit()

    def _emit_rest(self) -> None:
        if self.has_slide:
            self._update_legend()
            self.instruments.place()
            self.restedAt.emit(self.visible_part())

    def _emit_pointer(self) -> None:
        if self._pointer is None or not self.has_slide:
            self.pointerMoved.emit(None)
        else:
            self.pointerMoved.emit(self.transform.to_slide(*self._to_device(self._pointer)))

    def _report_unreadable(self) -> None:
        if self._slide is not None:
            text = self.tr("No part of {name} can be read: the file is damaged or no longer there.")
            self.slideFailed.emit(text.format(name=self._slide.info.path.name))

    def _to_device(self, position: QPointF) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

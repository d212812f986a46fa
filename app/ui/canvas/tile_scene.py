"""One slide on the canvas: its tiles, where they come from, and which are needed next."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.geometry import RectPx, ViewTransform
from app.slides.pyramid import TilePyramid
from app.slides.slide import Slide
from app.ui.canvas.display_pyramid import DisplayKey, DisplayPyramid, display_tile_px
from app.ui.canvas.tile_feed import Arrival, TileFeed
from app.ui.canvas.tile_mosaic import Color, TileMosaic
from app.ui.canvas.tile_plan import TilePlan, plan_tiles
from app.ui.canvas.tile_store import TileStore

PLAN_MS = 10
"""Requests follow the view at most this often."""


class TileScene(QObject):
    """One focal plane of one slide.

    Signals: ``changed(RectPx)`` new pixels for a level-0 rectangle; ``overview_changed()``;
    ``sharpened()`` every tile on screen is there (or known to be unreadable); ``unreadable()`` no tile
    of the overview could be read."""

    changed = Signal(object)
    overview_changed = Signal()
    sharpened = Signal()
    unreadable = Signal()

    def __init__(self, slide: Slide, plane: int, outside: Color, parent: QObject | None = None) -> None:
        super().__init__(parent)
        pyramid = DisplayPyramid(TilePyramid(slide.info.levels, display_tile_px(slide.info.tile_px)), plane)
        self.store = TileStore(pyramid.overview)
        self.mosaic = TileMosaic(pyramid, self.store, slide.info.background_rgb, outside)
        self.feed = TileFeed(slide, pyramid, self)
        self.feed.arrived.connect(self._take)
        self._pyramid = pyramid
        self._transform: ViewTransform | None = None
        self._plan: TilePlan | None = None
        self._is_sharp = False
        self._timer = QTimer(self, singleShot=True, interval=PLAN_MS)
        self._timer.timeout.connect(self._request)

    @property
    def is_sharp(self) -> bool:
        """True when nothing on screen stands in for something sharper."""
        return self._is_sharp and self.has_asked

    @property
    def has_asked(self) -> bool:
        """True when the requests have followed the view to where it stands."""
        return not self._timer.isActive()

    def look_at(self, transform: ViewTransform) -> None:
        """The view moved; requests follow shortly."""
        self._transform = transform
        if not self._timer.isActive():
            self._timer.start()

    def close(self) -> None:
        """No tile arrives after this."""
        self._timer.stop()
        self.feed.close()

    def _request(self) -> None:
        if self._transform is None:
            return
        self._plan = plan_tiles(self._pyramid, self._transform)
        self.store.keep_on_screen(self._plan.on_screen)
        self.feed.want(self._plan.missing(self._is_done))
        self._is_sharp = False
        self._note_sharpness()

    def _take(self, arrivals: list[Arrival]) -> None:
        overview = False
        before = self._missing_on_screen()
        for key, image in arrivals:
            if image is None:
                self.store.failed.add(self._pyramid.tile_key(key))
            else:
                self.store.put(key, image)
            overview |= key.display == self._pyramid.overview
            if self._shows(key, before):
                self.changed.emit(self._pyramid.tile_rect(key))
        if self._plan is not None:
            self.store.keep_on_screen(self._plan.on_screen)
        if overview:
            self.overview_changed.emit()
            self._check_readable()
        self._note_sharpness()

    def _shows(self, key: DisplayKey, missing: bool) -> bool:
        """Whether a tile that came in changes the picture: a sharp one does, a stand-in while any is needed."""
        transform = self._transform
        if transform is None or not self._pyramid.tile_rect(key).intersects(transform.visible_rect()):
            return False
        # The plan may be behind the view, the view's own level never.
        is_sharp = key.display == self._pyramid.for_scale(transform.scale)
        return is_sharp or missing or not self.has_asked

    def _missing_on_screen(self) -> bool:
        return self._plan is None or any(key not in self.store for key in self._plan.on_screen)

    def _note_sharpness(self) -> None:
        if self._plan is None or self._is_sharp:
            return
        if all(self._is_done(key) for key in self._plan.on_screen):
            self._is_sharp = True
            self.sharpened.emit()

    def _check_readable(self) -> None:
        size = self._pyramid.levels[self._pyramid.overview].size
        whole = RectPx(0.0, 0.0, float(size.width), float(size.height))
        pixel = self._pyramid.levels[self._pyramid.overview].downsample
        keys = self._pyramid.tiles_in(
            self._pyramid.overview, RectPx(0.0, 0.0, whole.width * pixel, whole.height * pixel)
        )
        if keys and all(self._pyramid.tile_key(key) in self.store.failed for key in keys):
            self.unreadable.emit()

    def _is_done(self, key: DisplayKey) -> bool:
        """The tile is there, or it will never be."""
        return key in self.store or self._pyramid.tile_key(key) in self.store.failed

"""One slide on the canvas: its tiles, where they come from, and which are needed next."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.geometry import ViewTransform
from app.slides.pyramid import TilePyramid
from app.slides.slide import Slide
from app.ui.canvas.display_pyramid import DisplayKey, DisplayPyramid, display_tile_px
from app.ui.canvas.heading import Heading
from app.ui.canvas.look import Look
from app.ui.canvas.tile_feed import Arrival, TileFeed
from app.ui.canvas.tile_mosaic import Color, TileMosaic
from app.ui.canvas.tile_plan import TilePlan, plan_tiles
from app.ui.canvas.tile_store import TileStore

PLAN_MS = 10
"""Requests follow the view at most this often."""


class TileScene(QObject):
    """One slide, of which one focal plane is shown.

    Signals: ``changed(RectPx)`` new pixels for a level-0 rectangle; ``overview_changed()``;
    ``sharpened()`` every tile on screen is there (or known to be unreadable); ``unreadable()`` no tile
    of the overview could be read; ``plane_shown(int)`` another plane has come on screen."""

    changed = Signal(object)
    overview_changed = Signal()
    sharpened = Signal()
    unreadable = Signal()
    plane_shown = Signal(int)

    def __init__(self, slide: Slide, plane: int, outside: Color, parent: QObject | None = None) -> None:
        super().__init__(parent)
        pyramid = DisplayPyramid(TilePyramid(slide.info.levels, display_tile_px(slide.info.tile_px)), plane)
        self.store = TileStore(pyramid.overview)
        self.store.pinned_plane = plane
        self.mosaic = TileMosaic(pyramid, self.store, slide.info.background_rgb, outside)
        self.feed = TileFeed(slide, pyramid, self)
        self.feed.arrived.connect(self._take)
        self._planes = slide.info.focal_planes.count
        self._wanted = pyramid
        """The levels on the plane that is wanted; ``mosaic.pyramid`` has those of the plane that is shown."""
        self._transform: ViewTransform | None = None
        self._heading = Heading()
        self._plan: TilePlan | None = None
        self._is_sharp = False
        self._timer = QTimer(self, singleShot=True, interval=PLAN_MS)
        self._timer.timeout.connect(self._request)

    @property
    def plane(self) -> int:
        """The focal plane on screen."""
        return self.mosaic.pyramid.plane

    @property
    def wanted_plane(self) -> int:
        """The focal plane that is on screen as soon as its tiles are there."""
        return self._wanted.plane

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
        self._heading.follow(transform)
        self._transform = transform
        self._ask_soon()

    def show_plane(self, plane: int) -> None:
        """Bring another focal plane on screen: at once where its tiles are there, else as soon as they are. Until
        then the former plane stays, whole."""
        if plane != self._wanted.plane:
            self._wanted = self._wanted.at_plane(plane)
            self._is_sharp = False
            self._request()

    def set_look(self, look: Look | None) -> None:
        """Colours of the display: all tiles are read anew; until then those on screen stay as they are."""
        self.feed.set_look(look)
        overview = self.mosaic.pyramid.overview
        self.store.outdate(lambda key: key.display == overview or self._is_on_screen(key))
        self._is_sharp = False
        self._ask_soon()

    def close(self) -> None:
        """No tile arrives after this."""
        self._timer.stop()
        self.feed.close()

    def _ask_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _request(self) -> None:
        if self._transform is None:
            return
        self._plan = plan_tiles(self._wanted, self._transform, self._heading.ahead(), self._planes)
        self.store.keep_on_screen(self._kept())
        self.feed.want(self._plan.missing(self._is_done))
        self._is_sharp = False
        self._note_sharpness()

    def _kept(self) -> frozenset[DisplayKey]:
        """What may not be evicted: the tiles on screen, and those of the plane that comes next."""
        assert self._plan is not None
        if self.plane == self._wanted.plane:
            return self._plan.on_screen
        return self._plan.on_screen | {key._replace(plane=self.plane) for key in self._plan.on_screen}

    def _take(self, arrivals: list[Arrival]) -> None:
        overview = False
        before = self._missing_on_screen()
        for key, image in arrivals:
            if image is None:
                self.store.failed.add(self._wanted.tile_key(key))
            else:
                self.store.put(key, image)
            overview |= key.display == self._wanted.overview and key.plane == self.plane
            if self._shows(key, before):
                self.changed.emit(self._wanted.tile_rect(key))
        if self._plan is not None:
            self.store.keep_on_screen(self._kept())
        if overview:
            self.overview_changed.emit()
            self._check_readable()
        self._note_sharpness()

    def _shows(self, key: DisplayKey, missing: bool) -> bool:
        """Whether a tile that came in changes the picture: a sharp one does, a stand-in while any is needed."""
        transform = self._transform
        if transform is None or key.plane != self.plane:
            return False
        if not self._wanted.tile_rect(key).intersects(transform.visible_rect()):
            return False
        # The plan may be behind the view, the view's own level never.
        is_sharp = key.display == self._wanted.for_scale(transform.scale)
        return is_sharp or missing or not self.has_asked

    def _missing_on_screen(self) -> bool:
        return self._plan is None or any(key not in self.store for key in self._plan.on_screen)

    def _note_sharpness(self) -> None:
        if self._plan is None or self._is_sharp:
            return
        if not all(self._is_done(key) for key in self._plan.on_screen):
            return
        if self.plane != self._wanted.plane:
            if not all(self._is_done(key) for key in self._overview_keys()):
                return
            self._change_plane()
        self._is_sharp = True
        self.sharpened.emit()

    def _change_plane(self) -> None:
        assert self._transform is not None
        self.mosaic.pyramid = self._wanted
        self.store.pinned_plane = self._wanted.plane
        self.changed.emit(self._transform.visible_rect())
        self.plane_shown.emit(self._wanted.plane)
        self.overview_changed.emit()

    def _check_readable(self) -> None:
        keys = self._overview_keys()
        if keys and all(self._wanted.tile_key(key) in self.store.failed for key in keys):
            self.unreadable.emit()

    def _overview_keys(self) -> list[DisplayKey]:
        return self._wanted.tiles_in(self._wanted.overview, self.mosaic.slide_rect)

    def _is_on_screen(self, key: DisplayKey) -> bool:
        return self._plan is not None and key in self._plan.on_screen

    def _is_done(self, key: DisplayKey) -> bool:
        """The tile is there as it should look, or it will never be."""
        if key in self.store:
            return key not in self.store.outdated
        return self._wanted.tile_key(key) in self.store.failed

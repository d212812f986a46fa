"""Loads wanted tiles on worker threads, most urgent first, and forgets those that scrolled away."""

from __future__ import annotations

import heapq
import logging
import time
from collections.abc import Callable, Sequence
from threading import Condition, Thread, current_thread

from app.slides.cache import TileCache
from app.slides.pyramid import TileKey, TilePyramid
from app.slides.slide import RgbImage, Slide, SlideError

log = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 5.0

OnTile = Callable[[TileKey, RgbImage | None], None]


class TileLoader:
    """Decodes tiles of one slide into a cache.

    ``on_tile(key, image)`` is called on a worker thread when a tile is in the cache; ``image`` None
    means that the tile cannot be decoded. A failed tile is reported once and not tried again until
    ``retry_failed``. Counters: ``decodes`` (reads begun), ``dropped`` (queued, then no longer wanted).
    """

    def __init__(
        self,
        slide: Slide,
        cache: TileCache[TileKey],
        *,
        threads: int = 2,
        on_tile: OnTile,
        tile_px: int = 256,
    ) -> None:
        self.pyramid = TilePyramid(slide.info.levels, tile_px)
        self.decodes = 0
        self.dropped = 0
        self._slide = slide
        self._cache = cache
        self._on_tile = on_tile
        self._changed = Condition()
        self._queue: list[tuple[float, int, TileKey]] = []
        self._in_flight: set[TileKey] = set()
        self._failed: set[TileKey] = set()
        self._closed = False
        self._workers = [Thread(target=self._work, name=f"tile-loader-{n}", daemon=True) for n in range(threads)]
        for worker in self._workers:
            worker.start()

    def want(self, keys: Sequence[tuple[TileKey, float]]) -> None:
        """Replace the set of wanted tiles: (tile, priority), lowest priority value first.

        Queued tiles that are not in it are dropped. Tiles that are cached, being decoded or known to
        be bad are not queued again; keys that the slide does not have are ignored. Never blocks on a read.
        """
        with self._changed:
            before = {key for _, _, key in self._queue}
            wanted = {key: priority for key, priority in keys if self._is_open(key)}
            self.dropped += len(before - wanted.keys())
            # The running number keeps equal priorities in the order they were asked for.
            self._queue = [(priority, number, key) for number, (key, priority) in enumerate(wanted.items())]
            heapq.heapify(self._queue)
            self._changed.notify_all()

    @property
    def failed(self) -> frozenset[TileKey]:
        """Tiles that could not be decoded."""
        with self._changed:
            return frozenset(self._failed)

    def retry_failed(self) -> None:
        """Forget which tiles failed, so that ``want`` tries them again."""
        with self._changed:
            self._failed.clear()

    def close(self) -> None:
        """Drop what is queued and wait for the reads that run; may be called twice, also from ``on_tile``."""
        with self._changed:
            self._closed = True
            self.dropped += len(self._queue)
            self._queue.clear()
            self._changed.notify_all()
        until = time.monotonic() + CLOSE_TIMEOUT_S
        for worker in self._workers:
            if worker is not current_thread():
                worker.join(max(0.0, until - time.monotonic()))

    def _is_open(self, key: TileKey) -> bool:
        return (
            not self._closed
            and self.pyramid.contains(key)
            and key not in self._failed
            and key not in self._in_flight
            and key not in self._cache
        )

    def _work(self) -> None:
        while (key := self._next()) is not None:
            image = self._load(key)
            with self._changed:
                self._in_flight.discard(key)
                if image is None:
                    self._failed.add(key)
                if self._closed:
                    return
            self._report(key, image)

    def _next(self) -> TileKey | None:
        with self._changed:
            while not self._queue and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            _, _, key = heapq.heappop(self._queue)
            self._in_flight.add(key)
            self.decodes += 1
            return key

    def _load(self, key: TileKey) -> RgbImage | None:
        try:
            image = self._slide.read(self.pyramid.tile_region(key), key.level, key.plane)
        except SlideError as error:
            log.warning("tile %s: %s", key, error)
            return None
        except Exception:
            log.exception("tile %s: unexpected error", key)
            return None
        self._cache.put(key, image)
        return image

    def _report(self, key: TileKey, image: RgbImage | None) -> None:
        try:
            self._on_tile(key, image)
        except Exception:
            log.exception("on_tile failed for %s", key)

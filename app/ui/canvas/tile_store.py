"""The tiles that are ready to be drawn, bounded in bytes. Used on the GUI thread only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection

from app.slides.pyramid import TileKey
from app.ui.canvas.display_pyramid import DisplayKey
from app.ui.canvas.tile_image import Bgra

DEFAULT_BYTES = 256 << 20


class TileStore:
    """Least recently drawn tiles go first; the overview (of ``pinned_plane``) and what is on screen never go.

    ``failed`` holds the tiles of the slide that could not be read, whatever the reduction.
    """

    def __init__(self, pinned_index: int, max_bytes: int = DEFAULT_BYTES) -> None:
        self.max_bytes = max_bytes
        self.bytes_used = 0
        self.failed: set[TileKey] = set()
        self.outdated: set[DisplayKey] = set()
        """Tiles that are there, but not as they should look by now."""
        self.pinned_plane = 0
        self._pinned_index = pinned_index
        self._on_screen: Collection[DisplayKey] = frozenset()
        self._images: OrderedDict[DisplayKey, Bgra] = OrderedDict()

    def __contains__(self, key: object) -> bool:
        return key in self._images

    def __len__(self) -> int:
        return len(self._images)

    def get(self, key: DisplayKey) -> Bgra | None:
        """The tile, which then counts as just drawn, or None."""
        image = self._images.get(key)
        if image is not None:
            self._images.move_to_end(key)
        return image

    def put(self, key: DisplayKey, image: Bgra) -> None:
        old = self._images.pop(key, None)
        self.bytes_used += image.nbytes - (old.nbytes if old is not None else 0)
        self._images[key] = image
        self.outdated.discard(key)

    def outdate(self, kept: Callable[[DisplayKey], bool]) -> None:
        """No tile looks as it should any more: drop those that need not be kept until newer ones are there."""
        for key in list(self._images):
            if not kept(key):
                self.bytes_used -= self._images.pop(key).nbytes
        self.outdated = set(self._images)

    def keep_on_screen(self, keys: Collection[DisplayKey]) -> None:
        """What must not be evicted now; then evict down to the limit."""
        self._on_screen = keys
        if self.bytes_used <= self.max_bytes:
            return
        for key in list(self._images):
            if self.bytes_used <= self.max_bytes:
                return
            pinned = key.display == self._pinned_index and key.plane == self.pinned_plane
            if not pinned and key not in self._on_screen:
                self.bytes_used -= self._images.pop(key).nbytes
                self.outdated.discard(key)

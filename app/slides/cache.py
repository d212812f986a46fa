"""A byte-bounded cache of decoded tiles."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

from app.slides.slide import RgbImage

Key = TypeVar("Key", bound=Hashable)


class TileCache(Generic[Key]):
    """Least recently used images go first once ``max_bytes`` of pixels are held. Thread-safe.

    Stored images become read-only, since every reader gets the same array. The counters ``hits``,
    ``misses`` and ``evictions`` only grow.
    """

    def __init__(self, max_bytes: int) -> None:
        if max_bytes < 0:
            raise ValueError(f"max_bytes must not be negative: {max_bytes}")
        self.max_bytes = max_bytes
        self.hits = 0
        self.misses = 0
        self.evictions = 0
        self._bytes = 0
        self._images: OrderedDict[Key, RgbImage] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> RgbImage | None:
        """The image, which then counts as just used, or None."""
        with self._lock:
            image = self._images.get(key)
            if image is None:
                self.misses += 1
                return None
            self.hits += 1
            self._images.move_to_end(key)
            return image

    def put(self, key: Key, image: RgbImage) -> None:
        """Keep an image; one that is larger than the whole cache is not kept."""
        image.setflags(write=False)
        with self._lock:
            self._discard(key)
            if image.nbytes > self.max_bytes:
                return
            self._images[key] = image
            self._bytes += image.nbytes
            while self._bytes > self.max_bytes:
                _, oldest = self._images.popitem(last=False)
                self._bytes -= oldest.nbytes
                self.evictions += 1

    def clear(self) -> None:
        with self._lock:
            self._images.clear()
            self._bytes = 0

    @property
    def bytes_used(self) -> int:
        """Bytes of pixels held now, never above ``max_bytes``."""
        return self._bytes

    def __contains__(self, key: object) -> bool:
        return key in self._images

    def __len__(self) -> int:
        return len(self._images)

    def _discard(self, key: Key) -> None:
        old = self._images.pop(key, None)
        if old is not None:
            self._bytes -= old.nbytes

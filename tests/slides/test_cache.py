"""The tile cache never holds more than its bytes, and drops what was used longest ago."""

from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.slides.cache import TileCache
from app.slides.slide import RgbImage


def image(pixels: int) -> RgbImage:
    return np.zeros((1, pixels, 3), np.uint8)


@given(
    st.integers(0, 300),
    st.lists(st.tuples(st.booleans(), st.integers(0, 12), st.integers(1, 40)), max_size=80),
)
def test_it_behaves_as_a_byte_bounded_lru(max_bytes: int, steps: list[tuple[bool, int, int]]) -> None:
    cache: TileCache[int] = TileCache(max_bytes)
    model: dict[int, int] = {}
    for is_put, key, pixels in steps:
        if is_put:
            cache.put(key, image(pixels))
            model.pop(key, None)
            if 3 * pixels <= max_bytes:
                model[key] = 3 * pixels
            while sum(model.values()) > max_bytes:
                del model[next(iter(model))]
        else:
            found = cache.get(key)
            assert (found is not None) == (key in model)
            if key in model:
                model[key] = model.pop(key)
        assert cache.bytes_used == sum(model.values()) <= max_bytes
        assert len(cache) == len(model)
        assert all(key in cache for key in model)


def test_counters_and_clear() -> None:
    cache: TileCache[str] = TileCache(60)
    cache.put("a", image(10))
    cache.put("b", image(10))
    assert cache.get("a") is not None and cache.get("missing") is None
    cache.put("c", image(10))
    assert (cache.hits, cache.misses, cache.evictions) == (1, 1, 1)
    assert "a" in cache and "b" not in cache
    cache.clear()
    assert (len(cache), cache.bytes_used) == (0, 0)


def test_stored_images_cannot_be_written_to() -> None:
    cache: TileCache[str] = TileCache(60)
    cache.put("a", image(10))
    found = cache.get("a")
    assert found is not None
    with pytest.raises(ValueError):
        found[0, 0, 0] = 1


def test_many_threads_leave_it_consistent() -> None:
    cache: TileCache[int] = TileCache(3000)

    def work(seed: int) -> None:
        for number in range(2000):
            cache.put((seed + number) % 70, image(1 + number % 90))
            cache.get(number % 70)

    threads = [Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = [found for key in range(70) if (found := cache.get(key)) is not None]
    assert cache.bytes_used == sum(found.nbytes for found in held) <= 3000


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ValueError):
        TileCache(-1)

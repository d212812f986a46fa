"""The loader: urgent tiles first, tiles that scrolled away never decoded, bad ones told once."""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock

import numpy as np
import pytest

from app.geometry import PixelRegion, RectPx, SizePx
from app.slides.cache import TileCache
from app.slides.loader import TileLoader
from app.slides.open import open_slide
from app.slides.pyramid import TileKey
from app.slides.slide import Level, MppState, RgbImage, SlideInfo, TileReadError

WAIT_S = 20.0


class GatedSlide:
    """A slide whose reads wait until the test lets them go, and that remembers their order."""

    def __init__(self, *, open_gate: bool = False, bad: frozenset[tuple[int, int]] = frozenset()) -> None:
        self.gate = Event()
        self.begun = Event()
        self.order: list[tuple[int, int]] = []
        self._bad = bad
        self._lock = Lock()
        if open_gate:
            self.gate.set()
        level = Level(SizePx(2560, 2560), 1.0)
        self.info = SlideInfo(Path("gated"), "test", "test", (level,), None, MppState.MISSING, None, None, "")

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        position = (region.x // 256, region.y // 256)
        with self._lock:
            self.order.append(position)
        self.begun.set()
        assert self.gate.wait(WAIT_S)
        if position in self._bad:
            raise TileReadError("bad")
        return np.zeros((region.height, region.width, 3), np.uint8)

    def associated_image(self, name: str) -> RgbImage:
        raise NotImplementedError

    def close(self) -> None: ...


class Reports:
    """What ``on_tile`` was told, and a way to wait for it."""

    def __init__(self) -> None:
        self.told: list[tuple[TileKey, bool]] = []
        self._arrived = Event()
        self._expected = 0

    def __call__(self, key: TileKey, image: RgbImage | None) -> None:
        self.told.append((key, image is not None))
        if len(self.told) >= self._expected:
            self._arrived.set()

    def wait_for(self, count: int) -> None:
        self._expected = count
        if len(self.told) < count:
            self._arrived.clear()
            assert self._arrived.wait(WAIT_S) or len(self.told) >= count, self.told


def tile(column: int, row: int = 0) -> TileKey:
    return TileKey(0, column, row)


def test_a_real_slide_arrives_complete(
    write_pyramid: Callable[..., Path], block_pixels: Callable[..., RgbImage]
) -> None:
    slide = open_slide(write_pyramid(), probe=False)
    cache: TileCache[TileKey] = TileCache(2**26)
    reports = Reports()
    loader = TileLoader(slide, cache, on_tile=reports, tile_px=128)
    keys = loader.pyramid.tiles_in(1, RectPx(0, 0, 1000, 700))
    loader.want([(key, 0.0) for key in keys])
    reports.wait_for(len(keys))
    loader.close()
    slide.close()
    assert {key for key, good in reports.told if good} == set(keys)
    expected = block_pixels(1000, 700, 2)
    for key in keys:
        region, image = loader.pyramid.tile_region(key), cache.get(key)
        assert image is not None
        part = expected[region.y : region.y + region.height, region.x : region.x + region.width]
        np.testing.assert_array_equal(image, part)


def test_the_lowest_priority_value_comes_first() -> None:
    slide, reports = GatedSlide(), Reports()
    loader = TileLoader(slide, TileCache(2**26), threads=1, on_tile=reports)
    loader.want([(tile(9), 0.0)])
    assert slide.begun.wait(WAIT_S)
    loader.want([(tile(3), 3.0), (tile(1), 1.0), (tile(2), 2.0), (tile(4), 1.0)])
    slide.gate.set()
    reports.wait_for(5)
    loader.close()
    assert slide.order == [(9, 0), (1, 0), (4, 0), (2, 0), (3, 0)]


def test_tiles_that_scrolled_away_are_never_decoded() -> None:
    slide, reports = GatedSlide(), Reports()
    loader = TileLoader(slide, TileCache(2**26), threads=1, on_tile=reports)
    loader.want([(tile(0), 0.0)])
    assert slide.begun.wait(WAIT_S)
    loader.want([(tile(column), 1.0) for column in range(1, 8)])
    loader.want([(tile(7), 1.0), (tile(8), 1.0)])
    slide.gate.set()
    reports.wait_for(3)
    loader.close()
    assert slide.order == [(0, 0), (7, 0), (8, 0)]
    assert loader.decodes == 3
    assert loader.dropped == 6


def test_a_tile_that_is_being_decoded_is_not_asked_for_again() -> None:
    slide, reports = GatedSlide(), Reports()
    loader = TileLoader(slide, TileCache(2**26), threads=1, on_tile=reports)
    loader.want([(tile(0), 0.0)])
    assert slide.begun.wait(WAIT_S)
    loader.want([(tile(0), 0.0), (tile(1), 1.0)])
    slide.gate.set()
    reports.wait_for(2)
    loader.close()
    assert slide.order == [(0, 0), (1, 0)]


def test_a_bad_tile_is_told_once_and_not_tried_again() -> None:
    slide, reports = GatedSlide(open_gate=True, bad=frozenset({(1, 0)})), Reports()
    loader = TileLoader(slide, TileCache(2**26), threads=1, on_tile=reports)
    loader.want([(tile(1), 0.0), (tile(2), 1.0)])
    reports.wait_for(2)
    loader.want([(tile(1), 0.0), (tile(3), 1.0)])
    reports.wait_for(3)
    assert reports.told == [(tile(1), False), (tile(2), True), (tile(3), True)]
    assert loader.failed == {tile(1)}
    loader.retry_failed()
    loader.want([(tile(1), 0.0)])
    reports.wait_for(4)
    loader.close()
    assert slide.order.count((1, 0)) == 2


def test_cached_and_unknown_tiles_are_not_asked_for() -> None:
    slide, reports = GatedSlide(open_gate=True), Reports()
    cache: TileCache[TileKey] = TileCache(2**26)
    cache.put(tile(1), np.zeros((256, 256, 3), np.uint8))
    loader = TileLoader(slide, cache, threads=1, on_tile=reports)
    loader.want([(tile(1), 0.0), (tile(99), 0.0), (TileKey(5, 0, 0), 0.0), (tile(-1), 0.0), (tile(2), 1.0)])
    reports.wait_for(1)
    loader.close()
    assert slide.order == [(2, 0)]


def test_a_failing_listener_does_not_stop_the_workers() -> None:
    slide, reports = GatedSlide(open_gate=True), Reports()

    def listen(key: TileKey, image: RgbImage | None) -> None:
        reports(key, image)
        raise RuntimeError("a listener's mistake")

    loader = TileLoader(slide, TileCache(2**26), threads=1, on_tile=listen)
    loader.want([(tile(column), 0.0) for column in range(4)])
    reports.wait_for(4)
    loader.close()


def test_after_close_nothing_is_read_or_told() -> None:
    slide, reports = GatedSlide(), Reports()
    loader = TileLoader(slide, TileCache(2**26), threads=2, on_tile=reports)
    loader.want([(tile(column), 0.0) for column in range(8)])
    assert slide.begun.wait(WAIT_S)
    slide.gate.set()
    loader.close()
    begun, told = len(slide.order), len(reports.told)
    loader.want([(tile(9), 0.0)])
    loader.close()
    assert (len(slide.order), len(reports.told)) == (begun, told)
    assert loader.decodes == begun


def test_close_from_a_listener_does_not_wait_for_itself() -> None:
    slide = GatedSlide(open_gate=True)
    done = Event()
    loaders: list[TileLoader] = []

    def listen(key: TileKey, image: RgbImage | None) -> None:
        loaders[0].close()
        done.set()

    loaders.append(TileLoader(slide, TileCache(2**26), threads=1, on_tile=listen))
    loaders[0].want([(tile(0), 0.0)])
    assert done.wait(WAIT_S)


@pytest.mark.parametrize("threads", [1, 3])
def test_every_wanted_tile_is_decoded_once_by_any_number_of_threads(threads: int) -> None:
    slide, reports = GatedSlide(open_gate=True), Reports()
    loader = TileLoader(slide, TileCache(2**28), threads=threads, on_tile=reports)
    keys = [(tile(column, row), float(row)) for row in range(10) for column in range(10)]
    for _ in range(5):
        loader.want(keys)
    reports.wait_for(100)
    loader.close()
    assert sorted(slide.order) == sorted((key.column, key.row) for key, _ in keys)

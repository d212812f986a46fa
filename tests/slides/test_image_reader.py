"""Plain images: decoded as Pillow decodes them, with a pyramid of area averages."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.geometry import PixelRegion
from app.slides import image_reader
from app.slides.open import open_slide
from app.slides.slide import MppState, RgbImage, Slide, SlideError, UnsupportedSlideError

RNG = np.random.default_rng(5)


def colours(width: int = 90, height: int = 60) -> RgbImage:
    return RNG.integers(0, 256, (height, width, 3), np.uint8)


def whole(slide: Slide, level: int = 0) -> RgbImage:
    size = slide.info.levels[level].size
    return slide.read(PixelRegion(0, 0, size.width, size.height), level)


def saved(path: Path, image: Image.Image, **options: Any) -> Slide:
    image.save(path, **options)
    return open_slide(path, probe=False)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "no-ending", "misnamed.svs"])
def test_the_content_decides_not_the_ending(tmp_path: Path, name: str) -> None:
    pixels = colours()
    slide = saved(tmp_path / name, Image.fromarray(pixels), format="TIFF" if name == "a.tif" else "PNG")
    np.testing.assert_array_equal(whole(slide), pixels)
    assert slide.info.reader == "Pillow"
    slide.close()


def test_jpeg_is_what_pillow_decodes(tmp_path: Path) -> None:
    slide = saved(tmp_path / "a.jpg", Image.fromarray(colours()), quality=90)
    with Image.open(tmp_path / "a.jpg") as image:
        np.testing.assert_array_equal(whole(slide), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA"])
def test_grey_palette_and_transparency(tmp_path: Path, mode: str) -> None:
    rgba = np.dstack([colours(), RNG.integers(0, 256, (60, 90), np.uint8)])
    source = Image.fromarray(rgba).convert(mode)
    slide = saved(tmp_path / "a.png", source)
    on_white = Image.new("RGBA", source.size, "white")
    on_white.alpha_composite(source.convert("RGBA"))
    assert np.abs(whole(slide).astype(int) - np.asarray(on_white.convert("RGB"))).max() <= 1


@pytest.mark.parametrize("tag", range(1, 9))
def test_exif_orientation(tmp_path: Path, tag: int) -> None:
    from app.slides.orientation import Orientation

    pixels = np.kron(colours(100, 50), np.ones((12, 12, 1), np.uint8))
    exif = Image.Exif()
    exif[274] = tag
    slide = saved(tmp_path / "a.png", Image.fromarray(pixels), exif=exif)
    upright = Orientation(tag).apply(pixels)
    np.testing.assert_array_equal(whole(slide), upright)
    np.testing.assert_array_equal(whole(slide, 1), upright[::2, ::2])
    np.testing.assert_array_equal(slide.read(PixelRegion(31, 17, 40, 20), 1), upright[::2, ::2][17:37, 31:71])


@settings(max_examples=25)
@given(st.integers(500, 1400), st.integers(500, 1400), st.sampled_from(["RGB", "L"]))
def test_levels_are_rounded_area_averages(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int, mode: str
) -> None:
    source = Image.fromarray(RNG.integers(0, 256, (height, width, 3), np.uint8)).convert(mode)
    slide = saved(tmp_path_factory.getbasetemp() / "pyramid.tif", source)
    level = np.asarray(source.convert("RGB"))
    for index, info in enumerate(slide.info.levels):
        assert (info.size.width, info.size.height, info.downsample) == (width >> index, height >> index, 2**index)
        if index:
            blocks = level[: level.shape[0] // 2 * 2, : level.shape[1] // 2 * 2].astype(float)
            mean = (blocks[::2, ::2] + blocks[1::2, ::2] + blocks[::2, 1::2] + blocks[1::2, 1::2]) / 4
            level = whole(slide, index)
            assert np.abs(level - mean).max() <= 0.5
    assert max(slide.info.levels[-1].size.width, slide.info.levels[-1].size.height) <= 512
    slide.close()


def test_beyond_the_edge_is_white(tmp_path: Path) -> None:
    pixels = colours()
    slide = saved(tmp_path / "a.png", Image.fromarray(pixels))
    image = slide.read(PixelRegion(80, -5, 20, 10))
    np.testing.assert_array_equal(image[5:, :10], pixels[:5, 80:])
    assert (image[:5] == 255).all() and (image[:, 10:] == 255).all()


@pytest.mark.parametrize(
    ("name", "options", "state", "mpp"),
    [
        ("a.jpg", {"dpi": (72, 72)}, MppState.IMPOSSIBLE, None),
        ("a.jpg", {"dpi": (300, 300)}, MppState.IMPOSSIBLE, None),
        ("a.jpg", {}, MppState.MISSING, None),
        ("a.png", {}, MppState.MISSING, None),
        ("a.png", {"dpi": (96, 96)}, MppState.IMPOSSIBLE, None),
        ("a.png", {"dpi": (101600, 101600)}, MppState.KNOWN, 0.25),
        ("a.tif", {"resolution": 40000, "resolution_unit": 3}, MppState.KNOWN, 0.25),
        ("a.tif", {"resolution": 300, "resolution_unit": 2}, MppState.IMPOSSIBLE, None),
        ("a.tif", {"resolution": 40000, "resolution_unit": 1}, MppState.MISSING, None),
    ],
)
def test_a_scale_is_taken_only_where_it_is_one(
    tmp_path: Path, name: str, options: dict[str, Any], state: MppState, mpp: float | None
) -> None:
    info = saved(tmp_path / name, Image.fromarray(colours()), **options).info
    assert info.mpp_state is state
    assert info.mpp == (None if mpp is None else pytest.approx(mpp, rel=1e-4))


@pytest.mark.parametrize(
    ("image", "options", "words"),
    [
        (Image.new("I;16", (40, 30)), {"format": "TIFF"}, "16 bits"),
        (Image.new("I;16", (40, 30)), {"format": "PNG"}, "16 bits"),
        (Image.new("F", (40, 30)), {"format": "TIFF"}, "bits"),
        (Image.new("CMYK", (40, 30)), {"format": "TIFF"}, "printing colours"),
        (Image.new("CMYK", (40, 30)), {"format": "JPEG"}, "printing colours"),
        (Image.new("1", (40, 30)), {"format": "TIFF"}, "black and white"),
        (
            Image.new("RGB", (40, 30)),
            {"format": "TIFF", "save_all": True, "append_images": [Image.new("RGB", (40, 30))]},
            "2 images of the same size",
        ),
    ],
)
def test_what_would_show_wrongly_is_refused(
    tmp_path: Path, image: Image.Image, options: dict[str, Any], words: str
) -> None:
    path = tmp_path / "refused.bin"
    image.save(path, **options)
    with pytest.raises(UnsupportedSlideError, match=rf"^refused\.bin .*{words}.*\.$"):
        open_slide(path, probe=False)


def test_a_page_of_another_size_is_no_second_plane(tmp_path: Path) -> None:
    pixels = colours()
    small = Image.new("RGB", (10, 10))
    slide = saved(tmp_path / "a.tif", Image.fromarray(pixels), save_all=True, append_images=[small])
    np.testing.assert_array_equal(whole(slide), pixels)


def test_too_large_an_image_is_refused_before_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.png"
    Image.fromarray(colours()).save(path)
    monkeypatch.setattr(image_reader, "MAX_IMAGE_PX", 5_000)
    with pytest.raises(SlideError, match=r"large\.png is 90 x 60 px, above .* pyramidal tiled TIFF"):
        open_slide(path, probe=False)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)))
    with path.open("ab") as file:
        file.write(chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))
    with pytest.raises(SlideError, match=r"bomb\.png is too large"):
        open_slide(path, probe=False)


def test_a_cut_off_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    Image.fromarray(colours()).save(path)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(SlideError, match=r"cut\.png is (incomplete|a damaged image)"):
        open_slide(path, probe=False)


def test_what_is_read_belongs_to_the_caller(tmp_path: Path) -> None:
    slide = saved(tmp_path / "a.png", Image.fromarray(colours(1200, 100)))
    before = whole(slide, 1)
    image = whole(slide, 1)
    image[:] = 0
    np.testing.assert_array_equal(whole(slide, 1), before)


def test_closed(tmp_path: Path) -> None:
    slide = saved(tmp_path / "a.png", Image.fromarray(colours()))
    slide.close()
    slide.close()
    with pytest.raises(SlideError, match="closed"):
        slide.read(PixelRegion(0, 0, 5, 5))

"""TIFF pages of every kind that is read tile by tile, against the pixels that were written."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import tifffile

from app.geometry import PixelRegion
from app.slides.slide import RgbImage, SlideError, TileReadError
from app.slides.tiff_pixels import TiffPage, TiffPixels, unsupported_because

WIDTH, HEIGHT = 300, 200
WHITE = (255, 255, 255)


def read_whole(path: Path) -> RgbImage:
    with tifffile.TiffFile(path) as tiff:
        assert unsupported_because(tiff.pages[0]) is None
        page = TiffPage(tiff.pages[0])
    pixels = TiffPixels(path, [[page]], WHITE)
    try:
        return pixels.read(PixelRegion(0, 0, WIDTH, HEIGHT), 0, 0)
    finally:
        pixels.close()


def over_white(rgb: np.ndarray, alpha: np.ndarray, premultiplied: bool) -> np.ndarray:
    share = alpha / 255.0
    own = rgb.astype(float) if premultiplied else rgb * share
    return np.floor(own + 255.0 * (1 - share) + 0.5)


@pytest.fixture
def rgb(block_pixels: Callable[..., RgbImage]) -> RgbImage:
    return block_pixels(WIDTH, HEIGHT)


@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "zstd", "packbits"])
@pytest.mark.parametrize("layout", [{"tile": (64, 64)}, {"tile": (128, 48)}, {"rowsperstrip": 7}, {}])
def test_lossless_colours(tmp_path: Path, rgb: RgbImage, compression: str | None, layout: dict[str, Any]) -> None:
    tifffile.imwrite(tmp_path / "a.tif", rgb, photometric="rgb", compression=compression, **layout)
    np.testing.assert_array_equal(read_whole(tmp_path / "a.tif"), rgb)


@pytest.mark.parametrize("options", [{"predictor": True}, {"byteorder": ">"}, {"bigtiff": True}])
def test_lossless_variants(tmp_path: Path, rgb: RgbImage, options: dict[str, Any]) -> None:
    tifffile.imwrite(tmp_path / "a.tif", rgb, photometric="rgb", compression="lzw", tile=(64, 64), **options)
    np.testing.assert_array_equal(read_whole(tmp_path / "a.tif"), rgb)


def test_planes_stored_apart(tmp_path: Path, rgb: RgbImage) -> None:
    planar = np.ascontiguousarray(rgb.transpose(2, 0, 1))
    tifffile.imwrite(tmp_path / "a.tif", planar, photometric="rgb", planarconfig="separate", tile=(64, 64))
    np.testing.assert_array_equal(read_whole(tmp_path / "a.tif"), rgb)


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_grey(tmp_path: Path, rgb: RgbImage, photometric: str) -> None:
    grey = rgb[..., 2]
    tifffile.imwrite(tmp_path / "a.tif", grey, photometric=photometric, tile=(64, 64), compression="deflate")
    shown = grey if photometric == "minisblack" else 255 - grey
    np.testing.assert_array_equal(read_whole(tmp_path / "a.tif"), np.dstack([shown] * 3))


def test_palette(tmp_path: Path, rgb: RgbImage) -> None:
    table = np.random.default_rng(3).integers(0, 256, (3, 256), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", rgb[..., 0], photometric="palette", colormap=table * 257, tile=(64, 64))
    np.testing.assert_array_equal(read_whole(tmp_path / "a.tif"), table.T.astype(np.uint8)[rgb[..., 0]])


@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_transparency_is_laid_on_the_background(tmp_path: Path, rgb: RgbImage, kind: str) -> None:
    alpha = (np.indices((HEIGHT, WIDTH)).sum(axis=0) % 256).astype(np.uint8)
    colours = rgb if kind == "unassalpha" else (rgb * (alpha[..., None] / 255.0)).astype(np.uint8)
    tifffile.imwrite(
        tmp_path / "a.tif", np.dstack([colours, alpha]), photometric="rgb", extrasamples=[kind], tile=(64, 64)
    )
    shown = over_white(colours, alpha[..., None], kind == "assocalpha")
    assert np.abs(read_whole(tmp_path / "a.tif") - shown).max() <= 1


@pytest.mark.parametrize("colours", ["ycbcr", "rgb"])
def test_jpeg(tmp_path: Path, rgb: RgbImage, colours: str) -> None:
    smooth = np.kron(rgb[::20, ::20], np.ones((20, 20, 1), np.uint8))
    tifffile.imwrite(
        tmp_path / "a.tif",
        smooth,
        photometric="rgb",
        compression="jpeg",
        compressionargs={"level": 95, "outcolorspace": colours},
        tile=(64, 64),
    )
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert tiff.pages[0].photometric.name.lower() == colours
    assert np.abs(read_whole(tmp_path / "a.tif").astype(int) - smooth).mean() < 3


@pytest.mark.parametrize(
    ("array", "options", "reason"),
    [
        (np.zeros((64, 64, 3), np.uint16), {"photometric": "rgb"}, "stores 16 bits per channel"),
        (np.zeros((64, 64), np.float32), {}, "stores 32 floating-point bits"),
        (np.zeros((64, 64), np.int8), {}, "stores 8 signed bits"),
        (np.zeros((64, 64), bool), {}, "stores 1 bits"),
        (np.zeros((64, 64, 4), np.uint8), {"photometric": "separated"}, "stores colours as SEPARATED"),
        (np.zeros((64, 64, 3), np.uint8), {"photometric": "cielab"}, "stores colours as CIELAB"),
        (np.zeros((64, 64, 3), np.uint8), {"photometric": "rgb", "compression": "webp"}, "uses the compression WEBP"),
    ],
)
def test_what_would_show_wrongly_is_named(
    tmp_path: Path, array: np.ndarray, options: dict[str, Any], reason: str
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", array, tile=(64, 64), **options)
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert str(unsupported_because(tiff.pages[0])).startswith(reason)


def test_tiles_without_data_show_the_background(tmp_path: Path, rgb: RgbImage) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, rgb, photometric="rgb", tile=(64, 64), compression="deflate")
    with tifffile.TiffFile(path) as tiff:
        page = TiffPage(tiff.pages[0])
    page.byte_counts = page.byte_counts.copy()
    page.byte_counts[1] = 0
    pixels = TiffPixels(path, [[page]], (1, 2, 3))
    image = pixels.read(PixelRegion(0, 0, 200, 64), 0, 0)
    pixels.close()
    assert (image[:, 64:128] == (1, 2, 3)).all()
    np.testing.assert_array_equal(image[:, :64], rgb[:64, :64])


def cut_short(content: bytearray, page: TiffPage) -> None:
    page.byte_counts = page.byte_counts.copy()
    page.byte_counts[0] -= 20


def claim_too_large(content: bytearray, page: TiffPage) -> None:
    frame = content.index(b"\xff\xc0", int(page.offsets[0]))
    # Large enough to be wrong, small enough that a reader without this check fails here and not for memory.
    content[frame + 5 : frame + 9] = b"\x08\x00\x08\x00"


@pytest.mark.parametrize("damage", [cut_short, claim_too_large])
def test_a_damaged_jpeg_tile_is_told_and_not_painted_grey(
    tmp_path: Path, rgb: RgbImage, damage: Callable[[bytearray, TiffPage], None]
) -> None:
    path = tmp_path / "damaged.tif"
    tifffile.imwrite(path, rgb, photometric="rgb", compression="jpeg", tile=(64, 64))
    with tifffile.TiffFile(path) as tiff:
        page = TiffPage(tiff.pages[0])
    content = bytearray(path.read_bytes())
    damage(content, page)
    path.write_bytes(content)
    pixels = TiffPixels(path, [[page]], WHITE)
    with pytest.raises(TileReadError, match=r"damaged\.tif"):
        pixels.read(PixelRegion(0, 0, 64, 64), 0, 0)
    assert pixels.read(PixelRegion(64, 0, 64, 64), 0, 0).shape == (64, 64, 3)
    pixels.close()
    with pytest.raises(SlideError, match="closed"):
        pixels.read(PixelRegion(128, 0, 64, 64), 0, 0)


@pytest.mark.parametrize("compression", ["deflate", "lzw", "zstd", None])
def test_a_damaged_lossless_tile_is_told(tmp_path: Path, rgb: RgbImage, compression: str | None) -> None:
    path = tmp_path / "damaged.tif"
    tifffile.imwrite(path, rgb, photometric="rgb", compression=compression, tile=(64, 64))
    content = path.read_bytes()
    with tifffile.TiffFile(path) as tiff:
        page = TiffPage(tiff.pages[0])
    last = int(np.argmax(page.offsets))
    path.write_bytes(content[: int(page.offsets[last]) + 20])
    pixels = TiffPixels(path, [[page]], WHITE)
    x, y = last % page.columns * 64, last // page.columns * 64
    with pytest.raises(TileReadError, match="ends before"):
        pixels.read(PixelRegion(x, y, 10, 5), 0, 0)
    pixels.close()


def test_many_threads_read_the_same_pixels(tmp_path: Path, block_pixels: Callable[..., RgbImage]) -> None:
    whole = block_pixels(900, 700)
    tifffile.imwrite(tmp_path / "a.tif", whole, photometric="rgb", tile=(64, 64), compression="deflate")
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        pixels = TiffPixels(tmp_path / "a.tif", [[TiffPage(tiff.pages[0])]], WHITE)
    wrong: list[PixelRegion] = []

    def read(seed: int) -> None:
        numbers = np.random.default_rng(seed)
        for _ in range(60):
            x, y = (int(n) for n in numbers.integers(0, 600, 2))
            region = PixelRegion(x, y, 100, 100)
            if not np.array_equal(pixels.read(region, 0, 0), whole[y : y + 100, x : x + 100]):
                wrong.append(region)

    threads = [Thread(target=read, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pixels.close()
    assert wrong == []

"""The first look at a coarse level leaves out bare glass, and never a cell that the full look finds."""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.cell_map import CellMap
from app.analysis.cell_scan import choose_level, scan_slide
from app.analysis.first_look import choose_look
from app.geometry import PixelRegion, RectPx, SizePx
from app.slides.open import open_slide
from app.slides.slide import Level, Slide, TileReadError
from app.slides.stored_tiles import StoredTiles, stored_tiles
from kd.phantom.tiff_writer import TILE_PX, encode_tile

GLASS = (236, 233, 235)
MPP = 2.0
"""Level 0 of the small slides here is where cells are sought already."""


class Watched:
    """A slide that counts what is read of each level; it has the ``levels`` finest ones, and may hide how it is stored,
    or have a part (level, x, y) that cannot be decoded."""

    def __init__(self, slide: Slide, levels: int = 9, stored: bool = False, bad: tuple[int, int, int] | None = None):
        self._slide, self._bad = slide, bad
        self.info = replace(slide.info, levels=slide.info.levels[:levels])
        self.reads: list[tuple[int, PixelRegion]] = []
        if stored:
            self.stored_tiles = slide.stored_tiles

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0):
        self.reads.append((level, region))
        if self._bad is not None and level == self._bad[0]:
            _, x, y = self._bad
            if region.x <= x < region.x + region.width and region.y <= y < region.y + region.height:
                raise TileReadError("bad")
        return self._slide.read(region, level, plane)


def write(path: Path, image: np.ndarray, levels: int = 3, quality: int = 0) -> Path:
    """A pyramid of tiles of 256 px, lossless or as JPEG."""
    scale = {"resolution": (1e4 / MPP, 1e4 / MPP), "resolutionunit": "CENTIMETER"}
    with tifffile.TiffWriter(path) as writer:
        for level in range(levels):
            if level:
                image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
                scale = {"subfiletype": 1}
            if quality:
                options = {"photometric": "ycbcr", "compression": "jpeg", "shape": image.shape, "dtype": np.uint8}
                data = jpeg_tiles(image, quality)
            else:
                options, data = {"photometric": "rgb", "compression": "deflate"}, image
            writer.write(data, tile=(TILE_PX, TILE_PX), metadata=None, **options, **scale)
    return path


def jpeg_tiles(image: np.ndarray, quality: int) -> Iterator[bytes]:
    height, width = (-side % TILE_PX for side in image.shape[:2])
    padded = np.pad(image, ((0, height), (0, width), (0, 0)), mode="edge")
    for top in range(0, padded.shape[0], TILE_PX):
        for left in range(0, padded.shape[1], TILE_PX):
            yield encode_tile(padded[top : top + TILE_PX, left : left + TILE_PX], quality)


def spot(image: np.ndarray, x: float, y: float, diameter_um: float, density: float) -> None:
    """A nucleus as it looks at low power, its place in px of the image."""
    side, fine = 24, 8
    left, top = int(x) - side // 2, int(y) - side // 2
    drawn = np.zeros((side * fine, side * fine), np.float32)
    centre = round((x - left) * fine), round((y - top) * fine)
    cv2.circle(drawn, centre, round(diameter_um / MPP / 2 * fine), density, -1)
    seen = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_AREA)[..., None]
    part = image[top : top + side, left : left + side]
    part[...] = np.rint(part * 10 ** -(seen * np.array([1.0, 1.0, 0.6])))


nuclei = st.lists(
    st.tuples(st.floats(20, 780), st.floats(20, 620), st.floats(6, 12), st.floats(0.03, 0.4)), min_size=0, max_size=6
)


@given(nuclei, st.sampled_from([0, 75, 90]), st.integers(0, 2))
@settings(max_examples=50, deadline=None)
def test_a_first_look_never_finds_less_than_the_full_look(tmp_path_factory, cells, quality, noise):
    image = np.full((640, 800, 3), GLASS, np.uint8)
    for x, y, diameter, density in cells:
        spot(image, x, y, diameter, density)
    image -= np.random.default_rng(1).integers(0, noise + 1, image.shape, np.uint8)
    slide = open_slide(write(tmp_path_factory.mktemp("f") / "s.tif", image, 3, quality), probe=False)
    assert choose_look(slide.info.levels, MPP, 0) == 1
    assert abs(int(np.median(slide.read(PixelRegion(0, 0, 64, 64), 1)[..., 0])) - GLASS[0]) < 4
    full, coarse_to_fine = (scan_slide(Watched(slide, levels), MPP) for levels in (1, 3))
    slide.close()
    assert not (full.cells & ~coarse_to_fine.cells).any()


@pytest.mark.parametrize("quality", [60, 75, 90])
def test_the_palest_nucleus_alone_on_clean_glass_is_not_lost(tmp_path, quality):
    """Where JPEG flattens most: nothing else stands out near it."""
    rng = np.random.default_rng(quality)
    image = np.full((1280, 1280, 3), GLASS, np.uint8)
    places = [(x + rng.random(), y + rng.random()) for x in range(150, 1200, 200) for y in range(150, 1200, 200)]
    for i, (x, y) in enumerate(places):
        spot(image, x, y, (6, 7, 8)[i % 3], (0.05, 0.06, 0.08)[i // 3 % 3])
    slide = open_slide(write(tmp_path / "s.tif", image, 3, quality), probe=False)
    full, coarse_to_fine = (scan_slide(Watched(slide, levels), MPP) for levels in (1, 3))
    slide.close()
    assert full.cells.sum() >= 10
    np.testing.assert_array_equal(full.cells, coarse_to_fine.cells)


def one_nucleus(path: Path) -> Slide:
    """4,096 x 3,072 px with one nucleus; bare glass else, with a slow change of the light."""
    image = np.full((3072, 4096, 3), GLASS, np.uint8)
    image -= np.linspace(0, 12, 4096).astype(np.uint8)[None, :, None]
    spot(image, 3000, 1000, 8, 0.3)
    return open_slide(write(path / "one.tif", image), probe=False)


def test_of_bare_glass_nothing_is_decoded_where_nuclei_show(tmp_path):
    slide = one_nucleus(tmp_path)
    watched = Watched(slide)
    found = scan_slide(watched, MPP)
    assert found.holds_cells(RectPx(2995, 995, 10, 10)) and found.cells.sum() < 20
    assert not [region for level, region in watched.reads if level == 2], "8 um a pixel is too coarse for a look"
    looked = sum(region.width * region.height for level, region in watched.reads if level == 1)
    decoded = sum(region.width * region.height for level, region in watched.reads if level == 0)
    assert looked == 2048 * 1536
    assert 0 < decoded < 0.05 * 4096 * 3072
    slide.close()


def test_equal_bytes_are_looked_at_once(tmp_path):
    slide = one_nucleus(tmp_path)
    watched = Watched(slide, stored=True)
    real = slide.stored_tiles(1)
    assert (real.width, real.height, real.same.shape) == (256, 256, (6, 8)) and len(np.unique(real.same)) == 48
    # As a writer of sparse files would have stored it: all columns but the nucleus's tile are the first one.
    same = np.zeros_like(real.same)
    same[1, 5] = 1
    watched.stored_tiles = lambda level, plane=0: replace(real, same=same)
    found = scan_slide(watched, MPP)
    assert len([level for level, _ in watched.reads if level == 1]) == 2
    assert found.holds_cells(RectPx(2995, 995, 10, 10))
    slide.close()


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_tiles_are_the_same_when_offset_and_length_are_or_nothing_is_stored(rows, columns, seed):
    rng = np.random.default_rng(seed)
    offsets, lengths = rng.integers(1, 4, rows * columns + 2), rng.integers(0, 3, rows * columns + 2)
    same = stored_tiles((rows, columns), offsets, lengths).ravel()
    for i in range(len(same)):
        for j in range(len(same)):
            empty = lengths[i] == lengths[j] == 0
            assert (same[i] == same[j]) == (empty or (lengths[i], offsets[i]) == (lengths[j], offsets[j]))


def write_sparse(path: Path, image: np.ndarray, left_out: set[tuple[int, int, int]]) -> Path:
    """Three levels as JPEG; tiles (level, row, column) in ``left_out``, and all that are bare glass, have no bytes."""
    with tifffile.TiffWriter(path) as writer:
        for level in range(3):
            if level:
                image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            columns = math.ceil(image.shape[1] / TILE_PX)
            data = list(jpeg_tiles(image, 90))
            for i in range(len(data)):
                row, column = divmod(i, columns)
                part = image[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
                if (level, row, column) in left_out or (part == 255).all():
                    data[i] = b""
            options = {"photometric": "ycbcr", "compression": "jpeg", "shape": image.shape, "dtype": np.uint8}
            scale = {"resolution": (1e4 / MPP, 1e4 / MPP), "resolutionunit": "CENTIMETER"}
            writer.write(
                iter(data), tile=(TILE_PX, TILE_PX), metadata=None, subfiletype=int(level > 0), **options, **scale
            )
    return path


def test_what_is_stored_only_where_nuclei_show_is_looked_at_there(tmp_path):
    """As of a file whose coarse level was not written to the end; bare glass has no bytes at any level."""
    image = np.full((3072, 4096, 3), 255, np.uint8)
    spot(image, 3000, 1000, 8, 0.3)
    spot(image, 600, 2000, 8, 0.3)
    decoded, looked, found = [], [], []
    for left_out in (set(), {(1, 1, 5)}):
        slide = open_slide(write_sparse(tmp_path / f"{len(left_out)}.tif", image, left_out), probe=False)
        watched = Watched(slide, stored=True)
        found.append(scan_slide(watched, MPP))
        decoded.append(sum(r.width * r.height for level, r in watched.reads if level == 0))
        looked.append(len([level for level, _ in watched.reads if level == 1]))
        slide.close()
    for cells in found:
        assert cells.holds_cells(RectPx(2995, 995, 10, 10)) and cells.holds_cells(RectPx(595, 1995, 10, 10))
    assert decoded[0] < 0.05 * 4096 * 3072, "glass without bytes is not decoded"
    assert looked == [2, 1], "nor looked at"
    assert decoded[0] < decoded[1] < decoded[0] + 3 * (2 * TILE_PX) ** 2


def test_tiles_at_the_edge_are_no_copies_of_whole_ones(tmp_path):
    """The stored tile goes on beyond the edge; its first copy within may be another picture."""
    image = np.full((600, 1100, 3), GLASS, np.uint8)
    spot(image, 1050, 560, 8, 0.3)
    slide = open_slide(write(tmp_path / "e.tif", image), probe=False)
    watched = Watched(slide)
    watched.stored_tiles = lambda level, plane=0: StoredTiles(256, 256, np.zeros((2, 3), np.int64))
    found = scan_slide(watched, MPP)
    assert {(r.width, r.height) for level, r in watched.reads if level == 1} == {
        (256, 256), (38, 256), (256, 44), (38, 44),
    }  # fmt: skip
    assert found.holds_cells(RectPx(1045, 555, 10, 10))
    slide.close()


def test_what_the_look_cannot_decode_is_looked_at_in_full(tmp_path):
    slide = one_nucleus(tmp_path)
    watched = Watched(slide, bad=(1, 1500, 500))
    assert scan_slide(watched, MPP).holds_cells(RectPx(2995, 995, 10, 10))
    slide.close()


@pytest.mark.parametrize(
    ("mpp", "downsamples", "chosen"),
    [
        (0.25, (1, 2, 4, 8, 16, 32), 4),
        (0.2528, (1, 2, 4, 8.0013, 16.01, 32.1), 4),
        (0.25, (1, 4, 16, 64), 2),
        (0.25, (1, 4), None),
        (0.25, (1, 2, 4, 8), None),
        (0.5, (1, 4, 16), None),
    ],
)
def test_the_look_is_taken_where_the_palest_nucleus_still_shows(mpp, downsamples, chosen):
    levels = [Level(SizePx(100, 100), float(d)) for d in downsamples]
    assert choose_look(levels, mpp, choose_level(levels, mpp)) == chosen


def test_progress_grows_and_is_told_a_hundred_times_at_most(tmp_path):
    slide = one_nucleus(tmp_path)
    shares = []
    scan_slide(Watched(slide), MPP, on_progress=shares.append, workers=2)
    assert shares == sorted(shares) and shares[-1] == 1.0 and 2 < len(shares) <= 102
    slide.close()


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_a_map_travels_in_bits(rows, columns, share, seed):
    cells = np.random.default_rng(seed).random((rows, columns)) < share
    there = pickle.loads(pickle.dumps(CellMap(32.5, cells)))
    assert there.pitch_px == 32.5
    np.testing.assert_array_equal(there.cells, cells)
    assert len(pickle.dumps(CellMap(1.0, np.zeros((1000, 1000), bool)))) < 130_000

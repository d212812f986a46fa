"""Tiles come out as the file has them, each part is decoded once, and a bad part fails only its tiles."""

import threading

import cv2
import numpy as np
import pytest

from app.analysis.plan import block_order, make_plan
from app.analysis.tile_reader import TileReader, chunk_size
from app.geometry import PixelRegion, SizePx
from app.slides.open import open_slide
from app.slides.slide import Level, TileReadError
from tests.drawn_slides import write_slide


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).integers(0, 256, (900, 1300, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def noise_slide(tmp_path_factory, noise):
    slide = open_slide(write_slide(tmp_path_factory.mktemp("noise") / "noise.tif", noise, levels=1), probe=False)
    yield slide
    slide.close()


class Counting:
    """The slide, with a count of reads and regions that cannot be read."""

    def __init__(self, slide, bad=()):
        self.slide, self.bad, self.regions = slide, bad, []
        self.info = slide.info

    def read(self, region, level=0, plane=0):
        self.regions.append((region.x, region.y))
        if (region.x, region.y) in self.bad:
            raise TileReadError("bad")
        return self.slide.read(region, level, plane)


def plan_for(slide, mpp=0.25, tile_px=96, stride_um=24.0):
    return make_plan(slide.info.levels, 0.25, tile_px=tile_px, mpp=mpp, stride_um=stride_um)


def test_tiles_are_the_files_pixels_padded_at_the_edge(noise_slide, noise):
    plan = plan_for(noise_slide)
    reader = TileReader(noise_slide, plan)
    padded = np.full((1100, 1500, 3), noise_slide.info.background_rgb, np.uint8)
    padded[:900, :1300] = noise
    for cell in range(plan.cells):
        row, column = divmod(cell, plan.grid.columns)
        assert np.array_equal(reader.read(cell), padded[row * 96 : row * 96 + 96, column * 96 : column * 96 + 96])


def test_a_finer_level_is_resampled_by_area(noise_slide, noise):
    plan = plan_for(noise_slide, mpp=0.5, stride_um=48.0)
    assert plan.resampled
    tile = TileReader(noise_slide, plan).read(plan.grid.columns + 2)
    square = noise[192:384, 384:576].reshape(96, 2, 96, 2, 3).mean(axis=(1, 3))
    assert np.abs(tile - square).max() <= 0.51
    odd = plan_for(noise_slide, mpp=0.4, stride_um=48.0)
    expected = cv2.resize(noise[: odd.read_px, : odd.read_px], (96, 96), interpolation=cv2.INTER_AREA)
    assert np.array_equal(TileReader(noise_slide, odd).read(0), expected)


def test_each_chunk_is_decoded_once_for_all_tiles_and_threads(noise_slide):
    slide = Counting(noise_slide)
    plan = plan_for(noise_slide, stride_um=12.0)
    reader = TileReader(slide, plan)
    threads = [
        threading.Thread(target=lambda first=i: [reader.read(c) for c in range(first, plan.cells, 4)]) for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(slide.regions) == len(set(slide.regions)) == 6 * 4


def test_a_run_decodes_each_tile_of_the_file_once(tmp_path, noise):
    """Although most of the student's tiles reach over several of them."""
    slide = open_slide(write_slide(tmp_path / "counted.tif", noise, levels=1), probe=False)
    page = slide._direct._pages[0][0]
    decoded, decode = [], page.decode
    page.decode = lambda data, index, **options: decoded.append(index) or decode(data, index, **options)
    plan = plan_for(slide)
    everywhere = np.ones((plan.grid.rows, plan.grid.columns), bool)
    reader = TileReader(slide, plan)
    for cell in block_order(plan, everywhere.astype(np.float32), everywhere):
        reader.read(int(cell))
    slide.close()
    assert sorted(decoded) == list(range(page.columns * page.rows))


@pytest.mark.parametrize("mpp", [0.25, 0.4, 0.5])
def test_tiles_read_together_are_those_read_alone(noise_slide, mpp):
    plan = plan_for(noise_slide, mpp=mpp, stride_um=19.0)
    cells = np.random.default_rng(1).permutation(plan.cells)[:40]
    together = np.empty((len(cells), 96, 96, 3), np.uint8)
    assert TileReader(noise_slide, plan).read_many(cells, together) == {}
    reader = TileReader(noise_slide, plan)
    assert all(np.array_equal(tile, reader.read(int(cell))) for cell, tile in zip(cells, together, strict=True))


def test_what_tiles_read_together_share_is_looked_up_once(noise_slide, monkeypatch):
    plan = plan_for(noise_slide)
    reader = TileReader(noise_slide, plan)
    looked_up, chunk = [], reader._chunk
    monkeypatch.setattr(reader, "_chunk", lambda key: looked_up.append(key) or chunk(key))
    reader.read_many(np.arange(plan.cells), np.empty((plan.cells, 96, 96, 3), np.uint8))
    assert len(looked_up) == len(set(looked_up)) < plan.cells / 4


def test_of_tiles_read_together_the_bad_ones_are_named(noise_slide):
    plan = plan_for(noise_slide)
    cells = np.arange(plan.cells)[::-1]
    together = np.empty((len(cells), 96, 96, 3), np.uint8)
    failed = TileReader(Counting(noise_slide, bad={(256, 256)}), plan).read_many(cells, together)
    assert {divmod(int(cells[place]), plan.grid.columns) for place in failed} == {
        (row, column) for row in (2, 3, 4, 5) for column in (2, 3, 4, 5)
    }
    good = TileReader(noise_slide, plan)
    for place, cell in enumerate(cells):
        assert place in failed or np.array_equal(together[place], good.read(int(cell)))


def test_a_bad_chunk_fails_the_tiles_that_touch_it_and_is_tried_once(noise_slide):
    slide = Counting(noise_slide, bad={(256, 256)})
    plan = plan_for(noise_slide)
    reader = TileReader(slide, plan)
    failed = set()
    for cell in range(plan.cells):
        try:
            reader.read(cell)
        except TileReadError:
            failed.add(divmod(cell, plan.grid.columns))
    touching = {(r, c) for r in range(plan.grid.rows) for c in range(plan.grid.columns)} & {
        (r, c) for r in (2, 3, 4, 5) for c in (2, 3, 4, 5)
    }
    assert failed == touching
    assert slide.regions.count((256, 256)) == 1


def test_regions_left_of_and_above_the_slide_are_background(noise_slide, noise):
    reader = TileReader(noise_slide, plan_for(noise_slide))
    pixels = reader.pixels(PixelRegion(-50, -20, 100, 60))
    assert (pixels[:20] == noise_slide.info.background_rgb).all()
    assert (pixels[:, :50] == noise_slide.info.background_rgb).all()
    assert np.array_equal(pixels[20:, 50:], noise[:40, :50])


@pytest.mark.parametrize(("tile", "chunk"), [(None, 256), (240, 240), (128, 256), (512, 512), (4096, 512), (16, 256)])
def test_chunks_coincide_with_the_files_tiles(noise_slide, tile, chunk):
    class Told:
        class info:
            levels = (Level(SizePx(5000, 5000), 1.0),)
            properties = (
                {} if tile is None else {f"openslide.level[0].tile-{side}": str(tile) for side in ("width", "height")}
            )

    assert chunk_size(Told, 0) == chunk

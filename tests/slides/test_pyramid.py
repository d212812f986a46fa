"""Tile arithmetic: tiles cover a level exactly once, and the level fits the screen."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geometry import RectPx, SizePx
from app.slides.levels import levels_from_sizes
from app.slides.pyramid import SHARPNESS_TOLERANCE, TileKey, TilePyramid
from app.slides.slide import Level

sizes = st.builds(SizePx, st.integers(1, 200_000), st.integers(1, 200_000))
tile_sizes = st.sampled_from([64, 240, 256, 512, 1024])


@st.composite
def pyramids(draw: st.DrawFn) -> TilePyramid:
    base = draw(sizes)
    levels = [Level(base, 1.0)]
    for downsample in sorted(draw(st.lists(st.floats(1.1, 64.0), max_size=5, unique=True))):
        size = SizePx(max(1, int(base.width / downsample)), max(1, int(base.height / downsample)))
        levels.append(Level(size, downsample))
    return TilePyramid(tuple(levels), draw(tile_sizes))


@st.composite
def rects(draw: st.DrawFn) -> RectPx:
    x, y = draw(st.floats(-5_000, 205_000)), draw(st.floats(-5_000, 205_000))
    lengths = st.just(0.0) | st.floats(0.01, 2_000)
    return RectPx(x, y, draw(lengths), draw(lengths))


@given(st.integers(1, 3000), st.integers(1, 3000), tile_sizes)
def test_the_tiles_of_a_level_cover_each_pixel_once(width: int, height: int, tile_px: int) -> None:
    pyramid = TilePyramid((Level(SizePx(width, height), 1.0),), tile_px)
    columns, rows = pyramid.grid(0)
    regions = [pyramid.tile_region(TileKey(0, column, row)) for row in range(rows) for column in range(columns)]
    assert sum(region.width * region.height for region in regions) == width * height
    assert {(region.x, region.y) for region in regions} == {
        (x, y) for x in range(0, width, tile_px) for y in range(0, height, tile_px)
    }
    assert all(0 < region.width <= tile_px and 0 < region.height <= tile_px for region in regions)
    assert all(region.x + region.width <= width and region.y + region.height <= height for region in regions)


@given(pyramids(), rects(), st.data())
def test_tiles_in_are_those_that_touch_the_rectangle(pyramid: TilePyramid, rect: RectPx, data: st.DataObject) -> None:
    level = data.draw(st.integers(0, len(pyramid.levels) - 1))
    downsample = pyramid.levels[level].downsample
    tiles = pyramid.tiles_in(level, rect)
    assert len(tiles) == len(set(tiles))
    assert all(pyramid.contains(tile) for tile in tiles)
    pitch = pyramid.tile_px * downsample
    columns, rows = pyramid.grid(level)
    for tile in tiles:
        assert tile.column * pitch < rect.right + 1e-6 and (tile.column + 1) * pitch > rect.x - 1e-6
        assert tile.row * pitch < rect.bottom + 1e-6 and (tile.row + 1) * pitch > rect.y - 1e-6
    # Every point of the rectangle that lies on a tile lies on one of these.
    if not rect.is_empty:
        for share_x, share_y in ((0.0, 0.0), (0.5, 0.5), (0.999, 0.999), (0.0, 0.999)):
            x, y = rect.x + share_x * rect.width, rect.y + share_y * rect.height
            column, row = math.floor(x / pitch), math.floor(y / pitch)
            if 0 <= column < columns and 0 <= row < rows:
                assert TileKey(level, column, row) in tiles


@given(pyramids(), st.data())
def test_a_tile_rect_is_its_region_in_level_0_pixels(pyramid: TilePyramid, data: st.DataObject) -> None:
    level = data.draw(st.integers(0, len(pyramid.levels) - 1))
    columns, rows = pyramid.grid(level)
    key = TileKey(level, data.draw(st.integers(0, columns - 1)), data.draw(st.integers(0, rows - 1)))
    region, rect, downsample = pyramid.tile_region(key), pyramid.tile_rect(key), pyramid.levels[level].downsample
    assert rect.x == pytest.approx(region.x * downsample)
    assert rect.y == pytest.approx(region.y * downsample)
    assert rect.right == pytest.approx((region.x + region.width) * downsample)
    assert rect.bottom == pytest.approx((region.y + region.height) * downsample)


@given(pyramids(), st.floats(0.001, 8.0))
def test_the_level_is_the_coarsest_that_is_as_sharp_as_the_screen(pyramid: TilePyramid, scale: float) -> None:
    chosen = pyramid.level_for_scale(scale)
    limit = 1 + SHARPNESS_TOLERANCE
    chosen_downsample = pyramid.levels[chosen].downsample
    assert chosen == 0 or chosen_downsample * scale <= limit
    for level in pyramid.levels:
        if level.downsample > chosen_downsample:
            assert level.downsample * scale > limit


def test_half_size_on_screen_takes_the_half_size_level_of_a_real_slide() -> None:
    levels = levels_from_sizes([SizePx(27866 >> n, 28023 >> n) for n in range(8)])
    pyramid = TilePyramid(levels)
    assert [pyramid.level_for_scale(scale) for scale in (2, 1, 0.6, 0.5, 0.25, 0.2, 1 / 128, 1e-6)] == [
        0, 0, 0, 1, 2, 2, 7, 7,
    ]  # fmt: skip
    assert pyramid.level_for_downsample(4) == 2


@given(sizes, st.integers(1, 9))
def test_a_level_halved_with_any_rounding_gets_its_whole_factor(base: SizePx, exponent: int) -> None:
    factor = 2**exponent
    if min(base.width, base.height) < 64 * factor:
        return
    for size in (
        SizePx(base.width // factor, base.height // factor),
        SizePx(-(-base.width // factor), -(-base.height // factor)),
        SizePx(round(base.width / factor), round(base.height / factor)),
    ):
        assert levels_from_sizes([base, size])[1].downsample == factor


def test_a_level_of_another_ratio_gets_its_mean_ratio() -> None:
    assert levels_from_sizes([SizePx(1000, 1000), SizePx(400, 400)])[1].downsample == 2.5
    assert levels_from_sizes([SizePx(300, 250), SizePx(150, 125), SizePx(75, 62), SizePx(37, 31)])[3].downsample == 8


def test_a_file_without_small_levels_is_told_to_be_slow() -> None:
    from app.slides.levels import slow_overview_note

    one_level = levels_from_sizes([SizePx(40_000, 9_000)])
    assert "40000 x 9000 px" in str(slow_overview_note(one_level))
    assert slow_overview_note(levels_from_sizes([SizePx(40_000, 9_000), SizePx(5_000, 1_125)])) is None


def test_contains_knows_the_edges() -> None:
    pyramid = TilePyramid((Level(SizePx(257, 256), 1.0),), 256)
    assert pyramid.contains(TileKey(0, 1, 0))
    for key in (TileKey(0, 2, 0), TileKey(0, 0, 1), TileKey(1, 0, 0), TileKey(0, -1, 0), TileKey(-1, 0, 0)):
        assert not pyramid.contains(key)

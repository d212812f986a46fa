"""Which tiles are chosen, how they are reduced, kept and asked for."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geometry import PointPx, RectPx, SizePx, ViewTransform, fitting_transform
from app.slides.pyramid import TilePyramid
from app.slides.slide import Level
from app.ui.canvas.display_pyramid import (
    GAP,
    OVERVIEW_PX,
    UPSAMPLING_TOLERANCE,
    DisplayKey,
    DisplayPyramid,
    display_tile_px,
)
from app.ui.canvas.tile_image import tile_image
from app.ui.canvas.tile_plan import SHARP_THEN, plan_tiles
from app.ui.canvas.tile_store import TileStore


def pyramid_of(width: int, height: int, downsamples: tuple[int, ...]) -> DisplayPyramid:
    levels = tuple(Level(SizePx(max(1, width // d), max(1, height // d)), float(d)) for d in downsamples)
    return DisplayPyramid(TilePyramid(levels))


pyramids = st.builds(
    pyramid_of,
    st.integers(300, 150_000),
    st.integers(300, 100_000),
    st.sampled_from([(1,), (1, 2, 4, 8), (1, 4, 16), (1, 4, 16, 32), (1, 2, 4, 8, 16, 32, 64, 128), (1, 16)]),
)


@given(pyramids)
def test_display_levels_have_no_gaps_and_end_in_a_small_overview(pyramid: DisplayPyramid) -> None:
    downsamples = [level.downsample for level in pyramid.levels]
    assert downsamples[0] == 1
    assert all(1 < after / before <= GAP for before, after in itertools.pairwise(downsamples))
    overview = pyramid.levels[pyramid.overview]
    assert max(overview.size.width, overview.size.height) <= OVERVIEW_PX or overview.reduction == 64
    assert all(level.tile_px * level.reduction == pyramid.tile_px for level in pyramid.levels)


@pytest.mark.parametrize(("preferred", "used"), [(256, 256), (240, 240), (1024, 1024), (250, 256), (129, 256)])
def test_the_tile_size_is_the_slides_own_where_it_can_be_halved(preferred: int, used: int) -> None:
    assert display_tile_px(preferred) == used
    levels = (Level(SizePx(9000, 9000), 1.0), Level(SizePx(562, 562), 16.0))
    assert [level.reduction for level in DisplayPyramid(TilePyramid(levels, used)).levels] == [1, 2, 4, 8, 1]


@given(pyramids, st.floats(1e-4, 16))
def test_the_level_for_a_scale_is_sharp_and_not_needlessly_fine(pyramid: DisplayPyramid, scale: float) -> None:
    index = pyramid.for_scale(scale)
    stretch = pyramid.levels[index].downsample * scale
    assert stretch <= UPSAMPLING_TOLERANCE or index == 0
    if index < pyramid.overview:
        assert stretch > UPSAMPLING_TOLERANCE / GAP


def test_slides_of_the_usual_vendors_get_the_levels_expected() -> None:
    every_fourth = pyramid_of(40_000, 30_000, (1, 4, 16))
    found = [(level.level, level.reduction, level.downsample) for level in every_fourth.levels]
    assert found == [(0, 1, 1), (0, 2, 2), (1, 1, 4), (1, 2, 8), (2, 1, 16), (2, 2, 32)]
    # 10x on a 0.2528 um/px slide: the level of a quarter, though stretched by 1.1 %.
    assert pyramid_of(27_866, 28_023, (1, 2, 4, 8)).for_scale(0.2528) == 2


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([1, 2, 4, 8]))
@settings(max_examples=40)
def test_a_reduced_tile_is_the_mean_of_its_pixels(width: int, height: int, reduction: int) -> None:
    rgb = np.random.default_rng(width * 1000 + height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = tile_image(rgb, reduction)
    assert image.shape == (-(-height // reduction), -(-width // reduction), 4)
    assert (image[..., 3] == 255).all()
    mean = rgb[:reduction, :reduction].reshape(-1, 3).mean(axis=0)
    if width >= reduction and height >= reduction:
        assert image[0, 0, 2::-1] == pytest.approx(mean, abs=0.51)


def test_the_store_stays_within_its_bytes_but_keeps_overview_and_screen() -> None:
    tile = np.zeros((16, 16, 4), np.uint8)
    store = TileStore(pinned_index=3, max_bytes=10 * tile.nbytes)
    overview = [DisplayKey(3, n, 0) for n in range(2)]
    screen = [DisplayKey(0, n, 0) for n in range(4)]
    for key in overview + screen + [DisplayKey(1, n, 0) for n in range(50)]:
        store.put(key, tile.copy())
        store.keep_on_screen(frozenset(screen))
    assert store.bytes_used == 10 * tile.nbytes == sum(tile.nbytes for _ in range(len(store)))
    assert all(key in store for key in overview + screen)
    # Of the others the latest are left, and what was drawn lately outlives what was only loaded.
    assert DisplayKey(1, 49, 0) in store
    assert store.get(DisplayKey(1, 46, 0)) is not None
    store.put(DisplayKey(1, 60, 0), tile.copy())
    store.keep_on_screen(frozenset(screen))
    assert DisplayKey(1, 46, 0) in store
    assert DisplayKey(1, 47, 0) not in store


def test_more_on_screen_than_the_limit_is_kept_all_the_same() -> None:
    tile = np.zeros((16, 16, 4), np.uint8)
    store = TileStore(pinned_index=9, max_bytes=2 * tile.nbytes)
    screen = frozenset(DisplayKey(0, n, 0) for n in range(5))
    for key in screen:
        store.put(key, tile.copy())
        store.keep_on_screen(screen)
    assert len(store) == 5


views = st.builds(
    ViewTransform,
    st.builds(PointPx, st.floats(0, 20_000), st.floats(0, 15_000)),
    st.floats(0.01, 8),
    st.floats(0, 360),
    st.just((800.0, 600.0)),
)


@given(views, st.lists(st.tuples(st.floats(0, 800), st.floats(0, 600)), min_size=1, max_size=20))
def test_every_pixel_on_screen_has_its_tile_in_the_plan(view: ViewTransform, places: list[tuple[float, float]]) -> None:
    pyramid = pyramid_of(20_000, 15_000, (1, 4, 16))
    plan = plan_tiles(pyramid, view)
    assert plan.on_screen <= {key for key, _ in plan.wanted}
    for place in places:
        point = view.to_slide(*place)
        tiles = pyramid.tiles_in(plan.index, RectPx(point.x, point.y, 1e-6, 1e-6))
        assert all(tile in plan.on_screen for tile in tiles)


@given(views)
def test_the_overview_comes_first_then_stand_ins_then_the_middle(view: ViewTransform) -> None:
    pyramid = pyramid_of(20_000, 15_000, (1, 4, 16))
    plan = plan_tiles(pyramid, view)
    order = [key for key, _ in sorted(plan.wanted, key=lambda pair: pair[1])]
    columns, rows = pyramid.grid(pyramid.overview)
    assert all(key.display == pyramid.overview for key in order[: columns * rows])
    if plan.index == pyramid.overview:
        return
    sharp = [key for key, priority in plan.wanted if key in plan.on_screen]
    distances = []
    for key in sharp:
        level = pyramid.levels[key.display]
        pitch = level.tile_px * level.downsample
        x, y = view.to_device(PointPx((key.column + 0.5) * pitch, (key.row + 0.5) * pitch))
        distances.append(math.hypot(x - 400, y - 300))
    by_priority = sorted(range(len(sharp)), key=lambda n: dict(plan.wanted)[sharp[n]])
    assert distances == pytest.approx([distances[n] for n in by_priority])
    ring = [key for key, priority in plan.wanted if key.display == plan.index and key not in plan.on_screen]
    priorities = dict(plan.wanted)
    if ring:
        assert min(priorities[key] for key in ring) > max(priorities[key] for key in sharp) >= SHARP_THEN


def test_a_turned_view_does_not_ask_for_the_corners_of_its_box() -> None:
    pyramid = pyramid_of(40_000, 40_000, (1, 4, 16))
    view = ViewTransform(PointPx(20_000, 20_000), 1.0, 45.0, (3000.0, 400.0))
    box = len(pyramid.tiles_in(0, view.visible_rect()))
    assert len(plan_tiles(pyramid, view).on_screen) < 0.6 * box


def test_what_is_held_or_failed_is_not_asked_for_again() -> None:
    pyramid = pyramid_of(2000, 2000, (1, 2))
    plan = plan_tiles(pyramid, fitting_transform(RectPx(0, 0, 2000, 2000), (2000.0, 2000.0)))
    held, failed = {plan.wanted[0][0]}, {plan.wanted[-1][0]}
    missing = [key for key, _ in plan.missing(lambda key: key in held or key in failed)]
    assert len(missing) == len(plan.wanted) - 2
    assert not (held | failed) & set(missing)

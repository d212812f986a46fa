"""The tile plan: level choice, grid, order and queue."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.plan import MAX_UPSAMPLING, PlanError, TilePlan, block_order, cells_touching, make_plan
from app.analysis.tile_queue import TileQueue
from app.geometry import RectPx, SizePx
from app.records.scores import GridSpec
from app.slides.slide import Level


def pyramid(width: int, height: int, *downsamples: float) -> list[Level]:
    return [Level(SizePx(max(1, round(width / d)), max(1, round(height / d))), d) for d in downsamples]


def plan_for(levels: list[Level], slide_mpp: float, **changes: float) -> TilePlan:
    wanted = {"tile_px": 96, "mpp": 0.5, "stride_um": 48.0} | changes
    return make_plan(levels, slide_mpp, **wanted)


def test_a_level_within_three_percent_is_used_as_it_is():
    plan = plan_for(pyramid(27866, 28023, 1.0, 2.00004, 4.0004), 0.2528)
    assert (plan.read_level, plan.read_px, plan.resampled) == (1, 96, False)
    assert plan.mpp_used == pytest.approx(0.5056, rel=1e-4)
    assert plan.grid.tile_px == pytest.approx(192.004, abs=0.01)
    assert plan.grid.stride_px == pytest.approx(189.87, abs=0.01)


def test_else_the_next_finer_level_is_resampled():
    plan = plan_for(pyramid(40000, 30000, 1.0, 4.0, 16.0), 0.23)
    assert plan.read_level == 0
    assert plan.read_px == round(96 * 0.5 / 0.23)
    assert plan.resampled
    assert plan.mpp_used == pytest.approx(0.5, rel=0.01)


def test_a_somewhat_coarser_slide_is_enlarged_and_a_far_coarser_one_refused():
    plan = plan_for(pyramid(4000, 4000, 1.0, 2.0), 0.6)
    assert plan.read_level == 0 and plan.read_px == 80
    with pytest.raises(PlanError, match="too coarse"):
        plan_for(pyramid(4000, 4000, 1.0), 0.5 * MAX_UPSAMPLING + 0.01)


def test_a_grid_beyond_reason_is_refused():
    with pytest.raises(PlanError, match="tiles"):
        plan_for(pyramid(150_000, 100_000, 1.0), 0.25, stride_um=0.5)


@given(
    width=st.integers(1, 90_000),
    height=st.integers(1, 90_000),
    slide_mpp=st.floats(0.1, 0.7),
    downsamples=st.lists(st.floats(1.5, 40.0), max_size=4),
    stride_um=st.floats(20.0, 100.0),
)
def test_the_grid_covers_the_slide_and_no_tile_lies_outside(width, height, slide_mpp, downsamples, stride_um):
    plan = plan_for(pyramid(width, height, 1.0, *sorted(downsamples)), slide_mpp, stride_um=stride_um)
    grid = plan.grid
    for length, count in ((width, grid.columns), (height, grid.rows)):
        last = (count - 1) * grid.stride_px
        assert last + max(grid.tile_px, grid.stride_px) >= length - 1e-6
        assert count == 1 or last < length
        assert count == 1 or last - grid.stride_px + grid.tile_px < length
    level_mpp = slide_mpp * plan.downsample
    assert plan.mpp_used == pytest.approx(level_mpp * plan.read_px / 96)
    assert abs(plan.mpp_used / 0.5 - 1) <= 0.03 + 0.5 / plan.read_px


@given(st.integers(0, 39), st.integers(0, 29), st.floats(0.15, 0.6))
def test_tiles_lie_where_the_grid_says(column, row, slide_mpp):
    plan = plan_for(pyramid(8000, 6000, 1.0, 2.0, 4.0), slide_mpp)
    column, row = column % plan.grid.columns, row % plan.grid.rows
    region = plan.tile_region(row * plan.grid.columns + column)
    assert abs(region.x * plan.downsample - column * plan.grid.stride_px) <= plan.downsample / 2 + 1e-6
    assert abs(region.y * plan.downsample - row * plan.grid.stride_px) <= plan.downsample / 2 + 1e-6
    assert region.width * plan.downsample == pytest.approx(plan.grid.tile_px)


def small_plan(columns: int, rows: int, tile: float = 190.0, stride: float = 190.0) -> TilePlan:
    return TilePlan(GridSpec(columns, rows, tile, stride), 0, 1.0, round(tile), 96, 0.5, 0)


maps = st.tuples(st.integers(1, 40), st.integers(1, 30), st.integers(0, 2**31)).map(
    lambda t: (small_plan(t[0], t[1]), np.random.default_rng(t[2]))
)


@given(maps)
@settings(max_examples=50)
def test_the_order_holds_every_wanted_cell_once_and_full_blocks_first(case):
    plan, rng = case
    shape = (plan.grid.rows, plan.grid.columns)
    cellularity = rng.random(shape, dtype=np.float32) * (rng.random(shape) < 0.3)
    wanted = rng.random(shape) < 0.5
    order = block_order(plan, cellularity.astype(np.float32), wanted)
    assert sorted(order) == list(np.flatnonzero(wanted))
    rows, columns = np.divmod(order, plan.grid.columns)
    blocks = list(zip(rows // 4, columns // 4, strict=True))
    firsts = list(dict.fromkeys(blocks))
    assert len(firsts) == sum(1 for i, b in enumerate(blocks) if i == 0 or blocks[i - 1] != b), "blocks are not split"
    totals = [sum(cellularity.ravel()[c] for c, b in zip(order, blocks, strict=True) if b == f) for f in firsts]
    assert all(a >= b - 1e-4 for a, b in itertools.pairwise(totals))


eighths = st.integers(-4000, 64_000).map(lambda n: n / 8)
rects = st.tuples(eighths, eighths, eighths.map(lambda n: max(0.0, n)), eighths.map(lambda n: max(0.0, n))).map(
    lambda t: RectPx(*t)
)


@given(st.integers(1, 20), st.integers(1, 20), st.integers(50, 300), st.integers(50, 300), rects)
def test_cells_touching_agrees_with_each_tile_alone(columns, rows, tile, stride, rect):
    grid = GridSpec(columns, rows, tile, stride)
    expected = [
        row * columns + column
        for row in range(rows)
        for column in range(columns)
        if rect.intersects(RectPx(column * stride, row * stride, tile, tile))
    ]
    assert list(cells_touching(grid, rect)) == expected


@given(maps, st.integers(1, 17), st.lists(rects, max_size=3))
@settings(max_examples=50)
def test_the_queue_hands_out_each_cell_once_whatever_is_visible(case, count, looks):
    plan, rng = case
    order = rng.permutation(np.flatnonzero(rng.random(plan.cells) < 0.6))
    queue = TileQueue(plan, order)
    taken: list[int] = []
    for look in looks:
        queue.set_visible(look)
        visible = set(cells_touching(plan.grid, look)) & (set(order) - set(taken))
        batch = queue.take(count)
        if visible:
            assert set(batch) <= visible, "the very next batch is of what is visible"
            assert len(batch) == min(count, len(visible))
        taken.extend(batch)
    while len(batch := queue.take(count)):
        taken.extend(batch)
    assert sorted(taken) == sorted(order)
    assert queue.remaining == 0


@given(maps, st.lists(st.tuples(rects, st.integers(1, 17), st.floats(0, 1)), max_size=5))
@settings(max_examples=50)
def test_what_is_given_back_is_handed_out_again_visible_cells_first(case, steps):
    plan, rng = case
    order = rng.permutation(np.flatnonzero(rng.random(plan.cells) < 0.6))
    queue = TileQueue(plan, order)
    done: list[int] = []
    for look, count, kept in steps:
        taken = queue.take(count)
        queue.set_visible(look)
        keep = int(kept * len(taken))
        queue.give_back(taken[keep:])
        done.extend(taken[:keep])
        visible = set(cells_touching(plan.grid, look)) & (set(order) - set(done))
        batch = queue.take(count)
        assert set(batch) <= visible if visible else visible == set()
        done.extend(batch)
    while len(batch := queue.take(7)):
        done.extend(batch)
    assert sorted(done) == sorted(order)
    assert queue.remaining == 0


@given(maps, st.lists(st.tuples(rects, rects, st.integers(1, 17), st.floats(0, 1)), max_size=8))
@settings(max_examples=100)
def test_a_field_that_moves_on_after_cells_were_given_back_loses_none_and_doubles_none(case, steps):
    plan, rng = case
    order = rng.permutation(np.flatnonzero(rng.random(plan.cells) < 0.6))
    queue = TileQueue(plan, order)
    done: list[int] = []
    for look, next_look, count, kept in steps:
        taken = queue.take(count)
        queue.set_visible(look)
        keep = int(kept * len(taken))
        queue.give_back(taken[keep:])
        queue.set_visible(next_look)
        done.extend(taken[:keep])
    while len(batch := queue.take(7)):
        done.extend(batch)
    assert sorted(done) == sorted(order)
    assert queue.remaining == 0


@given(st.integers(0, 400), st.integers(1, 33), st.integers(1, 8))
def test_groups_are_whole_batches_and_shrink_so_that_all_threads_end_together(cells, batch, takers):
    plan = make_plan([Level(SizePx(20 * 96, 20 * 96), 1.0)], 0.5, tile_px=96, mpp=0.5, stride_um=48.0)
    queue = TileQueue(plan, np.arange(cells))
    while queue.remaining:
        left = queue.remaining
        count = queue.share(batch, 32, takers)
        assert count == batch or (count % batch == 0 and count <= 32 and count * 2 * takers <= left)
        queue.take(count)

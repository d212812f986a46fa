"""Where a pan is going: ahead of it tiles are asked for, and nowhere else."""

from hypothesis import given
from hypothesis import strategies as st

from app.geometry import PointPx, SizePx, ViewTransform
from app.slides.pyramid import TilePyramid
from app.slides.slide import Level
from app.ui.canvas.display_pyramid import DisplayPyramid
from app.ui.canvas.heading import AHEAD_SHARE, Heading
from app.ui.canvas.tile_plan import OTHER_PLANES, PREFETCH_LAST, plan_tiles

START = ViewTransform(PointPx(20_000.0, 20_000.0), 0.5, 0.0, (1000.0, 600.0))
PYRAMID = DisplayPyramid(TilePyramid((Level(SizePx(40_000, 40_000), 1.0), Level(SizePx(20_000, 20_000), 2.0)), 256))


def after_pans(dx: float, dy: float, steps: int = 6, view: ViewTransform = START) -> tuple[Heading, ViewTransform]:
    heading = Heading()
    heading.follow(view)
    for _ in range(steps):
        view = view.panned(dx, dy)
        heading.follow(view)
    return heading, view


@given(st.floats(-60, 60), st.floats(-60, 60), st.sampled_from([0.0, 30.0, 90.0, 200.0]))
def test_a_pan_looks_against_the_movement_of_the_slide(dx: float, dy: float, rotation: float) -> None:
    heading, _ = after_pans(dx, dy, view=START.rotated_to(rotation))
    x, y = heading.ahead()
    speed = (dx * dx + dy * dy) ** 0.5
    if speed < 1.5:
        assert (x, y) == (0.0, 0.0)
    elif speed > 3.0:
        # The slide moves one way on the screen, what comes into view lies the other way.
        assert x * dx + y * dy < -0.99 * speed * (x * x + y * y) ** 0.5
        assert (x * x + y * y) ** 0.5 <= AHEAD_SHARE * 1000.0 * 1.001


def test_a_zoom_a_turn_and_a_jump_have_no_direction() -> None:
    for after in (
        START.zoomed_at(100, 100, 0.7),
        START.rotated_to(15.0),
        ViewTransform(PointPx(5000.0, 5000.0), 0.5, 0.0, START.viewport_device),
    ):
        heading, _ = after_pans(-20, 0)
        heading.follow(after)
        assert heading.ahead() == (0.0, 0.0)


def test_tiles_ahead_are_wanted_before_those_behind() -> None:
    heading, view = after_pans(-30, 0)
    plan = plan_tiles(PYRAMID, view, heading.ahead())
    still = plan_tiles(PYRAMID, view)
    assert plan.on_screen == still.on_screen
    ring = {key: priority for key, priority in plan.wanted if PREFETCH_LAST <= priority < OTHER_PLANES}
    middle = view.center.x
    ahead = [p for key, p in ring.items() if PYRAMID.tile_rect(key).center.x > middle + 1100]
    behind = [p for key, p in ring.items() if PYRAMID.tile_rect(key).center.x < middle - 900]
    assert ahead and behind and min(ahead) < min(behind)
    reach = max(PYRAMID.tile_rect(key).right for key in ring)
    assert reach > max(PYRAMID.tile_rect(key).right for key, p in still.wanted if p >= PREFETCH_LAST)
    assert {(k, p) for k, p in still.wanted if p < PREFETCH_LAST} <= set(plan.wanted)


def test_the_neighbouring_planes_come_last_and_only_they() -> None:
    stack = PYRAMID.at_plane(2)
    plan = plan_tiles(stack, START, planes=4)
    others = {key.plane for key, priority in plan.wanted if priority >= OTHER_PLANES}
    assert others == {1, 3}
    assert {key.plane for key, priority in plan.wanted if priority < OTHER_PLANES} == {2}
    assert len(plan.wanted) == len(plan_tiles(PYRAMID, START).wanted) + 2 * len(plan.on_screen)

"""A frame costs what the viewport costs, however large the slide: counted in bytes and reads, never in time."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from app.geometry import PointPx, SizePx
from app.slides.slide import Level, MppState, SlideInfo

SMALL, LARGE = 8_192, 131_072


class ComputedSlide:
    """A square slide of any size without a file; ``reads`` counts what was read of it."""

    def __init__(self, side: int) -> None:
        self.reads = 0
        downsamples = [2**n for n in range(12) if side >> n >= 512]
        self.info = SlideInfo(
            path=Path("computed.slide"),
            vendor="test",
            reader="computed",
            levels=tuple(Level(SizePx(side // d, side // d), float(d)) for d in downsamples),
            mpp=0.25,
            mpp_state=MppState.KNOWN,
            mpp_raw=None,
            objective_power=None,
            fingerprint=f"computed-{side}",
        )

    def read(self, region, level=0, plane=0):
        self.reads += 1
        return np.full((region.height, region.width, 3), (region.x // 256 * 7 + region.y // 256 * 13) % 200, np.uint8)

    def associated_image(self, name):
        raise KeyError(name)

    def close(self) -> None: ...


def settle(view, qtbot) -> None:
    """All tiles are there, those fetched ahead too."""
    qtbot.waitUntil(lambda: view.is_sharp, timeout=60_000)
    seen = -1
    while seen != view.scene.feed.decodes:
        seen = view.scene.feed.decodes
        qtbot.wait(60)


def most_allocated(view, qtbot, side: int) -> int:
    """Most bytes held at once beyond those before, over a pan, a zoom and a turn whose tiles are all there."""
    slide = ComputedSlide(side)
    view.set_slide(slide)
    view.center_on(PointPx(side / 2, side / 2), 20.0)
    settle(view, qtbot)
    steps = [lambda: view.pan_device(3, 2), lambda: view.zoom_by(1.02), lambda: view.rotate_by(1.0)]
    for step in steps:
        step()
        view._update_frame(view._frame)
    tracemalloc.start()
    peaks = []
    for step in steps:
        step()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        view._update_frame(view._frame)
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
    tracemalloc.stop()
    return max(peaks)


def test_a_frame_allocates_the_same_on_a_slide_that_is_256_times_as_large(view, qtbot):
    small, large = most_allocated(view, qtbot, SMALL), most_allocated(view, qtbot, LARGE)
    assert large < 1.25 * small + 100_000
    assert large < 3 * 4 * view.width() * view.height(), "no more than a few pictures of the viewport"


@pytest.mark.parametrize("side", [SMALL, LARGE])
def test_what_is_asked_for_at_a_time_hangs_on_the_viewport_alone(view, qtbot, side):
    slide = ComputedSlide(side)
    view.set_slide(slide)
    settle(view, qtbot)
    overview = slide.reads
    view.center_on(PointPx(side / 2, side / 2), 20.0)
    settle(view, qtbot)
    assert slide.reads - overview < 90


def test_a_view_seen_before_is_read_no_second_time(view, qtbot):
    slide = ComputedSlide(LARGE)
    view.set_slide(slide)
    view.center_on(PointPx(LARGE / 2, LARGE / 2), 20.0)
    settle(view, qtbot)
    view.center_on(PointPx(LARGE / 4, LARGE / 4))
    settle(view, qtbot)
    reads = slide.reads
    view.center_on(PointPx(LARGE / 2, LARGE / 2))
    assert view.scene.feed.decodes == reads
    settle(view, qtbot)
    assert slide.reads == reads

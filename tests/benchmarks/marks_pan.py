"""How long the canvas takes to paint a frame while a slide with 100,000 marks is panned and zoomed.

    python tests/benchmarks/marks_pan.py [SLIDE] [--marks 100000] [--frames 300] [--windows 1080p]
        [--out FILE.tsv]

Without SLIDE: an 80,000 x 60,000 px slide that is computed, not read (flat colours, so that what is measured is
the drawing of marks, not the decoding of tiles). The marks are nuclei-sized polygons, ellipses, rectangles,
lines and points of ten classes and some large hand-drawn areas, spread evenly; a pan goes around a circle by 24 px
a frame. ``paint`` is the time within one repaint of the view, its layers, the overlay above them and the instruments.
Runs offscreen unless QT_QPA_PLATFORM says otherwise. Marks come in slices, a few in each repaint: ``marks whole after``
is how many repaints a jump to the place takes until all of them are exact. Wanted: p99 below 16 ms.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")  # as in the program, see app/ui/application.py
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from machine import command_line
from PySide6.QtCore import QEventLoop, QPointF
from PySide6.QtWidgets import QApplication

from app.geometry import PixelRegion, PointPx, RectPx, SizePx
from app.records.mark_index import MarkIndex
from app.records.marks import Mark, new_mark
from app.records.shapes import Shape, ellipse, freehand, line, point, polygon, rectangle
from app.slides.open import open_slide
from app.slides.slide import Level, MppState, RgbImage, Slide, SlideInfo
from app.ui.canvas.marks_layer import MarksLayer
from app.ui.canvas.slide_view import SlideView
from app.ui.marking.draft_overlay import Draft, DraftOverlay

WINDOWS = {"1080p": (1920, 1080), "4K": (3840, 2160)}
SIZE = SizePx(80_000, 60_000)
COLORS = ("#1fa187", "#a65628", "#d7263d", "#f46197", "#56b4e9", "#7b5ea7", "#c8a951", "#8c510a", "#b2182b", "#0072b2")
TURN_S = 1 / 60
LARGE_EVERY = 2000
"""One mark in so many is an area of some thousand pixels with a thousand vertices."""


class ComputedSlide:
    """An 80,000 x 60,000 px slide without a file: tiles of one pale colour each."""

    def __init__(self) -> None:
        downsamples = (1, 4, 16, 64)
        self.info = SlideInfo(
            path=Path("computed.slide"),
            vendor="computed",
            reader="computed",
            levels=tuple(Level(SizePx(SIZE.width // d, SIZE.height // d), float(d)) for d in downsamples),
            mpp=0.25,
            mpp_state=MppState.KNOWN,
            mpp_raw=None,
            objective_power=None,
            fingerprint="computed",
        )

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        shade = 215 + (region.x // 256 * 7 + region.y // 256 * 13) % 30
        return np.full((region.height, region.width, 3), (shade, shade - 8, shade + 4), np.uint8)

    def associated_image(self, name: str) -> RgbImage:
        raise KeyError(name)

    def close(self) -> None: ...


class TimedView(SlideView):
    """Notes how long each repaint takes."""

    def __init__(self) -> None:
        super().__init__()
        self.paint_ms: list[float] = []
        self.clock = time.perf_counter

    def paintEvent(self, event: object) -> None:
        start = self.clock()
        super().paintEvent(event)  # type: ignore[arg-type]
        self.paint_ms.append((self.clock() - start) * 1e3)


def make_marks(count: int, size: SizePx) -> list[Mark]:
    """Marks of all kinds, evenly over the slide."""
    random = np.random.default_rng(7)
    places = random.uniform((200, 200), (size.width - 200, size.height - 200), (count, 2))
    radii = random.uniform(12, 60, count)
    return [
        new_mark("slide", _shape(random, n, x, y, r), class_key=f"class {n % len(COLORS)}")
        for n, ((x, y), r) in enumerate(zip(places.tolist(), radii.tolist(), strict=True))
    ]


def _shape(random: np.random.Generator, n: int, x: float, y: float, r: float) -> Shape:
    if n % LARGE_EVERY == 0:
        return freehand(_ring(random, x, y, 2500.0, 1000))
    match n % 10:
        case 0:
            return point(x, y)
        case 1:
            return line([(x - r, y), (x + r, y + r)])
        case 2:
            return rectangle(RectPx(x - r, y - r, 2 * r, 1.5 * r))
        case 3 | 4:
            return ellipse(RectPx(x - r, y - r, 2 * r, 1.5 * r))
        case _:
            return polygon(_ring(random, x, y, r, 24))


def _ring(random: np.random.Generator, x: float, y: float, radius: float, vertices: int) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    away = radius * (1 + 0.15 * random.standard_normal(vertices).cumsum().clip(-3, 3) / 3)
    return np.column_stack((x + np.cos(angles) * away, y + np.sin(angles) * away))


def wait_until_sharp(app: QApplication, view: SlideView, seconds: float = 20.0) -> None:
    end = time.perf_counter() + seconds
    while not view.is_sharp and time.perf_counter() < end:
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)


def wait_until_whole(app: QApplication, view: TimedView) -> int:
    """Draws the marks anew, as after a jump; how many repaints that takes."""
    app.processEvents()
    view.paint_ms.clear()
    view.update_layers()
    while True:
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
        if view._frame is not None and view.paint_ms and view._frame.is_complete:
            return len(view.paint_ms)


def moves(view: SlideView, frames: int) -> dict[str, Callable[[], Iterator[None]]]:
    """Kinds of moves; each step is what one input event does."""

    def pan() -> Iterator[None]:
        for n in range(frames):
            angle = n / frames * 2 * np.pi
            view.pan_device(round(24 * np.cos(angle)), round(24 * np.sin(angle)))
            yield

    def zoom() -> Iterator[None]:
        anchor = QPointF(view.width() * 0.4, view.height() * 0.6)
        for n in range(frames // 4):
            view.zoom_by(1.05 if (n // 20) % 2 == 0 else 1 / 1.05, anchor)
            yield

    return {"pan": pan, "zoom": zoom}


def measure(app: QApplication, view: TimedView, steps: Iterator[None]) -> tuple[list[float], float]:
    """Paint times, and the longest turn of the event loop, both in ms."""
    view.paint_ms.clear()
    longest = 0.0
    for _ in steps:
        due = time.perf_counter() + TURN_S
        while True:
            start = time.perf_counter()
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)
            end = time.perf_counter()
            longest = max(longest, (end - start) * 1e3)
            if end >= due:
                break
            time.sleep(min(0.001, due - end))
    return view.paint_ms[1:], longest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slide", type=Path, nargs="?")
    parser.add_argument("--marks", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--windows", nargs="+", choices=WINDOWS, default=["1080p"])
    parser.add_argument("--cpu", action="store_true", help="CPU time of painting, for a machine that is busy otherwise")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "marks_pan.tsv")
    options = parser.parse_args()
    load = os.getloadavg()[0]

    app = QApplication([])
    slide: Slide = open_slide(options.slide) if options.slide else ComputedSlide()
    marks = make_marks(options.marks, slide.info.size)
    start = time.perf_counter()
    layer = MarksLayer()
    layer.index = MarkIndex(marks)
    print(f"# {len(marks):,} marks indexed in {time.perf_counter() - start:.2f} s (on a worker in the window)")
    layer.set_colors({f"class {n}": color for n, color in enumerate(COLORS)})
    view = TimedView()
    view.clock = time.thread_time if options.cpu else time.perf_counter
    view.add_layer(layer)
    selected = [(mark.shape, layer.color_of(mark.class_key)) for mark in marks[:50]]
    overlay = DraftOverlay(view, lambda: Draft(selected=selected))
    lines = [
        "window\tmagnification\trotation\tmove\tframes\tpaint p50 ms\tpaint p99 ms\tlongest turn ms\tmarks in view"
        "\tmarks whole after"
    ]
    print(lines[0], flush=True)
    for name in options.windows:
        width, height = WINDOWS[name]
        view.resize(width, height)
        view.show()
        view.set_slide(slide)
        wait_until_sharp(app, view)
        middle = PointPx(slide.info.size.width * 0.5, slide.info.size.height * 0.5)
        for magnification in (None, 1.25, 2.5, 5.0, 10.0, 20.0, 40.0):
            for rotation in (0.0, 37.0):
                for kind, steps in moves(view, options.frames).items():
                    view.reset_rotation()
                    view.rotate_by(rotation)
                    if magnification is None:
                        view.fit()
                    else:
                        view.center_on(middle, magnification)
                    wait_until_sharp(app, view)
                    whole_after = wait_until_whole(app, view)
                    in_view = len(layer.index.query(view.visible_part()))
                    times, longest = measure(app, view, steps())
                    p50, p99 = np.percentile(times, [50, 99])
                    shown = "fit" if magnification is None else f"{magnification:g}x"
                    lines.append(
                        f"{name}\t{shown}\t{rotation:g}\t{kind}\t{len(times)}\t{p50:.1f}\t{p99:.1f}\t{longest:.1f}\t{in_view}"
                        f"\t{whole_after}"
                    )
                    print(lines[-1], flush=True)
    overlay.hide()
    view.set_slide(None)
    slide.close()
    head = f"# {command_line()}; {os.cpu_count()} processors, load before {load:.1f}"
    options.out.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

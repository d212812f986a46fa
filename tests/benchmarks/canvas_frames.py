"""How long the canvas takes to paint a frame while a real slide is panned and zoomed.

    python tests/benchmarks/canvas_frames.py SLIDE [--frames 200] [--windows 1080p] [--layers] [--out FILE.tsv]

Each row: one kind of move at one magnification and window size. ``paint`` is the time within one
repaint of the view and its instruments; ``turn`` is the longest time that the GUI thread stayed in one
turn of its event loop. Runs offscreen unless QT_QPA_PLATFORM says otherwise.
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

from app.geometry import PointPx
from app.records.scores import CellState, GridSpec
from app.slides.open import open_slide
from app.slides.slide import Slide
from app.ui.canvas.attention_layer import AttentionLayer
from app.ui.canvas.heatmap_layer import HeatmapLayer
from app.ui.canvas.slide_view import SlideView
from kd.bundle import ClassInfo

WINDOWS = {"1080p": (1920, 1080), "4K": (3840, 2160)}
TURN_S = 1 / 60


class TimedView(SlideView):
    """Notes how long each repaint takes."""

    def __init__(self) -> None:
        super().__init__()
        self.paint_ms: list[float] = []

    def paintEvent(self, event: object) -> None:
        start = time.perf_counter()
        super().paintEvent(event)  # type: ignore[arg-type]
        self.paint_ms.append((time.perf_counter() - start) * 1e3)


class RandomScores:
    """Scores of every tile of a slide, without a model: what a heatmap costs does not depend on their truth."""

    def __init__(self, slide: Slide, classes: int) -> None:
        side = 448.0
        self.grid = GridSpec(int(slide.info.size.width // side), int(slide.info.size.height // side), side, side)
        shape = (self.grid.rows, self.grid.columns)
        random = np.random.default_rng(1)
        self.states = np.full(shape, CellState.SCORED, np.uint8)
        self.states[random.random(shape) < 0.2] = CellState.BACKGROUND
        self.states[random.random(shape) < 0.05] = CellState.OUT_OF_FOCUS
        self.probabilities = random.dirichlet(np.ones(classes) * 0.4, shape).astype(np.float32)
        self.out_of_domain = np.zeros(shape, np.float32)
        self.version = 1
        self._attention = random.gamma(1.0, 1.0, (14, 14)).astype(np.float32)

    def attention(self, cell: int) -> np.ndarray:
        return np.roll(self._attention, cell, axis=1)


def wait_until_sharp(app: QApplication, view: SlideView, seconds: float = 20.0) -> None:
    end = time.perf_counter() + seconds
    while not view.is_sharp and time.perf_counter() < end:
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)


def moves(view: SlideView, frames: int) -> dict[str, Callable[[], Iterator[None]]]:
    """Kinds of moves; each step is what one input event does."""

    def pan() -> Iterator[None]:
        for n in range(frames):
            angle = n / frames * 2 * np.pi
            view.pan_device(round(24 * np.cos(angle)), round(24 * np.sin(angle)))
            yield

    def zoom() -> Iterator[None]:
        anchor = QPointF(view.width() * 0.4, view.height() * 0.6)
        for n in range(frames):
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
    parser.add_argument("slide", type=Path)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--layers", action="store_true", help="with a heatmap and attention over the whole slide")
    parser.add_argument("--windows", nargs="+", choices=WINDOWS, default=list(WINDOWS))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "canvas_frames.tsv")
    options = parser.parse_args()
    load = os.getloadavg()[0]

    app = QApplication([])
    slide = open_slide(options.slide)
    view = TimedView()
    if options.layers:
        colors = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")
        classes = [ClassInfo(str(n), f"class {n}", color, "", False) for n, color in enumerate(colors)]
        scores = RandomScores(slide, len(classes))
        heatmap, attention = HeatmapLayer(classes), AttentionLayer(scores.attention)
        heatmap.set_scores(scores)
        attention.set_grid(scores.grid)
        attention.visible = True
        view.add_layer(heatmap)
        view.add_layer(attention)
    lines = ["window\tmagnification\trotation\tmove\tframes\tpaint p50 ms\tpaint p99 ms\tlongest turn ms"]
    print(lines[0], flush=True)
    for name in options.windows:
        width, height = WINDOWS[name]
        view.resize(width, height)
        view.show()
        view.set_slide(slide)
        wait_until_sharp(app, view)
        middle = PointPx(slide.info.size.width * 0.5, slide.info.size.height * 0.5)
        for magnification in (2.5, 10.0, 20.0, 40.0):
            for rotation in (0.0, 37.0):
                for kind, steps in moves(view, options.frames).items():
                    view.reset_rotation()
                    view.rotate_by(rotation)
                    view.center_on(middle, magnification)
                    wait_until_sharp(app, view)
                    times, longest = measure(app, view, steps())
                    p50, p99 = np.percentile(times, [50, 99])
                    lines.append(
                        f"{name}\t{magnification:g}x\t{rotation:g}\t{kind}\t{len(times)}\t{p50:.1f}\t{p99:.1f}\t{longest:.1f}"
                    )
                    print(lines[-1], flush=True)
    view.set_slide(None)
    slide.close()
    head = f"# {command_line()}; {os.cpu_count()} processors, load before {load:.1f}"
    options.out.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

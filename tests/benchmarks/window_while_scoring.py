"""The whole window on a slide: opening, stalls and frames while it scores, memory of all its processes.

    python tests/benchmarks/window_while_scoring.py SLIDE [--model BUNDLE] [--seconds 30] [--until-scored]

Opening: from the call that a user's double-click makes to the first image in which every visible tile is sharp; the
window is up and idle before, as in use. Then the slide is panned (and now and then zoomed) by a timer at 60 Hz, at
10x and 20x in turn, while the student scores it. ``stall`` is the time between two beats of a 1 ms timer on the GUI
thread: how long the window did not react. ``frame`` is one repaint of the view, 1920 x 1080, raster. Memory is the
proportional set size (PSS) of the window's process and all its children, sampled twice a second with --until-scored
only, since reading it stalls them. Do not run it beside other work.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

FRAME_MS = 16
ENDED = ("finished", "failed", "cancelled")


class MemoryWatch(threading.Thread):
    """Peak PSS of this process and its children, and of each alone at that moment."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_mib, self.parts_mib = 0.0, dict[str, float]()
        self._ended = threading.Event()

    def run(self) -> None:
        own = psutil.Process()
        while not self._ended.wait(0.5):
            parts = {}
            for process in [own, *own.children(recursive=True)]:
                try:
                    parts[f"{process.pid}"] = process.memory_full_info().pss / 2**20
                except psutil.Error:
                    continue
            if sum(parts.values()) > self.peak_mib:
                self.peak_mib, self.parts_mib = sum(parts.values()), parts

    def stop(self) -> None:
        self._ended.set()
        self.join()


def quantiles(values: list[float]) -> dict[str, float]:
    """Median, p99 and longest, in ms."""
    ordered = sorted(values)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99)]
    return {"n": len(ordered), "p50_ms": 1e3 * at[0], "p99_ms": 1e3 * at[1], "max_ms": 1e3 * ordered[-1]}


def wait_until(true: Callable[[], bool], seconds: float) -> float:
    """Lets events run until the condition holds; returns the seconds it took."""
    start = time.perf_counter()
    while not true():
        QApplication.processEvents()
        if time.perf_counter() - start > seconds:
            sys.exit("The window did not get there in time.")
        time.sleep(0.0005)
    return time.perf_counter() - start


def measure(slide: Path, model: Path | None, seconds: float, until_scored: bool) -> dict[str, Any]:
    from app.ui.application import build_window, create_application
    from app.ui.canvas.slide_view import SlideView
    from app.ui.paths import AppPaths

    application = create_application()
    frames: list[float] = []
    paint = SlideView.paintEvent

    def timed_paint(view: SlideView, event: Any) -> None:
        start = time.perf_counter()
        paint(view, event)
        frames.append(time.perf_counter() - start)

    SlideView.paintEvent = timed_paint  # type: ignore[method-assign]
    memory = MemoryWatch()
    with tempfile.TemporaryDirectory() as temporary:
        start = time.perf_counter()
        window = build_window(AppPaths.for_user(Path(temporary)), bundle_path=model, theme="light")
        window.resize(1920, 1080)
        window.show()
        shown_s = time.perf_counter() - start
        wait_until(lambda: time.perf_counter() - start > 4, 10)
        view = window.stage.view
        window.open_path(slide)
        open_s = wait_until(lambda: window.specimen.session is not None and view.is_sharp, 60)
        if until_scored:
            memory.start()
        beats = [time.perf_counter()]
        beat = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=1)
        beat.timeout.connect(lambda: beats.append(time.perf_counter()))
        move = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=FRAME_MS)
        moves = 0

        def step() -> None:
            nonlocal moves
            if moves % 600 == 0:
                view.set_magnification(10.0 if moves % 1200 == 0 else 20.0)
            view.pan_device(-9.0 if moves % 500 < 250 else 9.0, 4.0 if moves % 300 < 150 else -4.0)
            if moves % 120 == 60:
                view.zoom_by(1.25 if moves % 240 == 60 else 0.8)
            moves += 1

        def state() -> Any:
            return window.specimen.session.progress

        move.timeout.connect(step)
        wait_until(lambda: state().state == "running", 600)
        frames.clear()
        beats[:] = [time.perf_counter()]
        beat.start()
        move.start()
        begun = time.perf_counter()
        before = state().done
        while time.perf_counter() - begun < seconds and state().state not in ENDED:
            application.processEvents()
            time.sleep(0.0002)
        scored_meanwhile = state().done - before
        moved_s = time.perf_counter() - begun
        beat.stop()
        move.stop()
        gaps = [b - a for a, b in itertools.pairwise(beats)]
        if until_scored:
            wait_until(lambda: state().state in ENDED, 7200)
            memory.stop()
        progress = state()
        result = {
            "slide": slide.name,
            "window_built_and_shown_s": shown_s,
            "open_to_sharp_image_s": open_s,
            "stall": quantiles(gaps),
            "frame": quantiles(frames),
            "tiles_scored_meanwhile": scored_meanwhile,
            "tiles_per_s_meanwhile": scored_meanwhile / moved_s,
            "run": {"state": progress.state, "done": progress.done, "total": progress.total, "failed": progress.failed},
            "peak_pss_mib": memory.peak_mib,
            "pss_by_process_mib": memory.parts_mib,
        }
        window.close()
        wait_until(lambda: window.specimen.session is None, 30)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slide", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long to pan and zoom")
    parser.add_argument("--until-scored", action="store_true", help="watch the memory until the run has ended")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result = measure(options.slide, options.model, options.seconds, options.until_scored)
    text = json.dumps({"command": "python " + " ".join(sys.argv), **result}, indent=1)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text, flush=True)
    os._exit(0)  # threads of the GUI library may still wait for a repaint that nobody needs


if __name__ == "__main__":
    main()

"""The whole window on a slide while it is scored: opening, stalls and frames, memory of all its processes.

    python tests/benchmarks/window_while_scoring.py SLIDE [--windows 1080p 4K] [--runs 3] [--seconds 8]
        [--marks 100000] [--model BUNDLE] [--until-scored] [--out FILE.json]

Everything is on: heatmap, attention map, coverage track, minimap, legend, and so many annotations, evenly spread.
Opening: from the call that a user's double-click makes to the first image in which every visible tile is sharp; the
window is up and idle before, as in use. Then the slide is panned by a timer at 60 Hz, at 10x and 20x in turn, now and
then zoomed, with a rest of a third of a second every two, while the student scores it. ``stall`` is the time between
two beats of a 1 ms timer on the GUI thread: how long the window did not react. ``frame`` is one repaint of the view,
raster, and ``cpu`` the processor time that the GUI thread spent in it. Each run is a process of its own with an empty
data folder. Memory is the proportional set size (PSS) of the window's process and all its children, sampled twice a
second with --until-scored only, since reading it stalls them. Do not run it beside other work.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import psutil
from machine import command_line
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

FRAME_MS = 16
ENDED = ("finished", "failed", "cancelled")
WINDOWS = {"1080p": (1920, 1080), "4K": (3840, 2160)}
RESULTS = Path(__file__).resolve().parent / "results"
TOLD = (
    ("frame", "p50_ms"),
    ("frame", "p99_ms"),
    ("frame", "max_ms"),
    ("cpu", "p99_ms"),
    ("stall", "p99_ms"),
    ("stall", "max_ms"),
)


class MemoryWatch(threading.Thread):
    """Peak PSS of this process and its children, and of each alone at that moment."""

    def __init__(self, every_s: float = 0.5) -> None:
        super().__init__(daemon=True)
        self._every_s = every_s
        self.peak_mib, self.parts_mib = 0.0, dict[str, float]()
        self._ended = threading.Event()

    def run(self) -> None:
        own = psutil.Process()
        while not self._ended.wait(self._every_s):
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


class Frames:
    """Wall and processor time of each repaint of the view, in s."""

    def __init__(self) -> None:
        from app.ui.canvas.slide_view import SlideView

        self.wall: list[float] = []
        self.cpu: list[float] = []
        paint = SlideView.paintEvent

        def timed(view: SlideView, event: Any) -> None:
            start, start_cpu = time.perf_counter(), time.thread_time()
            paint(view, event)
            self.cpu.append(time.thread_time() - start_cpu)
            self.wall.append(time.perf_counter() - start)

        SlideView.paintEvent = timed  # type: ignore[method-assign]

    def clear(self) -> None:
        self.wall.clear()
        self.cpu.clear()


class Hand:
    """Moves the view by a timer: pans, zooms, and rests for a third of a second every two."""

    def __init__(self, view: Any) -> None:
        self._view, self._steps = view, 0
        self.timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=FRAME_MS)
        self.timer.timeout.connect(self._step)

    def _step(self) -> None:
        n, view = self._steps, self._view
        self._steps += 1
        if n % 300 == 0:
            view.set_magnification(10.0 if n % 600 == 0 else 20.0)
        if n % 120 >= 98:
            return
        view.pan_device(-9 if n % 500 < 250 else 9, 4 if n % 300 < 150 else -4)
        if n % 120 == 60:
            view.zoom_by(1.25 if n % 240 == 60 else 0.8)


def put_marks(window: Any, count: int) -> None:
    """So many marks into the case of the open slide, as an import does; returns when they are drawn and saved."""
    from marks_pan import COLORS, make_marks

    from app.records.marks import MarkClass, changed
    from app.ui.background import run_in_background

    wait_until(lambda: window.case.store is not None and window.case.slide is not None, 60)
    store, slide = window.case.store, window.case.slide
    classes = [MarkClass(f"class {n}", f"Class {n}", color) for n, color in enumerate(COLORS)]
    size = window.specimen.session.slide.info.size

    def work(_token: object) -> Any:
        entry = store.edit("Import", put=[*classes, *(changed(m, slide=slide) for m in make_marks(count, size))])
        store.save()
        return entry

    run_in_background(work, on_done=window.case.tell)
    marks = window.marking.marks
    wait_until(lambda: len(marks.index) == count and not marks.is_loading, 120)


def prepare_window(temporary: Path, model: Path | None, size: tuple[int, int]) -> tuple[Any, float]:
    """The window with all overlays on, its stage built; and the seconds from the call until it was shown."""
    from app.ui.application import build_window, create_application
    from app.ui.paths import AppPaths
    from app.ui.smooth_running import SmoothRunning

    create_application()
    start = time.perf_counter()
    window = build_window(AppPaths.for_user(temporary), bundle_path=model, theme="light")
    window.settings.auto_start = False
    window.settings.overlay_visible = window.settings.attention_visible = True
    window.resize(*size)
    window.show()
    shown_s = time.perf_counter() - start
    # The model means nothing on a real slide; without this its overlays would stay hidden.
    window.actions_["demonstration"].setChecked(True)
    SmoothRunning(window)
    wait_until(lambda: window._stage is not None and time.perf_counter() - start > 4, 30)
    return window, shown_s


def measure(
    slide: Path, model: Path | None, size: tuple[int, int], marks: int, seconds: float, until_scored: bool
) -> dict[str, Any]:
    """One run: a new window, the slide opened, marked, scored, and moved under the reader's hand meanwhile."""
    frames = Frames()
    memory = MemoryWatch()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        window, shown_s = prepare_window(Path(temporary), model, size)
        view = window.stage.view
        window.open_path(slide)
        open_s = wait_until(lambda: window.specimen.session is not None and view.is_sharp, 60)
        if marks:
            put_marks(window, marks)
        wait_until(lambda: view.is_sharp, 60)

        def state() -> Any:
            return window.specimen.session.progress

        if until_scored:
            memory.start()
        window.scoring.start()
        wait_until(lambda: state().state == "running", 600)
        beats = [time.perf_counter()]
        beat = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=1)
        beat.timeout.connect(lambda: beats.append(time.perf_counter()))
        hand = Hand(view)
        frames.clear()
        before, begun = state().done, time.perf_counter()
        beat.start()
        hand.timer.start()
        while time.perf_counter() - begun < seconds and state().state not in ENDED:
            QApplication.processEvents()
            time.sleep(0.0002)
        moved_s, scored = time.perf_counter() - begun, state().done - before
        beat.stop()
        hand.timer.stop()
        stall = quantiles([b - a for a, b in itertools.pairwise(beats)])
        result = {
            "slide": slide.name,
            "view_px": [view.width(), view.height()],
            "marks": marks,
            "window_built_and_shown_s": shown_s,
            "open_to_sharp_image_s": open_s,
            "stall": stall,
            "frame": quantiles(frames.wall),
            "cpu": quantiles(frames.cpu),
            "tiles_scored_meanwhile": scored,
            "tiles_per_s_meanwhile": scored / moved_s,
        }
        if until_scored:
            wait_until(lambda: state().state in ENDED, 7200)
            memory.stop()
            result |= {"peak_pss_mib": memory.peak_mib, "pss_by_process_mib": memory.parts_mib}
        progress = state()
        result["run"] = {
            "state": progress.state,
            "done": progress.done,
            "total": progress.total,
            "failed": progress.failed,
        }
        window.close()
        wait_until(lambda: window.specimen.session is None, 30)
    return result


def one_run(arguments: list[str]) -> dict[str, Any]:
    """A run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run.json"
        subprocess.run([sys.executable, __file__, *arguments, "--one", str(out)], check=True)
        return dict(json.loads(out.read_text(encoding="utf-8")))


def summarise(runs: list[dict[str, Any]]) -> dict[str, str]:
    """Median (lowest to highest) over the runs."""
    summary = {}
    for kind, name in TOLD:
        values = [run[kind][name] for run in runs]
        summary[f"{kind} {name}"] = f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slide", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--windows", nargs="+", choices=WINDOWS, default=list(WINDOWS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--marks", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=8.0, help="how long to pan and zoom, at most")
    parser.add_argument("--until-scored", action="store_true", help="watch the memory until the run has ended")
    parser.add_argument("--out", type=Path, default=RESULTS / "window_while_scoring.json")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        size = WINDOWS[options.windows[0]]
        result = measure(options.slide, options.model, size, options.marks, options.seconds, options.until_scored)
        options.one.write_text(json.dumps(result), encoding="utf-8")
        os._exit(0)  # threads of the GUI library may still wait for a repaint that nobody needs
    shared = [str(options.slide), "--marks", str(options.marks), "--seconds", str(options.seconds)]
    shared += ["--model", str(options.model)] if options.model else []
    shared += ["--until-scored"] if options.until_scored else []
    table: dict[str, Any] = {"command": command_line(), "machine": machine(), "windows": {}}
    for name in options.windows:
        runs = [one_run([*shared, "--windows", name]) for _ in range(options.runs)]
        table["windows"][name] = {"summary": summarise(runs), "runs": runs}
        print(name, json.dumps(table["windows"][name]["summary"], indent=1), flush=True)
    options.out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """Processors, their model and what was going on beside: the load before the first run."""
    model = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {"processors": os.cpu_count(), "model": model, "load_before": os.getloadavg()[0]}


if __name__ == "__main__":
    main()

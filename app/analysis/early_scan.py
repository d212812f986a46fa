"""Finds the cells of the slide while the model is still being loaded: one needs the file, the other does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app.analysis.cell_map import CellMap
from app.analysis.cell_scan import scan_slide
from app.analysis.plan import TilePlan
from app.slides.slide import Slide

LOOK_S = 0.02


class EarlyScan:
    """``work`` is for a thread of its own; ``wait`` for the run that needs what was found."""

    def __init__(self, slide: Slide, plan: TilePlan, slide_mpp: float, workers: int) -> None:
        self._slide, self._plan, self._slide_mpp, self._workers = slide, plan, slide_mpp, workers
        self._ended = threading.Event()
        self._found: CellMap | None = None

    def work(self, on_progress: Callable[[float], None], run_goes_on: Callable[[], bool]) -> None:
        """Find the cells. Waits while there is no run, by ``run_goes_on`` of the last one, and goes on with the next;
        ``run_goes_on`` itself waits while the run is paused. Raises SlideError."""

        def keep_going() -> bool:
            while not run_goes_on():
                time.sleep(LOOK_S)
            return True

        self._found = scan_slide(
            self._slide,
            self._slide_mpp,
            plane=self._plan.plane,
            on_progress=on_progress,
            keep_going=keep_going,
            workers=self._workers,
            low_power=self._plan.low_power,
        )
        self._ended.set()

    def wait(self, keep_going: Callable[[], bool]) -> CellMap | None:
        """What was found; None when ``keep_going`` said no first."""
        while not self._ended.wait(LOOK_S):
            if not keep_going():
                return None
        return self._found

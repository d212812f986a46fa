"""A slide scored once by the session that the window and the command line use, with the demo student on the CPU."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.resources import resource_path
from app.session.slide_session import SlideSession
from app.slides.slide import Slide
from kd.bundle import load_bundle


@dataclass(frozen=True)
class SessionRun:
    """``began_s``: when each state was first met, by its name; all on the clock of ``time.perf_counter``."""

    began_s: dict[str, float]
    done_s: float
    tiles: int


def score_once(slide: Slide, *, low_power: bool = False) -> SessionRun:
    """Score ``slide`` and close it. Ends the program, with what the session said, when the run does not finish."""
    began: dict[str, float] = {}
    ended = threading.Event()

    def listen(event: Any) -> None:
        began.setdefault(session.progress.state, time.perf_counter())
        if event.kind in ("finished", "failed", "process-died"):
            ended.set()

    bundle = load_bundle(resource_path("models/demo.fnabundle"))
    with tempfile.TemporaryDirectory() as folder:
        session = SlideSession(slide, bundle, Path(folder), device="cpu", low_power=low_power)
        session.subscribe(listen)
        session.start()
        ended.wait()
        done = time.perf_counter()
        progress = session.progress
        session.close()
    slide.close()
    if progress.state != "finished":
        sys.exit(f"The run ended as {progress.state}: " + "; ".join(notice.text for notice in session.notices))
    return SessionRun(began, done, progress.total)

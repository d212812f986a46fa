"""A drawn slide with red and blue cells, a tiny bundle, and sessions that are closed in the end."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.session.events import SessionEvent
from app.session.slide_session import SlideSession
from app.slides.open import open_slide
from kd.bundle import Bundle
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide

PATIENCE_S = 60.0


class Listener:
    """Collects a session's events; ``wait`` returns the first that fits, or fails the test."""

    def __init__(self, session: SlideSession) -> None:
        self.session = session
        self.seen: list[SessionEvent] = []
        self._events: queue.SimpleQueue[SessionEvent] = queue.SimpleQueue()
        session.subscribe(self._events.put)

    def wait(self, fits: Callable[[SessionEvent], bool] | str) -> SessionEvent:
        wanted = (lambda event: event.kind == fits) if isinstance(fits, str) else fits
        while True:
            try:
                event = self._events.get(timeout=PATIENCE_S)
            except queue.Empty:
                pytest.fail(f"no such event; state {self.session.progress}, seen {[e.kind for e in self.seen][-20:]}")
            self.seen.append(event)
            if wanted(event):
                return event
            if event.kind in ("failed", "process-died") and fits not in ("failed", "process-died"):
                pytest.fail(f"{event.kind}: {event.message}")


@pytest.fixture(scope="session")
def drawn_cells() -> list[tuple[int, int, tuple[int, int, int]]]:
    """Centres of cells, in groups on the left two thirds of the slide; the rest is bare glass."""
    rng = np.random.default_rng(7)
    places = rng.integers((40, 40), (2600, 3000), (900, 2))
    return [(int(x), int(y), RED if x > 1500 and y < 1200 else BLUE) for x, y in places]


@pytest.fixture(scope="session")
def slide_path(tmp_path_factory: pytest.TempPathFactory, drawn_cells) -> Path:
    """4096 x 3072 px of 0.25 um: 64 x 48 tiles."""
    return write_slide(tmp_path_factory.mktemp("slides") / "drawn slide ä.tif", draw(4096, 3072, drawn_cells))


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("models"))


@pytest.fixture
def open_session(tmp_path: Path, slide_path: Path, bundle: Bundle) -> Iterator[Callable[..., Listener]]:
    """Opens a session on the drawn slide (or ``path``) and listens to it. Equal ``data`` names share a store."""
    opened: list[SlideSession] = []

    def open_one(path: Path = slide_path, model: Bundle | None = bundle, data: str = "data", **options) -> Listener:
        session = SlideSession(open_slide(path, probe=False), model, tmp_path / data, **options)
        opened.append(session)
        return Listener(session)

    yield open_one
    for session in opened:
        session.close()
        session.slide.close()

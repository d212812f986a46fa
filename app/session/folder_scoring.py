"""Scores many slides in the background, one after the other, each by the same session as the window's."""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import psutil

from app.session.events import RUNNING_STATES, RunProgress, SessionEvent
from app.session.slide_session import SlideSession
from app.slides.open import open_slide
from app.slides.slide import SlideError
from kd.bundle import Bundle, BundleError, load_bundle

log = logging.getLogger(__name__)

RESTARTS = 2
"""How often a scoring process that died is started again before the slide counts as failed."""
LOW_PRIORITY = 15
"""Niceness of the scoring process, on systems that have it."""
_TICK_S = 0.25

FolderState = Literal["idle", "running", "waiting", "paused"]


@dataclass(frozen=True)
class FolderJob:
    """How slides are scored. ``calibrations`` maps a fingerprint to um per level-0 pixel."""

    bundle_path: Path
    data_dir: Path
    device: str = "auto"
    precision: str = "auto"
    workers: int = 0
    demonstration: bool = False
    calibrations: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FolderProgress:
    """``waiting``: the slide on screen goes first. ``finished`` of ``total`` slides are done, ``failed`` among them
    with a sentence each; ``now`` is the slide in work and ``run`` how far it is."""

    state: FolderState = "idle"
    total: int = 0
    finished: int = 0
    now: Path | None = None
    run: RunProgress | None = None
    failed: Mapping[Path, str] = field(default_factory=dict)


class FolderScoring:
    """A thread that works through a queue of slides. All methods return at once, save ``let_go`` and ``close``.

    ``on_change`` is called on that thread, a few times per second at most. What is scored is stored as it comes:
    after a kill the same slides are simply given again, and go on where they were.
    """

    def __init__(self, on_change: Callable[[FolderProgress], None]) -> None:
        self._on_change = on_change
        self._lock = threading.Condition()
        self._waiting: deque[Path] = deque()
        self._job: FolderJob | None = None
        self._thread: threading.Thread | None = None
        self._progress = FolderProgress()
        self._paused = self._yielding = self._cancelled = False
        self._on_screen: Path | None = None

    @property
    def progress(self) -> FolderProgress:
        with self._lock:
            return self._progress

    def start(self, slides: Iterable[Path], job: FolderJob) -> None:
        """Score these slides; nothing happens while others are being scored."""
        with self._lock:
            if self._thread is not None:
                return
            self._waiting = deque(slides)
            self._job = job
            self._paused = self._cancelled = False
            self._progress = FolderProgress("running", len(self._waiting))
            self._thread = threading.Thread(target=self._work, name="folder-scoring", daemon=True)
            self._thread.start()

    def pause(self) -> None:
        self._set(paused=True)

    def resume(self) -> None:
        self._set(paused=False)

    def yield_to_screen(self, busy: bool) -> None:
        """Hold while the slide on screen is being scored."""
        self._set(yielding=busy)

    def cancel(self) -> None:
        """End after what is in work; what is scored stays."""
        with self._lock:
            self._cancelled = True
            self._lock.notify_all()

    def let_go(self, slide: Path | None) -> None:
        """``slide`` is shown in the window from now on (None: none is): it is left to the window. Waits until this
        thread has closed it; for a worker thread."""
        with self._lock:
            self._on_screen = slide
            self._lock.notify_all()
            self._lock.wait_for(lambda: slide is None or self._progress.now != slide, timeout=10.0)

    def close(self) -> None:
        """Cancel, and wait for the end (some seconds at most)."""
        self.cancel()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(10.0)

    def _set(self, *, paused: bool | None = None, yielding: bool | None = None) -> None:
        with self._lock:
            self._paused = self._paused if paused is None else paused
            self._yielding = self._yielding if yielding is None else yielding
            self._lock.notify_all()

    def _work(self) -> None:
        assert self._job is not None
        try:
            bundle = load_bundle(self._job.bundle_path)
            while not self._cancelled and self._waiting:
                self._score(self._waiting.popleft(), bundle, self._job)
        except BundleError as error:
            with self._lock:
                failed = {**self._progress.failed, **{path: str(error) for path in self._waiting}}
            self._tell(failed=failed)
        finally:
            with self._lock:
                self._thread = None
            self._tell(state="idle", now=None, run=None)

    def _score(self, path: Path, bundle: Bundle, job: FolderJob) -> None:
        """One slide; whatever happens to it, the next one follows."""
        if not self._take(path):
            self._leave_to_window(path)
            return
        problem = ""
        try:
            problem = self._run_session(path, bundle, job)
        except SlideError as error:
            problem = str(error)
        except Exception as error:  # boundary of the worker: one slide must not stop the rest
            log.exception("scoring %s in the background", path.name)
            problem = f"{path.name} could not be scored because of an unexpected error: {error}."
        failed = {**self._progress.failed, path: problem} if problem else self._progress.failed
        wanted_by_window = self._on_screen == path
        self._tell(finished=self._progress.finished + (not wanted_by_window), now=None, run=None, failed=failed)
        with self._lock:
            self._lock.notify_all()
        if wanted_by_window:
            self._leave_to_window(path)

    def _leave_to_window(self, path: Path) -> None:
        """What the window shows is its own to score; look again when all others are done."""
        if self._waiting and not self._cancelled:
            self._waiting.append(path)
        else:
            self._tell(finished=self._progress.finished + 1)

    def _take(self, path: Path) -> bool:
        """Make the slide the one in work, unless the window shows it."""
        with self._lock:
            if self._on_screen == path:
                return False
            self._progress = replace(self._progress, now=path)
            return True

    def _run_session(self, path: Path, bundle: Bundle, job: FolderJob) -> str:
        """A sentence when the slide cannot be scored, else empty. Raises SlideError."""
        slide = open_slide(path)
        try:
            session = SlideSession(
                slide,
                bundle,
                job.data_dir,
                device=job.device,
                precision=job.precision,
                calibrated_mpp=job.calibrations.get(slide.info.fingerprint),
                demonstration=job.demonstration,
                workers=job.workers,
            )
            try:
                if not session.can_score:
                    reasons = [notice.text for notice in session.notices if notice.severity == "error"]
                    return " ".join(reasons) or f"{path.name} cannot be scored."
                return self._follow(session, path)
            finally:
                session.close()
        finally:
            slide.close()

    def _follow(self, session: SlideSession, path: Path) -> str:
        """Drive the session until it ends, is cancelled, or its slide is wanted on the screen."""
        events: queue.SimpleQueue[SessionEvent] = queue.SimpleQueue()
        session.subscribe(events.put)
        restarts, lowered = RESTARTS, 0
        session.start()
        while True:
            with self._lock:
                self._lock.wait(_TICK_S)
                held = self._paused or self._yielding
                given_up = self._cancelled or self._on_screen == path
            lowered = _lower_priority(session.process_id, lowered)
            progress = session.progress
            if given_up:
                session.cancel()
                return ""
            if progress.state == "finished":
                return ""
            if progress.state not in RUNNING_STATES:
                restarts -= 1
                if restarts < 0:
                    return next((n.text for n in session.notices if n.key == "process"), "It could not be scored.")
                session.start()
            elif held and progress.state != "paused":
                session.pause()
            elif not held and progress.state == "paused":
                session.resume()
            self._tell(state="paused" if self._paused else "waiting" if held else "running", run=progress)

    def _tell(self, **changes: object) -> None:
        with self._lock:
            before = self._progress
            self._progress = progress = replace(before, **changes)  # type: ignore[arg-type]
        if progress != before:
            self._on_change(progress)


def _lower_priority(pid: int | None, lowered: int) -> int:
    """Let everything else on the machine go before the scoring process; the id of the one that was lowered."""
    if pid is None or pid == lowered:
        return lowered
    try:
        process = psutil.Process(pid)
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if psutil.WINDOWS else LOW_PRIORITY)
    except psutil.Error as error:
        log.info("the priority of background scoring stays as it is: %s", error)
    return pid

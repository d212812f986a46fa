"""A cohort on this machine: some slides at a time, each with a scoring process of its own."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from app.cohort.boundary import score_task
from app.cohort.one_slide import ScoreOptions, SlideResult, StoppedError
from app.cohort.slide_list import Task
from app.session.events import RunProgress
from kd.bundle import Bundle

_TICK_S = 0.2


def score_here(
    tasks: Sequence[Task],
    bundle: Bundle,
    options: ScoreOptions,
    *,
    jobs: int = 1,
    on_progress: Callable[[Task, RunProgress], None] = lambda _task, _progress: None,
) -> Iterator[SlideResult]:
    """Results as they come, those that come together in the order of ``tasks``. ``jobs`` slides at a time.

    On Ctrl-C, or when the iterator is closed, the slides in work are cancelled, and their scores kept; Ctrl-C then
    raises KeyboardInterrupt.
    """
    stop = threading.Event()
    with interrupt_noted() as interrupted, ThreadPoolExecutor(max(1, jobs), thread_name_prefix="slide") as pool:

        def work(task: Task) -> SlideResult:
            if stop.is_set():
                raise StoppedError
            return score_task(
                task, bundle, options, lambda progress: on_progress(task, progress), lambda: not stop.is_set()
            )

        order: dict[Future[SlideResult], int] = {pool.submit(work, task): n for n, task in enumerate(tasks)}
        waiting = set(order)
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=_TICK_S, return_when=FIRST_COMPLETED)
                if interrupted.is_set():
                    raise KeyboardInterrupt
                for future in sorted(done, key=order.__getitem__):
                    yield future.result()
        finally:
            stop.set()


@contextmanager
def interrupt_noted() -> Iterator[threading.Event]:
    """Ctrl-C sets the event instead of raising wherever the main thread happens to be: between two steps of ``wait``
    it would leave a future's lock taken, and the thread that scores would never end. The second one raises as ever.
    On other threads, which get no signals, nothing is changed."""
    noted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield noted
        return

    def note(_number: int, _frame: object) -> None:
        noted.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)

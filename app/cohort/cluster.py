"""A cohort on several machines, by Dask distributed: one task a slide, tried again elsewhere when a worker is lost.

Slides, bundle and result folder must lie under the same paths on every machine (a share); scores are kept on each
machine's own disk. A worker is started with ``python -m app.score --worker ADDRESS [--gpu]``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.cohort.boundary import score_task
from app.cohort.one_slide import ScoreError, ScoreOptions, SlideResult
from app.cohort.slide_list import Task
from kd.bundle import load_bundle

GPU = "GPU"
"""Name of the worker resource of which a slide takes one, where GPUs are asked for."""
_DATA_DIR = "FNASCOPE_WORKER_DATA"
_CONNECT_S = 20


def score_on_cluster(
    tasks: Sequence[Task], options: ScoreOptions, address: str, *, gpu: bool = False
) -> Iterator[SlideResult]:
    """Results as they come from the workers of the scheduler at ``address`` (like ``tcp://host:8786``).

    Raises ScoreError when Dask is not installed or the scheduler does not answer. Closing the iterator cancels what
    has not begun; slides in work end on their workers.
    """
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise ScoreError(f"No scheduler answers at {address} ({error}); start one with: dask scheduler") from error
    with client:
        futures = {
            client.submit(
                _score_on_worker,
                task,
                options,
                key=f"score-{number}-{task.slide.name}",
                pure=False,
                retries=1,
                resources={GPU: 1} if gpu else None,
            ): task
            for number, task in enumerate(tasks)
        }
        try:
            for future in distributed.as_completed(futures, loop=client.loop):
                yield _result(future, futures[future])
        finally:
            client.cancel([future for future in futures if not future.done()])


def serve(address: str, *, gpu: bool = False, data_dir: Path | None = None) -> None:
    """Be a worker of the scheduler at ``address`` until it ends: one slide at a time. ``data_dir`` is where this
    machine keeps its scores. Raises ScoreError."""
    distributed = _distributed()
    import asyncio

    import dask

    if data_dir is not None:
        os.environ[_DATA_DIR] = str(data_dir.absolute())
    # A slide is scored in a child of the worker, which daemons may not have.
    dask.config.set({"distributed.worker.daemon": False})

    async def run() -> None:
        worker = distributed.Nanny(
            address,
            nthreads=1,
            memory_limit=0,
            resources={GPU: 1} if gpu else None,
            local_directory=tempfile.mkdtemp(prefix="fnascope-worker-"),
        )
        async with worker:
            await worker.finished()

    try:
        asyncio.run(run())
    except (OSError, ValueError, TimeoutError) as error:
        raise ScoreError(f"No scheduler answers at {address} ({error}); start one with: dask scheduler") from error


def _score_on_worker(task: Task, options: ScoreOptions) -> SlideResult:
    own = os.environ.get(_DATA_DIR)
    return score_task(task, load_bundle(options.model), replace(options, data_dir=Path(own) if own else None))


def _result(future: Any, task: Task) -> SlideResult:
    try:
        result: SlideResult = future.result()
        return replace(result, slide=task.slide, folder=task.folder)
    except Exception as error:  # whatever the worker or the network raised; the boundary of a remote slide
        return SlideResult(task.slide, task.folder, "failed", f"its worker failed ({type(error).__name__}: {error}).")


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise ScoreError(
            "Scoring on several machines needs Dask: pip install 'fnascope[cluster]' on each of them."
        ) from error
    return distributed

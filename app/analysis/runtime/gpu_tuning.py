"""How many tiles a GPU gets at a time, chosen by a short measurement and remembered like what is measured of a CPU."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from app.analysis.runtime import cuda_driver
from app.analysis.runtime.backend import Backend, OutOfMemoryError, RuntimeChoice
from app.analysis.runtime.tuning import BUDGET_S, GPU_BATCHES, REACTION_S, Bench, Layout, Tuning


def measure_batches(
    backend: Backend,
    precision: str,
    tiles: npt.NDArray[np.uint8],
    workers: int,
    *,
    keep_going: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] = time.perf_counter,
) -> Tuning | None:
    """Try batch sizes with so many ``workers`` at a time; None when ``keep_going`` said no.

    Sizes that do not fit into memory, and larger ones than usual that take too long to answer, are left out. Raises
    StudentError, and OutOfMemoryError when not even the smallest one fits.
    """
    bench = Bench(tiles, keep_going, clock)
    sizes: list[int] = []
    for size in sorted(GPU_BATCHES):
        if not keep_going():
            return None
        try:
            # The first run of a size loads what it needs, and is not what the time is for.
            backend.run(bench.batch(size))
            begun = clock()
            backend.run(bench.batch(size))
        except OutOfMemoryError:
            if not sizes:
                raise
            break
        if size > GPU_BATCHES[0] and clock() - begun > REACTION_S:
            break
        sizes.append(size)
    # First the usual one, which is taken unless another is clearly faster.
    sizes.sort(key=GPU_BATCHES.index)
    bench.begin(BUDGET_S)
    batch = int(bench.best({str(size): Layout(backend, workers, size) for size in sizes}, prefix="batch "))
    return Tuning(precision, batch, workers, 1, bench.found, bench.complete) if keep_going() else None


def usual_batches(precision: str, workers: int) -> Tuning:
    """What is taken without a measurement."""
    return Tuning(precision, GPU_BATCHES[0], workers, 1, {})


def gpus_of(choice: RuntimeChoice) -> str:
    """Of what a measurement holds for, beside the model: by what it runs, on which GPUs."""
    return f"{choice.backend} on {choice.devices} x {choice.device} of {', '.join(cuda_driver.gpu_names())}"

"""Brings a loaded student to the settings that are fastest on this machine: remembered ones, or measured now."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from app.analysis.runtime.measuring_turn import turn_to_measure
from app.analysis.runtime.onnx_backend import OnnxBackend
from app.analysis.runtime.student import StudentRuntime
from app.analysis.runtime.tuning import Tuning, measure, memory_path, recall, remember, sample_tiles, usual
from kd.bundle import Bundle

log = logging.getLogger(__name__)


def tune(
    bundle: Bundle,
    runtime: StudentRuntime,
    asked_precision: str = "auto",
    asked_workers: int = 0,
    on_note: Callable[[str], None] | None = None,
    keep_going: Callable[[], bool] = lambda: True,
) -> tuple[StudentRuntime, int]:
    """The runtime to score with, and the number of threads that score at a time.

    A number of threads that the user asked for is taken, with one thread inside each; a precision that was asked for
    stays. On other devices than the CPU the runtime stays as it is.
    Raises StudentError, BundleError.
    """
    cores = os.cpu_count() or 1
    if runtime.choice.device != "cpu":
        return runtime, asked_workers or cores
    tuning = recall(bundle, cores, asked_precision)
    if tuning is None:
        with turn_to_measure(memory_path().with_suffix(".lock"), keep_going):
            # What another process measured meanwhile holds here too.
            tuning = recall(bundle, cores, asked_precision)
            if tuning is None:
                tuning = _measured(bundle, runtime, asked_precision, cores, keep_going)
    if asked_workers:
        tuning = Tuning(tuning.precision, tuning.batch, asked_workers, 1, tuning.tiles_per_s)
    log.info("%s: %s, %s; tiles/s measured: %s", bundle.card.name, tuning.precision, tuning.text, tuning.tiles_per_s)
    return runtime.tuned(bundle, tuning, on_note), tuning.workers


def _measured(
    bundle: Bundle, runtime: StudentRuntime, asked: str, cores: int, keep_going: Callable[[], bool]
) -> Tuning:
    intended = runtime.choice.precision
    # fp32 is always right; int8 stands for choice only where card and reference tiles have let it through.
    precisions = ("int8", "fp32") if (asked, intended) == ("auto", "int8") else (intended,)
    tuning = measure(
        lambda precision, threads: OnnxBackend(bundle.model_path(precision), "cpu", threads),
        precisions,
        sample_tiles(bundle),
        cores,
        keep_going=keep_going,
    )
    if tuning is None:
        return usual(intended, cores)
    remember(bundle, cores, tuning, asked)
    return tuning

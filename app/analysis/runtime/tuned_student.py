"""Brings a loaded student to the settings that are fastest on this machine: remembered ones, or measured now."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace

from app.analysis.runtime.backend import Backend, OutOfMemoryError, RuntimeChoice, StudentError
from app.analysis.runtime.candidates import runs_on_cpu
from app.analysis.runtime.gpu_tuning import gpus_of, measure_batches, usual_batches
from app.analysis.runtime.host_buffers import IN_WORK
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
    *,
    keep: str = "",
) -> tuple[StudentRuntime, int]:
    """The runtime to score with, and the number of threads that score at a time.

    A number of threads that the user asked for is taken, with one thread inside each; a precision that was asked for
    stays, and so does the one of scores that are there already (``keep``). On a GPU the batch size alone is measured.
    Where measuring fails or its outcome cannot be used, the usual is taken: ``choice.warnings`` then says so.
    Raises BundleError.
    """
    cores = os.cpu_count() or 1
    if runtime.choice.device != "cpu":
        return _on_gpu(bundle, runtime, asked_workers, cores, on_note, keep_going)
    only = _only(runtime.choice, asked_precision, keep)
    try:
        tuning = _settings(bundle, runtime, asked_precision, only, cores, keep_going)
        tuned = runtime.tuned(bundle, _with_workers(tuning, asked_workers), on_note)
    except (StudentError, OutOfMemoryError) as error:
        trouble = _trouble(bundle, error)
        tuning = usual(runtime.choice.precision, cores)
        tuned = runtime.tuned(bundle, _with_workers(tuning, asked_workers), on_note)
        tuned.choice = replace(tuned.choice, warnings=(*tuned.choice.warnings, trouble))
    log.info("%s: %s; tiles/s measured: %s", bundle.card.name, tuned.choice.device_text, dict(tuning.tiles_per_s))
    return tuned, _with_workers(tuning, asked_workers).workers


def is_tuned(bundle: Bundle, choice: RuntimeChoice, asked_precision: str = "auto", keep: str = "") -> bool:
    """Whether ``tune`` of a runtime of this ``choice`` would measure nothing, as it was measured before."""
    cores = os.cpu_count() or 1
    if choice.device != "cpu":
        return recall(bundle, cores, choice.precision, gpus_of(choice)) is not None
    return _known(bundle, asked_precision, _only(choice, asked_precision, keep), cores) is not None


def is_tuned_on_cpu(bundle: Bundle, device: str, asked_precision: str = "auto", keep: str = "") -> bool:
    """The same before the model is loaded: False where a GPU may be taken."""
    if not runs_on_cpu(bundle, device, asked_precision):
        return False
    only = keep if asked_precision == "auto" else ""
    return _known(bundle, asked_precision, only, os.cpu_count() or 1) is not None


def _only(choice: RuntimeChoice, asked_precision: str, keep: str) -> str:
    return keep if (asked_precision, keep) == ("auto", choice.precision) else ""


def _known(bundle: Bundle, asked: str, only: str, cores: int) -> Tuning | None:
    tuning = recall(bundle, cores, asked)
    return recall(bundle, cores, only) if only and (tuning is None or tuning.precision != only) else tuning


def _on_gpu(
    bundle: Bundle,
    runtime: StudentRuntime,
    asked_workers: int,
    cores: int,
    on_note: Callable[[str], None] | None,
    keep_going: Callable[[], bool],
) -> tuple[StudentRuntime, int]:
    """Threads read and stack tiles while others wait for a GPU: as many as cores, and enough for every GPU."""
    choice = runtime.choice
    at_a_time = IN_WORK * choice.devices
    workers = asked_workers or max(cores, at_a_time)
    gpus, warnings = gpus_of(choice), choice.warnings
    tuning = recall(bundle, cores, choice.precision, gpus)
    if tuning is None:
        try:
            tuning = measure_batches(
                runtime.backend, choice.precision, sample_tiles(bundle), at_a_time, keep_going=keep_going
            )
            if tuning is not None and tuning.complete:
                remember(bundle, cores, tuning, choice.precision, gpus)
        except (StudentError, OutOfMemoryError) as error:
            warnings = (*warnings, _trouble(bundle, error))
    tuned = runtime.with_batches(tuning or usual_batches(choice.precision, at_a_time), on_note)
    tuned.choice = replace(tuned.choice, warnings=warnings)
    log.info("%s: %s", bundle.card.name, tuned.choice.device_text)
    return tuned, workers


def _trouble(bundle: Bundle, error: Exception) -> str:
    log.warning("%s: the usual settings are taken: %s", bundle.card.name, error)
    return f"the fastest settings for this machine cannot be used, so the usual ones are taken ({error})"


def _with_workers(tuning: Tuning, asked: int) -> Tuning:
    return replace(tuning, workers=asked, threads=1) if asked else tuning


def _settings(
    bundle: Bundle, runtime: StudentRuntime, asked: str, only: str, cores: int, keep_going: Callable[[], bool]
) -> Tuning:
    """Remembered, or measured now; ``only`` within this precision, which has a place of its own in the memory."""

    tuning = _known(bundle, asked, only, cores)
    if tuning is None:
        with turn_to_measure(memory_path().with_suffix(".lock"), keep_going):
            # What another process measured meanwhile holds here too.
            tuning = _known(bundle, asked, only, cores) or _measured(bundle, runtime, only or asked, cores, keep_going)
    return tuning


def _measured(
    bundle: Bundle, runtime: StudentRuntime, asked: str, cores: int, keep_going: Callable[[], bool]
) -> Tuning:
    intended = runtime.choice.precision

    def make(precision: str, threads: int) -> Backend:
        if (precision, threads) == (intended, 1):
            return runtime.backend
        return OnnxBackend(bundle.model_path(precision), "cpu", threads)

    # fp32 is always right; int8 stands for choice only where card and reference tiles have let it through.
    precisions = ("int8", "fp32") if (asked, intended) == ("auto", "int8") else (intended,)
    tuning = measure(make, precisions, sample_tiles(bundle), cores, keep_going=keep_going)
    if tuning is None:
        return usual(intended, cores)
    if tuning.complete:
        remember(bundle, cores, tuning, asked)
    return tuning

"""Runs a model's reference tiles on this machine, in a process of its own, and says what each precision gives."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from app.analysis.child import lower_priority
from kd.bundle import CLASSIFIER, SLIDE_MODEL

log = logging.getLogger(__name__)

_TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class Checked:
    """One precision: whether it may be used here, and why (not) in words."""

    precision: str
    ok: bool
    text: str


def self_check(
    bundle_path: Path,
    kind: str = CLASSIFIER,
    on_result: Callable[[Checked], None] = lambda checked: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> list[Checked]:
    """Check every precision that a classifier's bundle holds, or a slide model's only one. Blocks until all are
    checked or ``keep_going`` says no."""
    context = get_context("spawn")
    connection, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_check, args=(theirs, bundle_path, kind), name="fnascope-self-check", daemon=True)
    process.start()
    theirs.close()
    results: list[Checked] = []
    try:
        while keep_going():
            if connection.poll(_TICK_S):
                results.append(connection.recv())
                on_result(results[-1])
    except (EOFError, OSError):
        process.join()
        if process.exitcode:
            ended = Checked("", False, f"The check ended unexpectedly (code {process.exitcode}).")
            results.append(ended)
            on_result(ended)
    finally:
        process.kill()
        process.join()
        connection.close()
    return results


def _check(connection: Connection, bundle_path: Path, kind: str) -> None:
    lower_priority()
    from kd.bundle import BundleError, load_bundle

    try:
        bundle = load_bundle(bundle_path, kind)
        if kind == SLIDE_MODEL:
            from app.analysis.slide_model import SlideModel

            SlideModel(bundle)
            connection.send(Checked("fp32", True, "the reference slide gives its probabilities"))
        else:
            for precision in bundle.precisions:
                connection.send(_checked(bundle_path, precision))
    except BundleError as error:
        connection.send(Checked("", False, str(error)))
    connection.close()


def _checked(bundle_path: Path, precision: str) -> Checked:
    from app.analysis.runtime.backend import StudentError
    from app.analysis.runtime.student import StudentRuntime
    from kd.bundle import GRAPH_INPUT, BundleError, load_bundle

    bundle = load_bundle(bundle_path)
    try:
        runtime = StudentRuntime.load(bundle, "cpu", precision)
        reference = bundle.reference()
        tiles = np.asarray(reference[GRAPH_INPUT], np.uint8)
        got = runtime.score(tiles).probabilities
    except (StudentError, BundleError) as error:
        return Checked(precision, False, str(error))
    worst = float(np.abs(got - np.asarray(reference["probabilities"], np.float32)).max())
    return Checked(
        precision, True, f"{len(tiles)} reference tiles agree; largest difference of a probability {worst:.2g}"
    )

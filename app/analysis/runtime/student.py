"""The student runtime: loads a model with a reason for device and precision, checks it, scores tiles."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from app.analysis.runtime import onnx_backend
from app.analysis.runtime.backend import (
    Backend,
    OutOfMemoryError,
    PrecisionRefusedError,
    RuntimeChoice,
    StudentError,
)
from app.analysis.runtime.candidates import HALF_ON, Candidate, candidates, has_apple_gpu, has_nvidia
from app.analysis.runtime.device_pool import DevicePool
from app.analysis.runtime.devices import NAMES, PRECISIONS, parse_device
from app.analysis.runtime.precision import intended_on_gpu, intended_precision
from app.analysis.runtime.tuning import BATCHES, GPU_BATCHES, Tuning
from app.records.scores import Scores
from kd.bundle import FP32_TOLERANCE, GRAPH_INPUT, REDUCED_TOLERANCE, Bundle

log = logging.getLogger(__name__)

_REFERENCE_BATCH = 8
Reference = dict[str, npt.NDArray[np.generic]]


class StudentRuntime:
    """A bundle's model, loaded and checked. ``score`` may be called from several threads.

    ``choice`` says what runs and why. ``batch_size`` is what to give to ``score`` at a time; it shrinks when
    memory runs out, which ``on_note`` tells. On a CPU a call of ``score`` takes ``threads`` threads.
    """

    def __init__(self, backend: Backend, choice: RuntimeChoice, on_note: Callable[[str], None] | None = None) -> None:
        self._backend = backend
        self.choice = choice
        self.threads = 1
        self.batch_size = (BATCHES if choice.device == "cpu" else GPU_BATCHES)[0]
        self._on_note = on_note or log.warning

    @property
    def backend(self) -> Backend:
        """The loaded model itself, with one thread a call unless asked otherwise."""
        return self._backend

    @staticmethod
    def load(
        bundle: Bundle,
        device: str = "auto",
        precision: str = "auto",
        *,
        keep_precision: str = "",
        threads: int = 1,
        on_note: Callable[[str], None] | None = None,
    ) -> StudentRuntime:
        """Load a bundle's model. ``device`` ``cuda`` means all NVIDIA GPUs, ``cuda:1`` the second one alone.
        ``threads`` are those of one ``score`` call on the CPU; ``keep_precision`` is that of scores that are there
        already, taken where ``precision`` leaves the choice and the device has it.

        Raises StudentError when a device or precision that was asked for by name cannot be used, or no
        device reproduces the bundle's reference tiles; BundleError when these cannot be read.
        """
        try:
            where = parse_device(device)
        except ValueError as error:
            raise StudentError(str(error)) from error
        if precision not in PRECISIONS:
            raise StudentError(f"There is no precision {precision!r}; choose one of {', '.join(PRECISIONS)}.")
        reference = bundle.reference()
        refusals: list[StudentError] = []
        for candidate in candidates(bundle, where, precision, keep_precision, threads, refusals):
            members = _opened(candidate, reference, refusals)
            if not members:
                continue
            backend = DevicePool(members, on_note) if len(members) > 1 else next(iter(members.values()))
            choice = RuntimeChoice(candidate.backend, candidate.kind, candidate.precision, "", devices=len(members))
            choice = replace(
                choice,
                reason=_reason(choice, device, refusals),
                precision_reason=_precision_reason(bundle, precision, keep_precision, choice),
                warnings=_texts(refusals),
            )
            return StudentRuntime(backend, choice, on_note)
        asked = "" if device == "auto" else f" on {device}"
        raise StudentError(f"The model {bundle.card.name} cannot be run{asked}: {'; '.join(_texts(refusals))}.")

    def tuned(self, bundle: Bundle, tuning: Tuning, on_note: Callable[[str], None] | None = None) -> StudentRuntime:
        """This runtime on the CPU with measured threads, batch size and precision. Raises StudentError, BundleError."""
        backend, choice = self._backend, self.choice
        if (tuning.precision, tuning.threads) != (choice.precision, 1):
            backend = onnx_backend.OnnxBackend(bundle.model_path(tuning.precision), "cpu", tuning.threads)
            _check_reference(backend, tuning.precision, bundle.reference())
        reason = choice.precision_reason
        if tuning.precision != choice.precision:
            reason = f"measured to be faster than {choice.precision} on this machine"
        how = f"{tuning.text}, {'as measured' if tuning.measured else 'as usual'}"
        choice = replace(choice, precision=tuning.precision, precision_reason=reason, tuning=how)
        runtime = StudentRuntime(backend, choice, on_note)
        runtime.batch_size, runtime.threads = tuning.batch, tuning.threads
        return runtime

    def with_batches(self, tuning: Tuning, on_note: Callable[[str], None] | None = None) -> StudentRuntime:
        """This runtime on a GPU with a measured batch size."""
        how = f"batches of {tuning.batch}, {'as measured' if tuning.measured else 'as usual'}"
        runtime = StudentRuntime(self._backend, replace(self.choice, tuning=how), on_note)
        runtime.batch_size = tuning.batch
        return runtime

    def score(self, tiles: npt.NDArray[np.uint8]) -> Scores:
        """Scores of uint8 (B, H, W, 3) RGB tiles, B at least 1. A batch that does not fit is halved.

        Raises StudentError when not even one tile fits, or the model fails.
        """
        parts: list[Scores] = []
        start = 0
        size = len(tiles)
        while start < len(tiles):
            try:
                parts.append(self._backend.run(tiles[start : start + size]))
                start += size
            except OutOfMemoryError as error:
                if size == 1:
                    raise StudentError(f"Not even one tile fits into memory: {error}") from error
                size = max(1, size // 2)
                self.batch_size = min(self.batch_size, size)
                self._on_note(f"Memory ran out on {self.choice.device}: tiles now go in batches of {size}.")
        return parts[0] if len(parts) == 1 else _join(parts)


def _opened(candidate: Candidate, reference: Reference, refusals: list[StudentError]) -> dict[str, Backend]:
    """The devices on which the model gives its reference; what the others say is added to ``refusals``."""
    members: dict[str, Backend] = {}
    for name in candidate.devices:
        backend: Backend | None = None
        try:
            backend = candidate.open(name)
            _check_reference(backend, candidate.precision, reference)
        except StudentError as error:
            refusals.append(type(error)(f"{name}: {error}") if len(candidate.devices) > 1 else error)
        except OutOfMemoryError as error:
            refusals.append(StudentError(f"the memory of {name} does not suffice: {error}"))
        else:
            members[name] = backend
            continue
        if backend is not None:
            backend.close()
    return members


def _check_reference(backend: Backend, precision: str, reference: Reference) -> None:
    """Raises StudentError when the backend does not give the reference probabilities closely enough."""
    tiles = np.asarray(reference[GRAPH_INPUT], np.uint8)
    expected = np.asarray(reference["probabilities"], np.float32)
    got = np.concatenate(
        [backend.run(tiles[i : i + _REFERENCE_BATCH]).probabilities for i in range(0, len(tiles), _REFERENCE_BATCH)]
    )
    if got.shape != expected.shape or not np.isfinite(got).all():
        raise StudentError("the model gives probabilities of another shape than its reference tiles")
    worst = float(np.abs(got - expected).max())
    if precision == "fp32":
        if worst > FP32_TOLERANCE:
            raise StudentError(f"fp32 is off by {worst:.2g} on the reference tiles, at most {FP32_TOLERANCE:g} may be")
    elif worst > REDUCED_TOLERANCE or bool((got.argmax(1) != expected.argmax(1)).any()):
        raise PrecisionRefusedError(
            f"{precision} was switched off: it is off by {worst:.2g} on the reference tiles "
            f"(at most {REDUCED_TOLERANCE:g}, and the same top class)"
        )


def _texts(refusals: list[StudentError]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(error) for error in refusals))


def _reason(choice: RuntimeChoice, asked: str, refusals: list[StudentError]) -> str:
    name = NAMES[choice.device]
    if choice.devices > 1:
        name += f" ({choice.devices} devices)"
    if ":" in asked:
        name += f" ({asked})"
    if asked != "auto":
        return f"{name}: chosen by the user"
    if choice.device != "cpu":
        return f"{name}: device found ({choice.backend})"
    devices = [error for error in refusals if not isinstance(error, PrecisionRefusedError)]
    if devices:
        return f"{name}: {devices[0]}"
    if has_nvidia():
        return f"{name}: an NVIDIA GPU is present, but this onnxruntime cannot use it (install onnxruntime-gpu)"
    if has_apple_gpu():
        return f"{name}: this onnxruntime cannot use the Apple GPU"
    return f"{name}: no CUDA device found"


def _precision_reason(bundle: Bundle, asked: str, keep: str, choice: RuntimeChoice) -> str:
    on_cpu = choice.device == "cpu"
    intended, why = (intended_precision if on_cpu else intended_on_gpu)(bundle, asked, keep)
    if on_cpu and choice.precision == "fp16":
        return f"{why}, though a CPU turns it into fp32 at every step"
    if choice.precision == intended:
        return why
    if not on_cpu and choice.device not in HALF_ON:
        return f"{intended} is not used on {choice.device}"
    return f"{intended} was switched off"


def _join(parts: list[Scores]) -> Scores:
    return Scores(
        np.concatenate([p.probabilities for p in parts]),
        np.concatenate([p.attention for p in parts]),
        np.concatenate([p.embedding for p in parts]),
        np.concatenate([p.out_of_domain for p in parts]),
    )

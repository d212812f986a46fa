"""The student runtime: chooses backend, device and precision with a reason, checks it, scores tiles."""

from __future__ import annotations

import logging
import platform
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from app.analysis.runtime import onnx_backend, torch_backend
from app.analysis.runtime.backend import Backend, OutOfMemoryError, RuntimeChoice, StudentError
from app.analysis.runtime.devices import PRECISIONS, parse_device
from app.analysis.runtime.precision import intended_precision
from app.analysis.runtime.tuning import BATCHES, Tuning
from app.records.scores import Scores
from kd.bundle import FP32_TOLERANCE, GRAPH_INPUT, REDUCED_TOLERANCE, Bundle

log = logging.getLogger(__name__)

GPU_BATCH = 32
_REFERENCE_BATCH = 8


class StudentRuntime:
    """A bundle's model, loaded and checked. ``score`` may be called from several threads.

    ``choice`` says what runs and why. ``batch_size`` is what to give to ``score`` at a time; it shrinks when
    memory runs out, which ``on_note`` tells. On a CPU a call of ``score`` takes ``threads`` threads.
    """

    def __init__(self, backend: Backend, choice: RuntimeChoice, on_note: Callable[[str], None] | None = None) -> None:
        self._backend = backend
        self.choice = choice
        self.threads = 1
        self.batch_size = BATCHES[0] if choice.device == "cpu" else GPU_BATCH
        self._on_note = on_note or log.warning
        # A GPU takes batches one after the other anyhow, and DirectML must not be called from two threads at once.
        self._turn: AbstractContextManager[object] = nullcontext() if choice.device == "cpu" else threading.Lock()

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
        """Load a bundle's model. ``threads`` are those of one ``score`` call on the CPU; ``keep_precision`` is that of
        scores that are there already, taken on the CPU where ``precision`` leaves the choice.

        Raises StudentError when a device or precision that was asked for by name cannot be used, or no
        device reproduces the bundle's reference tiles; BundleError when these cannot be read.
        """
        try:
            parse_device(device)
        except ValueError as error:
            raise StudentError(str(error)) from error
        if precision not in PRECISIONS:
            raise StudentError(f"There is no precision {precision!r}; choose one of {', '.join(PRECISIONS)}.")
        reference = bundle.reference()
        refusals: list[str] = []
        for make in _candidates(bundle, device, precision, keep_precision, threads):
            try:
                backend, choice = make()
                _check_reference(backend, choice.precision, reference)
            except StudentError as error:
                refusals.append(str(error))
                continue
            choice = replace(
                choice,
                reason=_reason(choice, device, refusals),
                precision_reason=_precision_reason(bundle, precision, keep_precision, choice),
                warnings=tuple(refusals),
            )
            return StudentRuntime(backend, choice, on_note)
        asked = "" if device == "auto" else f" on {device}"
        raise StudentError(f"The model {bundle.card.name} cannot be run{asked}: {'; '.join(refusals)}.")

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

    def score(self, tiles: npt.NDArray[np.uint8]) -> Scores:
        """Scores of uint8 (B, H, W, 3) RGB tiles, B at least 1. A batch that does not fit is halved.

        Raises StudentError when not even one tile fits, or the model fails.
        """
        parts: list[Scores] = []
        start = 0
        size = len(tiles)
        while start < len(tiles):
            try:
                with self._turn:
                    parts.append(self._backend.run(tiles[start : start + size]))
                start += size
            except OutOfMemoryError as error:
                if size == 1:
                    raise StudentError(f"Not even one tile fits into memory: {error}") from error
                size = max(1, size // 2)
                self.batch_size = min(self.batch_size, size)
                self._on_note(f"Memory ran out on {self.choice.device}: tiles now go in batches of {size}.")
        return parts[0] if len(parts) == 1 else _join(parts)


Made = tuple[Backend, RuntimeChoice]


def _candidates(bundle: Bundle, device: str, precision: str, keep: str, threads: int) -> Iterator[Callable[[], Made]]:
    """What to try, best first. A device asked for by name is tried alone."""

    def onnx(where: str, how: str) -> Callable[[], Made]:
        def make() -> Made:
            if not bundle.model_path(how).is_file():
                raise StudentError(f"the bundle holds no {how} model")
            if where not in onnx_backend.available_devices():
                raise StudentError(f"this onnxruntime has no {where} provider")
            backend = onnx_backend.OnnxBackend(bundle.model_path(how), where, threads)
            return backend, RuntimeChoice("onnxruntime", where, how, "")

        return make

    def torch(where: str) -> Callable[[], Made]:
        return lambda: (
            torch_backend.TorchBackend(bundle.model_path("pt2"), where),
            RuntimeChoice("torch", where, "fp32", ""),
        )

    reduced, _ = intended_precision(bundle, precision, keep)
    if precision == "int8" and device not in ("auto", "cpu"):
        raise StudentError("int8 runs on the CPU only; choose the device cpu or auto, or another precision.")
    if precision in ("auto", "fp32"):
        built_in = onnx_backend.available_devices()
        for where in ("cuda", "directml", "coreml"):
            if device == where or (device == "auto" and where in built_in):
                yield onnx(where, "fp32")
        for where, hardware in (("cuda", _has_nvidia()), ("mps", _has_apple_gpu())):
            worth_importing = hardware and torch_backend.is_installed() and bundle.model_path("pt2").is_file()
            if device == where or (device == "auto" and worth_importing):
                yield torch(where)
    if device in ("auto", "cpu"):
        if reduced == "int8":
            yield onnx("cpu", "int8")
        if precision != "int8":
            yield onnx("cpu", "fp32")


def runs_on_cpu(bundle: Bundle, device: str = "auto", precision: str = "auto") -> bool:
    """Whether a model is run on the CPU, as far as can be told without loading it: by wish, or where no GPU is found
    that could run it."""
    if device != "auto" or precision == "int8":
        return device in ("auto", "cpu")
    built_in = onnx_backend.available_devices()
    if ("cuda" in built_in and _has_nvidia()) or "directml" in built_in or "coreml" in built_in:
        return False
    by_torch = torch_backend.is_installed() and bundle.model_path("pt2").is_file()
    return not (by_torch and (_has_nvidia() or _has_apple_gpu()))


def _check_reference(backend: Backend, precision: str, reference: dict[str, npt.NDArray[np.generic]]) -> None:
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
        raise StudentError(
            f"{precision} was switched off: it is off by {worst:.2g} on the reference tiles "
            f"(at most {REDUCED_TOLERANCE:g}, and the same top class)"
        )


def _reason(choice: RuntimeChoice, asked: str, refusals: list[str]) -> str:
    name = {"cpu": "CPU", "cuda": "CUDA", "directml": "DirectML", "coreml": "CoreML", "mps": "MPS"}[choice.device]
    if asked != "auto":
        return f"{name}: chosen by the user"
    if choice.device != "cpu":
        return f"{name}: device found ({choice.backend})"
    devices = [text for text in refusals if not text.startswith("int8")]
    if devices:
        return f"{name}: {devices[0]}"
    if _has_nvidia():
        return f"{name}: an NVIDIA GPU is present, but this onnxruntime cannot use it (install onnxruntime-gpu)"
    if _has_apple_gpu():
        return f"{name}: this onnxruntime cannot use the Apple GPU"
    return f"{name}: no CUDA device found"


def _precision_reason(bundle: Bundle, asked: str, keep: str, choice: RuntimeChoice) -> str:
    intended, why = intended_precision(bundle, asked, keep)
    if choice.precision == intended:
        return why
    return "int8 was switched off" if choice.device == "cpu" else f"int8 is not used on {choice.device}"


def _has_nvidia() -> bool:
    return shutil.which("nvidia-smi") is not None


def _has_apple_gpu() -> bool:
    return platform.system() == "Darwin" and platform.machine() == "arm64"


def _join(parts: list[Scores]) -> Scores:
    return Scores(
        np.concatenate([p.probabilities for p in parts]),
        np.concatenate([p.attention for p in parts]),
        np.concatenate([p.embedding for p in parts]),
        np.concatenate([p.out_of_domain for p in parts]),
    )

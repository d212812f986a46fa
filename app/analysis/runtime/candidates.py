"""Ways to run a model, best first: on which devices, by what, in which precision."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from app.analysis.runtime import cuda_driver, onnx_backend, torch_backend
from app.analysis.runtime.backend import Backend, NoBindingError, StudentError
from app.analysis.runtime.devices import SEVERAL, Device
from app.analysis.runtime.precision import FP16_NEEDS_GPU, intended_on_gpu, intended_precision
from kd.bundle import Bundle

HALF_ON = ("cuda", "directml")
"""Devices on which half precision is taken by itself, where the card allows it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """``open`` opens the model on one of the ``devices``, all of one ``kind``; it raises StudentError."""

    backend: str
    kind: str
    precision: str
    devices: tuple[str, ...]
    open: Callable[[str], Backend]


def candidates(
    bundle: Bundle, device: Device, precision: str, keep: str, threads: int, refusals: Sequence[StudentError] = ()
) -> Iterator[Candidate]:
    """What to try in turn. A device asked for by name is tried alone; ``threads`` are those of a CPU's session.
    ``refusals`` grows, by whoever tries, with what was said against the candidates so far.

    Raises StudentError where what was asked for cannot be.
    """
    if precision == "int8" and device.kind not in ("auto", "cpu"):
        raise StudentError("int8 runs on the CPU only; choose the device cpu or auto, or another precision.")
    if precision != "int8":
        yield from _on_gpus(bundle, device, precision, keep, refusals)
    if device.kind not in ("auto", "cpu"):
        return
    if precision == "fp16" and device.kind == "auto":
        why = "; ".join(dict.fromkeys(map(str, refusals)))
        raise StudentError(f"No GPU can run it ({why}), and {FP16_NEEDS_GPU}" if why else FP16_NEEDS_GPU)
    intended, _ = intended_precision(bundle, precision, keep)
    for how in dict.fromkeys([intended, "fp32"] if precision == "auto" else [precision]):
        yield Candidate("onnxruntime", "cpu", how, ("cpu",), partial(_open_onnx, bundle, how, threads))


def _on_gpus(
    bundle: Bundle, device: Device, precision: str, keep: str, refusals: Sequence[StudentError]
) -> Iterator[Candidate]:
    # A provider may be installed where there is no hardware for it.
    worth_trying = [kind for kind in onnx_backend.available_devices() if kind != "cuda" or has_nvidia()]
    for kind in ("cuda", "directml", "coreml"):
        if device.kind == kind or (device.kind == "auto" and kind in worth_trying):
            for how in _precisions(bundle, kind, precision, keep):
                names = _devices(kind, device.index)
                yield Candidate("onnxruntime", kind, how, names, partial(_open_onnx, bundle, how, 1))
                if any(isinstance(error, NoBindingError) for error in refusals):
                    yield Candidate("onnxruntime", kind, how, names, partial(_open_onnx, bundle, how, 1, bound=False))
    for kind, hardware in (("cuda", has_nvidia()), ("mps", has_apple_gpu())):
        worth_importing = hardware and torch_backend.is_installed() and bundle.model_path("pt2").is_file()
        if device.kind == kind or (device.kind == "auto" and worth_importing):
            for how in _precisions(bundle, kind, precision, keep):
                yield Candidate("torch", kind, how, _devices(kind, device.index), partial(_open_torch, bundle, how))


def _precisions(bundle: Bundle, kind: str, asked: str, keep: str) -> list[str]:
    if asked != "auto":
        return [asked]
    intended = intended_on_gpu(bundle, asked, keep)[0] if kind in HALF_ON else "fp32"
    return list(dict.fromkeys([intended, "fp32"]))


def _devices(kind: str, index: int | None) -> tuple[str, ...]:
    """Names of those that are meant. Raises StudentError when there is none of this number."""
    if kind not in SEVERAL:
        return (kind,)
    names = cuda_driver.gpu_names()
    if index is not None:
        if names and index >= len(names):
            there = ", ".join(f"{kind}:{number} ({name})" for number, name in enumerate(names))
            raise StudentError(f"There is no {kind}:{index}; this machine has {there}.")
        return (f"{kind}:{index}",)
    return tuple(f"{kind}:{number}" for number in range(len(names))) if len(names) > 1 else (kind,)


def _open_onnx(bundle: Bundle, precision: str, threads: int, device: str, *, bound: bool = True) -> Backend:
    kind = device.partition(":")[0]
    model = bundle.model_path(precision)
    if not model.is_file():
        raise StudentError(f"the bundle holds no {precision} model")
    if kind not in onnx_backend.available_devices():
        raise StudentError(f"this onnxruntime has no {kind} provider")
    if kind == "cuda" and bound:
        return onnx_backend.BoundOnnxBackend(model, device)
    return onnx_backend.OnnxBackend(model, device, threads)


def _open_torch(bundle: Bundle, precision: str, device: str) -> Backend:
    return torch_backend.TorchBackend(bundle.model_path("pt2"), device, precision)


def runs_on_cpu(bundle: Bundle, device: str = "auto", precision: str = "auto") -> bool:
    """Whether a model is run on the CPU, as far as can be told without loading it: by wish, or where no GPU is found
    that could run it."""
    if device != "auto" or precision == "int8":
        return device in ("auto", "cpu")
    built_in = onnx_backend.available_devices()
    if ("cuda" in built_in and has_nvidia()) or "directml" in built_in or "coreml" in built_in:
        return False
    by_torch = torch_backend.is_installed() and bundle.model_path("pt2").is_file()
    return not (by_torch and (has_nvidia() or has_apple_gpu()))


def has_nvidia() -> bool:
    """Whether there is an NVIDIA GPU with its driver."""
    return bool(cuda_driver.gpu_names())


def has_apple_gpu() -> bool:
    """Whether this is a Mac with Apple's own processor."""
    return platform.system() == "Darwin" and platform.machine() == "arm64"

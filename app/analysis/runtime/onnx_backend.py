"""ONNX Runtime: on the CPU, or with the CUDA, DirectML or CoreML provider where one is installed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from app.analysis.runtime import cuda_driver
from app.analysis.runtime.backend import NoBindingError, OutOfMemoryError, StudentError
from app.analysis.runtime.devices import parse_device
from app.analysis.runtime.host_buffers import IN_WORK, HostBuffers, Slot
from app.records.scores import Scores
from kd.bundle import GRAPH_INPUT

PROVIDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "cpu": ("CPUExecutionProvider", {}),
    # TF32 would not reproduce the reference tiles to 1e-4. Convolutions are chosen by rule: to try them all out takes
    # long, and is done again for every size of batch.
    "cuda": ("CUDAExecutionProvider", {"use_tf32": 0, "cudnn_conv_algo_search": "HEURISTIC"}),
    "directml": ("DmlExecutionProvider", {}),
    "coreml": ("CoreMLExecutionProvider", {}),
}
ONE_AT_A_TIME = ("directml", "coreml")
"""Providers that must not be called from two threads at once (DirectML), or were never tried so (CoreML)."""
_OUTPUTS = ("probabilities", "attention", "embedding", "out_of_domain")
_MEMORY_WORDS = ("memory", "bad_alloc", "alloc")
_NOT_MEMORY = "illegal"
"""CUDA speaks of an illegal memory access after a kernel's fault: a smaller batch would not help."""


def available_devices() -> tuple[str, ...]:
    """Devices whose provider this onnxruntime was built with; whether there is hardware shows on loading."""
    built_in = set(onnxruntime.get_available_providers())
    return tuple(device for device, (provider, _) in PROVIDERS.items() if provider in built_in)


class OnnxBackend:
    """A session on one device, with ``threads`` threads of its own per call on a CPU."""

    def __init__(self, model: Path, device: str, threads: int) -> None:
        """``device`` may name one of several, as in ``cuda:1``. Raises StudentError when the model or the device cannot
        be used."""
        where = parse_device(device)
        if where.kind == "cuda" and cuda_driver.gpu_names():
            _find_cuda()
        provider, provider_options = PROVIDERS[where.kind]
        if where.index is not None:
            provider_options = {**provider_options, "device_id": where.index}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Spinning threads would take the processor from reading and from the window.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if where.kind == "directml":
            options.enable_mem_pattern = False  # DirectML demands it
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=[(provider, provider_options)], enable_fallback=False
            )
        except Exception as error:  # onnxruntime raises bare RuntimeErrors of many names
            raise StudentError(f"{model.name} cannot be run on {device}: {_first_line(error)}") from error
        if self._session.get_providers()[0] != provider:
            raise StudentError(f"{provider} did not start; see that its drivers are installed")
        self._turn: AbstractContextManager[object] = threading.Lock() if where.kind in ONE_AT_A_TIME else nullcontext()

    def run(self, tiles: npt.NDArray[np.uint8]) -> Scores:
        with self._turn:
            return Scores(*_calling(partial(self._session.run, list(_OUTPUTS), {GRAPH_INPUT: tiles}), len(tiles)))

    def close(self) -> None:
        """Nothing is held that would stay."""


class BoundOnnxBackend(OnnxBackend):
    """The same for a GPU: tiles go from, and outputs to, memory of ``buffers``, for up to ``in_work`` calls at a time.

    ONNX Runtime runs every call on a stream of its own, copies included, and lets go of the interpreter meanwhile.
    (``IOBinding`` copies an input when it is bound, with the interpreter held; ``run_with_ortvaluevector`` when it
    runs.)
    """

    def __init__(self, model: Path, device: str, *, in_work: int = IN_WORK, lock_pages: bool = True) -> None:
        """As above, with one thread. Raises NoBindingError too."""
        super().__init__(model, device, threads=1)
        self._in_work = in_work
        self._gpu = (parse_device(device).index or 0) if lock_pages else None
        try:
            # ONNX Runtime promises none of these names to later versions.
            self._host_device = onnxruntime.OrtDevice.make("cpu", 0)._get_c_device()
            _vector([np.zeros(1, np.float32)])
            self._run_bound = self._session.run_with_ortvaluevector
        except (AttributeError, TypeError) as error:
            raise NoBindingError(
                f"onnxruntime {onnxruntime.__version__} cannot be given memory to work in ({_first_line(error)}), so "
                "that every copy to the GPU waits for the processor; another version of onnxruntime-gpu may be faster"
            ) from error
        self._options = onnxruntime.RunOptions()
        self._buffers: HostBuffers | None = None
        self._first = threading.Lock()

    @property
    def buffers(self) -> HostBuffers | None:
        """None before the first batch."""
        return self._buffers

    def run(self, tiles: npt.NDArray[np.uint8]) -> Scores:
        with self._first:
            if self._buffers is None:
                self._buffers = self._make_buffers(super().run(tiles[:1]))
        with self._buffers.slot(tiles) as slot:
            count = len(tiles)
            np.copyto(slot.tiles[:count], tiles)
            _calling(partial(self._run_in, slot, count), count)
            return Scores(*(slot.outputs[name][:count].copy() for name in _OUTPUTS))

    def close(self) -> None:
        if self._buffers is not None:
            self._buffers.close()

    def _run_in(self, slot: Slot, count: int) -> None:
        # Views of the slot's memory: neither side is copied or allocated.
        self._run_bound(
            self._options,
            [GRAPH_INPUT],
            _vector([slot.tiles[:count]]),
            list(_OUTPUTS),
            _vector([slot.outputs[name][:count] for name in _OUTPUTS]),
            [self._host_device] * len(_OUTPUTS),
        )

    def _make_buffers(self, one: Scores) -> HostBuffers:
        """``one`` tile's outputs tell their shapes."""
        shapes = {name: getattr(one, name).shape[1:] for name in _OUTPUTS}
        if self._gpu is None:
            return HostBuffers(self._in_work, shapes)
        return HostBuffers(
            self._in_work,
            shapes,
            partial(cuda_driver.lock_pages, gpu=self._gpu),
            partial(cuda_driver.unlock_pages, gpu=self._gpu),
        )


@cache
def _find_cuda() -> None:
    """CUDA and cuDNN may have been installed by pip, where the loader does not look. Prints what is missing."""
    with redirect_stdout(sys.stderr):
        onnxruntime.preload_dlls()


def _vector(arrays: list[npt.NDArray[Any]]) -> Any:
    values = onnxruntime.capi.onnxruntime_pybind11_state.OrtValueVector()
    for array in arrays:
        values.push_back(onnxruntime.OrtValue.ortvalue_from_numpy(array)._get_c_value())
    return values


def _calling(run: Callable[[], Any], tiles: int) -> Any:
    """Raises OutOfMemoryError, StudentError."""
    try:
        return run()
    except Exception as error:  # onnxruntime raises bare RuntimeErrors of many names
        text = _first_line(error)
        if any(word in text.lower() for word in _MEMORY_WORDS) and _NOT_MEMORY not in text.lower():
            raise OutOfMemoryError(text) from error
        raise StudentError(f"The model failed on a batch of {tiles} tiles: {text}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]

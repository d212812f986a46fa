"""ONNX Runtime: on the CPU, or with the CUDA, DirectML or CoreML provider where one is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from app.analysis.runtime.backend import OutOfMemoryError, StudentError
from app.records.scores import Scores
from kd.bundle import GRAPH_INPUT

PROVIDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "cpu": ("CPUExecutionProvider", {}),
    # TF32 would not reproduce the reference tiles to 1e-4.
    "cuda": ("CUDAExecutionProvider", {"use_tf32": 0}),
    "directml": ("DmlExecutionProvider", {}),
    "coreml": ("CoreMLExecutionProvider", {}),
}
_OUTPUTS = ("probabilities", "attention", "embedding", "out_of_domain")
_MEMORY_WORDS = ("memory", "bad_alloc", "alloc")


def available_devices() -> tuple[str, ...]:
    """Devices whose provider this onnxruntime was built with; whether there is hardware shows on loading."""
    built_in = set(onnxruntime.get_available_providers())
    return tuple(device for device, (provider, _) in PROVIDERS.items() if provider in built_in)


class OnnxBackend:
    """A session on one device, with ``threads`` threads of its own per call."""

    def __init__(self, model: Path, device: str, threads: int) -> None:
        """Raises StudentError when the model or the device cannot be used."""
        provider, provider_options = PROVIDERS[device]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Spinning threads would take the processor from reading and from the window.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if device == "directml":
            options.enable_mem_pattern = False  # DirectML demands it
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=[(provider, provider_options)], enable_fallback=False
            )
        except Exception as error:  # onnxruntime raises bare RuntimeErrors of many names
            raise StudentError(f"{model.name} cannot be run on {device}: {_first_line(error)}") from error
        if self._session.get_providers()[0] != provider:
            raise StudentError(f"{provider} did not start; see that its drivers are installed")

    def run(self, tiles: npt.NDArray[np.uint8]) -> Scores:
        try:
            probabilities, attention, embedding, out_of_domain = self._session.run(list(_OUTPUTS), {GRAPH_INPUT: tiles})
        except Exception as error:  # as above
            text = _first_line(error)
            if any(word in text.lower() for word in _MEMORY_WORDS):
                raise OutOfMemoryError(text) from error
            raise StudentError(f"The model failed on a batch of {len(tiles)} tiles: {text}") from error
        return Scores(probabilities, attention, embedding, out_of_domain)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]

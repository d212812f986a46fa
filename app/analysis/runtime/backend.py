"""What a backend is, what was chosen and why, and what can go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.records.scores import Scores


class StudentError(Exception):
    """The student cannot be run; the message is one sentence for the user."""


class PrecisionRefusedError(StudentError):
    """A reduced precision does not give the reference tiles' probabilities."""


class NoBindingError(StudentError):
    """This ONNX Runtime lacks what ``BoundOnnxBackend`` needs; a plain call may do."""


class OutOfMemoryError(Exception):
    """A batch did not fit into memory; a smaller one may."""


@dataclass(frozen=True, slots=True)
class RuntimeChoice:
    """``backend`` onnxruntime or torch, ``device`` cpu, cuda, directml, coreml or mps, ``precision`` fp32, fp16
    or int8. ``reason`` and ``precision_reason`` are for the user, e.g. ``CPU: no CUDA device found`` and ``the
    bundle holds no int8 model``; ``warnings`` tell what was tried and refused, and why. ``tuning`` says how threads and
    batches are laid out, and whether that was measured; empty where nothing was chosen. ``devices`` of that kind share
    the work."""

    backend: str
    device: str
    precision: str
    reason: str
    precision_reason: str = ""
    warnings: tuple[str, ...] = ()
    tuning: str = ""
    devices: int = 1

    @property
    def device_text(self) -> str:
        """What scores were made with, for their provenance, e.g. ``cpu (onnxruntime, 2 x 1 threads, batches of 8)`` and
        ``cuda (2 devices, onnxruntime, batches of 32)``."""
        several = f"{self.devices} devices" if self.devices > 1 else ""
        return f"{self.device} ({', '.join(part for part in (several, self.backend, self.tuning) if part)})"


class Backend(Protocol):
    """A loaded model on a device. ``run`` may be called from several threads."""

    def run(self, tiles: npt.NDArray[np.uint8]) -> Scores:
        """Scores of uint8 (B, H, W, 3) RGB tiles. Raises OutOfMemoryError, StudentError."""
        ...

    def close(self) -> None:
        """It is not wanted any more: give back what the garbage collector would give back late. Calls of ``run`` that
        are on may end."""
        ...

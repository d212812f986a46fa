"""torch on CUDA or MPS: runs the bundle's exported program, so that neither timm nor kd is needed."""

from __future__ import annotations

import importlib.util
import threading
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from app.analysis.runtime.backend import OutOfMemoryError, StudentError
from app.analysis.runtime.host_buffers import IN_WORK, HostBuffers, Slot
from app.records.scores import Scores
from kd.bundle import GRAPH_OUTPUTS

if TYPE_CHECKING:
    import torch

_OUTPUTS = ("probabilities", "attention", "embedding", "out_of_domain")


def is_installed() -> bool:
    """Whether torch could be imported; does not import it."""
    return importlib.util.find_spec("torch") is not None


class TorchBackend:
    """``model.pt2`` on ``cuda``, ``cuda:1``, ``mps`` or ``cpu``. torch is imported here and nowhere else in the viewer.

    On CUDA tiles and outputs travel from and to page-locked memory, on a stream for each thread that calls.
    ``fp16`` is torch's autocast: what is safe in half precision is computed in it.
    """

    def __init__(self, program: Path, device: str, precision: str = "fp32") -> None:
        """Raises StudentError when torch, the device or the program cannot be used."""
        if not program.is_file():
            raise StudentError(f"the bundle holds no exported program ({program.name}) for torch")
        try:
            import torch
        except ImportError as error:
            raise StudentError(f"torch cannot be imported: {error}") from error
        self._torch = torch
        self._device = torch.device(device)
        self._half = precision == "fp16"
        if self._device.type == "cuda" and not torch.cuda.is_available():
            raise StudentError("torch finds no CUDA device")
        if self._device.type == "mps" and not torch.backends.mps.is_available():
            raise StudentError("torch finds no MPS device")
        try:
            exported = torch.export.load(str(program))
            if device != "cpu":
                from torch.export.passes import move_to_device_pass

                exported = move_to_device_pass(exported, device)
            self._module = exported.module()
            if self._on_cuda:
                # The weights are there before another stream reads them.
                torch.cuda.synchronize(self._device)
        except Exception as error:  # torch.export raises many kinds
            raise StudentError(f"{program.name} cannot be run on {device}: {error}") from error
        self._buffers: HostBuffers | None = None
        self._first = threading.Lock()
        self._of_thread = threading.local()

    @property
    def buffers(self) -> HostBuffers | None:
        """None before the first batch."""
        return self._buffers

    def run(self, tiles: npt.NDArray[np.uint8]) -> Scores:
        torch = self._torch
        count = len(tiles)
        try:
            with self._first:
                if self._buffers is None:
                    self._buffers = self._make_buffers(tiles[:1])
            with self._buffers.slot(tiles) as slot:
                np.copyto(slot.tiles[:count], tiles)
                self._run_in(slot, count)
                return Scores(*(slot.outputs[name][:count].copy() for name in _OUTPUTS))
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            raise OutOfMemoryError(str(error)) from error
        except RuntimeError as error:
            raise StudentError(f"The model failed on a batch of {count} tiles: {error}") from error

    def close(self) -> None:
        if self._buffers is not None:
            self._buffers.close()

    @property
    def _on_cuda(self) -> bool:
        return self._device.type == "cuda"

    def _run_in(self, slot: Slot, count: int) -> None:
        torch = self._torch
        with ExitStack() as stack:
            stream = self._enter(stack)
            found = self._outputs(torch.from_numpy(slot.tiles[:count]).to(self._device, non_blocking=True))
            for name in _OUTPUTS:
                torch.from_numpy(slot.outputs[name][:count]).copy_(found[name], non_blocking=self._on_cuda)
            if stream is not None:
                stream.synchronize()

    def _outputs(self, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return dict(zip(GRAPH_OUTPUTS, self._module(batch), strict=True))

    def _enter(self, stack: ExitStack) -> Any:
        """The calling thread's stream, None where there are none; half precision where it was asked for."""
        torch = self._torch
        stack.enter_context(torch.inference_mode())
        if self._half:
            stack.enter_context(torch.autocast(self._device.type, torch.float16))
        if not self._on_cuda:
            return None
        if not hasattr(self._of_thread, "stream"):
            self._of_thread.stream = torch.cuda.Stream(self._device)
        stack.enter_context(torch.cuda.stream(self._of_thread.stream))
        return self._of_thread.stream

    def _make_buffers(self, tile: npt.NDArray[np.uint8]) -> HostBuffers:
        """One tile's outputs tell their shapes."""
        torch = self._torch
        with ExitStack() as stack:
            self._enter(stack)
            found = self._outputs(torch.from_numpy(np.ascontiguousarray(tile)).to(self._device))
        shapes = {name: tuple(found[name].shape[1:]) for name in _OUTPUTS}
        if not self._on_cuda:
            return HostBuffers(IN_WORK, shapes)
        return HostBuffers(IN_WORK, shapes, partial(_lock_pages, torch.cuda), partial(_unlock_pages, torch.cuda))


def _lock_pages(cuda: Any, memory: npt.NDArray[np.uint8]) -> str:
    status = int(cuda.cudart().cudaHostRegister(memory.ctypes.data, memory.nbytes, 1))
    return "" if status == 0 else f"CUDA error {status}"


def _unlock_pages(cuda: Any, memory: npt.NDArray[np.uint8]) -> None:
    cuda.cudart().cudaHostUnregister(memory.ctypes.data)

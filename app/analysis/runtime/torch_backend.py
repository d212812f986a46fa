"""torch on CUDA or MPS: runs the bundle's exported program, so that neither timm nor kd is needed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.analysis.runtime.backend import OutOfMemoryError, StudentError
from app.records.scores import Scores
from kd.bundle import GRAPH_OUTPUTS

if TYPE_CHECKING:
    import torch


def is_installed() -> bool:
    """Whether torch could be imported; does not import it."""
    return importlib.util.find_spec("torch") is not None


class TorchBackend:
    """``model.pt2`` on ``cuda``, ``mps`` or ``cpu``. torch is imported here and nowhere else in the viewer."""

    def __init__(self, program: Path, device: str) -> None:
        """Raises StudentError when torch, the device or the program cannot be used."""
        if not program.is_file():
            raise StudentError(f"the bundle holds no exported program ({program.name}) for torch")
        try:
            import torch
        except ImportError as error:
            raise StudentError(f"torch cannot be imported: {error}") from error
        if device == "cuda" and not torch.cuda.is_available():
            raise StudentError("torch finds no CUDA device")
        if device == "mps" and not torch.backends.mps.is_available():
            raise StudentError("torch finds no MPS device")
        self._torch = torch
        self._device = torch.device(device)
        try:
            exported = torch.export.load(str(program))
            if device != "cpu":
                from torch.export.passes import move_to_device_pass

                exported = move_to_device_pass(exported, device)
            self._module = exported.module()
        except Exception as error:  # torch.export raises many kinds
            raise StudentError(f"{program.name} cannot be run on {device}: {error}") from error

    def run(self, tiles: npt.NDArray[np.uint8]) -> Scores:
        torch = self._torch
        try:
            with torch.inference_mode():
                batch = torch.from_numpy(np.ascontiguousarray(tiles)).to(self._device)
                outputs = dict(zip(GRAPH_OUTPUTS, self._module(batch), strict=True))
                return Scores(
                    **{k: _to_numpy(outputs[k]) for k in ("probabilities", "attention", "embedding", "out_of_domain")}
                )
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            raise OutOfMemoryError(str(error)) from error
        except RuntimeError as error:
            raise StudentError(f"The model failed on a batch of {len(tiles)} tiles: {error}") from error


def _to_numpy(tensor: torch.Tensor) -> npt.NDArray[np.float32]:
    array: npt.NDArray[np.float32] = tensor.float().cpu().numpy()
    return array

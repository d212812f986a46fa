"""A model as WSInfer and QuPath's WSInfer extension read it: ``torchscript_model.pt`` and ``config.json``.

The config follows version 1.0 of the schema of wsinfer-zoo (``model-config.schema.json``). The extension cuts patches
of ``patch_size_pixels`` at ``spacing_um_px``, applies the transform (resize, scale to 0..1, normalise), runs the model
and takes the softmax: so the model returns logits divided by the temperature, and the probabilities are those of the
bundle. Attention and the out-of-domain score have no place there.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from kd.atomic import atomic_folder
from kd.bundle import BundleCard
from kd.errors import KdError
from kd.models.student_graph import StudentGraph
from kd.models.vit import set_fused_attention

MODEL_FILE = "torchscript_model.pt"
CONFIG_FILE = "config.json"
TOLERANCE = 1e-4


class CalibratedLogits(nn.Module):
    """Normalised images (B, 3, H, W) to logits (B, C) over the temperature."""

    temperature: Tensor

    def __init__(self, graph: StudentGraph) -> None:
        super().__init__()
        self.vit = graph.vit
        self.register_buffer("temperature", graph.temperature.clone())

    def forward(self, images: Tensor) -> Tensor:
        vit: Any = self.vit
        logits: Tensor = vit(images) / self.temperature
        return logits


def wsinfer_config(card: BundleCard) -> dict[str, Any]:
    """The content of ``config.json``."""
    arguments = card.architecture_args
    return {
        "spec_version": "1.0",
        "architecture": card.architecture,
        "num_classes": len(card.classes),
        "class_names": [info.name for info in card.classes],
        "patch_size_pixels": card.tile_px,
        "spacing_um_px": card.mpp,
        "transform": [
            {"name": "Resize", "arguments": {"size": card.tile_px}},
            {"name": "ToTensor"},
            {"name": "Normalize", "arguments": {"mean": list(arguments["mean"]), "std": list(arguments["std"])}},
        ],
    }


def write_wsinfer(graph: StudentGraph, card: BundleCard, tiles: npt.NDArray[np.uint8], target: Path) -> None:
    """Write the folder in one step; an older one is replaced. ``tiles`` (n, H, W, 3) check what was written.

    Raises KdError when class names repeat, or the model loaded from its file gives other probabilities.
    """
    names = [info.name for info in card.classes]
    if len(set(names)) != len(names):
        raise KdError("Two classes have the same name, which WSInfer cannot tell apart; rename one in the class table.")
    if target.exists() and not (target / CONFIG_FILE).is_file() and any(target.iterdir()):
        raise KdError(f"{target} holds other files; choose a new folder for WSInfer.")
    tiles = tiles[:64]
    graph = graph.eval().cpu()
    model = CalibratedLogits(graph).eval()
    set_fused_attention(graph.vit, False)
    with atomic_folder(target) as folder, torch.no_grad():
        images = (torch.from_numpy(np.ascontiguousarray(tiles)).permute(0, 3, 1, 2).float() - graph.mean) / graph.std
        found = _scripted(model, images, folder / MODEL_FILE).softmax(1)
        difference = float((found - graph(torch.from_numpy(np.ascontiguousarray(tiles)))[1]).abs().max())
        if difference > TOLERANCE:
            raise KdError(f"The TorchScript model differs by {difference:.1e} in probability; nothing was written.")
        (folder / CONFIG_FILE).write_text(json.dumps(wsinfer_config(card), indent=2) + "\n", encoding="utf-8")
        (folder / "README.md").write_text(_readme(card), encoding="utf-8")
    set_fused_attention(graph.vit, True)


def _scripted(model: nn.Module, images: Tensor, target: Path) -> Tensor:
    """Write the traced model, load it again, and run it."""
    with warnings.catch_warnings():
        # The format is deprecated, and what QuPath reads; the tracer's doubts are settled by running its result.
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(model, images[:2], check_trace=False), str(target))  # type: ignore[no-untyped-call]
        logits: Tensor = torch.jit.load(str(target))(images)  # type: ignore[no-untyped-call]
    return logits


def _readme(card: BundleCard) -> str:
    scale = f"{card.mpp} um/px" + (" (assumed)" if card.mpp_assumed else "")
    return (
        f"# {card.name}\n\n{card.research_use}\n\n"
        f"Training data: {card.training_domain}. Patches of {card.tile_px} px at {scale}. "
        f"Stains: {', '.join(card.stains) or 'not stated'}. Licence: {card.licence}.\n\n"
        "The attention map and the out-of-domain score of the bundle are not part of this form.\n"
    )
